"""The table of the tabs: adding one is a module and a line."""

from __future__ import annotations

from neural.tracking.pages.explore import (
    distributions,
    heatmap,
    history,
    importance,
    matrix,
    pairs,
    parallel,
    pareto,
    scatter,
    slices,
)
from neural.tracking.pages.explore.scene import Tab

__all__ = ["TABS"]

#: Tabs by name, in their order.
TABS: dict[str, Tab] = {
    tab.name: tab
    for tab in (
        matrix.TAB,
        heatmap.TAB,
        distributions.TAB,
        parallel.TAB,
        importance.TAB,
        scatter.TAB,
        pairs.TAB,
        slices.TAB,
        history.TAB,
        pareto.TAB,
    )
}
