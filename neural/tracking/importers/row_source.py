"""A run in one file of rows."""

from __future__ import annotations

from pathlib import Path

from neural.tracking.importers.line_file import LineFile
from neural.tracking.importers.reading import ReadRun, SourceBase
from neural.tracking.importers.rows import RowReader
from neural.tracking.importers.yaml_text import read_params
from neural.tracking.sources import SourceRun

__all__ = ["RowSource", "file_run"]

#: File names that say nothing of the run.
_PLAIN_NAMES = frozenset(
    ("metrics", "results", "log", "logs", "progress", "training", "history", "trainer_state")
)
#: Files beside the rows that hold what the user set.
_PARAMS = ("hparams.yaml", "args.yaml", "params.yaml", "config.yaml")


def file_run(path: Path, root: Path) -> SourceRun:
    """Return what a run is called whose only file is ``path``."""
    folder = path.parent
    below = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else folder.name
    parts = [part for part in (below,) if part != "."]
    if path.stem.lower() not in _PLAIN_NAMES:
        parts.append(path.stem)
    name = "/".join(parts) or root.name or path.stem
    return SourceRun(
        source_id=name,
        identity=str(path),
        name=name,
        experiment_name=root.name or "imported",
        status="unknown",
        path=path,
    )


class RowSource(SourceBase):
    """What the readers of CSV and of JSON lines share.

    Args:
        place: The file.
        root: Folder that the name of the run is relative to.
    """

    def __init__(self, place: Path, root: Path) -> None:
        super().__init__(place.parent)
        self._path = place
        self._read = ReadRun(file_run(place, root))
        self._runs = {self._read.about.source_id: self._read}
        self._rows = RowReader(self._read, self._skips, place)
        self._file = LineFile(place.parent, place.name, self._is_whole)
        self._looked = False

    def refresh(self) -> bool:
        """See :meth:`~neural.tracking.sources.RunSource.refresh`."""
        changed = self._try(self._path, self._read_on)
        if not self._looked:
            self._looked = True
            for name in _PARAMS:
                if (self._path.parent / name).is_file():
                    params = read_params(self._path.parent, name, self._skips)
                    self._read.tell(params={**params, **self._read.about.params})
        return changed

    def _read_on(self) -> bool:
        changed = False
        for offset, line in self._file.lines(self._complain):
            changed = True
            if line.strip():
                self._line(line, offset)
        return changed

    def _complain(self, reason: str, offset: int) -> None:
        self._skips.add(self._path, reason, offset)

    def _is_whole(self, line: bytes) -> bool:
        """Tell whether a last line without an end is whole."""
        return False

    def _line(self, line: bytes, offset: int) -> None:
        """Read one line."""
        raise NotImplementedError
