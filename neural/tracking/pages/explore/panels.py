"""From the state of the page to what is drawn, kept for a few states."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from dash import html

from neural.errors import FilterSyntaxError
from neural.tracking.charts.theme import Theme
from neural.tracking.pages.addresses import run_href
from neural.tracking.pages.experiments.view import TableView
from neural.tracking.pages.explore.brushes import brushed, brushes_of
from neural.tracking.pages.explore.runs import Runs, RunTable
from neural.tracking.pages.explore.scene import Drawn, Part, Scene, Tab
from neural.tracking.pages.explore.tabs import TABS
from neural.tracking.pages.explore.view import FIRST_TAB, ExploreView
from neural.tracking.query import parse
from neural.tracking.run_library import RunLibrary
from neural.tracking.ui.components import empty_state
from neural.tracking.ui.page import AppContext

__all__ = ["Panels", "panels_for", "tab_of"]

_KEPT = 12

SNIPPET = """from neural.tracking import ExperimentTracker

for lr in (0.1, 0.01, 0.001):
    with ExperimentTracker("my_experiment") as tracker:
        tracker.log_hyperparameters({"lr": lr})
        for step in range(100):
            tracker.log_metrics({"loss": 1 / (lr * step + 1)}, step=step)
"""


def tab_of(view: ExploreView) -> Tab:
    """Return the tab that is open; the first where there is no such tab."""
    return TABS.get(view.tab) or TABS[FIRST_TAB]


@dataclass(frozen=True)
class _Key:
    revision: str
    state: str
    theme: str


class Panels:
    """Draws tabs.

    Args:
        context: The application.
    """

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._runs = Runs(context.manager)
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, list[Part]] = OrderedDict()

    def revision(self) -> str:
        """Return what changes whenever any run in the store does."""
        return self._runs.revision()

    def table(self, view: ExploreView, revision: str | None = None) -> RunTable:
        """Return the runs that the filter finds; all of them while it cannot be understood."""
        return self._runs.table(_wanted(view), revision)

    def counts(self, view: ExploreView) -> tuple[int, int]:
        """Return how many runs the filter finds, and how many of them go on."""
        wanted = parse(_wanted(view))
        running = wanted & parse("status = 'running'")
        return self._context.manager.count(str(wanted)), self._context.manager.count(str(running))

    def scene(self, view: ExploreView, theme: Theme = "dark", revision: str | None = None) -> Scene:
        """Return what the tabs are given.

        Args:
            view: State of the page.
            theme: Theme of the charts.
            revision: State of the store that is on screen; ``None``: the newest.
        """
        whole = self.table(view, revision)
        table = whole
        if view.brush:
            brushes = list(brushes_of(view.brush))
            table = whole.kept(("brush", view.brush), lambda: whole.only(brushed(whole, brushes)))
        return Scene(
            whole=whole,
            table=table,
            view=view,
            theme=theme,
            href=lambda run: run_href(self._context, run),
        )

    def parts(self, scene: Scene) -> list[Part]:
        """Return what the open tab shows."""
        state = json.dumps(scene.view.state(), sort_keys=True)
        key = _Key(scene.whole.revision, state, scene.theme)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = _nothing(scene, self._context) or tab_of(scene.view).draw(scene)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def chart(self, scene: Scene, name: str) -> Drawn | None:
        """Return one chart of the open tab; ``None`` if it has no such chart."""
        charts = (part for part in self.parts(scene) if isinstance(part, Drawn))
        return next((chart for chart in charts if chart.name == name), None)


def _wanted(view: ExploreView) -> str:
    try:
        return TableView(filter=view.filter).wanted
    except FilterSyntaxError:
        return TableView().wanted


#: What draws for each store, so that a page and its callbacks read the runs once.
_PANELS: WeakKeyDictionary[RunLibrary, Panels] = WeakKeyDictionary()


def panels_for(context: AppContext) -> Panels:
    """Return what draws for an application; always the same for the same store."""
    return _PANELS.setdefault(context.manager, Panels(context))


def _nothing(scene: Scene, context: AppContext) -> list[Part]:
    """Return why there is nothing to see, and what to do; empty where there is something."""
    if not scene.whole.rows and not scene.view.filter.strip():
        where = html.Code(str(context.base_dir))
        why = html.P(["There is no run in ", where, ". A few runs with other params make a start:"])
        return [empty_state("No runs yet", why, snippet=SNIPPET)]
    if not scene.whole.rows:
        why = html.P("No run matches this filter. Change it above, or clear it.")
        return [empty_state("No run matches", why)]
    if not scene.table.rows and scene.view.tab != "parallel":
        why = html.P("No run lies in all brushes. Clear them above, or change them.")
        return [empty_state("No run is left", why)]
    if not scene.metric:
        why = html.P("None of these runs has logged a metric yet, so nothing can be held against.")
        call = 'tracker.log_metrics({"loss": loss}, step=step)'
        return [empty_state("No metrics", why, snippet=call)]
    return []
