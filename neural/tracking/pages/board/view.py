"""How the curves of a page are looked at, as it stands in the address."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self, get_args

import orjson

from neural.tracking.analysis.aggregate import BANDS, STATISTICS, Band, Statistic
from neural.tracking.charts.lines import View, XAxis
from neural.tracking.pages.addresses import AUTO
from neural.tracking.pages.board.ranking import LINES
from neural.tracking.pages.metric_sections import SYSTEM
from neural.tracking.smoothing_along import Smoothing
from neural.tracking.ui.page import PageLocation

__all__ = ["KINDS", "MOST_SMOOTHING", "X_AXES", "BoardView", "GroupView", "Own", "amount_of"]

#: Weights closer to 1 average over more points than a run has.
MOST_SMOOTHING = 0.999

#: Kinds of x axis and what people call them.
X_AXES: dict[XAxis, str] = {
    "step": "Step",
    "relative": "Relative",
    "process": "Process",
    "time": "Clock",
    "metric": "Metric",
}

#: Kinds of smoothing and what people call them.
KINDS: dict[Smoothing, str] = {
    "ema": "Exponential",
    "twema": "Time-weighted",
    "gauss": "Gaussian",
    "mean": "Running average",
}
#: Those whose amount is a weight, and not a width in x or in points.
WEIGHED: Final = ("ema", "twema")

#: What one chart of a page may have of its own: smoothing, its kind, its y axis, ends of that.
Own = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """How runs are put together.

    Attributes:
        by: ``""`` (not at all), ``"name"``, ``"auto"``, ``"params.<name>"`` or ``"tags.<name>"``.
        then: What runs have to share besides, likewise; ``""`` is nothing.
        statistic: What the line of a group is.
        band: What lies around it.
        members: Whether the lines of the members stand behind it.
    """

    by: str = ""
    then: str = ""
    statistic: Statistic = "mean"
    band: Band = "std"
    members: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardView:
    """What the controls above the curves say.

    Attributes:
        smoothing: Weight of the past, in ``[0, 0.999]``, of the kinds that have one; 0 is off,
            ``None`` what the settings say.
        width: The same of the others: sigma in the unit of x, or a number of points.
        kind: Kind of smoothing.
        x: Kind of x axis.
        x_metric: Metric on it, where it is one.
        log_x: Whether the x axes are logarithmic.
        log_y: Whether the y axes are.
        clip: Whether the y axes are cut to the bulk of the values.
        lock: Whether the charts of a section share one y range.
        linked: Whether a zoom in one chart is one in all.
        zoom: First and last x on screen; ``None`` is all.
        group: How runs are put together.
        search: Patterns in the names of the metrics that are shown.
        number: Page of sections, counted from 1.
        pages: Page of charts of each section that is not at its first.
        toggled: Sections that are not as they are at first: open, but for the machine's own.
        pinned: Metrics that stand before all others.
        own: What single charts have of their own, by metric.
        lines: Most lines of a chart, one of :data:`chart_ranking.LINES`.
        by: Metric by which they are chosen where there are more; ``None`` leaves that to the page.
        doctor: Whether what the doctor found is marked, on charts of a single run.
    """

    smoothing: float | None = None
    width: float = 0.0
    kind: Smoothing = "ema"
    x: XAxis = "step"
    x_metric: str = ""
    log_x: bool = False
    log_y: bool = False
    clip: bool = False
    lock: bool = False
    linked: bool = True
    zoom: tuple[float, float] | None = None
    group: GroupView = field(default_factory=GroupView)
    search: str = ""
    number: int = 1
    pages: tuple[tuple[str, int], ...] = ()
    toggled: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    own: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = ()
    lines: int = LINES[0]
    by: str | None = None
    doctor: bool = True

    @classmethod
    def from_location(cls, location: PageLocation) -> Self:
        """Return the view an address asks for; what makes no sense in it is as by default."""
        return cls.from_state(location.query)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Return the view of :meth:`state`, or of a query; nonsense in it is as by default."""

        def one(key: str) -> str:
            return next(iter(_many(state, key)), "")

        return cls(
            smoothing=_weight(one("s")),
            width=amount_of(one("w"), math.inf),
            kind=_choice(one("sk"), KINDS, "ema"),
            x=_choice(one("x"), get_args(XAxis), "step"),
            x_metric=one("xm"),
            log_x=one("lx") == "log",
            log_y=one("y") == "log",
            clip=one("clip") == "1",
            lock=one("lock") == "1",
            linked=one("link") != "0",
            zoom=_ends(one("z")),
            group=GroupView(
                by=one("g"),
                then=one("g2") if one("g") not in ("", AUTO) else "",
                statistic=_choice(one("gs"), STATISTICS, "mean"),
                band=_choice(one("gb"), BANDS, "std"),
                members=one("gm") != "0",
            ),
            search=one("q"),
            number=_whole(one("page"), 1),
            pages=tuple(page for text in _many(state, "at") for page in _page(text)),
            toggled=tuple(_many(state, "toggled")),
            pinned=tuple(_many(state, "pin")),
            own=tuple(own for text in _many(state, "own") for own in _own(text)),
            lines=_choice(_whole(one("n"), LINES[0]), LINES, LINES[0]),
            by=one("by") or None,
            doctor=one("doc") != "0",
        )

    def starting(self, start: BoardView) -> BoardView:
        """Return the view with what ``start`` says where this one leaves it open."""
        smoothing = start.smoothing if self.smoothing is None else self.smoothing
        return replace(self, smoothing=smoothing, by=start.by if self.by is None else self.by)

    def besides(self, start: BoardView) -> BoardView:
        """Return the view with left open what is as in ``start``; inverse of :meth:`starting`."""
        smoothing = None if self.smoothing == start.smoothing else self.smoothing
        return replace(self, smoothing=smoothing, by=None if self.by == start.by else self.by)

    def state(self) -> dict[str, Any]:
        """Return what stands in the address; inverse of :meth:`from_location`."""
        return {
            **self.look(),
            "q": self.search,
            "page": str(self.number) if self.number > 1 else None,
            "at": [f"{number}:{section}" for section, number in self.pages if number > 1],
            "toggled": list(self.toggled),
            "pin": list(self.pinned),
            "own": [orjson.dumps({"m": m, **dict(own)}).decode() for m, own in self.own if own],
        }

    def look(self) -> dict[str, Any]:
        """Return what of the state shapes the charts and not their list."""
        group = self.group
        return {
            "s": None if self.smoothing is None else f"{self.smoothing:g}",
            "w": f"{self.width:g}" if self.width else None,
            "sk": None if self.kind == "ema" else self.kind,
            "x": None if self.x == "step" else self.x,
            "xm": self.x_metric if self.x == "metric" else None,
            "lx": "log" if self.log_x else None,
            "y": "log" if self.log_y else None,
            "clip": "1" if self.clip else None,
            "lock": "1" if self.lock else None,
            "link": None if self.linked else "0",
            "z": None if self.zoom is None else ",".join(map(repr, self.zoom)),
            "g": group.by,
            "g2": group.then or None,
            "gs": None if group.statistic == "mean" else group.statistic,
            "gb": None if group.band == "std" else group.band,
            "gm": None if group.members else "0",
            "n": None if self.lines == LINES[0] else str(self.lines),
            "by": self.by,
            "doc": None if self.doctor else "0",
        }

    def closed(self, sections: Sequence[str]) -> set[str]:
        """Return which of ``sections`` show only their heading; a search opens all of them."""
        if self.search.strip():
            return set()
        return {name for name in sections if (name == SYSTEM) != (name in self.toggled)}

    def toggle(self, section: str) -> BoardView:
        """Return the view with one section opened or closed."""
        return replace(self, toggled=_switched(self.toggled, section))

    def pin(self, metric: str) -> BoardView:
        """Return the view with one metric pinned, or no longer."""
        return replace(self, pinned=_switched(self.pinned, metric))

    def turn(self, section: str, number: int) -> BoardView:
        """Return the view with another page of one section."""
        kept = tuple(page for page in self.pages if page[0] != section)
        return replace(self, pages=(*kept, (section, number)))

    def chart(self, own: Own | None = None) -> View:
        """Return what of the view shapes a single chart, with what that has of its own."""
        own = own or {}
        kind: Smoothing = _choice(own.get("sk"), KINDS, self.kind)
        amount = (self.smoothing or 0.0) if kind in WEIGHED else self.width
        if "s" in own:
            amount = amount_of(own["s"], MOST_SMOOTHING if kind in WEIGHED else math.inf)
        log_y = {"log": True, "lin": False}.get(str(own.get("y")), self.log_y)
        return View(
            x="step" if self.x == "metric" and not self.x_metric else self.x,
            x_metric=self.x_metric if self.x == "metric" else "",
            log_x=self.log_x and self.x != "time",
            log_y=log_y,
            smoothing=amount,
            kind=kind,
            x_range=self.zoom,
        )


