"""Follow what a run logs: each look returns only the entries that are new."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.metrics_file import START, Mark, MetricsFile
from neural.tracking.storage.metrics_format import FIRST_OFFSET, NON_FINITE, Block, entry_blocks
from neural.tracking.storage.small_files import open_regular

__all__ = ["Follower"]


class Follower:
    """Reads the entries of a run as they come; never changes a file.

    Args:
        run_dir: Directory of the run.
    """

    def __init__(self, run_dir: Path) -> None:
        self._paths = RunPaths(run_dir)
        self._offsets: dict[str, int] = {}
        #: Of files of other programs, which have no offsets: mark and number of entries.
        self._whole: dict[str, tuple[Mark, int]] = {}

    def skip_to_last(self, count: int) -> list[dict[str, Any]]:
        """Return the last ``count`` entries of each file, merged by time; go on from there."""
        return self._read(count)[-count:] if count else self._read(0)

    def new_entries(self) -> list[dict[str, Any]]:
        """Return what was logged since the last look, merged by time."""
        return self._read(None)

    def _read(self, count: int | None) -> list[dict[str, Any]]:
        found = []
        for path in self._paths.metrics_files():
            try:
                with MetricsFile(path) as file:
                    foreign = None if file.has_lines else self._entries_of(file)
            except OSError:  # it was deleted just now, or is no file
                continue
            if foreign is not None:
                found += foreign
            else:
                for block in self._blocks(path, count):
                    found += _entries(block)
        return sorted(found, key=lambda entry: float(entry.get("timestamp", 0)))

    def _entries_of(self, file: MetricsFile) -> list[dict[str, Any]]:
        """Return the new entries of a file that another program writes anew at each call."""
        mark, seen = self._whole.get(file.name, (START, 0))
        entries: list[dict[str, Any]] = []
        for chunk in file.chunks(mark if file.follows(mark) else START):
            entries += chunk.entries().entries[seen:]
            mark = chunk.end
        self._whole[file.name] = (mark, seen + len(entries))
        return entries

    def _blocks(self, path: Path, count: int | None) -> list[Block]:
        """Return new blocks of one file; of a long one only as many as hold ``count`` entries."""
        try:
            handle, _ = open_regular(path)
        except OSError:  # it was deleted just now, or is no file
            return []
        kept: list[Block] = []
        try:
            for block in entry_blocks(handle, self._offsets.get(path.name, FIRST_OFFSET)):
                self._offsets[path.name] = block.end
                kept.append(block)
                if count is not None:
                    while sum(b.data.count(b"\n") + 1 for b in kept[1:]) >= count:
                        del kept[0]
                        if not kept:
                            break
        finally:
            os.close(handle)
        return kept


def _entries(block: Block) -> list[dict[str, Any]]:
    """Return the entries of a block; a damaged line is left out."""
    found = []
    for line in block.data.split(b",\n"):
        try:
            entry = msgspec.json.decode(line)
        except msgspec.DecodeError:
            continue
        if isinstance(entry, dict):
            found.append(
                {k: NON_FINITE.get(v, v) if isinstance(v, str) else v for k, v in entry.items()}
            )
    return found
