"""Images, texts, histograms and tables by step: media.json and the files it names."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from neural._files import locked, replace_bytes, to_json
from neural.tracking.storage.layout import RunPaths, file_name
from neural.tracking.storage.metrics_format import CLOSING, FIRST_OFFSET, entry_blocks
from neural.tracking.storage.metrics_writer import PwriteWriter, mend

__all__ = ["MediaLog"]

#: A longer text goes into a file of its own.
_LONGEST_INLINE_TEXT = 16 * 1024

#: Windows lacks the one and needs the other.
_OPEN_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class MediaLog:
    """Appends to media.json, which several processes may share: each append takes a short lock.

    Args:
        paths: Files of the run.
    """

    def __init__(self, paths: RunPaths) -> None:
        self._paths = paths
        self._end = FIRST_OFFSET
        self._counts: Counter[str] = Counter()  # entries seen so far, by key

    def add_text(self, key: str, text: str, step: int | None, now: float) -> None:
        """Keep a text.

        Raises:
            OSError: It cannot be written.
        """
        if len(text) <= _LONGEST_INLINE_TEXT:
            self._append(key, "text", step, now, value=text)
        else:
            self._add_file(key, "text", step, now, text.encode(), ".txt")

    def add_image(self, key: str, png: bytes, ending: str, step: int | None, now: float) -> None:
        """Keep an encoded image; ``ending`` is ``".png"`` or the like.

        Raises:
            OSError: It cannot be written.
        """
        self._add_file(key, "image", step, now, png, ending)

    def add_histogram(
        self, key: str, value: Mapping[str, list[float | int]], step: int | None, now: float
    ) -> None:
        """Keep ``{"edges": (B + 1,), "counts": (B,)}``.

        Raises:
            OSError: It cannot be written.
        """
        self._append(key, "histogram", step, now, value=dict(value))

    def add_table(self, key: str, value: Mapping[str, Any], step: int | None, now: float) -> None:
        """Keep ``{"columns": […], "rows": [[…], …]}``.

        Raises:
            OSError: It cannot be written.
        """
        self._add_file(key, "table", step, now, to_json(dict(value)), ".json")

    def _add_file(
        self, key: str, kind: str, step: int | None, now: float, data: bytes, ending: str
    ) -> None:
        folder = self._paths.media_dir / file_name(key)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{os.urandom(6).hex()}{ending}"
        replace_bytes(path, data)
        relative = path.relative_to(self._paths.root).as_posix()
        self._append(key, kind, step, now, path=relative)

    def _append(self, key: str, kind: str, step: int | None, now: float, **what: Any) -> None:
        with locked(self._paths.root):
            handle = os.open(self._paths.media, _OPEN_FLAGS, 0o666)
            try:
                self._read_on(handle)
                self._mend(handle)
                entry = {
                    "timestamp": now,
                    "step": self._counts[key] if step is None else step,
                    "key": key,
                    "kind": kind,
                    **what,
                }
                writer = PwriteWriter(handle, self._end)
                writer.append(json.dumps(entry, ensure_ascii=False).encode())
                self._end = writer.end
                self._counts[key] += 1
            finally:
                os.close(handle)

    def _mend(self, handle: int) -> None:
        """Cut off what a killed process has left, or begin the file."""
        size = os.fstat(handle).st_size
        if size == self._end + len(CLOSING):
            return
        try:
            mend(handle)
        except OSError:
            if size == 0:  # no other program can read an empty file as JSON
                self._paths.media.unlink()
            raise

    def _read_on(self, handle: int) -> None:
        """Count what other processes have added since the last look."""
        if os.fstat(handle).st_size < self._end:  # it was deleted and begun anew
            self._end = FIRST_OFFSET
            self._counts.clear()
        for block in entry_blocks(handle, self._end):
            self._end = block.end
            with suppress(ValueError, KeyError, TypeError):  # damage does not stop the logging
                self._counts.update(entry["key"] for entry in json.loads(b"[%b]" % block.data))
