"""Runs sent to MLflow: a server, or a SQLite file."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from neural._files import to_json
from neural._optional import optional_import
from neural.errors import ExportError, InvalidInputError
from neural.tracking.exporters.addresses import check_address, secrets_of
from neural.tracking.exporters.naming import document, fitted, flat_params, param_text, strict
from neural.tracking.records import RunStatus
from neural.tracking.redaction import redact_text, redact_url
from neural.tracking.sinks import Medium, RunEnd, RunFile, RunStart, Stretch, Tally, Target
from neural.tracking.storage.layout import file_name

__all__ = ["RUN_TAG", "MLflowSink"]

_T = TypeVar("_T")

#: Tag by which the copy of a run is found again.
RUN_TAG = "neural.run_id"
#: Further tags of ours: the status as it is, and which files are there.
_STATUS_TAG = "neural.status"
_DOCUMENT_TAG = "neural.document"
#: Artifacts of ours: all that a tag or param may be too short for, and what was sent.
_FOLDER = "neural"

# Limits of MLflow's own checks.
_BATCH = 1000
_SMALL_BATCH = 100
_MOST_NAME = 250
_MOST_PARAM = 6000
_MOST_TAG = 5000
_UNFIT = re.compile(r"[^\w.\- /]")
_LARGEST = 1.7976931348623157e308

_STATUS: dict[str, str] = {
    RunStatus.CREATED: "SCHEDULED",
    RunStatus.RUNNING: "RUNNING",
    RunStatus.COMPLETED: "FINISHED",
    RunStatus.FAILED: "FAILED",
    RunStatus.CRASHED: "FAILED",
    RunStatus.CANCELLED: "KILLED",
}

#: How long MLflow's client goes on where a server does not answer; what the user set stays.
_PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


class _Point(NamedTuple):
    """One point as MLflow keeps it: whole milliseconds, no infinities."""

    step: int
    time_ms: int
    value: float


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
        self._tracking = _module("mlflow.tracking")
        self._entities = _module("mlflow.entities")
        self._uri = target.place or str(self._tracking.get_tracking_uri())
        _check_uri(self._uri)
        self._secrets = secrets_of(self._uri)
        self._remote: str | None = None
        self._waiting: list[Any] = []
        self._there: dict[str, set[_Point]] = {}
        self._taken: dict[str, set[_Point]] = {}
        self._documents: dict[str, Any] = {}
        self._media: list[dict[str, Any]] = []
        self._told: set[str] = set()
        self._changed = False  # whether files were sent that the list of files does not have yet

    # ------------------------------------------------------------------ the port

    def start(self, run: RunStart) -> None:
        """Find the copy by our run id, or make one; send params and tags.

        Raises:
            ExportError: MLflow cannot be reached, or refuses.
        """
        self._run = run
        self._client = self._do("connect", self._tracking.MlflowClient, self._uri)
        self._experiment = self._find_experiment()
        found = self._find_run()
        self._files: dict[str, str] = {}
        self._latest: dict[str, Any] = {}
        params: dict[str, str] = {}
        if found is None:
            found = self._create()
        else:
            params, self._latest = dict(found.data.params), dict(found.data.metrics)
            self._files = self._sent_files(found)
        if found is not None:
            self._remote = found.info.run_id
            self._tally.url = self._address(found.info.run_id)
        self._send_params(params)
        self._send_tags(dict(found.data.tags) if found is not None else {})

    def metrics(self, stretch: Stretch) -> None:
        """Send the points that are not there yet, in batches."""
        key = self._name("metric", stretch.name, _is_path)
        there = self._history(key)
        taken = self._taken.setdefault(key, set())
        skipped = 0
        for point in self._points(stretch):
            unique = _unique(point, taken)
            if unique is not point:
                self._tally.converted(
                    f"{stretch.name!r}: equal points in one millisecond are 1 ms apart"
                )
            taken.add(unique)
            if unique in there:
                skipped += 1
                continue
            self._waiting.append(self._metric(key, unique))
            if len(self._waiting) >= _BATCH:
                self._flush()
        self._tally.skipped(skipped)

    def medium(self, medium: Medium) -> None:
        """Send an image or table as a file, and all the rest in one document."""
        entry = {"key": medium.key, "kind": medium.kind, "step": medium.step, "time": medium.time}
        if medium.path is None:
            self._media.append({**entry, "value": strict(medium.value)})
            self._tally.sent()
            return
        folder = f"media/{file_name(medium.key)}"
        self._media.append({**entry, "path": f"{folder}/{medium.path.name}"})
        self._send_file(f"{medium.kind} {medium.key!r}", medium.path, folder, medium.path.name)

    def file(self, file: RunFile) -> None:
        """Send an artifact or a figure."""
        folder = "plots" if file.kind == "figure" else None
        if file.path.name != file.name:
            place = "/".join(filter(None, (folder, file.path.name)))
            self._tally.converted(f"artifact {file.name!r} is kept as {place!r}")
        self._documents.setdefault("artifacts", {})[file.name] = file.path.name
        checksum = file.checksum or str(file.size)
        self._send_file(f"artifact {file.name!r}", file.path, folder, checksum)

    def finish(self, end: RunEnd) -> None:
        """Send what waits, the documents, and the status last.

        Raises:
            ExportError: MLflow cannot be reached, or refuses.
        """
        self._flush()
        self._send_documents(end)
        status = _STATUS.get(end.status, "RUNNING" if end.end_time is None else "FINISHED")
        if end.status not in _STATUS:
            self._tally.converted(
                f"status {end.status!r} is {status}; the tag {_STATUS_TAG} has it"
            )
        if not self._writes:
            return
        self._do("set a tag", self._client.set_tag, self._remote, _STATUS_TAG, end.status)
        if end.end_time is None:
            self._do("set the status", self._client.update_run, self._remote, status)
        else:
            ended = round(end.end_time * 1000)
            self._do(
                "set the status", self._client.set_terminated, self._remote, status, end_time=ended
            )

    def close(self) -> None:
        """Forget what waits; the next export sends it."""
        self._waiting.clear()

    # ------------------------------------------------------------------ the copy

    def _find_experiment(self) -> str | None:
        name = self._experiment_name()
        found = self._do("look for the experiment", self._client.get_experiment_by_name, name)
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
        called = fitted(name, re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]"), 500)
        if called != name:
            self._tally.converted(f"experiment {name!a} is called {called!r}")
        return called

    def _make_experiment(self, name: str) -> str:
        try:
            return str(self._client.create_experiment(name))
        except self._exceptions() as exc:  # another export was quicker, or the answer got lost
            found = self._do("look for the experiment", self._client.get_experiment_by_name, name)
            if found is None:
                raise self._error("make the experiment", exc) from None
            return str(found.experiment_id)

    def _find_run(self) -> Any:
        if self._experiment is None:
            return None
        quoted = self._run.run_id.replace("'", "")
        found = self._do(
            "look for the run",
            self._client.search_runs,
            [self._experiment],
            f"tags.`{RUN_TAG}` = '{quoted}'",
            order_by=["attributes.start_time ASC", "attributes.run_id ASC"],
            max_results=10,
        )
        for surplus in found[1:]:
            # Two machines, or a lost answer: the first stays. Both would hold the same points.
            if not self._target.dry_run:
                self._do("delete a double", self._client.delete_run, surplus.info.run_id)
        return found[0] if found else None

    def _create(self) -> Any:
        if self._target.dry_run:
            return None
        started = None if self._run.start_time is None else round(self._run.start_time * 1000)
        tags = {RUN_TAG: self._run.run_id}
        try:
            self._client.create_run(
                self._experiment, started, tags, self._run.title[:_MOST_NAME] or None
            )
        except self._exceptions() as exc:  # the answer may be lost though the run was made
            found = self._find_run()
            if found is None:
                raise self._error("make the run", exc) from None
            return found
        return self._find_run()

    def _sent_files(self, found: Any) -> dict[str, str]:
        if _DOCUMENT_TAG not in found.data.tags:
            return {}
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = self._client.download_artifacts(
                    found.info.run_id, f"{_FOLDER}/sent.json", folder
                )
                stored = json.loads(Path(path).read_bytes())
        except self._exceptions():
            return {}  # sent again then, over what is there
        except ValueError:  # no JSON
            return {}
        return dict(stored) if isinstance(stored, dict) else {}

    def _address(self, run_id: str) -> str:
        if self._uri.startswith("http"):
            base = redact_url(self._uri).rstrip("/")
            return f"{base}/#/experiments/{self._experiment}/runs/{run_id}"
        return f"{redact_url(self._uri)}#{run_id}"

    # ------------------------------------------------------------------ params, tags

    def _send_params(self, there: Mapping[str, str]) -> None:
        params, tags = [], []
        for name, value in flat_params(self._run.params).items():
            key = self._name("parameter", name, _is_path)
            text = param_text(value)
            if len(text) > _MOST_PARAM:
                text = text[: _MOST_PARAM - 1] + "…"
                self._tally.converted(
                    f"parameter {name!r} has {len(param_text(value)):,} characters; MLflow takes "
                    f"{_MOST_PARAM:,}, all of it is in {_FOLDER}/run.json"
                )
            if there.get(key) == text:
                self._tally.skipped()
            elif key in there:
                # MLflow never changes a param.
                self._tally.converted(f"parameter {name!r} was changed since; the tag has it")
                tags.append((f"changed.{key}"[:_MOST_NAME], text[:_MOST_TAG]))
            else:
                params.append((key, text))
        for part in _parts(params, _SMALL_BATCH):
            self._log_batch(params=[self._entities.Param(*pair) for pair in part])
            self._tally.sent(len(part))
        for key, text in tags:
            if self._writes:
                self._do("set a tag", self._client.set_tag, self._remote, key, text)

    def _send_tags(self, there: Mapping[str, str]) -> None:
        wanted = dict(self._tags())
        new = [(key, text) for key, text in wanted.items() if there.get(key) != text]
        self._tally.skipped(len(wanted) - len(new))
        for part in _parts(new, _SMALL_BATCH):
            self._log_batch(tags=[self._entities.RunTag(*pair) for pair in part])
            self._tally.sent(len(part))

    def _tags(self) -> Iterator[tuple[str, str]]:
        named = [(name, text) for name, text in {**self._run.tags, **self._target.tags}.items()]
        for name, text in named:
            # Names that begin so have a meaning of their own in MLflow.
            taken = name.startswith(("mlflow.", "neural.", "changed."))
            key = self._name("tag", f"tag.{name}" if taken else name, _is_path)
            yield key, self._short(f"tag {name!r}", str(text))
        for name, text in self._run.facts.items():
            yield f"neural.{name}", self._short(name, text)
        for name, goal in self._run.goals.items():
            yield self._name("goal of", f"neural.goal.{name}", _is_path), goal
        if self._run.notes:
            yield "mlflow.note.content", self._short("notes", self._run.notes)

    def _short(self, what: str, text: str) -> str:
        if len(text) <= _MOST_TAG:
            return text
        self._tally.converted(
            f"{what} of {len(text):,} characters cut to {_MOST_TAG:,}; all of it is in "
            f"{_FOLDER}/run.json"
        )
        return text[: _MOST_TAG - 1] + "…"

    def _name(self, what: str, name: str, fits: Callable[[str], bool]) -> str:
        key = fitted(name, _UNFIT, _MOST_NAME, ok=fits(name))
        if key != name and name not in self._told:
            self._told.add(name)
            self._tally.converted(f"{what} {name!a} is called {key!r}")
        if key != name:
            self._documents.setdefault("names", {})[key] = name
        return key

    # ------------------------------------------------------------------ points

    def _points(self, stretch: Stretch) -> Iterator[_Point]:
        name, rounded, huge, inexact = stretch.name, 0, 0, 0
        columns = (column.tolist() for column in stretch.series)
        for step, time, value in zip(*columns, strict=True):
            number, time_ms = _float(value), round(time * 1000)
            rounded += time_ms / 1000 != time
            inexact += number == number and number != value
            if math.isinf(number):
                huge, number = huge + 1, math.copysign(_LARGEST, number)
            yield _Point(int(step), time_ms, number)
        self._tally.converted(f"{name!r}: times rounded to milliseconds", rounded)
        self._tally.converted(f"{name!r}: infinity is the largest number", huge)
        self._tally.converted(f"{name!r}: whole numbers beyond 53 bits are rounded", inexact)

    def _metric(self, key: str, point: _Point) -> Any:
        return self._entities.Metric(key, point.value, point.time_ms, point.step)

    def _history(self, key: str) -> set[_Point]:
        """Return the points that MLflow has of a metric."""
        if key not in self._latest or self._remote is None:
            return set()
        if key not in self._there:
            found = self._do("read a metric", self._client.get_metric_history, self._remote, key)
            self._there[key] = {_comparable(_Point(m.step, m.timestamp, m.value)) for m in found}
        return self._there[key]

    def _flush(self) -> None:
        if self._waiting:
            batch, self._waiting = self._waiting, []
            self._log_batch(metrics=batch)
            self._tally.sent(len(batch))

    def _log_batch(self, **what: list[Any]) -> None:
        if self._writes:
            self._do("send a batch", self._client.log_batch, self._remote, **what)

    # ------------------------------------------------------------------ files

    def _send_documents(self, end: RunEnd) -> None:
        about = {**document(self._run, end), **self._documents}
        documents = {"run.json": about, "environment.json": strict(self._run.environment)}
        if self._media:
            documents["media.json"] = self._media
        contents = {name: to_json(value) for name, value in documents.items() if value}
        new = {n: data for n, data in contents.items() if self._files.get(n) != _digest(data)}
        self._tally.skipped(len(contents) - len(new))
        self._tally.sent(len(new))
        self._files |= {name: _digest(data) for name, data in new.items()}
        if not self._writes:
            return
        sent = to_json(self._files)
        with tempfile.TemporaryDirectory() as folder:
            for name, data in {**new, "sent.json": sent}.items():
                Path(folder, name).write_bytes(data)
            try:
                if new or self._changed:
                    self._do(
                        "send a file", self._client.log_artifacts, self._remote, folder, _FOLDER
                    )
            except ExportError as exc:
                self._tally.failed(str(exc))
                return
        self._do("set a tag", self._client.set_tag, self._remote, _DOCUMENT_TAG, _digest(sent))

    def _send_file(self, what: str, path: Path, folder: str | None, checksum: str) -> None:
        place = "/".join(filter(None, (folder, path.name)))
        if self._files.get(place) == checksum:
            self._tally.skipped()
            return
        if not path.exists():
            self._tally.failed(f"{what}: there is no file at {path.name!r} any more")
            return
        try:
            if self._writes:
                if path.is_dir():
                    self._do("send a folder", self._client.log_artifacts, self._remote, path, place)
                else:
                    self._do("send a file", self._client.log_artifact, self._remote, path, folder)
        except ExportError as exc:  # a store of artifacts that is down keeps no metrics back
            self._tally.failed(f"{what}: {exc}")
            return
        self._files[place], self._changed = checksum, True
        self._tally.sent()

    # ------------------------------------------------------------------ calls

    @property
    def _writes(self) -> bool:
        return self._remote is not None and not self._target.dry_run

    def _exceptions(self) -> tuple[type[Exception], ...]:
        requests = _module("requests.exceptions")
        return (_module("mlflow.exceptions").MlflowException, requests.RequestException, OSError)

    def _do(self, what: str, call: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
        """Call MLflow's client; whatever it raises becomes an error without secrets.

        Raises:
            ExportError: It failed.
        """
        try:
            with _patience():
                return call(*args, **kwargs)
        except self._exceptions() as exc:
            raise self._error(what, exc) from None  # the cause may hold the address whole

    def _error(self, what: str, exc: Exception) -> ExportError:
        reason = redact_text(" ".join(str(exc).split())[:500], secrets=self._secrets)
        return ExportError(f"MLflow at {redact_url(self._uri)} did not {what}: {reason}")


def _check_uri(uri: str) -> None:
    kind = urlsplit(uri).scheme
    if kind in ("http", "https"):
        check_address(uri)
    elif kind == "file" or not kind or len(kind) == 1:
        raise InvalidInputError(
            f"MLflow no longer writes into bare folders such as {uri!r}. Give a server "
            "(http://host:5000) or a SQLite file (sqlite:////path/to/mlflow.db)"
        )
    elif kind == "sqlite":
        logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of every table it makes


@contextmanager
def _patience() -> Iterator[None]:
    """Give MLflow's client, which reads the environment, our patience while it is called."""
    added = {name: value for name, value in _PATIENCE.items() if name not in os.environ}
    # Nothing is sent on to another host than the one that was checked.
    added |= {} if "MLFLOW_ALLOW_HTTP_REDIRECTS" in os.environ else _NO_REDIRECTS
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


_NO_REDIRECTS = {"MLFLOW_ALLOW_HTTP_REDIRECTS": "false"}


def _is_path(name: str) -> bool:
    """Tell whether MLflow takes a name for a path that stays where it is."""
    return all(part not in ("", ".", "..") for part in name.split("/")) and name == name.strip()


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _comparable(point: _Point) -> _Point:
    """Make NaN equal to NaN: one object stands for all."""
    return point._replace(value=math.nan) if point.value != point.value else point


def _unique(point: _Point, taken: set[_Point]) -> _Point:
    """Return a point that MLflow keeps beside those it has: equal ones it would keep once."""
    point = found = _comparable(point) if point.value != point.value else point
    while found in taken:
        found = found._replace(time_ms=found.time_ms + 1)
    return found if found is not point else point


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _parts(items: list[_T], count: int) -> Iterator[list[_T]]:
    for start in range(0, len(items), count):
        yield items[start : start + count]


def _module(name: str) -> Any:
    return optional_import(name, extra="mlflow", purpose="export to MLflow")
