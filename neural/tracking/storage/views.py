"""Saved views: what a page shows, under a name, or without one when an address grew too long.

One JSON file a view, ``<base_dir>/.neural/views/<id>.json``, so that two programs that save at
once never meet, and a damaged file costs one view.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from neural._clock import now
from neural._files import replace_bytes, to_json
from neural.errors import InvalidInputError, NotFoundError, StorageError
from neural.tracking.storage.kept import kept_dir, writing
from neural.tracking.storage.layout import new_id
from neural.tracking.storage.small_files import DamagedError, parse_json, read_whole

__all__ = ["MOST_BYTES", "MOST_NAME_CHARACTERS", "SavedView", "ViewStore"]

#: Largest state of one view in bytes; it holds choices, never data.
MOST_BYTES = 1_000_000

#: A time of saving behind this is no time: end of the year 9999, in epoch seconds.
LATEST = 253402300800.0

#: Longest name of a view.
MOST_NAME_CHARACTERS = 200

_ID = re.compile(r"[0-9a-f]{12}")


class SavedView(TypedDict):
    """What a list of views says about one.

    Attributes:
        id: Twelve hex digits; stands in addresses as ``?view=<id>``.
        name: As it was given; the id where the file is damaged.
        page: ``state["page"]``: the path of the page that it is a view of.
        created: Epoch seconds of the first saving; ``None`` where the file is damaged.
        problem: Only where the file is damaged: what is wrong with it.
    """

    id: str
    name: str
    page: str
    created: float | None
    problem: NotRequired[str]


class ViewStore:
    """The saved views of one store of runs.

    Args:
        base_dir: Directory that holds the runs. Nothing is made before the first view is saved.
    """

    def __init__(self, base_dir: Path) -> None:
        self.folder = kept_dir(base_dir) / "views"

    def save(self, name: str, state: Mapping[str, Any]) -> str:
        """Keep ``state`` and return the id of the view.

        Args:
            name: Any text; names need not differ. An empty one makes a view that is only reached
                by its address: the same state then gets the same id, and is written once.
            state: What a page needs to be drawn again, as JSON can say it. ``state["page"]`` is
                the path of the page.

        Raises:
            InvalidInputError: The name is too long, or the state is no JSON or too large.
            StorageError: The directory cannot be written to.
        """
        name = _clean(name)
        content = _encoded({"state": dict(state)})
        view_id = new_id() if name else hashlib.sha256(content).hexdigest()[:12]
        path = self._path(view_id)
        if name or not path.exists():
            self._write(path, {"name": name, "created": now(), "state": dict(state)})
        return view_id

    def load(self, view_id: str) -> dict[str, Any]:
        """Return the state of a view.

        Raises:
            NotFoundError: There is no such view.
            StorageError: Its file is damaged; the message names it.
        """
        state = self._read(view_id)["state"]
        assert isinstance(state, dict)
        return state

    def rename(self, view_id: str, name: str) -> None:
        """Give a view another name.

        Raises:
            InvalidInputError: The name is empty or too long.
            NotFoundError: There is no such view.
            StorageError: Its file is damaged, or cannot be written.
        """
        name = _clean(name)
        if not name:
            raise InvalidInputError("a saved view needs a name, got an empty one")
        self._write(self._path(view_id), {**self._read(view_id), "name": name})

    def delete(self, view_id: str) -> None:
        """Delete a view, damaged or not; addresses that name it lead nowhere from then on.

        Raises:
            NotFoundError: There is no such view.
            StorageError: The directory cannot be written to.
        """
        path = self._path(view_id)
        with writing("The change", self.folder):
            try:
                path.unlink()
            except FileNotFoundError as error:
                raise _missing(view_id) from error

    def list(self) -> Sequence[SavedView]:
        """Return the views that have a name, newest first; damaged files stand at the end.

        Views without a name are behind long addresses and not listed.
        """
        try:
            found = sorted(p.stem for p in self.folder.iterdir() if p.suffix == ".json")
        except OSError:  # no view was ever saved
            return []
        views = [self._summary(view_id) for view_id in found if _ID.fullmatch(view_id)]
        named = [view for view in views if view["name"]]
        return sorted(named, key=lambda view: -(view["created"] or 0.0))

    def _summary(self, view_id: str) -> SavedView:
        try:
            view = self._read(view_id)
        except (NotFoundError, StorageError) as error:
            return {
                "id": view_id, "name": view_id, "page": "", "created": None, "problem": str(error),
            }  # fmt: skip
        page = view["state"].get("page", "")
        return {
            "id": view_id, "name": view["name"], "page": str(page), "created": view["created"],
        }  # fmt: skip

    def _path(self, view_id: str) -> Path:
        # Twelve hex digits and nothing else: an id from an address never becomes a path.
        if not _ID.fullmatch(view_id):
            raise _missing(view_id)
        return self.folder / f"{view_id}.json"

    def _read(self, view_id: str) -> dict[str, Any]:
        path = self._path(view_id)
        try:
            found = parse_json(read_whole(path, MOST_BYTES * 2))
        except FileNotFoundError as error:
            raise _missing(view_id) from error
        except OSError as error:
            raise StorageError(f"the view {path} cannot be read: {error.strerror}") from error
        except DamagedError as error:
            message = f"the view {path} is damaged, byte {error.offset}: {error.reason}"
            raise StorageError(message) from error
        return _checked(found, path)

    def _write(self, path: Path, view: Mapping[str, Any]) -> None:
        data = _encoded(view)
        with writing("The view", self.folder):
            replace_bytes(path, data)


def _checked(found: Any, path: Path) -> dict[str, Any]:
    """Return a view as its file holds it; what a hand has changed to nonsense is damage."""
    view = found if isinstance(found, dict) else {}
    if not isinstance(view.get("name"), str) or not isinstance(view.get("state"), dict):
        raise StorageError(f'the view {path} is damaged: it needs a "name" and a "state"')
    created = view.get("created")
    if not isinstance(created, int | float) or not 0 <= created < LATEST:
        created = 0.0
    return {**view, "created": float(created)}


def _clean(name: str) -> str:
    # A lone surrogate fits into no file and no answer.
    name = " ".join(name.encode("utf-8", "replace").decode().split())
    if len(name) > MOST_NAME_CHARACTERS:
        raise InvalidInputError(
            f"the name of a view has at most {MOST_NAME_CHARACTERS} characters, got {len(name)}"
        )
    return name


def _encoded(value: Mapping[str, Any]) -> bytes:
    try:
        data = to_json(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError(f"the state of a view has to be JSON: {error}") from error
    if len(data) > MOST_BYTES:
        raise InvalidInputError(
            f"the state of a view has at most {MOST_BYTES:,} bytes, got {len(data):,}"
        )
    return data


def _missing(view_id: str) -> NotFoundError:
    return NotFoundError(f"there is no saved view {view_id[:40]!r}; it may have been deleted")
