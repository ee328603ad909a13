"""What a tab is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dash.development.base_component import Component

from neural.tracking.analysis.run_columns import Column
from neural.tracking.charts.figures import FigureDict
from neural.tracking.charts.theme import Theme
from neural.tracking.pages.explore.runs import DURATION, STARTED, RunTable, metric_key, param_key
from neural.tracking.pages.explore.view import ExploreView
from neural.tracking.records import Goal
from neural.tracking.summary import infer_goal

__all__ = ["Drawn", "Part", "Scene", "Tab"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """Runs, and how they are looked at.

    Attributes:
        whole: The runs that the filter finds.
        table: Those of them that lie in the brushes.
        view: How they are looked at.
        theme: Theme of the charts.
        href: Returns the address of the page of a run.
    """

    whole: RunTable
    table: RunTable
    view: ExploreView
    theme: Theme = "dark"
    href: Callable[[str], str] = "/experiments/{}".format

    @property
    def metric(self) -> str:
        """The result that params are held against; empty where no run has logged one."""
        if self.view.metric in self.whole.metrics:
            return self.view.metric
        return next(iter(self.whole.metrics), "")

    @property
    def goal(self) -> Goal:
        """Which direction of the result is better; a guess where nobody knows."""
        if self.view.goal:
            return "min" if self.view.goal == "min" else "max"
        return self.whole.goal(self.metric) or infer_goal(self.metric)

    @property
    def target(self) -> str:
        """Name of the column of the result."""
        if self.view.stat == "best" and self.view.goal:
            return f"{metric_key(self.metric)}.{self.view.goal}"
        return self.fact(metric_key(self.metric))

    @property
    def result(self) -> Column:
        """The result of each run."""
        return self.table.column(self.target)

    def fact(self, key: str) -> str:
        """Return the column of a key: a metric with the figure that is looked at."""
        return f"{key}.{self.view.stat}" if key.startswith("metrics.") else key

    def has(self, key: str) -> bool:
        """Return whether there is something of this key."""
        kind, _, name = key.partition(".")
        known = {"metrics": self.whole.metrics, "params": self.whole.params}.get(kind, ())
        return key in (DURATION, STARTED) or name in known

    def chosen(self, option: str, default: Sequence[str]) -> list[str]:
        """Return the keys that an option holds, of those that exist; else the default."""
        found = [key for key in self.view.many(option) if self.has(key)]
        return list(dict.fromkeys(found)) or list(default)

    def numeric_params(self) -> list[str]:
        """Return the keys of the params of numbers that differ between the runs."""
        return [key for key in self.varied_params() if self.whole.column(key).is_number]

    def varied_params(self) -> list[str]:
        """Return the keys of the params that differ between the runs."""
        return [
            key for name in self.whole.params if self.whole.column(key := param_key(name)).varies
        ]


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """A chart on its card.

    Attributes:
        name: Tells it from the other charts of the page.
        title: What stands above it.
        figure: It, as a plain dict, compact.
        about: What it shows, in a sentence, for screen readers.
        facts: The columns it is made of, for the exports.
        code: Python that draws it, given ``runs``, ``labels`` and ``columns`` by name of column.
        imports: What that Python imports.
        controls: What stands between its title and it.
        ids: Runs by the row number that a click tells; empty where a click means nothing.
    """

    name: str
    title: str
    figure: FigureDict
    about: str
    facts: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    controls: tuple[Component, ...] = ()
    ids: tuple[str, ...] = ()


#: A chart, or something else that stands among the charts.
Part: TypeAlias = Drawn | Component


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One tab.

    Attributes:
        name: In addresses.
        label: What it is called.
        controls: Returns its controls.
        draw: Returns its content; reads, reckons and draws, off the event loop.
        below: Returns what stands below the charts and follows brushes; ``None``: nothing.
        wide: Whether its parts stand side by side where there is room.
        is_slow: Whether drawing takes seconds, so that it does not follow each new value.
    """

    name: str
    label: str
    controls: Callable[[Scene], list[Component]]
    draw: Callable[[Scene], list[Part]]
    below: Callable[[Scene], list[Component]] | None = None
    wide: bool = False
    is_slow: bool = False
