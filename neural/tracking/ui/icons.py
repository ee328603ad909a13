"""Icons of the dashboard: drawn by us, coloured by the text around them.

The drawings stand in ``assets/css/25-icons.css`` as masks, because Dash has no SVG
elements and a mask takes the colour of the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neural.errors import UnknownNameError
from neural.tracking.ui.attributes import attributes

if TYPE_CHECKING:
    from dash import html

__all__ = ["NAMES", "icon"]

#: Every icon there is; a test holds this against the style sheet.
NAMES = frozenset(
    {
        "alive",
        "arrow-left",
        "bell",
        "chart",
        "check",
        "chevron",
        "close",
        "columns",
        "compare",
        "contrast",
        "copy",
        "cross",
        "density",
        "dot",
        "download",
        "edit",
        "error",
        "expand",
        "experiments",
        "explore",
        "export",
        "eye",
        "file",
        "filter",
        "folder",
        "help",
        "image",
        "info",
        "keyboard",
        "link",
        "logs",
        "page",
        "pause",
        "pin",
        "refresh",
        "save",
        "search",
        "settings",
        "stop",
        "system",
        "tag",
        "trash",
        "views",
        "warning",
    }
)


def icon(name: str) -> html.Span:
    """Return an icon that a screen reader skips: the word beside it says the same.

    Args:
        name: One of :data:`NAMES`.

    Raises:
        UnknownNameError: There is no such icon.
    """
    from dash import html

    if name not in NAMES:
        raise UnknownNameError("icon", name, NAMES)
    return html.Span(className=f"aq-icon aq-icon-{name}", **attributes(aria_hidden="true"))
