"""Packages that are imported only where they are used."""

from __future__ import annotations

import importlib
from types import ModuleType

from neural.errors import MissingExtraError

__all__ = ["optional_import"]


def optional_import(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import ``module``, or say which extra provides it.

    Call it inside the function that needs the package, never at module level:
    importing ``neural`` must stay fast and must work with no extras at all.

    Args:
        module: Dotted name of the module: ``"plotly.graph_objects"``.
        extra: Extra of this distribution that installs it.
        purpose: What it is for, as it reads after "to": ``"draw charts"``.

    Raises:
        MissingExtraError: The package is not installed.
        ImportError: It is installed but broken; its own error tells more
            than ours would, so it passes unchanged.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as exc:
        package = module.partition(".")[0]
        if exc.name is None or exc.name.partition(".")[0] != package:
            raise
        raise MissingExtraError(package, extra, purpose) from exc
