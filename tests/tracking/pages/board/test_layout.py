"""A board of charts: what is on it, and where its controls lead."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from dash import Patch, dcc, no_update
from plotly.utils import PlotlyJSONEncoder

from neural.tracking import ExperimentTracker
from neural.tracking.charts.lines import View
from neural.tracking.charts.theme import GRAPH_CONFIG
from neural.tracking.pages.board.data import ChartData, ChartRun, Look
from neural.tracking.pages.board.groups import choices, group_labels, rows_of
from neural.tracking.pages.board.layout import BoardIds, board, board_list
from neural.tracking.pages.board.live import all_names
from neural.tracking.pages.board.state import board_address, look_of, moved
from neural.tracking.pages.board.updates import chart_graph, note_of, tick, update
from neural.tracking.pages.board.view import BoardView, GroupView
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]

IDS = BoardIds("test")


def _text(component: Any) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def _graphs(component: Any) -> list[dcc.Graph]:
    return [part for part in component._traverse() if isinstance(part, dcc.Graph)]


def _runs(*ids: str) -> list[ChartRun]:
    return [ChartRun(run, run, None) for run in ids]


def test_at_most_twelve_charts_of_a_section_are_on_the_page() -> None:
    """Ten thousand metrics are twelve cards and a way to the others; none is drawn yet."""
    names = [f"m{i}" for i in range(10_000)]

    whole = board(IDS, _runs("a"), names, BoardView(), path="/x", base={})
    shown = board_list(IDS, names, BoardView())[1]

    assert _graphs(whole) == []
    assert [len(metrics) for _, metrics in shown["sections"]] == [12]
    assert "1–12 of 10,000" in _text(whole)
    assert len(_text(whole)) < 200_000


def test_charts_keep_to_themselves(context: AppContext, make_run: MakeRun) -> None:
    """No chart has a button that sends it to another host."""
    runs = _runs(make_run(metrics={"loss": [1.0]}))
    chart = ChartData(context.manager).chart("loss", runs, Look(), "dark")

    (graph,) = _graphs(chart_graph(IDS, "x", "loss", chart))

    assert {**graph.config, **GRAPH_CONFIG} == graph.config


def test_no_metrics() -> None:
    """A run that has logged nothing says so, and how to begin."""
    listed, shown = board_list(IDS, [], BoardView())

    assert "log_metrics" in _text(listed[0])
    assert shown["sections"] == []


def test_a_search_without_result() -> None:
    """It says what was searched for and among how many."""
    listed, _ = board_list(IDS, ["loss"], BoardView(search="accc"))

    assert "accc" in _text(listed[0])


def test_sections_have_headings_that_say_whether_they_are_open() -> None:
    """Closed sections stay on the page as a heading without charts."""
    listed, shown = board_list(IDS, ["val/a", "system/cpu"], BoardView())

    toggles = [part for one in listed for part in one._traverse() if hasattr(part, "aria-expanded")]
    assert [getattr(toggle, "aria-expanded") for toggle in toggles] == ["true", "false"]
    assert shown["sections"] == [["val", ["val/a"]], ["system", []]]


def test_ids_hold_no_name_of_a_metric() -> None:
    """Names in any script would be spelled differently in the browser and on the server."""
    listed, _ = board_list(IDS, ['Größe {"x":1}.y'], BoardView())

    parts = [part for one in listed for part in one._traverse()]
    indices = {part.id["index"] for part in parts if isinstance(getattr(part, "id", None), dict)}
    assert all(str(index).isalnum() and str(index).isascii() for index in indices)


@pytest.fixture
def shown() -> dict[str, Any]:
    """State of a list of a hundred sections on its second page."""
    names = [f"s{i}/{j}" for i in range(100) for j in range(20)]
    return board_list(IDS, names, BoardView(number=2, pages=(("s5", 2),)))[1]


@pytest.mark.parametrize(("cause", "number"), [("next", 3), ("previous", 1), (None, 2)])
def test_pages(shown: dict[str, Any], cause: str | None, number: int) -> None:
    """The arrows lead on and back; new data leaves the page as it is."""
    assert moved(shown, cause, "").number == number


def test_another_search_begins_at_the_first_page(shown: dict[str, Any]) -> None:
    """What was found first is what is seen first."""
    assert moved(shown, None, "loss") == BoardView(search="loss")


def test_a_click_on_a_heading(shown: dict[str, Any]) -> None:
    """It closes the section that stands at its place in the list."""
    assert moved(shown, 0, "").toggled == ("s5",)


def test_a_click_on_the_arrows_of_a_section(shown: dict[str, Any]) -> None:
    """That section turns its page, the others stay; a colon in its name does no harm."""
    assert moved(shown, {"what": "turn", "value": "1:s5"}, "").pages == (("s5", 1),)


def test_sections_as_a_browser_remembers_them() -> None:
    """They are closed in one step; the address then says so."""
    _, shown = board_list(IDS, [f"s{i}/loss" for i in range(3)], BoardView())

    view = moved(shown, {"what": "toggled", "value": ["s0", "s2"]}, "")

    assert view.toggled == ("s0", "s2")
    assert view.closed(["s0", "s1", "s2"]) == {"s0", "s2"}
    assert ("a:b", 2) in moved(shown, {"what": "turn", "value": "2:a:b"}, "").pages


def test_a_click_on_a_pin(shown: dict[str, Any]) -> None:
    """The metric is pinned, with a second click it is not."""
    pinned = moved(shown, {"what": "pin", "value": "s1/0"}, "")

    assert pinned.pinned == ("s1/0",)
    assert pinned.pin("s1/0").pinned == ()


def test_an_invalid_pattern_is_shown() -> None:
    """What is wrong with it stands beside the search, with the number of what was found."""
    shown = board_list(IDS, ["w[0]", "w"], BoardView(search="[0"))[1]

    assert shown["found"] == "1 of 2 metrics"
    assert "no valid pattern" in shown["problem"]


def test_address_of_a_board(shown: dict[str, Any]) -> None:
    """The address holds what the page and what the board need, and no more."""
    view = BoardView(smoothing=0.5, x="time", zoom=(1.0, 2.0))
    base = {"path": "/compare", "state": {"runs": "a,b"}}
    own = {"loss": {"s": 0.9, "width": 1200}}

    address = board_address(base, shown, view.look(), own)

    assert address["path"] == "/compare"
    assert parse_qs(address["search"][1:]) == {
        "runs": ["a,b"],
        "s": ["0.5"],
        "x": ["time"],
        "z": ["1.0,2.0"],
        "page": ["2"],
        "at": ["2:s5"],
        "own": ['{"m":"loss","s":0.9}'],
    }


@pytest.mark.parametrize(("smoothing", "written"), [(0.6, []), (0.0, ["0"]), (0.9, ["0.9"])])
def test_the_address_knows_what_the_settings_say(
    shown: dict[str, Any], smoothing: float, written: list[str]
) -> None:
    """An explicit 0 survives a reload; what is as in the settings stays out of the address."""
    base, start = {"path": "/x", "state": {}}, BoardView(smoothing=0.6)

    address = board_address(base, shown, BoardView(smoothing=smoothing).look(), None, start)

    assert parse_qs(address["search"][1:]).get("s", []) == written


def test_curves_start_as_the_settings_say() -> None:
    """A view that says nothing is smoothed as they say, one that says 0 is not smoothed."""

    def view_of(view: BoardView) -> Any:
        whole = board(IDS, _runs("a"), ["loss"], view, path="/x", base={}, smoothing=0.6)
        return next(part for part in whole._traverse() if getattr(part, "id", 0) == IDS.view).data

    assert view_of(BoardView())["s"] == "0.6"
    assert view_of(BoardView(smoothing=0.0))["s"] == "0"


def test_how_a_chart_is_looked_at() -> None:
    """Page, card and what the chart has of its own come together."""
    state = BoardView(log_y=True, clip=True, lock=True).look()
    shown = board_list(IDS, ["val/a", "val/b", "c"], BoardView())[1]

    look = look_of(
        state, {"metric": "val/a", "width": 333}, {"y": "lin", "lo": 1, "z": "3,4"}, shown
    )

    assert (look.view.log_y, look.clip, look.ends) == (False, True, (1.0, None))
    assert look.view.x_range == (3, 4)
    assert look.width == 340
    assert look.shared == ("val/a", "val/b")


def test_groups_that_are_offered(context: AppContext, make_run: MakeRun) -> None:
    """Parameters and tags that tell runs apart, but no seed; a run alone has no groups."""
    ids = [
        make_run(params={"lr": lr, "seed": seed, "same": 1}, tags={"kind": str(seed)})
        for lr, seed in ((0.1, 1), (0.1, 2), (0.2, 1))
    ]
    rows = rows_of(context, [*ids, "gone"])

    assert list(choices(rows)) == ["", "auto", "name", "params.lr", "tags.kind"]
    assert len(set(group_labels(rows, "auto").values())) == 2
    assert group_labels(rows, "nonsense") == {}
    assert group_labels(rows, "name", "nonsense") == {}
    assert list(choices(rows[:1])) == [""]


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
    charts, runs = ChartData(context.manager), _runs(live.experiment_id)

    first = charts.chart("loss", runs, Look(), "dark")
    again = charts.chart("loss", runs, Look(), "dark")
    live.log_metrics({"loss": 1.0}, step=60)
    more = charts.chart("loss", runs, Look(), "dark")
    smooth = charts.chart("loss", runs, Look(view=View(smoothing=0.9)), "dark")
    live.finish()

    assert isinstance(update(first, None), dict)
    assert update(again, first.mark) is no_update
    assert isinstance(update(more, first.mark), Patch)
    assert isinstance(update(smooth, more.mark), dict)


def test_twenty_of_more_runs_are_drawn(context: AppContext, make_run: MakeRun) -> None:
    """The best by one metric, in every chart the same, with words and a way to more."""
    ids = [make_run(metrics={"val/acc": [float(i)], "other": [-float(i)]}) for i in range(23)]
    charts, runs = ChartData(context.manager), _runs(*ids)
    look = look_of(BoardView(by="val/acc").look(), {"metric": "other", "width": 300}, None)

    few = charts.chart("other", runs, look, "dark")
    all_of_them = charts.chart("other", runs, replace(look, lines=50), "dark")

    assert [trace["meta"]["key"] for trace in few.figure["data"]] == ids[3:]
    assert few.note == "showing 20 of 23, by val/acc desc"
    assert "Show 23" in _text(note_of(few))
    assert len(all_of_them.figure["data"]) == 23
    assert all_of_them.more is None


def test_groups_are_made_of_all_runs(context: AppContext, make_run: MakeRun) -> None:
    """A mean over the best twenty would be a lie."""
    ids = [make_run(metrics={"acc": [float(i)]}) for i in range(23)]
    look = look_of(BoardView(group=GroupView(by="name")).look(), {"metric": "acc"}, None)
    labels = group_labels(rows_of(context, ids), "name")

    chart = ChartData(context.manager).chart(
        "acc", _runs(*ids), replace(look, labels=labels), "dark"
    )

    assert "of 23 runs" in chart.note
    assert chart.more is None


def test_what_is_hidden_is_said(context: AppContext, tmp_path: Path) -> None:
    """NaN and values that were logged again stand in words beside the chart."""
    with ExperimentTracker("a", tmp_path, capture_environment=False, auto_visualize=False) as run:
        for step, value in ((0, 1.0), (0, 2.0), (1, float("nan"))):
            run.log_metrics({"loss": value}, step=step)

    chart = ChartData(context.manager).chart("loss", _runs(run.experiment_id), Look(), "dark")

    assert "1 NaN" in _text(note_of(chart))
    assert "1 re-logged" in _text(note_of(chart))


def test_a_tick_touches_only_what_changed(context: AppContext, tmp_path: Path) -> None:
    """Of three cards one changed, one did not, and one was never in sight."""
    live = ExperimentTracker("live", tmp_path, capture_environment=False, auto_visualize=False)
    live.log_metrics({"a": 1.0, "b": 1.0, "c": 1.0}, step=0)
    charts, runs = ChartData(context.manager), _runs(live.experiment_id)

    def made(seen: Any, _own: Any) -> Any:
        return charts.chart(seen["metric"], runs, Look(), "dark")

    marks = [made({"metric": name}, None).mark for name in "ab"]
    live.log_metrics({"a": 2.0}, step=1)
    live.finish()

    figures, notes, now = tick(
        made,
        [{"index": "A"}, {"index": "B"}],
        [{"index": "A"}, {"index": "B"}, {"index": "C"}],
        [*marks, None],
        [{"metric": "a"}, {"metric": "b"}, None],
        [None, None, None],
    )

    assert isinstance(figures[0], Patch)
    assert figures[1] is no_update
    assert now[1:] == [no_update, no_update]
    assert notes[2] is no_update


def test_groups_by_two_fields(context: AppContext, make_run: MakeRun) -> None:
    """Runs of one group share both; everything but the seed needs no second one."""
    ids = [
        make_run(metrics={"acc": [0.1]}, params={"lr": lr, "width": width})
        for lr in (0.1, 0.2)
        for width in (8, 16)
    ]
    rows = rows_of(context, ids)

    assert len(set(group_labels(rows, "params.lr").values())) == 2
    assert len(set(group_labels(rows, "params.lr", "params.width").values())) == 4
    assert BoardView.from_state({"g": "auto", "g2": "params.lr"}).group.then == ""
