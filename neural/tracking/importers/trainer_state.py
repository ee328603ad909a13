"""``trainer_state.json`` of the Hugging Face Trainer; of several checkpoints the newest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from neural.tracking._source_tree import Folder
from neural.tracking.importers.document_source import Document, DocumentSource
from neural.tracking.importers.row_source import file_run
from neural.tracking.importers.rows import RowReader
from neural.tracking.sources import Claim, SourceKind

__all__ = ["KIND", "TrainerStateSource"]

_NAME = "trainer_state.json"
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")


def recognise(folder: Folder) -> Iterator[Claim]:
    """Claim the state in a folder, unless a later one of the same training lies elsewhere."""
    head = folder.head(_NAME) if _NAME in folder.files else b""
    if head.lstrip().startswith(b"{") and not _is_older(folder):
        yield Claim(path=folder.path / _NAME, why="trainer_state.json")


def _is_older(folder: Folder) -> bool:
    checkpoint = _CHECKPOINT.fullmatch(folder.path.name)
    if checkpoint is None or folder.parent is None:
        return False
    others = (_CHECKPOINT.fullmatch(name) for name in folder.parent.folders)
    newest = max(int(found[1]) for found in others if found)
    return _NAME in folder.parent.files or int(checkpoint[1]) < newest


class TrainerStateSource(DocumentSource):
    """One run: the log in a state.

    Args:
        place: The file, or a folder with it.
        root: Folder that the name of the run is relative to.
    """

    def __init__(self, place: Path, root: Path) -> None:
        path = place / _NAME if place.is_dir() else place
        # The next checkpoint is the same training.
        inside = _CHECKPOINT.fullmatch(path.parent.name) and path.parent != root
        output = path.parent.parent if inside else path.parent
        about = file_run(output / path.name, root)
        super().__init__(path.parent, about)
        self._document = Document(path.parent, path.name)

    def refresh(self) -> bool:
        """See :meth:`~neural.tracking.sources.RunSource.refresh`."""
        return self._try(self._document.path, self._read_anew)

    def _read_anew(self) -> bool:
        state = self._document.read()
        if state is None:
            return False
        if not isinstance(state, dict) or not isinstance(state.get("log_history"), list):
            raise ValueError("it has no log_history")
        run = self._anew()
        rows = RowReader(run, self._skips, self._document.path)
        for row in state["log_history"]:
            if isinstance(row, dict):
                rows.add(row, self._document.changed)
        plain = {k: v for k, v in state.items() if isinstance(v, int | float | str)}
        run.tell(params=plain)
        return True


KIND = SourceKind(
    title="Hugging Face Trainer", rank=60, recognise=recognise, open=TrainerStateSource
)
