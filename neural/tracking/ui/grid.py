"""The look of ag-grid tables: our colours, in both themes, without a callback.

The class names of older versions (``ag-theme-quartz-dark``) do nothing any more. The
theme is a function of the grid's own API whose values are our CSS variables, so that
a change of theme recolours a table at once.
"""

from __future__ import annotations

import json
from typing import Any, Final

__all__ = ["GRID_THEME", "grid_options"]

_PARAMETERS: Final[dict[str, Any]] = {
    "backgroundColor": "var(--aq-panel)",
    "foregroundColor": "var(--aq-text)",
    "accentColor": "var(--aq-accent)",
    "borderColor": "var(--aq-hairline)",
    "chromeBackgroundColor": "var(--aq-raised)",
    "headerBackgroundColor": "var(--aq-raised)",
    "headerTextColor": "var(--aq-muted)",
    "rowHoverColor": "var(--aq-hover)",
    "selectedRowBackgroundColor": "var(--aq-selected)",
    "oddRowBackgroundColor": "var(--aq-panel)",
    "checkboxUncheckedBorderColor": "var(--aq-border)",
    "inputBackgroundColor": "var(--aq-panel)",
    "inputBorder": "1px solid var(--aq-border)",
    "inputTextColor": "var(--aq-text)",
    "menuBackgroundColor": "var(--aq-raised)",
    "menuTextColor": "var(--aq-text)",
    "tooltipBackgroundColor": "var(--aq-raised)",
    "tooltipTextColor": "var(--aq-text)",
    "fontFamily": "inherit",
    "fontSize": 13,
    "headerFontSize": 12,
    "rowHeight": "var(--aq-row)",
    "headerHeight": 30,
    "spacing": 4,
    "wrapperBorderRadius": "var(--aq-radius-card)",
    "borderRadius": "var(--aq-radius)",
}

#: The ``theme`` of ``dashGridOptions``: a call that dash-ag-grid reads without ``eval``.
GRID_THEME: Final = {"function": f"themeQuartz.withParams({json.dumps(_PARAMETERS)})"}


def grid_options(**options: Any) -> dict[str, Any]:
    """Return ``dashGridOptions`` with our theme and what every table has.

    Args:
        options: Further options of the grid; they win over ours.
    """
    return {
        "theme": GRID_THEME,
        "animateRows": False,
        "suppressCellFocus": False,
        "enableCellTextSelection": True,
        "tooltipShowDelay": 300,
        **options,
    }
