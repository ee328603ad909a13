"""A run in files that are written anew each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neural.tracking._source_tree import open_below
from neural.tracking.importers.reading import ReadRun, SourceBase
from neural.tracking.sources import SourceRun

__all__ = ["Document", "DocumentSource"]

_MOST_BYTES = 256 << 20


class Document:
    """A JSON file that its writer replaces.

    Args:
        folder: Where it lies.
        name: Its path below ``folder``.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / name
        self._folder, self._name = folder, name
        self._signature: tuple[int, ...] | None = None
        #: When it last changed: seconds since the Unix epoch.
        self.changed = 0.0

    def read(self) -> Any:
        """Return what it says if it changed since the last look, else ``None``.

        Raises:
            OSError: It cannot be read.
            ValueError: It is no JSON, is nested too deeply, or is too large.
        """
        handle, found = open_below(self._folder, self._name)
        with open(handle, "rb", buffering=0) as file:
            signature = (found.st_ino, found.st_size, found.st_mtime_ns)
            if signature == self._signature:
                return None
            if found.st_size > _MOST_BYTES:
                raise ValueError(f"{found.st_size:,} bytes are too many")
            data = file.read(_MOST_BYTES) or b""
        said = json.loads(data)
        self._signature, self.changed = signature, found.st_mtime
        return said


class DocumentSource(SourceBase):
    """What readers of documents share: a run is made anew from each look at them.

    Args:
        folder: Folder of the run.
        about: What is known of it.
    """

    def __init__(self, folder: Path, about: SourceRun) -> None:
        super().__init__(folder)
        self._about = about
        self._read = ReadRun(about)
        self._runs = {about.source_id: self._read}

    def _anew(self) -> ReadRun:
        """Begin the run again."""
        self._read = ReadRun(self._about)
        self._runs = {self._about.source_id: self._read}
        return self._read
