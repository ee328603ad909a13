"""How the page follows its runs while they are written."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, no_update

from neural._clock import now
from neural.tracking.pages.explore.ids import Ids
from neural.tracking.pages.explore.panels import Panels, tab_of
from neural.tracking.pages.explore.runs import RunTable
from neural.tracking.pages.explore.view import ExploreView
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.page import ShellIds

__all__ = ["PAUSE_S", "follows", "register_live", "shape_of"]

#: Between two drawings while runs go on. One that came, went or ended is drawn at once.
PAUSE_S = 10.0


def shape_of(table: RunTable, at: float) -> dict[str, Any]:
    """Return what is remembered of the runs on screen: which they are, in which state, since when.

    Args:
        table: The runs.
        at: When they were drawn, in seconds since the Unix epoch.
    """
    known = [(row["experiment_id"], row["status"]) for row in table.rows]
    return {"runs": zlib.crc32(repr((table.total, known)).encode()), "at": at}


def follows(
    panels: Panels, state: Mapping[str, Any], shape: Mapping[str, Any], at: float
) -> bool | None:
    """Return whether to draw anew after something in the store changed.

    Args:
        panels: What draws.
        state: Of the page.
        shape: Of the runs on screen, see :func:`shape_of`.
        at: The time now, in seconds since the Unix epoch.

    Returns:
        ``None`` where the open tab takes so long to draw that this is left to a person.
    """
    view = ExploreView.from_state(state)
    if shape_of(panels.table(view), 0)["runs"] != shape.get("runs"):
        return True
    if tab_of(view).is_slow:
        return None
    return at - float(shape.get("at") or 0) >= PAUSE_S


def register_live(app: Dash, panels: Panels) -> None:
    """Draw anew when runs changed, or offer to."""

    @callback(
        app,
        Output(Ids.NEWS, "hidden"),
        Output(Ids.FOLLOWED, "data"),
        Input(ShellIds.LIVE, "data"),
        Input(Ids.DRAWN, "data"),
        State(Ids.STATE, "data"),
        State(Ids.SHAPE, "data"),
        prevent_initial_call=True,
    )
    def _changed(_live: Any, revision: str | None, state: Any, shape: Any) -> tuple[Any, Any]:
        newest = panels.revision()
        if revision is None or newest == revision:
            return True, no_update
        draws = follows(panels, state, shape or {}, now())
        return draws is not None, newest if draws else no_update
