"""W&B's logs: a folder for each time that a run was begun or resumed, online or offline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from neural.tracking._source_tree import Folder, open_below
from neural.tracking.importers.artifact_files import add_artifacts
from neural.tracking.importers.reading import ReadRun, SourceBase
from neural.tracking.importers.wandb_log import FILE_HEADER, Complain, LogReader
from neural.tracking.importers.wandb_run import WandbRun
from neural.tracking.importers.wire import WireError
from neural.tracking.sources import Claim, SourceKind, SourceRun

__all__ = ["KIND", "WandbSource"]

_LOG = re.compile(r"run-(.+)\.wandb")
_MEDIA = "media/"


def recognise(folder: Folder) -> Iterator[Claim]:
    """Claim folders with a log."""
    for name in folder.files:
        if not folder.head(name).startswith(FILE_HEADER):
            continue
        yield Claim(path=folder.path, why="a log that begins with :W&B", whole=True)
        return


class WandbSource(SourceBase):
    """One run: the log in a folder.

    Args:
        place: Folder with a log, or a log.
        root: Folder that was opened.
    """

    def __init__(self, place: Path, root: Path) -> None:
        folder = place.parent if place.is_file() else place
        super().__init__(folder)
        self._root = folder
        self._only = place.name if place.is_file() else None
        self._read = ReadRun(
            SourceRun(
                source_id=folder.name,
                identity=str(place),
                name=folder.name,
                experiment_name=root.name or "wandb",
                status="running",
                path=place,
            )
        )
        self._runs = {folder.name: self._read}
        self._logs: dict[str, LogReader] = {}
        self._contents = WandbRun(self._read, self._skips, folder)
        self._files: set[tuple[str, int]] = set()

    def refresh(self) -> bool:
        """See :meth:`~neural.tracking.sources.RunSource.refresh`."""
        changed = False
        for name in self._names():
            log = self._logs.setdefault(name, LogReader())
            changed |= self._try(self._root / name, lambda n=name, g=log: self._read_on(n, g))  # type: ignore[misc]
        if changed:
            self._contents.tell()
        return self._list_files() or changed

    def _names(self) -> list[str]:
        if self._only:
            return [self._only]
        try:
            return sorted(p.name for p in self._root.iterdir() if _LOG.fullmatch(p.name))
        except OSError:
            return []

    def _read_on(self, name: str, log: LogReader) -> bool:
        handle, found = open_below(self._root, name)
        with open(handle, "rb", buffering=0):
            before = log.offset
            if found.st_size < before:
                raise ValueError("it became shorter while it was read")
            for record in log.records(handle, found.st_size, self._complain(name)):
                try:
                    self._contents.add(record)
                except (WireError, ValueError, IndexError, OverflowError) as exc:
                    self._skips.add(self._root / name, f"a record is none: {exc}", log.offset)
            return log.offset > before

    def _complain(self, name: str) -> Complain:
        return lambda reason, offset: self._skips.add(self._root / name, reason, offset)

    def _list_files(self) -> bool:
        """List the files of the run, media aside; returns whether there is another one."""
        folder = self._root / "files"
        if not folder.is_dir() or folder.is_symlink():
            return False
        listed = ReadRun(self._read.about)
        add_artifacts(listed, folder, self._root, self._skips)
        found = [file for file in listed.files if not file.name.startswith(_MEDIA)]
        names = {(file.name, file.size) for file in found}
        changed, self._files = names != self._files, names
        self._read.files = found
        return changed


KIND = SourceKind(title="W&B", rank=5, recognise=recognise, open=WandbSource)
