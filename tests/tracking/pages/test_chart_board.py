"""A board of charts: what is on it, and where its controls lead."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dash import Patch, dcc, no_update
from plotly.utils import PlotlyJSONEncoder

from neural.tracking import ExperimentTracker
from neural.tracking.charts.theme import GRAPH_CONFIG
from neural.tracking.pages.board_view import BoardView
from neural.tracking.pages.chart_board import BoardIds, board, board_list
from neural.tracking.pages.chart_board_live import all_names, board_address, draw, moved
from neural.tracking.pages.chart_data import ChartData, ChartRun
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]

IDS = BoardIds("test")


def _text(component: Any) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def _graphs(component: Any) -> list[dcc.Graph]:
    return [part for part in component._traverse() if isinstance(part, dcc.Graph)]


def _runs(*ids: str) -> list[ChartRun]:
    return [ChartRun(run, run, None) for run in ids]


def test_at_most_twelve_charts_are_on_the_page() -> None:
    """Ten thousand metrics are a page of twelve charts and a way to the others."""
    names = [f"m{i}" for i in range(10_000)]

    whole = board(IDS, _runs("a"), names, BoardView(), path="/x", base={})
    shown = board_list(IDS, names, BoardView())[1]

    assert len(_graphs(whole)) == 12
    assert (shown["text"], shown["pages"]) == ("Charts 1–12 of 10,000", 834)
    assert len(_text(whole)) < 200_000


def test_charts_keep_to_themselves() -> None:
    """No chart has a button that sends it to another host."""
    graphs = _graphs(board(IDS, _runs("a"), ["loss"], BoardView(), path="/x", base={}))

    assert [{**graph.config, **GRAPH_CONFIG} == graph.config for graph in graphs] == [True]


def test_no_metrics() -> None:
    """A run that has logged nothing says so, and how to begin."""
    listed, shown = board_list(IDS, [], BoardView())

    assert "log_metrics" in _text(listed[0])
    assert shown["text"] == "No charts"


def test_a_search_without_result() -> None:
    """It says what was searched for and among how many."""
    listed, _ = board_list(IDS, ["loss"], BoardView(search="accc"))

    assert "accc" in _text(listed[0])


def test_sections_have_headings_that_say_whether_they_are_open() -> None:
    """Closed sections stay on the page as a heading without charts."""
    listed, shown = board_list(IDS, ["val/a", "system/cpu"], BoardView())

    toggles = [part for one in listed for part in one._traverse() if hasattr(part, "aria-expanded")]
    assert [getattr(toggle, "aria-expanded") for toggle in toggles] == ["true", "false"]
    assert shown["sections"] == ["val", "system"]


def test_ids_hold_no_name_of_a_metric() -> None:
    """Names in any script would be spelled differently in the browser and on the server."""
    graph = _graphs(board(IDS, _runs("a"), ['Größe {"x":1}.y'], BoardView(), path="/x", base={}))[0]

    assert graph.id["index"].isalnum()
    assert graph.id["index"].isascii()


@pytest.fixture
def shown() -> dict[str, Any]:
    """State of a list on its second page."""
    names = [f"a/{i}" for i in range(30)] + ["b/1"]
    return board_list(IDS, names, BoardView(number=2))[1]


@pytest.mark.parametrize(("cause", "number"), [("next", 3), ("previous", 1), (None, 2)])
def test_pages(shown: dict[str, Any], cause: str | None, number: int) -> None:
    """The arrows lead on and back; new data leaves the page as it is."""
    assert moved(shown, cause, "").number == number


def test_another_search_begins_at_the_first_page(shown: dict[str, Any]) -> None:
    """What was found first is what is seen first."""
    assert moved(shown, None, "loss") == BoardView(search="loss")


def test_a_click_on_a_heading(shown: dict[str, Any]) -> None:
    """It closes the section that stands at its place in the list."""
    assert moved(shown, 0, "").toggled == ("a",)


def test_address_of_a_board(shown: dict[str, Any]) -> None:
    """The address holds what the page and what the board need, and no more."""
    view = BoardView(smoothing=0.5, x="time")

    base = {"path": "/compare", "state": {"runs": "a,b"}}

    assert board_address(base, shown, view) == {
        "search": "?runs=a%2Cb&s=0.5&x=time&page=2",
        "path": "/compare",
    }


def test_names_of_several_runs(context: AppContext, make_run: MakeRun) -> None:
    """Metrics that most runs have come first; a run that is gone is passed over."""
    one = make_run(metrics={"only": [1.0], "shared": [1.0]})
    two = make_run(metrics={"shared": [1.0]})

    assert all_names(context, _runs(one, two, "gone")) == ["shared", "only"]


def test_what_is_sent_to_a_chart(context: AppContext, tmp_path: Path) -> None:
    """First the whole chart, then nothing, then only what is new."""
    live = ExperimentTracker("live", tmp_path, capture_environment=False, auto_visualize=False)
    for step in range(60):
        live.log_metrics({"loss": 1.0}, step=step)
    charts, runs, view = ChartData(context.manager), _runs(live.experiment_id), BoardView()

    whole, _, first = draw(charts, "loss", runs, view, "dark", None)
    nothing, _, _ = draw(charts, "loss", runs, view, "dark", first)
    live.log_metrics({"loss": 1.0}, step=60)
    patch, _, last = draw(charts, "loss", runs, view, "dark", first)
    smooth, _, _ = draw(charts, "loss", runs, BoardView(smoothing=0.9), "dark", last)
    live.finish()

    assert isinstance(whole, dict)
    assert nothing is no_update
    assert isinstance(patch, Patch)
    assert isinstance(smooth, dict)


def test_what_is_hidden_is_said(context: AppContext, tmp_path: Path) -> None:
    """NaN and values that were logged again stand in words beside the chart."""
    with ExperimentTracker("a", tmp_path, capture_environment=False, auto_visualize=False) as run:
        for step, value in ((0, 1.0), (0, 2.0), (1, float("nan"))):
            run.log_metrics({"loss": value}, step=step)

    note = draw(
        ChartData(context.manager), "loss", _runs(run.experiment_id), BoardView(), "dark", None
    )[1]

    assert note == "1 NaN, 1 re-logged, the last of each step is drawn"