def amount_of(value: object, most: float = MOST_SMOOTHING) -> float:
    """Return an amount of smoothing from what a control or an address says; 0 if unusable."""
    try:
        amount = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(most, max(0.0, amount)) if math.isfinite(amount) else 0.0


def _many(state: Mapping[str, Any], key: str) -> list[str]:
    value = state.get(key)
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]


def _weight(text: str) -> float | None:
    """Return a weight of the past; ``None`` where an address says nothing that can be used."""
    try:
        return amount_of(text) if math.isfinite(float(text)) else None
    except ValueError:
        return None


def _choice(text: Any, known: Any, default: Any) -> Any:
    return text if isinstance(text, str | int) and text in known else default


def _switched(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    kept = tuple(one for one in names if one != name)
    return kept if name in names else (*kept, name)


def _ends(text: str) -> tuple[float, float] | None:
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        return None
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low < high else None


def _page(text: str) -> list[tuple[str, int]]:
    number, colon, section = text.partition(":")
    return [(section, _whole(number, 1))] if colon and section else []


def _own(text: str) -> list[tuple[str, tuple[tuple[str, Any], ...]]]:
    try:
        own = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    if not isinstance(own, dict) or not isinstance(own.get("m"), str):
        return []
    kept = tuple((key, own[key]) for key in ("s", "sk", "y", "lo", "hi") if key in own)
    return [(own["m"], kept)]


def _whole(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default
