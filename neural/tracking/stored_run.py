"""A stored run as the records a sink takes, without the secrets in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neural.errors import NotFoundError
from neural.tracking.records import RunRecord
from neural.tracking.redaction import redact_mapping, redact_text
from neural.tracking.run_library import RunLibrary
from neural.tracking.sinks import Medium, RunEnd, RunFile, RunStart, Stretch, Tally
from neural.tracking.storage.artifact_index import contained_file

__all__ = ["StoredRun"]


class StoredRun:
    """One run of a store, for :func:`~neural.tracking.sinks.replay`.

    Args:
        library: The store.
        experiment_id: Exact id.
        tally: Told what is missing and what was redacted.

    Raises:
        NotFoundError: There is no such run.
    """

    def __init__(self, library: RunLibrary, experiment_id: str, tally: Tally) -> None:
        self._library = library
        self._id = experiment_id
        self._tally = tally
        self._record = library.run(experiment_id)
        self.root = Path(library.base_dir).absolute() / self._record.folder

    def start(self) -> RunStart:
        """Return what is known of it beside series and files, redacted."""
        run = self._record
        for problem in run.problems:
            self._tally.failed(f"Not readable, so not sent: {problem}")
        return RunStart(
            run_id=run.experiment_id,
            experiment_name=run.experiment_name,
            folder=run.folder,
            title=run.display_name or f"{run.experiment_name}_{run.experiment_id}",
            root=self.root,
            start_time=run.start_time,
            params=self._redacted("parameter", run.params),
            tags=self._redacted("tag", run.tags),
            notes=redact_text(run.notes),
            facts=_facts(run),
            goals=dict(run.goals),
            environment=redact_mapping(self._library.environment(self._id)),
        )

    def stretches(self) -> Iterator[Stretch]:
        """Yield its metrics, one by one."""
        for name in self._record.metrics:
            yield Stretch(name=name, series=self._library.metric(self._id, name))

    def media(self) -> Iterator[Medium]:
        """Yield its images, texts, histograms and tables; what has lost its file is told."""
        for entry in self._library.media(self._id):
            path = None
            key = str(entry.get("key"))
            if entry.get("path") is not None:
                try:
                    path = contained_file(self.root, str(entry["path"]))
                except NotFoundError as exc:
                    self._tally.failed(f"{entry.get('kind')} {key!r}: {exc}")
                    continue
            yield Medium(
                key=key,
                kind=str(entry.get("kind")),
                step=_whole(entry.get("step")),
                time=float(entry.get("timestamp") or 0.0),
                value=_clean(entry.get("value")),
                path=path,
            )

    def files(self) -> Iterator[RunFile]:
        """Yield its artifacts and figures; what is gone is told."""
        for artifact in self._library.artifacts(self._id):
            try:
                path = contained_file(self.root, artifact.path)
            except NotFoundError as exc:
                self._tally.failed(f"artifact {artifact.name!r}: {exc}")
                continue
            yield RunFile(
                name=artifact.name,
                path=path,
                kind=artifact.type,
                size=artifact.size,
                checksum=artifact.checksum,
            )

    def end(self) -> RunEnd:
        """Return how far it is."""
        run = self._record
        ended = run.end_time
        if ended is None and run.status == "crashed":
            ended = run.updated  # its last sign of life
        return RunEnd(status=run.status, end_time=ended)

    def _redacted(self, what: str, values: Mapping[str, Any]) -> dict[str, Any]:
        clean = redact_mapping(values)
        for name, value in clean.items():
            # Of NaN the text is equal, though it is not equal to itself.
            if value != values[name] and repr(value) != repr(values[name]):
                self._tally.converted(f"{what} {name!r} held a secret, which was taken out")
        return clean


def _facts(run: RunRecord) -> dict[str, str]:
    found = {
        "group": run.group,
        "repeat": run.repeat,
        "parent": run.parent,
        "host": run.host,
        "archived": run.archived or None,
        "pinned": run.pinned or None,
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def _whole(step: object) -> int:
    return int(step) if isinstance(step, int | float) else 0


def _clean(value: Any) -> Any:
    return redact_text(value) if isinstance(value, str) else value
