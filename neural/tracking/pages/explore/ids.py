"""Component ids of the Explore page; the prefix keeps them apart from other pages'."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["PREFIX", "Ids", "dom_id"]

PREFIX = "explore"


class Ids:
    """Components and stores of the page."""

    # Filter box; the names are those that assets/js/filter.js makes from the prefix.
    FILTER_TEXT = f"{PREFIX}-filter-text"
    PROBLEM = f"{PREFIX}-filter-problem"
    TYPED = f"{PREFIX}-filter-typed"
    HINTED = f"{PREFIX}-filter-hinted"

    #: Store: all that shapes the page, as ``ExploreView.state()``.
    STATE = f"{PREFIX}-state"
    #: Store: the same as it stands in the address.
    ADDRESS = f"{PREFIX}-address"
    #: Store: revision of the runs that are on screen.
    DRAWN = f"{PREFIX}-drawn"
    #: Store: which runs those are, see ``live.shape_of``; and the revision that is to be drawn.
    SHAPE = f"{PREFIX}-shape"
    FOLLOWED = f"{PREFIX}-followed"
    COUNTS = f"{PREFIX}-counts"
    UNBRUSH = f"{PREFIX}-unbrush"
    NEWS = f"{PREFIX}-news"
    CONTROLS = f"{PREFIX}-controls"
    CONTENT = f"{PREFIX}-content"
    PANEL = f"{PREFIX}-panel"
    BELOW = f"{PREFIX}-below"
    #: Stores: ``{"chart", "what", "number"}`` written by the browser, and what it gets.
    ASK = f"{PREFIX}-ask"
    ANSWER = f"{PREFIX}-answer"
    #: Written by nobody: Dash wants an output on the page for what only acts in the browser.
    QUIET = f"{PREFIX}-quiet"

    @staticmethod
    def setting(key: Any) -> dict[str, Any]:
        """Return the id of the control of one key of the state."""
        return {"type": f"{PREFIX}-set", "index": key}

    @staticmethod
    def picker(key: Any) -> dict[str, Any]:
        """Return the id of a choice of columns, whose options are searched on the server."""
        return {"type": f"{PREFIX}-pick", "index": key}

    @staticmethod
    def graph(name: Any) -> dict[str, Any]:
        """Return the id of a chart."""
        return {"type": f"{PREFIX}-graph", "index": name}


def dom_id(component_id: dict[str, Any]) -> str:
    """Return an id as Dash spells it in the page, for labels."""
    return json.dumps(component_id, sort_keys=True, separators=(",", ":"))
