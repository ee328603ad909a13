"""Whether W&B is written to online or offline; nothing is asked over the network."""

from __future__ import annotations

import netrc
import os
from typing import Any

from neural.errors import InvalidInputError

__all__ = ["mode_of"]

_MODES = ("online", "offline")


def mode_of(wanted: Any) -> str:
    """Return ``online`` or ``offline``.

    Args:
        wanted: One of them; ``None`` is what ``WANDB_MODE`` says, else online if there is a key.

    Raises:
        InvalidInputError: It is neither.
    """
    mode = wanted or os.environ.get("WANDB_MODE") or ("online" if _has_key() else "offline")
    if mode not in _MODES:
        raise InvalidInputError(f"mode must be 'online' or 'offline', got {mode!r}")
    return str(mode)


def _has_key() -> bool:
    """Tell whether there is a key for W&B, without asking it."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    host = os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai").partition("://")[2]
    try:
        found = netrc.netrc(os.environ.get("NETRC")).authenticators(host.partition("/")[0])
    except (OSError, netrc.NetrcParseError):
        return False
    return found is not None
