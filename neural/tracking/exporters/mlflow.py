"""Runs sent to MLflow: a server, or a SQLite file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import zip_longest
from typing import Any, TypeVar

from neural.errors import ExportError
from neural.tracking.exporters.mlflow_about import (
    MOST_NAME,
    RUN_TAG,
    Names,
    about,
    is_path,
)
from neural.tracking.exporters.mlflow_files import SENT_TAG, Files
from neural.tracking.exporters.mlflow_points import Points
from neural.tracking.exporters.mlflow_server import Metric, Senders, Server
from neural.tracking.exporters.naming import document, fitted, strict
from neural.tracking.records import RunStatus
from neural.tracking.sinks import Medium, RunEnd, RunFile, RunStart, Stretch, Tally, Target
from neural.tracking.storage.layout import file_name

__all__ = ["RUN_TAG", "MLflowSink"]

_T = TypeVar("_T")

#: Tag that has the status as it is: MLflow knows five.
_STATUS_TAG = "neural.status"

# Limits of MLflow's own checks, by request.
_BATCH = 1000
_SMALL_BATCH = 100
_SENDERS = 2
_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MOST_EXPERIMENT_NAME = 500

_STATUS: dict[str, str] = {
    RunStatus.CREATED: "SCHEDULED",
    RunStatus.RUNNING: "RUNNING",
    RunStatus.COMPLETED: "FINISHED",
    RunStatus.FAILED: "FAILED",
    RunStatus.CRASHED: "FAILED",
    RunStatus.CANCELLED: "KILLED",
}


class MLflowSink:
    """Sends a run to MLflow, 1,000 points a request.

    Args:
        target: ``place`` is the tracking URI: ``http(s)://…`` or ``sqlite:///…``; ``None`` is
            MLflow's own default. ``tags`` are set on the run.
        tally: Told what is done.

    Raises:
        MissingExtraError: MLflow is not installed.
        InvalidInputError: The tracking URI is not one of these.
        RefusedError: The server is one that nobody sends runs to.
    """

    def __init__(self, target: Target, tally: Tally) -> None:
        self._target = target
        self._tally = tally
        self._server = Server(target.place)
        self._senders = Senders(_SENDERS if self._server.is_remote else 0)
        self._names = Names(tally)
        self._points = Points(tally, self._history)
        self._remote: str | None = None
        self._found: Any = None
        self._waiting: list[Metric] = []
        self._called: dict[str, str] = {}  # file names of artifacts
        self._media: list[dict[str, Any]] = []

    # ------------------------------------------------------------------ the port

    def start(self, run: RunStart) -> None:
        """Find the copy by our run id, or make one; send params and tags.

        Raises:
            ExportError: MLflow cannot be reached, or refuses.
        """
        self._run = run
        self._server.connect()
        self._experiment = self._find_experiment()
        self._found = self._find_run()
        made = self._create() if self._found is None else self._found
        if made is not None:
            self._remote = made.info.run_id
            self._tally.url = self._server.address(self._experiment, made.info.run_id)
        params = {} if made is None else dict(made.data.params)
        tags = {} if made is None else dict(made.data.tags)
        self._files = Files(self._server, self._remote, tags, self._tally, dry_run=not self._writes)
        new = about(run, self._target.tags, self._names, self._tally, params=params, tags=tags)
        parts = zip_longest(_parts(new.params, _SMALL_BATCH), _parts(new.tags, _SMALL_BATCH))
        for some_params, some_tags in parts:
            self._log_batch(params=some_params or [], tags=some_tags or [])

    def metrics(self, stretch: Stretch) -> None:
        """Send the points that are not there yet, in batches."""
        key = self._names.fit("metric", stretch.name, is_path)
        for point in self._points.new(key, stretch):
            self._waiting.append((key, point.value, point.time_ms, point.step))
            if len(self._waiting) >= _BATCH:
                batch, self._waiting = self._waiting, []
                self._senders.send(partial(self._log_batch, metrics=batch))

    def medium(self, medium: Medium) -> None:
        """Send an image or table as a file, and all the rest in one document."""
        entry = {"key": medium.key, "kind": medium.kind, "step": medium.step, "time": medium.time}
        if medium.path is None:
            self._media.append({**entry, "value": strict(medium.value)})
            self._tally.sent()
            return
        folder = f"media/{file_name(medium.key)}"
        self._media.append({**entry, "path": f"{folder}/{medium.path.name}"})
        self._files.send(f"{medium.kind} {medium.key!r}", medium.path, folder, medium.path.name)

    def file(self, file: RunFile) -> None:
        """Send an artifact or a figure."""
        folder = "plots" if file.kind == "figure" else None
        if file.path.name != file.name:
            place = "/".join(filter(None, (folder, file.path.name)))
            self._tally.converted(f"artifact {file.name!r} is kept as {place!r}")
        self._called[file.name] = file.path.name
        checksum = file.checksum or str(file.size)
        self._files.send(f"artifact {file.name!r}", file.path, folder, checksum)

    def finish(self, end: RunEnd) -> None:
        """Send what waits, the documents, and the status last.

        Raises:
            ExportError: MLflow cannot be reached, or refuses.
        """
        sent = self._files.send_documents(self._documents(end))
        tags = {_STATUS_TAG: end.status} | ({} if sent is None else {SENT_TAG: sent})
        held = {} if self._found is None else self._found.data.tags
        new = [(key, text) for key, text in tags.items() if held.get(key) != text]
        self._senders.wait()
        if self._waiting or new:
            batch, self._waiting = self._waiting, []
            self._log_batch(metrics=batch, quiet_tags=new)
        self._end(end)

    def close(self) -> None:
        """Forget what waits; the next export sends it."""
        self._waiting.clear()
        self._senders.close()

    # ------------------------------------------------------------------ the copy

    def _find_experiment(self) -> str | None:
        name, client = self._experiment_name(), self._server.client
        found = self._server.do("look for the experiment", client.get_experiment_by_name, name)
        if found is None:
            return None if self._target.dry_run else self._make_experiment(name)
        if found.lifecycle_stage != "active":
            raise ExportError(
                f"MLflow has the experiment {name!r} among its deleted ones. Restore it there, or "
                "give the runs another name"
            )
        return str(found.experiment_id)

    def _experiment_name(self) -> str:
        name = self._run.experiment_name
        called = fitted(name, _UNFIT, _MOST_EXPERIMENT_NAME)
        if called != name:
            self._tally.converted(f"experiment {name!a} is called {called!r}")
        return called

    def _make_experiment(self, name: str) -> str:
        client = self._server.client
        try:
            return str(client.create_experiment(name))
        except self._server.exceptions as exc:  # another was quicker, or the answer got lost
            found = self._server.do("look for the experiment", client.get_experiment_by_name, name)
            if found is None:
                raise self._server.error("make the experiment", exc) from None
            return str(found.experiment_id)

    def _find_run(self) -> Any:
        if self._experiment is None:
            return None
        quoted = self._run.run_id.replace("'", "")
        found = self._server.do(
            "look for the run",
            self._server.client.search_runs,
            [self._experiment],
            f"tags.`{RUN_TAG}` = '{quoted}'",
            order_by=["attributes.start_time ASC", "attributes.run_id ASC"],
            max_results=10,
        )
        for surplus in found[1:]:
            # Two machines, or a lost answer: the first stays. Both would hold the same points.
            if not self._target.dry_run:
                delete = self._server.client.delete_run
                self._server.do("delete a double", delete, surplus.info.run_id)
        return found[0] if found else None

    def _create(self) -> Any:
        if self._target.dry_run:
            return None
        started = None if self._run.start_time is None else round(self._run.start_time * 1000)
        tags = {RUN_TAG: self._run.run_id}
        title = self._run.title[:MOST_NAME] or None
        try:
            self._server.client.create_run(self._experiment, started, tags, title)
        except self._server.exceptions as exc:  # the answer may be lost though the run was made
            found = self._find_run()
            if found is None:
                raise self._server.error("make the run", exc) from None
            return found
        return self._find_run()

    def _history(self, key: str) -> list[Any]:
        """Return what MLflow has of a metric; a run that was just made has nothing."""
        if self._found is None or key not in self._found.data.metrics:
            return []
        history = self._server.client.get_metric_history
        return list(self._server.do("read a metric", history, self._remote, key))

    # ------------------------------------------------------------------ what is sent

    @property
    def _writes(self) -> bool:
        return self._remote is not None and not self._target.dry_run

    def _log_batch(
        self,
        metrics: Sequence[Metric] = (),
        params: Sequence[tuple[str, str]] = (),
        tags: Sequence[tuple[str, str]] = (),
        quiet_tags: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Send points, params and tags in one request, and count them; quiet tags do not count."""
        if self._remote is not None and self._writes:
            self._server.log_batch(self._remote, metrics, params, [*tags, *quiet_tags])
        self._tally.sent(len(metrics) + len(params) + len(tags))

    def _documents(self, end: RunEnd) -> dict[str, Any]:
        told = {"names": self._names.changed, "artifacts": self._called}
        return {
            "run.json": {**document(self._run, end), **{k: v for k, v in told.items() if v}},
            "environment.json": strict(self._run.environment),
            "media.json": self._media,
        }

    def _end(self, end: RunEnd) -> None:
        status = _STATUS.get(end.status, "RUNNING" if end.end_time is None else "FINISHED")
        if end.status not in _STATUS:
            self._tally.converted(
                f"status {end.status!r} is {status}; the tag {_STATUS_TAG} has it"
            )
        if not self._writes:
            return
        ended = None if end.end_time is None else round(end.end_time * 1000)
        held = None if self._found is None else self._found.info
        if held is not None and (held.status, held.end_time) == (status, ended):
            return
        client = self._server.client
        if ended is None:
            self._server.do("set the status", client.update_run, self._remote, status)
        else:
            terminate = client.set_terminated
            self._server.do("set the status", terminate, self._remote, status, end_time=ended)


def _parts(items: list[_T], count: int) -> Iterator[list[_T]]:
    for start in range(0, len(items), count):
        yield items[start : start + count]
