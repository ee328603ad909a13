"""How the page follows its runs while they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, no_update

from neural._clock import now
from neural.tracking.pages.explore.ids import Ids
from neural.tracking.pages.explore.panels import Panels, tab_of
from neural.tracking.pages.explore.view import ExploreView
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.page import ShellIds

__all__ = ["PAUSE_S", "follows", "register_live", "shape_of"]

#: Between two drawings while runs go on. One that came, went or ended is drawn at once.
PAUSE_S = 10.0


def shape_of(panels: Panels, view: ExploreView, at: float) -> dict[str, Any]:
    """Return what is remembered of the runs on screen: how many, how many go on, since when.

    Counts, and not ids: they are asked for with every look, and may be of ten thousand runs.

    Args:
        panels: What draws.
        view: State of the page.
        at: When they were drawn, in seconds since the Unix epoch.
    """
    return {"runs": list(panels.counts(view)), "at": at}


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
    if shape_of(panels, view, at)["runs"] != shape.get("runs"):
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
