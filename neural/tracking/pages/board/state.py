"""Where the controls of a chart board lead: which charts are listed, how one is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from neural.tracking.pages.board.looks import Look
from neural.tracking.pages.board.view import BoardView
from neural.tracking.ui.page import search_string

__all__ = ["board_address", "look_of", "moved"]

#: Widths of plots are rounded up to so many pixels: a scroll bar makes no other chart.
WIDTH_STEP = 20
#: Sections that a browser remembers to be open or closed; more do not fit into an address.
MOST_TOGGLED = 50


def moved(shown: Mapping[str, Any], cause: Any, search: str) -> BoardView:
    """Return the list of charts that a click or a search asks for.

    Args:
        shown: State of the list on screen.
        cause: ``"previous"``, ``"next"``, the place of a section that was toggled,
            ``{"what": "pin", "turn" or "toggled", "value": …}``, or ``None`` for a search or new
            data.
        search: What stands in the search field.
    """
    view = replace(BoardView.from_state({**shown, "page": str(shown["page"])}), search=search)
    if isinstance(cause, int):
        return view.toggle(shown["sections"][cause][0])
    if cause in ("previous", "next"):
        return replace(view, number=view.number + (1 if cause == "next" else -1))
    if isinstance(cause, Mapping) and cause.get("what") == "pin":
        return view.pin(str(cause["value"]))
    if isinstance(cause, Mapping) and cause.get("what") == "toggled":
        return replace(view, toggled=tuple(map(str, cause["value"]))[:MOST_TOGGLED])
    if isinstance(cause, Mapping) and cause.get("what") == "turn":
        number, _, section = str(cause["value"]).partition(":")
        return view.turn(section, int(number) if number.isdigit() else 1)
    if search != (shown["q"] or ""):
        return replace(view, number=1, pages=())
    return view


def look_of(
    state: Mapping[str, Any],
    seen: Mapping[str, Any],
    own: Mapping[str, Any] | None,
    shown: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Look:
    """Return how one chart is looked at.

    Args:
        state: What the controls say, see :meth:`BoardView.look`.
        seen: ``{"metric", "width"}`` of the chart.
        own: What it has of its own.
        shown: State of the list; says which charts share a y range with it.
        labels: Label of its group by run id.
    """
    own = own or {}
    board = BoardView.from_state({**state, "z": own["z"]} if own.get("z") else state)
    width = _whole(own.get("width")) or _whole(seen.get("width"))
    listed = [names for _, names in (shown or {}).get("sections", ()) if seen["metric"] in names]
    return Look(
        view=board.chart(own),
        width=-(-width // WIDTH_STEP) * WIDTH_STEP,
        clip=board.clip,
        ends=(_number(own.get("lo")), _number(own.get("hi"))),
        shared=tuple(listed[0]) if board.lock and listed else (),
        group=board.group,
        labels=labels or {},
        lines=board.lines,
        by=board.by or "",
    )


def board_address(
    base: Mapping[str, Any],
    shown: Mapping[str, Any],
    state: Mapping[str, Any],
    own: Mapping[str, Mapping[str, Any]] | None = None,
    start: BoardView | None = None,
) -> dict[str, str]:
    """Return the address of a board for the shell's ``VIEW`` store.

    Args:
        base: ``{"path", "state"}`` of the page.
        shown: State of the list of charts.
        state: What the controls say.
        own: What charts have of their own, by metric.
        start: What a view begins with; what is as there is left out.
    """
    view = BoardView.from_state({**state, **shown, "page": str(shown["page"])})
    view = view.besides(start or BoardView())
    # The width is that of this window, and a zoom of one chart alone is of this moment.
    kept = tuple(
        (metric, tuple((key, value) for key, value in one.items() if key not in ("width", "z")))
        for metric, one in (own or {}).items()
    )
    search = search_string({**base["state"], **replace(view, own=kept).state()})
    return {"search": search, "path": base["path"]}


def _whole(value: Any) -> int:
    return max(0, int(value)) if isinstance(value, int | float) and 0 < value < 1e5 else 0


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
