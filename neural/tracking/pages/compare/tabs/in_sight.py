"""What a tab shows when no run is in sight."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from neural.tracking.ui.components import empty_state

__all__ = ["nothing_in_sight"]


def nothing_in_sight() -> Component:
    """Return what stands where runs would, all of them being hidden or outside a brush."""
    why = html.P("All runs are hidden or outside a brush. Show some in the list of runs.")
    return empty_state("No run in sight", why)
