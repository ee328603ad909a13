"""Runs as TensorBoard event files, written with TensorBoard's own records; torch is not needed.

A directory for each run. What is new is written as one more event file, which gets its name only
when it is whole: whatever kills the export, every file that TensorBoard sees can be read to its
end and holds each point once.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neural._clock import now
from neural._files import TEMPORARY_SUFFIX
from neural.errors import ExportError
from neural.tracking.exporters.ledger import Ledger, make_folder
from neural.tracking.exporters.naming import document, flat_params, param_text, strict
from neural.tracking.exporters.pictures import as_picture
from neural.tracking.exporters.tensorboard_messages import Messages, tag_of
from neural.tracking.records import FINAL_STATUSES, RunStatus
from neural.tracking.sinks import Medium, RunEnd, RunFile, RunStart, Stretch, Tally, Target

__all__ = ["TensorBoardSink"]

#: Larger whole numbers are not all 64-bit floats.
_EXACT = 2**53


class TensorBoardSink:
    """Writes ``<log_dir>/<folder of the run>/events.out.tfevents.…``.

    Args:
        target: ``place`` is the log directory.
        tally: Told what is done.

    Raises:
        MissingExtraError: TensorBoard is not installed.
    """

    def __init__(self, target: Target, tally: Tally) -> None:
        self._target = target
        self._tally = tally
        self._root = Path(target.place or "runs/neural").absolute()
        self._events = Messages()
        self._file: io.BufferedWriter | None = None
        self._seen: dict[str, int] = {}
        self._media = 0
        self._listed: list[dict[str, Any]] = []

    def start(self, run: RunStart) -> None:
        """Find what is there already.

        Raises:
            ExportError: The directory cannot be written.
        """
        self._run = run
        self._folder = self._root / run.folder
        self._tally.url = str(self._folder)
        self._ledger = Ledger(self._folder, run.run_id)
        parts = self._ledger.more.get("parts", [])
        # The ledger is written before the file gets its name: a part that is not there, never was.
        self._parts = [part for part in parts if (self._folder / part["file"]).is_file()]
        self._had = _summed(part["points"] for part in self._parts)
        self._had_media = sum(part["media"] for part in self._parts)
        self._had_texts = {key for part in self._parts for key in part["texts"]}
        self._new: dict[str, Any] = {"points": {}, "media": 0, "texts": []}
        self._time = run.start_time if run.start_time is not None else now()
        self._open()
        self._hparams()
        self._text("environment", _block(run.environment) if run.environment else "")
        self._text("notes", run.notes)

    def metrics(self, stretch: Stretch) -> None:
        """Write the points that are not there yet."""
        series = stretch.series
        count = len(series.step)
        seen = self._seen.get(stretch.name, 0)
        self._seen[stretch.name] = seen + count
        had = min(count, max(0, self._had.get(stretch.name, 0) - seen))
        self._tally.skipped(had)
        if had == count:
            return
        tag = self._tag("metric", stretch.name)
        values = self._rounded(stretch.name, series.value[had:])
        for step, time, value in zip(series.step[had:], series.time[had:], values, strict=True):
            self._write(self._events.scalar(tag, int(step), float(time), float(value)))
        points = self._new["points"]
        points[stretch.name] = points.get(stretch.name, 0) + count - had
        self._tally.sent(count - had)

    def medium(self, medium: Medium) -> None:
        """Write an image, a text, a histogram or a table, unless it is there."""
        self._media += 1
        if self._media <= self._had_media:
            self._tally.skipped()
            return
        self._new["media"] += 1
        what = f"{medium.kind} {medium.key!r}"
        try:
            summary = self._summary(what, medium)
        except (OSError, ValueError, KeyError, TypeError) as exc:
            self._tally.failed(f"{what} at step {medium.step}: {exc}")
            return
        self._write(self._events.event(summary, medium.step, medium.time))
        self._tally.sent()

    def file(self, file: RunFile) -> None:
        """Show a figure; name any other file, which TensorBoard cannot hold."""
        about = {"name": file.name, "kind": file.kind, "size": file.size, "sha256": file.checksum}
        self._listed.append(about)
        if file.kind == "figure":
            try:
                picture = as_picture(file.path)
            except (OSError, ValueError):
                pass  # an SVG, or the JSON of a Plotly figure: named like other files
            else:
                tag = self._tag("figure", f"figures/{file.name}")
                self._once(f"figure {file.name} {file.checksum}", self._events.image(tag, picture))
                return
        self._tally.converted(
            f"artifact {file.name!r}: TensorBoard holds no files, its name and checksum stand in "
            "the text 'artifacts'"
        )

    def finish(self, end: RunEnd) -> None:
        """Give what is new its name.

        Raises:
            ExportError: It cannot be written.
        """
        if self._listed:
            self._text("artifacts", _block(self._listed))
        self._text("run", _block({k: v for k, v in document(self._run, end).items() if v}))
        if end.end_time is not None:
            status = _SESSION_STATUS.get(end.status, "STATUS_UNKNOWN")
            if end.status not in FINAL_STATUSES:
                self._tally.converted(f"status {end.status!r} is {status} in the hparams")
            ending = self._events.session_end(status, end.end_time)
            self._once(f"end {end.status} {end.end_time}", ending, counts=False)
        try:
            self._publish()
        except OSError as exc:
            raise ExportError(f"{self._folder} cannot be written: {exc}") from exc

    def close(self) -> None:
        """Throw away what was not finished."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._temporary.unlink(missing_ok=True)

    # ------------------------------------------------------------------ what is written

    def _hparams(self) -> None:
        values = {}
        for name, value in flat_params(self._run.params).items():
            plain = type(value) in (bool, float, str) or (
                type(value) is int and abs(value) <= _EXACT
            )
            values[name] = value if plain else param_text(value)
            if not plain:
                self._tally.converted(f"parameter {name!r} is a text in the hparams")
        start = self._events.session_start(values, self._run.run_id, self._time)
        self._once(f"hparams {_digest(_block(values))}", start, counts=False)
        self._text("hyperparameters", _block(self._run.params) if values else "")

    def _text(self, tag: str, text: str) -> None:
        if text:
            self._once(f"text {tag} {_digest(text)}", self._events.text(tag, text), counts=False)

    def _once(self, key: str, summary: Any, *, counts: bool = True) -> None:
        """Write a summary that is not there yet, at step 0."""
        if key in self._had_texts:
            self._tally.skipped(int(counts))
            return
        self._new["texts"].append(key)
        self._write(self._events.event(summary, 0, self._time))
        self._tally.sent(int(counts))

    def _summary(self, what: str, medium: Medium) -> Any:
        tag = self._tag(medium.kind, medium.key)
        if medium.kind == "image" and medium.path is not None:
            picture = as_picture(medium.path)
            if picture.is_converted:
                self._tally.converted(f"{what} is sent as png")
            return self._events.image(tag, picture)
        if medium.kind == "histogram":
            if medium.value.get("non_finite"):
                self._tally.converted(f"{what}: values that are not finite have no bin")
            return self._events.histogram(tag, medium.value)
        if medium.kind == "text":
            return self._events.text(tag, _content(medium))
        self._tally.converted(f"{what} is sent as a text")
        return self._events.text(tag, _block(json.loads(_content(medium))))

    def _tag(self, what: str, name: str) -> str:
        tag = tag_of(name)
        if tag != name:
            self._tally.converted(f"{what} {name!a} is called {tag!r}")
        return tag

    def _rounded(self, name: str, values: Any) -> Any:
        """Return values as 32-bit floats, telling what that loses."""
        doubles = np.asarray(values, dtype=np.float64)
        with np.errstate(over="ignore", under="ignore"):
            singles = doubles.astype(np.float32)
        too_large = int((np.isinf(singles) & ~np.isinf(doubles)).sum())
        changed = int(((singles != doubles) & ~np.isnan(doubles)).sum()) - too_large
        self._tally.converted(f"{name!r}: values rounded to 32 bits", changed)
        self._tally.converted(f"{name!r}: values too large for 32 bits are infinite", too_large)
        return singles

    # ------------------------------------------------------------------ files

    def _open(self) -> None:
        if self._target.dry_run:
            return
        make_folder(self._folder)
        # Names sort in the order of writing, as TensorBoard reads them.
        number = int(self._ledger.more.get("next", 0))
        self._new["file"] = f"events.out.tfevents.{int(self._time):010d}.neural.{number:06d}"
        self._temporary = self._folder / f".neural-{os.getpid()}{TEMPORARY_SUFFIX}"
        self._file = self._temporary.open("wb")
        self._write(self._events.first(self._time))

    def _write(self, event: Any) -> None:
        if self._file is not None:
            try:
                self._events.record_writer(self._file).write(event.SerializeToString())
            except OSError as exc:
                raise ExportError(f"{self._folder} cannot be written: {exc}") from exc

    def _publish(self) -> None:
        new = self._new
        if self._file is None or not (new["points"] or new["media"] or new["texts"]):
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        number = int(self._ledger.more.get("next", 0))
        self._ledger.more = {"parts": [*self._parts, new], "next": number + 1}
        self._ledger.save()
        os.replace(self._temporary, self._folder / new["file"])


_SESSION_STATUS: dict[str, str] = {
    RunStatus.COMPLETED: "STATUS_SUCCESS",
    RunStatus.FAILED: "STATUS_FAILURE",
    RunStatus.CRASHED: "STATUS_FAILURE",
}


def _summed(parts: Iterator[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name, count in part.items():
            total[name] = total.get(name, 0) + count
    return total


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _block(value: Any) -> str:
    """Return a value as Markdown that TensorBoard shows as it is."""
    text = json.dumps(strict(value), indent=2, ensure_ascii=False, default=str)
    return "\n".join(f"    {line}" for line in text.splitlines())


def _content(medium: Medium) -> str:
    if medium.path is None:
        return str(medium.value)
    return medium.path.read_text("utf-8", "replace")
