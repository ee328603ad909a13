"""The file of one metric in MLflow's directory store: ``milliseconds value step``, line by line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from neural.tracking.importers.line_file import LineFile
from neural.tracking.importers.reading import Points, ReadRun
from neural.tracking.importers.rows import number_of

__all__ = ["MetricFile"]

#: Told the file, a reason, and the byte.
Complain = Callable[[str, str, int], None]


class MetricFile:
    """How far the file of a metric was read.

    Args:
        root: Folder of the run.
        name: The file below it, ``metrics/…``; keys may hold ``/``.
    """

    def __init__(self, root: Path, name: str) -> None:
        self._name = name
        self._key = name.removeprefix("metrics/")
        self._file = LineFile(root, name)

    @property
    def offset(self) -> int:
        """First byte that was not read yet."""
        return self._file.offset

    def read_on(self, handle: int, run: ReadRun, complain: Complain) -> bool:
        """Add the points that are new to a run; returns whether there were any.

        Args:
            handle: The open file; closed here.
            run: Takes the points.
            complain: Told what is no point.

        Raises:
            OSError: It cannot be read.
            ValueError: The run has too many metrics.
        """
        changed = False
        blocks = self._file.blocks(lambda why, at: complain(self._name, why, at), handle)
        for offset, block in blocks:
            changed |= self._add_plain(block, run) or self._add_each(offset, block, run, complain)
        return changed

    def _add_plain(self, block: bytes, run: ReadRun) -> bool:
        """Add lines that all are three plain numbers; returns whether they are."""
        lines = block.split(b"\n")
        parts = block.split()
        if len(parts) != 3 * len(lines) or b"_" in block:
            return False
        if any(line.count(b" ") != 2 for line in lines):
            return False
        try:
            steps = list(map(int, parts[2::3]))
            times = [milliseconds / 1000 for milliseconds in map(float, parts[0::3])]
            values = list(map(float, parts[1::3]))
            self._points(run).append(steps, times, values)
        except (ValueError, OverflowError):
            return False
        return True

    def _add_each(self, offset: int, block: bytes, run: ReadRun, complain: Complain) -> bool:
        """Add line by line what is a point; returns whether there was any."""
        changed = False
        for line in block.split(b"\n"):
            here, offset = offset, offset + len(line) + 1
            text = line.rstrip(b"\r").decode("utf-8", "replace")
            if not text:
                continue
            # Newer versions add name and digest of a data set; the oldest have no step.
            parts = text.split(" ")
            step = number_of(parts[2]) if len(parts) > 2 else 0
            values = [number_of(part) for part in parts[:2]]
            if None in values or len(values) < 2 or type(step) is not int or abs(step) >= 2**63:
                complain(self._name, "a line is no time, value and step", here)
                continue
            self._points(run).add(step, float(values[0] or 0) / 1000, float(values[1] or 0))
            changed = True
        return changed

    def _points(self, run: ReadRun) -> Points:
        return run.metric(self._key)
