"""Ids of the parts of a chart board."""

from __future__ import annotations

from typing import Any

__all__ = ["BoardIds"]


class BoardIds:
    """Ids of one board; the prefix tells boards of different pages apart.

    Args:
        prefix: Of all ids.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.smoothing = f"{prefix}-smoothing"
        self.kind = f"{prefix}-kind"
        self.width = f"{prefix}-width"
        self.x = f"{prefix}-x"
        self.x_metric = f"{prefix}-x-metric"
        #: Check boxes: what of the axes is not as usual.
        self.axes = f"{prefix}-axes"
        self.group = f"{prefix}-group"
        self.then = f"{prefix}-then"
        self.statistic = f"{prefix}-statistic"
        self.band = f"{prefix}-band"
        self.members = f"{prefix}-members"
        #: Check box: whether what the doctor found is marked on the charts.
        self.doctor = f"{prefix}-doctor"
        #: Most lines of a chart, and the metric by which they are chosen.
        self.lines = f"{prefix}-lines"
        self.by = f"{prefix}-by"
        self.search = f"{prefix}-search"
        self.found = f"{prefix}-found"
        self.previous = f"{prefix}-previous"
        self.next = f"{prefix}-next"
        self.pager = f"{prefix}-pager"
        self.list = f"{prefix}-list"
        #: Store: the runs, as ``ChartRun`` lists.
        self.runs = f"{prefix}-runs"
        #: Store: what tells one state of the runs from the next.
        self.revision = f"{prefix}-revision"
        #: Store: what the controls say, and the zoom, as :meth:`BoardView.look`.
        self.view = f"{prefix}-view"
        #: Store: search, pages and sections of the list, and what it was made from.
        self.shown = f"{prefix}-shown"
        #: Store: ``{"what": "pin" or "turn", "value": …}``, written by the browser.
        self.act = f"{prefix}-act"
        #: Store: ``{"what": "csv" or "python", "metric": …, "own": …}``, likewise.
        self.ask = f"{prefix}-ask"
        #: Store: what it gets, ``{"what", "name", "text"}``.
        self.answer = f"{prefix}-answer"
        self.updated = f"{prefix}-updated"
        #: Store: ``{"path", "state"}``, what of the address is not the board's.
        self.base = f"{prefix}-base"

    def toggle(self, index: Any) -> dict[str, Any]:
        """Return the id of the heading of a section, by its place in the list."""
        return {"type": f"{self.prefix}-toggle", "index": index}

    def chart(self, part: str, metric: Any) -> dict[str, Any]:
        """Return the id of a part of a chart.

        ``slot`` is where it is put, ``graph`` the chart itself, ``note`` the words under it;
        ``seen``, ``own`` and ``mark`` are stores: its metric and width once it came into sight,
        what it has of its own, what is on screen.
        """
        return {"type": f"{self.prefix}-{part}", "index": metric}
