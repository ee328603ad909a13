"""Component ids of the page of opened folders; the prefix keeps them apart from other pages'."""

from __future__ import annotations

from typing import Any

__all__ = ["Ids"]


class Ids:
    """Components and stores of the page."""

    PATH = "opened-path"
    KIND = "opened-kind"
    OPEN = "opened-open"
    #: Store: counts what this page did, so that the lists are drawn again at once.
    CHANGED = "opened-changed"
    #: Store: what the lists were drawn from.
    SEEN = "opened-seen"
    FOLDERS = "opened-folders"
    IMPORTS = "opened-imports"
    TICK = "opened-tick"

    @staticmethod
    def folder(what: Any, key: Any) -> dict[str, Any]:
        """Return the id of a button that does something to an open folder: close or import it."""
        return {"type": "opened-folder", "what": what, "key": key}

    @staticmethod
    def job(what: Any, number: Any) -> dict[str, Any]:
        """Return the id of a button of an import: ``cancel``, ``go-on`` or ``forget``."""
        return {"type": "opened-job", "what": what, "job": number}
