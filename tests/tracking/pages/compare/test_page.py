"""The compare page, without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from dash import html
from plotly.utils import PlotlyJSONEncoder

from neural.tracking.charts.run_comparison import MAX_LINES
from neural.tracking.pages.compare.comparison import read
from neural.tracking.pages.compare.page import TABS, Ids, layout, tab_content, view_of
from neural.tracking.ui.page import AppContext, PageLocation

MakeRun = Callable[..., str]


def _text(component: Any) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def _find(component: Any, wanted: Any) -> Any:
    return next(part for part in component._traverse() if getattr(part, "id", None) == wanted)


def _tab(context: AppContext, runs: list[str], name: str, **state: Any) -> str:
    """Return what a tab shows, as text."""
    known = {"runs": ",".join(runs), "baseline": "", **state}
    return _text(html.Div(tab_content(view_of(context, known), name)))


def test_nothing_chosen(context: AppContext, make_run: MakeRun) -> None:
    """Without runs in the address the newest are offered."""
    run = make_run()

    page = layout(context, PageLocation())

    assert [option["value"] for option in _find(page, Ids.CHOICE).options] == [run]


def test_nothing_to_choose_from(context: AppContext) -> None:
    """An empty store says so."""
    assert "No runs yet" in _text(layout(context, PageLocation()))


@pytest.mark.parametrize("tab", list(TABS))
def test_one_run(context: AppContext, make_run: MakeRun, tab: str) -> None:
    """A single run can be looked at here too."""
    run = make_run(metrics={"loss": [1.0]}, params={"lr": 1})

    page = layout(context, PageLocation(search=f"?runs={run}&tab={tab}"))

    assert _find(page, Ids.TAB_NAME).data == tab


def test_unknown_runs_are_named(context: AppContext, make_run: MakeRun) -> None:
    """Ids that lead nowhere are listed; the others are compared."""
    run = make_run()

    text = _text(layout(context, PageLocation(search=f"?runs={run},gone,<b>")))

    assert "2 of the chosen runs cannot be found" in text
    assert "1 run" in text


def test_only_unknown_runs(context: AppContext) -> None:
    """With nothing left to compare there is a way to choose again."""
    text = _text(layout(context, PageLocation(search="?runs=gone")))

    assert "cannot be found" in text
    assert "Choose other runs" in text


def test_too_many_runs(context: AppContext, make_run: MakeRun) -> None:
    """More runs than a chart can show are counted, not drawn."""
    run = make_run()

    comparison = read(context, [run, *(f"gone{i}" for i in range(MAX_LINES + 4))])

    assert comparison.left_out == 5


def test_the_same_run_twice(context: AppContext, make_run: MakeRun) -> None:
    """A run that is named twice is compared once."""
    run = make_run()

    assert len(read(context, [run, run]).runs) == 1


def test_parameters_that_differ(context: AppContext, make_run: MakeRun) -> None:
    """Only differences are shown at first, each with its change from the first run."""
    runs = [
        make_run(params={"lr": 0.1, "epochs": 5}),
        make_run(params={"lr": 0.05, "epochs": 5}),
    ]

    text = _tab(context, runs, "params")

    assert "−0.05 (−50 %)" in text
    assert '"epochs"' not in text
    assert "1 parameter is the same" in text


def test_all_parameters(context: AppContext, make_run: MakeRun) -> None:
    """What is the same in all runs can be shown too."""
    runs = [make_run(params={"lr": 0.1, "epochs": 5}) for _ in range(2)]

    text = _tab(context, runs, "params", all=["1"])

    assert '"epochs"' in text


def test_another_baseline(context: AppContext, make_run: MakeRun) -> None:
    """Changes are told from the run that was chosen as the baseline."""
    runs = [make_run(params={"lr": 0.1}), make_run(params={"lr": 0.05})]

    comparison = read(context, runs, baseline=runs[1])

    assert comparison.baseline == 1
    assert "+100 %" in _tab(context, runs, "params", baseline=runs[1])


def test_no_parameters_at_all(context: AppContext, make_run: MakeRun) -> None:
    """Runs without parameters have a word for it."""
    runs = [make_run(), make_run()]

    text = _tab(context, runs, "params")

    assert "None of these runs has parameters" in text


def test_values_without_common_metrics(context: AppContext, make_run: MakeRun) -> None:
    """What one run never logged is a dash in its column."""
    runs = [make_run(metrics={"a": [1.0]}), make_run(metrics={"b": [2.0]})]

    text = _tab(context, runs, "table", tv=["best"])

    assert text.count("No finite value") == 2


def test_runs_look_the_same_everywhere(context: AppContext, make_run: MakeRun) -> None:
    """The swatch of a run in the list and in the tables is that of its line."""
    runs = [make_run(metrics={"loss": [1.0]}, params={"lr": i}) for i in range(3)]
    context.manager.colors.choose(runs[0], 5)
    view = view_of(context, {"runs": ",".join(runs), "baseline": ""})

    slots = [f"aq-slot-{style.slot}" for style in view.comparison.styles]
    shown = [
        part.className.split()[1]
        for part in html.Div(tab_content(view, "table"))._traverse()
        if "aq-swatch" in (getattr(part, "className", "") or "")
    ]

    assert slots[0] == "aq-slot-5"
    assert shown == slots
    assert [run.slot for run in view.comparison.chart_runs()] == [
        style.slot for style in view.comparison.styles
    ]


def test_charts_of_all_runs(context: AppContext, make_run: MakeRun) -> None:
    """The board of the page knows every run, and shows the metrics of all."""
    runs = [make_run(metrics={"a": [1.0]}), make_run(metrics={"b": [2.0]})]

    page = layout(context, PageLocation(search=f"?runs={','.join(runs)}"))

    assert [run[0] for run in _find(page, Ids.BOARD.runs).data] == runs
    sections = _find(page, Ids.BOARD.shown).data["sections"]
    assert sections == [["metrics", ["a", "b"]]]


def test_a_tab_of_former_addresses(context: AppContext, make_run: MakeRun) -> None:
    """An address that somebody kept before tabs had their names of today still leads there."""
    run = make_run(metrics={"loss": [1.0]})

    page = layout(context, PageLocation(search=f"?runs={run}&tab=values"))

    assert _find(page, Ids.TAB_NAME).data == "table"


@pytest.mark.parametrize("tab", list(TABS))
def test_hidden_runs_are_nowhere(context: AppContext, make_run: MakeRun, tab: str) -> None:
    """With all runs hidden every tab that shows runs says so, and none fails."""
    runs = [make_run(metrics={"loss": [1.0]}, params={"lr": i}) for i in range(2)]

    text = _tab(context, runs, tab, hide=[",".join(runs)])

    assert tab in ("charts", "system", "parallel", "images", "logs") or "No run in sight" in text


@pytest.mark.parametrize("tab", list(TABS))
def test_runs_without_anything(context: AppContext, make_run: MakeRun, tab: str) -> None:
    """Runs that logged nothing have a tab for it, whichever is opened."""
    runs = [make_run(), make_run()]

    assert _tab(context, runs, tab)


def test_a_run_that_cannot_be_read_in_full(context: AppContext, make_run: MakeRun) -> None:
    """The page says which run is damaged, and compares what there is."""
    run = make_run(metrics={"loss": [1.0]})
    folder = context.base_dir / context.manager.run(run).folder
    (folder / "hyperparameters.json").write_text('{"lr": ')

    text = _text(layout(context, PageLocation(search=f"?runs={run}")))

    assert "1 of 1 runs cannot be read in full" in text


def test_the_whole_state_is_in_the_page(context: AppContext, make_run: MakeRun) -> None:
    """What an address says of tabs, hidden runs and charts is what the page begins with."""
    runs = [make_run(metrics={"loss": [1.0]}), make_run(metrics={"loss": [2.0]})]
    search = f"?runs={','.join(runs)}&tab=table&tv=max&hide={runs[1]}&s=0.6"

    state = _find(layout(context, PageLocation(search=search)), Ids.STATE).data

    assert (state["tv"], state["hide"], state["s"]) == (["max"], [runs[1]], ["0.6"])
