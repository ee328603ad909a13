"""How the curves of a page are looked at, as it stands in the address."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Self, get_args

from neural.tracking.charts.lines import View, XAxis
from neural.tracking.pages.metric_sections import SYSTEM
from neural.tracking.ui.page import PageLocation

__all__ = ["MOST_SMOOTHING", "X_AXES", "BoardView"]

#: Weights closer to 1 average over more points than a run has.
MOST_SMOOTHING = 0.999

#: Kinds of x axis and what people call them.
X_AXES: dict[XAxis, str] = {"step": "Step", "relative": "Relative", "time": "Wall clock"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """What the controls above the curves say.

    Attributes:
        smoothing: Weight of the past, in ``[0, 0.999]``; 0 is off.
        x: Kind of x axis.
        log_y: Whether the y axes are logarithmic.
        search: Words in the names of the metrics that are shown.
        number: Page of charts, counted from 1.
        toggled: Sections that are not as they are at first: open, but for the machine's own.
    """

    smoothing: float = 0.0
    x: XAxis = "step"
    log_y: bool = False
    search: str = ""
    number: int = 1
    toggled: tuple[str, ...] = ()

    @classmethod
    def from_location(cls, location: PageLocation) -> Self:
        """Return the view an address asks for; what makes no sense in it is as by default."""
        x = location.get("x", "step")
        return cls(
            smoothing=smoothing_of(location.get("s")),
            x=next((kind for kind in get_args(XAxis) if kind == x), "step"),
            log_y=location.get("y") == "log",
            search=location.get("q"),
            number=_whole(location.get("page"), 1),
            toggled=tuple(location.get_all("toggled")),
        )

    def state(self) -> dict[str, Any]:
        """Return what stands in the address; inverse of :meth:`from_location`."""
        return {
            "s": f"{self.smoothing:g}" if self.smoothing else None,
            "x": None if self.x == "step" else self.x,
            "y": "log" if self.log_y else None,
            "q": self.search,
            "page": self.number if self.number > 1 else None,
            "toggled": list(self.toggled),
        }

    def closed(self, sections: list[str]) -> set[str]:
        """Return which of ``sections`` show only their heading; a search opens all of them."""
        if self.search.strip():
            return set()
        return {name for name in sections if (name == SYSTEM) != (name in self.toggled)}

    def toggle(self, section: str) -> BoardView:
        """Return the view with one section opened or closed."""
        kept = tuple(name for name in self.toggled if name != section)
        return replace(self, toggled=kept if section in self.toggled else (*kept, section))

    def chart(self) -> View:
        """Return what of the view shapes a single chart."""
        return View(x=self.x, log_y=self.log_y, smoothing=self.smoothing)


def smoothing_of(value: object) -> float:
    """Return a weight from what a control or an address says; 0 if it says nothing usable."""
    try:
        weight = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(MOST_SMOOTHING, max(0.0, weight)) if math.isfinite(weight) else 0.0


def _whole(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default
