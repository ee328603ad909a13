"""What an export folder holds already of a run: a small JSON file beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neural._files import read_json, write_json
from neural.errors import ExportError, StorageError

__all__ = ["LEDGER", "Ledger", "make_folder"]

#: Name of the file; it begins with a point, so that platforms and people look past it.
LEDGER = ".neural-export.json"


def make_folder(folder: Path) -> None:
    """Make a folder that exports go to.

    Raises:
        ExportError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ExportError(f"{folder} cannot be made: {exc.strerror}") from exc


class Ledger:
    """Counts of what a folder holds of one run; damage means: nothing is known to be there.

    Args:
        folder: Where the export of the run lies.
        run_id: The run.
    """

    def __init__(self, folder: Path, run_id: str) -> None:
        self._path = folder / LEDGER
        self._run_id = run_id
        stored = self._read()
        #: Points by metric.
        self.points: dict[str, int] = dict(stored.get("points", {}))
        #: Images, texts, histograms and tables.
        self.media: int = int(stored.get("media", 0))
        #: SHA-256 by file name.
        self.files: dict[str, str] = dict(stored.get("files", {}))
        #: What only one platform keeps.
        self.more: dict[str, Any] = dict(stored.get("more", {}))

    def save(self) -> None:
        """Write it.

        Raises:
            OSError: It cannot be written.
        """
        write_json(
            self._path,
            {
                "run_id": self._run_id,
                "points": self.points,
                "media": self.media,
                "files": self.files,
                "more": self.more,
            },
        )

    def _read(self) -> dict[str, Any]:
        try:
            stored = read_json(self._path)
        except (FileNotFoundError, NotADirectoryError, StorageError):
            return {}
        known = isinstance(stored, dict) and stored.get("run_id") == self._run_id
        return stored if known else {}
