"""What shapes the Explore page: all of it stands in the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from neural.tracking.pages.experiments.view import is_step
from neural.tracking.records import Goal
from neural.tracking.ui.page import PageLocation

__all__ = ["DEFAULT", "FIRST_TAB", "STATS", "ExploreView", "is_new_step"]

FIRST_TAB = "matrix"
#: What a control says that leaves a choice to the page; the browser shows nothing for "".
DEFAULT = "default"

#: Figures of a metric, and what they are called.
STATS: dict[str, str] = {
    "best": "Best",
    "last": "Last",
    "min": "Smallest",
    "max": "Largest",
    "mean": "Mean",
}

_PLAIN = ("filter", "tab", "metric", "stat", "goal", "brush")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploreView:
    """How the runs are looked at.

    Attributes:
        filter: Which runs, in the filter language; may be a text that cannot be understood.
        tab: Name of the tab that is open.
        metric: The result that params are held against; empty: the most telling one.
        stat: Which figure of each metric, a key of :data:`STATS`.
        goal: ``"min"`` or ``"max"``; empty: as its name or the user's setting says.
        brush: Brushes of the parallel coordinates, as ``brushes.Brush.text``.
        options: What belongs to single tabs: texts by key.
    """

    filter: str = ""
    tab: str = FIRST_TAB
    metric: str = ""
    stat: str = "best"
    goal: Goal | str = ""
    brush: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, location: PageLocation) -> Self:
        """Return the view that an address spells; what makes no sense in it is as by default."""
        return cls.from_state(location.query)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Return the view of :meth:`state`, or of a query."""
        texts = {key: _texts(value) for key, value in state.items()}

        def one(key: str) -> str:
            return next(iter(texts.get(key, ())), "")

        return cls(
            filter=one("filter"),
            tab=one("tab") or FIRST_TAB,
            metric=one("metric"),
            stat=one("stat") if one("stat") in STATS else "best",
            goal=one("goal") if one("goal") in ("min", "max") else "",
            brush=texts.get("brush", ()),
            options={k: v for k, v in texts.items() if k not in _PLAIN and v and any(v)},
        )

    def state(self) -> dict[str, Any]:
        """Return what ``search_string`` takes; the inverse of :meth:`of`."""
        return {
            "filter": self.filter,
            "tab": "" if self.tab == FIRST_TAB else self.tab,
            "metric": self.metric,
            "stat": "" if self.stat == "best" else self.stat,
            "goal": str(self.goal),
            "brush": list(self.brush),
            **{key: list(texts) for key, texts in sorted(self.options.items())},
        }

    def one(self, key: str, known: Iterable[str] = (), default: str = "") -> str:
        """Return the text of an option; ``default`` where it is none of ``known``, if given."""
        text = next(iter(self.options.get(key, ())), "")
        allowed = tuple(known)
        return text if text and (not allowed or text in allowed) else default

    def many(self, key: str) -> tuple[str, ...]:
        """Return all texts of an option."""
        return self.options.get(key, ())

    def flag(self, key: str) -> bool | None:
        """Return whether an option was switched on or off; ``None``: neither."""
        return {"1": True, "0": False}.get(self.one(key))

    def with_option(self, key: str, value: Any) -> ExploreView:
        """Return the view with one control changed; an empty value is the default."""
        texts = _texts("" if value == DEFAULT else value)
        if key == "metric":  # the control has it as a column
            texts = tuple(text.removeprefix("metrics.") for text in texts)
        if key in _PLAIN:
            return ExploreView.from_state({**self.state(), key: list(texts)})
        rest = {k: v for k, v in self.options.items() if k != key}
        return replace(self, options={**rest, key: texts} if any(texts) else rest)


def _texts(value: Any) -> tuple[str, ...]:
    if value is None or value is False:
        return ()
    if isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    return (str(value),) if value != "" else ()


def is_new_step(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Return whether the browser's back button should lead from ``after`` to ``before``."""
    return is_step({**dict.fromkeys(after, ""), **before}, {**dict.fromkeys(before, ""), **after})
