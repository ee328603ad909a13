"""What changed in the store, in a few bytes, for the browser's regular look."""

from __future__ import annotations

import secrets
from typing import Any

from neural.tracking.ui.page import AppContext

__all__ = ["health", "live_state"]

#: Makes the revisions of one server process differ from those of the one before
#: it, so that a page that was left open is drawn again after a restart.
_PROCESS = secrets.token_hex(4)


def live_state(context: AppContext) -> dict[str, Any]:
    """Return ``{"revision", "running"}`` of the store.

    ``revision`` changes whenever anything that a page may show changed;
    ``running`` is the number of runs that are being written right now.
    """
    running = context.manager.page("status = 'running'", limit=1)
    return {"revision": f"{_PROCESS}-{running.revision}", "running": running.total}


def health(context: AppContext) -> dict[str, Any]:
    """Return whether the store can be read: ``{"status": "ok", "runs": 12}``.

    Raises:
        StorageError: The store cannot be read.
    """
    return {"status": "ok", "runs": context.manager.count("")}
