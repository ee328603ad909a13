"""TensorBoard event files: a folder of them is a run.

Layouts: TensorFlow 1 and 2, PyTorch, tensorboardX, Lightning; see
https://github.com/tensorflow/tensorboard for the meaning of the messages.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neural.tracking._source_tree import Folder, open_below
from neural.tracking.importers.crc32c import LONGEST_ROW
from neural.tracking.importers.event_frames import (
    HEAD_BYTES,
    Frames,
    find_frames,
    is_whole,
    whole_rows,
)
from neural.tracking.importers.event_run import EventRun
from neural.tracking.importers.event_scalars import Scalars, scalars_of
from neural.tracking.importers.reading import ReadRun, SourceBase
from neural.tracking.importers.yaml_text import read_params
from neural.tracking.sources import Claim, SourceKind, SourceRun

__all__ = ["KIND", "TensorBoardSource"]

_BLOCK_BYTES = 4 << 20
#: A record larger than this is passed over.
_LARGEST_RECORD = 64 << 20
#: The first record of an event file says so.
_MAGIC = b"brain.Event:"
#: How torch and tensorboardX call the folder they put hyperparameters into: a time.
_HPARAMS_FOLDER = re.compile(r"\d{9,}(\.\d+)?")


def recognise(folder: Folder) -> Iterator[Claim]:
    """Claim folders with event files; those of hyperparameters belong to the run above."""
    if _event_files(folder) and not _belongs_above(folder):
        yield Claim(path=folder.path, why="event files that begin with brain.Event")


def _event_files(folder: Folder) -> list[str]:
    return [n for n in folder.files if "tfevents" in n and _MAGIC in folder.head(n)[:64]]


def _belongs_above(folder: Folder) -> bool:
    above = folder.parent
    return (
        above is not None
        and _HPARAMS_FOLDER.fullmatch(folder.path.name) is not None
        and any(b"_hparams_/" in folder.head(name) for name in _event_files(folder))
        and bool(_event_files(above))
    )


class TensorBoardSource(SourceBase):
    """One run: the event files of a folder, in the order of their names, which is that of time.

    Args:
        place: Folder, or one event file.
        root: Folder that the name of the run is relative to.
    """

    def __init__(self, place: Path, root: Path) -> None:
        self._only = place.name if place.is_file() else None
        folder = place.parent if self._only else place
        super().__init__(folder)
        self._root = folder
        inside = folder.is_relative_to(root)
        name = folder.relative_to(root).as_posix() if inside and folder != root else folder.name
        self._read = ReadRun(
            SourceRun(
                source_id=name,
                identity=str(place),
                name=name,
                experiment_name=root.name or "tensorboard",
                status="unknown",
                path=place,
            )
        )
        self._runs = {name: self._read}
        self._contents = EventRun(self._read, self._skips)
        self._files: dict[str, _EventFile] = {}
        self._looked: set[str] = set()

    def refresh(self) -> bool:
        """See :meth:`~neural.tracking.sources.RunSource.refresh`."""
        changed = False
        for name in self._names():
            file = self._files.setdefault(name, _EventFile(self._root, name))
            changed |= self._try(self._root / name, lambda file=file: self._read_on(file))  # type: ignore[misc]
        changed |= self._read_hparams_file()
        if changed:
            self._contents.tell()
        return changed

    def _read_on(self, file: _EventFile) -> bool:
        return file.read_on(self._contents)

    def _names(self) -> list[str]:
        if self._only:
            return [self._only]
        found = self._here("")
        for name in self._here("", folders=True):
            if _HPARAMS_FOLDER.fullmatch(name):
                found += self._here(name)
        return found

    def _here(self, below: str, *, folders: bool = False) -> list[str]:
        """Return event files, or folders, as paths relative to the run."""
        try:
            with os.scandir(self._root / below) as entries:
                return sorted(
                    f"{below}/{e.name}" if below else e.name
                    for e in entries
                    if (
                        e.is_dir(follow_symlinks=False)
                        if folders
                        else "tfevents" in e.name and e.is_file(follow_symlinks=False)
                    )
                )
        except OSError:
            return []

    def _read_hparams_file(self) -> bool:
        """Read what Lightning keeps beside the event files, once."""
        name = "hparams.yaml"
        if name in self._looked or not (self._root / name).is_file():
            return False
        self._looked.add(name)
        params = read_params(self._root, name, self._skips)
        self._contents.add_params(params)
        return bool(params)


class _EventFile:
    """How far one file was read."""

    def __init__(self, root: Path, name: str) -> None:
        self._root, self._name = root, name
        self._offset = 0
        self._identity: tuple[int, int] | None = None
        self._stopped = False

    def read_on(self, run: EventRun) -> bool:
        """Read what was added.

        Raises:
            OSError: The file cannot be read.
        """
        handle, found = open_below(self._root, self._name)
        with open(handle, "rb", buffering=0):
            identity = (found.st_dev, found.st_ino)
            if self._identity not in (None, identity) or found.st_size < self._offset:
                if not self._stopped:
                    run.skips.add(self._path, "it was replaced while it was read; the rest is left")
                self._stopped = True
            self._identity = identity
            before = self._offset
            while not self._stopped and self._offset < found.st_size:
                if not self._read_block(handle, found.st_size, run):
                    break
            return self._offset > before

    @property
    def _path(self) -> Path:
        return self._root / self._name

    def _read_block(self, handle: int, size: int, run: EventRun, want: int = _BLOCK_BYTES) -> bool:
        """Read one block; returns whether there may be another."""
        block = os.pread(handle, min(want, size - self._offset), self._offset)
        frames = find_frames(block)
        _take(block, frames, run, self._name, self._offset)
        self._offset += frames.end
        if frames.damaged:
            run.skips.add(
                self._path,
                "the length of a record is damaged, so nothing behind it can be found",
                self._offset,
            )
            self._stopped = True
            return False
        if frames.end or not block:
            return bool(block)
        return self._long_record(handle, size, run, frames.missing)

    def _long_record(self, handle: int, size: int, run: EventRun, missing: int) -> bool:
        """Go on at a record that did not fit into a block."""
        if missing == 0 or self._offset + missing > size:
            return False  # the writer may be in the middle of it
        if missing > _LARGEST_RECORD:
            run.skips.add(self._path, f"a record of {missing:,} bytes is too large", self._offset)
            self._offset += missing
            return True
        return self._read_block(handle, size, run, missing)


def _take(block: bytes, frames: Frames, run: EventRun, name: str, offset: int) -> None:
    """Give the records of a block to the run; the points of each tag in their order."""
    if not len(frames.starts):
        return
    data = np.frombuffer(block, np.uint8)
    pieces: dict[str, list[tuple[NDArray[np.int64], Scalars]]] = {}
    others: list[int] = []
    damaged: list[int] = []
    for length in np.unique(frames.lengths).tolist():
        which = np.flatnonzero(frames.lengths == length)
        if length > LONGEST_ROW:
            for at in which.tolist():
                (others if is_whole(block, int(frames.starts[at]), length) else damaged).append(at)
            continue
        rows, whole = whole_rows(data, frames.starts[which], length)
        damaged += which[~whole].tolist()
        rows, which = rows[whole], which[whole]
        scalars, left = scalars_of(rows)
        others += which[left].tolist()
        for one in scalars:
            pieces.setdefault(one.tag, []).append((which[one.which], one))
    for at in damaged:
        start = offset + int(frames.starts[at]) - HEAD_BYTES
        run.skips.add(run.path / name, "the checksum of a record is wrong", start)
    for at, point in run.add_events(sorted(others), block, frames, name, offset):
        pieces.setdefault(point.tag, []).append((np.array([at]), point))
    for tag in sorted(pieces, key=lambda tag: min(int(at[0]) for at, _ in pieces[tag])):
        run.add_scalars(tag, pieces[tag])


KIND = SourceKind(title="TensorBoard", rank=50, recognise=recognise, open=TensorBoardSource)
