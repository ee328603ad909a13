"""Folders that the pages of the dashboard may read other trackers' runs from and write into.

A browser is not a terminal: whoever can call the server could otherwise have any file of its user
read, or any folder filled. So only folders count that were named when the server was started, and
one in the store itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from neural.errors import InvalidInputError, NotFoundError, RefusedError

__all__ = ["EXPORTS_DIR", "OpenRoots"]

#: Folder in the store that the pages may always write into; it is no run.
EXPORTS_DIR = "exports"
_MOST_CHARACTERS = 4096


class OpenRoots:
    """The folders below which a page may open or write something.

    Args:
        base_dir: Directory that holds the runs, absolute. Of it only ``exports/`` is open: what is
            written among the runs would be taken for one.
        roots: Further folders, as given with ``--open-root``; they need not exist yet.

    Raises:
        InvalidInputError: One of ``roots`` is a file.
    """

    def __init__(self, base_dir: Path, roots: Iterable[str | os.PathLike[str]] = ()) -> None:
        self.base_dir = base_dir.resolve()
        self.exports = self.base_dir / EXPORTS_DIR
        #: Folders that were named at the start, absolute and without links.
        self.roots = tuple(dict.fromkeys(_checked_root(root) for root in roots))

    def inside(self, text: str) -> Path:
        """Return the place that ``text`` names, absolute and without links.

        Args:
            text: A path; a relative one is below ``exports/`` of the store.

        Raises:
            InvalidInputError: It is no path.
            RefusedError: It is not below an open folder. Nothing tells whether it exists.
        """
        text = text.strip()
        if not text or len(text) > _MOST_CHARACTERS or any(ord(sign) < 32 for sign in text):
            raise InvalidInputError(f"{text[:80]!r} is no folder; give one such as {self.exports}")
        try:
            place = (self.exports / text).resolve()
        except (OSError, RuntimeError, ValueError) as exc:  # a loop of links, a name of NULs
            raise self._refused(text) from exc
        if place.is_relative_to(self.exports):
            return place
        among_runs = place.is_relative_to(self.base_dir)
        if among_runs or not any(place.is_relative_to(root) for root in self.roots):
            raise self._refused(text)
        return place

    def existing(self, text: str) -> Path:
        """Return the file or folder that ``text`` names; see :meth:`inside`.

        Raises:
            InvalidInputError: It is no path.
            RefusedError: It is not below an open folder.
            NotFoundError: There is nothing.
        """
        place = self.inside(text)
        if not place.exists():
            raise NotFoundError(f"There is nothing at {str(place)!r}")
        return place

    def _refused(self, text: str) -> RefusedError:
        known = ", ".join(map(str, (self.exports, *self.roots)))
        return RefusedError(
            f"{text[:200]!r} is not below a folder that is open to the pages ({known}). "
            "To open another, start Aquarium with --open-root DIR"
        )


def _checked_root(root: str | os.PathLike[str]) -> Path:
    place = Path(root).expanduser().resolve()
    if place.exists() and not place.is_dir():
        raise InvalidInputError(f"--open-root must be a folder, and {place} is a file")
    return place
