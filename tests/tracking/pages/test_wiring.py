"""Every component that a callback names is on some page; a renamed one fails here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dash import Dash, dcc, html

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.aquarium_app import create_app
from neural.tracking.charts.theme import GRAPH_CONFIG
from neural.tracking.export_jobs.spec import JobSpec
from neural.tracking.export_jobs.store import JobStore
from neural.tracking.lens.opened import OpenedFolder
from neural.tracking.pages.board.data import ChartData, ChartRun, Look
from neural.tracking.pages.board.updates import chart_graph
from neural.tracking.pages.compare import page as compare
from neural.tracking.pages.experiments.columns import columns_of
from neural.tracking.pages.experiments.peek import peek_body
from neural.tracking.pages.experiments.picker import (
    available,
    picker_lists,
    shown_list,
    value_at_best,
)
from neural.tracking.pages.experiments.trash import purge_question, trash_page
from neural.tracking.pages.explore import page as explore
from neural.tracking.pages.explore.cards import parts_of
from neural.tracking.pages.explore.layout import controls_of
from neural.tracking.pages.explore.panels import panels_for
from neural.tracking.pages.explore.tabs import TABS
from neural.tracking.pages.explore.view import ExploreView
from neural.tracking.pages.export.answers import job_card
from neural.tracking.pages.opened.lists import folder_list, import_list
from neural.tracking.pages.run import page as run_detail
from neural.tracking.storage.views import ViewStore
from neural.tracking.ui.page import AppContext, PageLocation, load_pages


@pytest.fixture
def run(tmp_path: Path) -> str:
    """A run with something in every tab."""
    with ExperimentTracker(
        "a", tmp_path, capture_environment=False, auto_visualize=False, tags=["x"]
    ) as tracker:
        tracker.log_hyperparameters({"lr": 0.1})
        tracker.log_metrics({"loss": 1.0}, step=0)
        tracker.log_text("sample", "one", step=0)
        tracker.log_text("sample", "two", step=1)
        tracker.log_image("digit", np.zeros((2, 2)), step=0)
        tracker.log_artifact(__file__, "test.py")
    logs = next(tmp_path.glob(f"*_{tracker.experiment_id}")) / "logs"
    logs.mkdir(exist_ok=True)
    (logs / "stdout.log").write_text("step 0\n")
    return tracker.experiment_id


@pytest.fixture
def app(tmp_path: Path, run: str) -> Dash:
    """The whole dashboard over that run."""
    return create_app(tmp_path)


def _layouts(base_dir: Path, run: str) -> Iterator[Any]:
    """Yield every page in every state that has components of its own."""
    context = AppContext(manager=ExperimentManager(base_dir), base_dir=base_dir, pages=load_pages())
    by_path = {page.path: page for page in context.pages}
    yield by_path["/"].layout(context, PageLocation())
    yield from _parts_of_experiments(context, run)
    ViewStore(base_dir).save("a view", {"page": "/"})
    for path in ("/compare", "/settings", "/views", "/export", "/open"):
        yield by_path[path].layout(context, PageLocation())
    for tab in compare.TABS:
        yield compare.layout(context, PageLocation(search=f"?runs={run}&tab={tab}"))
        view = compare.view_of(context, {"runs": run, "baseline": ""})
        yield html.Div(compare.tab_body(view, tab))
    yield from _explore(context)
    job = JobStore(base_dir).create(JobSpec(platform="csv", place="/", runs=(run,)))
    yield job_card(context, JobStore(base_dir).load(job))
    yield from import_list([JobStore(base_dir).load(job)])
    folder = OpenedFolder(
        key="0", path=base_dir, kind=None, runs={"csv": 1}, skipped=(), problem=""
    )
    yield from folder_list(context, [folder])
    for ids in (compare.Ids.BOARD, run_detail.Ids.BOARD):  # what comes with the first look
        runs = [ChartRun(run, run, None)]
        chart = ChartData(context.manager).chart("loss", runs, Look(), "dark")
        yield chart_graph(ids, "x", "loss", chart)
    for tab in run_detail.TABS:
        location = PageLocation(search=f"?tab={tab}", params={"experiment_id": run})
        yield run_detail.layout(context, location)


def _explore(context: AppContext) -> Iterator[Any]:
    """Yield the page that looks at many runs, and what its tabs draw."""
    yield explore.layout(context, PageLocation())
    panels = panels_for(context)
    for tab in TABS:
        view = {"tab": tab, "kind": "steps"}
        scene = panels.scene(ExploreView.from_state(view))
        yield html.Div([*controls_of(scene), *parts_of(panels.parts(scene))])


def _parts_of_experiments(context: AppContext, run: str) -> Iterator[Any]:
    """Yield what the table of runs shows only when it is asked for."""
    yield html.Div(peek_body(context, run))
    yield html.Div(picker_lists(available(context.manager, "", "last"), []))
    yield html.Div(value_at_best([]))
    yield html.Div(shown_list(columns_of(["params.lr"])))
    yield purge_question(1, 1)
    thrown = ExperimentTracker("thrown", context.base_dir, capture_environment=False)
    thrown.finish()
    context.manager.delete_experiment(thrown.experiment_id)
    yield html.Div(trash_page(context))


def _shape(component_id: Any) -> str:
    """Return an id so that all ids of one pattern are alike."""
    if isinstance(component_id, str) and component_id.startswith("{"):
        component_id = json.loads(component_id)
    return component_id["type"] if isinstance(component_id, dict) else str(component_id)


def _wired(app: Dash) -> set[str]:
    """Return every id that a callback reads or writes."""
    found = set()
    for callback in app._callback_list:
        # A callback without an output has a number in its place.
        outputs = [one for one in callback["output"].strip(".").split("...") if "." in one]
        found |= {_shape(output.rpartition(".")[0]) for output in outputs}
        found |= {_shape(part["id"]) for part in [*callback["inputs"], *callback["state"]]}
    return found


def test_every_wired_id_is_on_a_page(app: Dash, tmp_path: Path, run: str) -> None:
    """A callback to a component that is nowhere would never run, and nobody would notice."""
    pages = [app.layout, *_layouts(tmp_path, run)]
    there = {
        _shape(part.id)
        for page in pages
        for part in [page, *page._traverse()]
        if getattr(part, "id", None)
    }

    assert _wired(app) - there == set()


def test_no_chart_leaves_the_machine(tmp_path: Path, run: str) -> None:
    """Every chart of every page has the privacy settings."""
    graphs = [
        part
        for page in _layouts(tmp_path, run)
        for part in page._traverse()
        if isinstance(part, dcc.Graph)
    ]

    assert graphs
    assert all(GRAPH_CONFIG.items() <= graph.config.items() for graph in graphs)


def test_no_callback_reads_the_request_of_flask() -> None:
    """Behind FastAPI there is none."""
    sources = Path(run_detail.__file__).parent.glob("*.py")

    assert not [path.name for path in sources if "flask" in path.read_text()]
