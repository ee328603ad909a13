"""All tabs of the comparison, in their order."""

from __future__ import annotations

from neural.tracking.pages.compare.tabs import (
    boards,
    code,
    environment,
    images,
    logs,
    parallel,
    params,
    referee,
    scatter,
    spread,
    table,
    why,
)
from neural.tracking.pages.compare.tabs.boards import BOARD_KEYS
from neural.tracking.pages.compare.tabs.tab import Tab

__all__ = ["LABELS", "STATE_KEYS", "TABS", "tab_named"]

#: By name; the first is open at first.
TABS: dict[str, Tab] = {
    tab.name: tab
    for tab in (
        boards.CHARTS,
        table.TAB,
        params.TAB,
        code.TAB,
        environment.TAB,
        parallel.TAB,
        scatter.TAB,
        spread.TAB,
        images.TAB,
        logs.TAB,
        boards.SYSTEM,
        referee.TAB,
        why.TAB,
    )
}

LABELS: dict[str, str] = {name: tab.label for name, tab in TABS.items()}

#: Everything of an address that a tab takes part in.
STATE_KEYS: tuple[str, ...] = (
    *(key for tab in TABS.values() for key in tab.keys if key != "baseline"),
    *BOARD_KEYS,
)

#: Names that tabs had before, in addresses that somebody kept.
_FORMER = {"values": "table"}


def tab_named(name: str) -> str:
    """Return the name of the tab that an address means; the first where it makes no sense."""
    name = _FORMER.get(name, name)
    return name if name in TABS else next(iter(TABS))
