"""HTML attributes whose names are not Python names."""

from __future__ import annotations

from typing import Any

__all__ = ["attributes"]


def attributes(**named: str) -> dict[str, Any]:
    """Return ``aria-`` and ``data-`` attributes, to be unpacked into a component.

    Typed so that a type checker does not hold them against a component's own
    properties.

    Example:
        >>> attributes(aria_label="Filter", data_page_key="e")
        {'aria-label': 'Filter', 'data-page-key': 'e'}
    """
    return {name.replace("_", "-"): value for name, value in named.items()}
