"""A layout whose note may be several lines long.

Charts with many columns also say in ``layout.meta["min_width"]`` how many pixels they need to be
read; where a screen is narrower, let them scroll sideways.
"""

from __future__ import annotations

import textwrap
from typing import Any, Final

from neural.tracking.charts.figures import base_layout
from neural.tracking.charts.theme import Theme, escape_text

__all__ = ["LEGEND_BELOW", "noted_layout"]

#: Characters of a note in one line; a chart is seldom narrower than that takes.
_LINE = 88
_LINE_HEIGHT = 20

#: A legend under the x axis, where it covers neither points nor the note.
LEGEND_BELOW: Final[dict[str, Any]] = {
    "orientation": "h",
    "x": 0,
    "y": -0.18,
    "yanchor": "top",
}


def noted_layout(theme: Theme, title: str, note: str, *, compact: bool = False) -> dict[str, Any]:
    """Return the layout of :func:`~neural.tracking.charts.figures.base_layout` with a long note.

    Args:
        theme: Theme.
        title: Plain text; left out when compact.
        note: Plain text; broken into lines below the title, and whole in
            ``layout.meta["note"]``.
        compact: For a card that shows title and note itself.
    """
    layout: dict[str, Any] = base_layout(theme, title, note=note, compact=compact)
    lines = textwrap.wrap(note, _LINE)
    if not compact and len(lines) > 1:
        layout["title"]["subtitle"]["text"] = "<br>".join(map(escape_text, lines))
        layout["margin"]["t"] += _LINE_HEIGHT * (len(lines) - 1)
    return layout
