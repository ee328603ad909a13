"""The compare page, without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from plotly.utils import PlotlyJSONEncoder

from neural.tracking.charts.run_comparison import MAX_LINES
from neural.tracking.pages.compare import TABS, Ids, layout, tab_content
from neural.tracking.pages.comparison import read
from neural.tracking.ui.page import AppContext, PageLocation

MakeRun = Callable[..., str]


def _text(component: Any) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def _find(component: Any, wanted: Any) -> Any:
    return next(part for part in component._traverse() if getattr(part, "id", None) == wanted)


def _state(*runs: str, **more: str) -> dict[str, str]:
    return {"runs": ",".join(runs), "baseline": "", "all": "", **more}


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

    text = _text(tab_content(context, read(context, runs), "params", _state(*runs)))

    assert "−50 %" in text
    assert '"epochs"' not in text
    assert "1 parameters are the same" in text


def test_all_parameters(context: AppContext, make_run: MakeRun) -> None:
    """What is the same in all runs can be shown too."""
    runs = [make_run(params={"lr": 0.1, "epochs": 5}) for _ in range(2)]

    text = _text(tab_content(context, read(context, runs), "params", _state(*runs, all="1")))

    assert '"epochs"' in text


def test_another_baseline(context: AppContext, make_run: MakeRun) -> None:
    """Changes are told from the run that was chosen as the baseline."""
    runs = [make_run(params={"lr": 0.1}), make_run(params={"lr": 0.05})]

    comparison = read(context, runs, baseline=runs[1])

    assert comparison.baseline == 1
    assert "+100 %" in _text(tab_content(context, comparison, "params", _state(*runs)))


def test_no_parameters_at_all(context: AppContext, make_run: MakeRun) -> None:
    """Runs without parameters have a word for it."""
    runs = [make_run(), make_run()]

    text = _text(tab_content(context, read(context, runs), "params", _state(*runs)))

    assert "None of these runs has parameters" in text


def test_values_without_common_metrics(context: AppContext, make_run: MakeRun) -> None:
    """What one run never logged is a dash in its column."""
    runs = [make_run(metrics={"a": [1.0]}), make_run(metrics={"b": [2.0]})]

    text = _text(tab_content(context, read(context, runs), "values", _state(*runs)))

    assert text.count("never logged") == 2


def test_runs_look_the_same_everywhere(context: AppContext, make_run: MakeRun) -> None:
    """The swatch of a run in the list and in the tables is that of its line."""
    runs = [make_run(metrics={"loss": [1.0]}, params={"lr": i}) for i in range(3)]
    comparison = read(context, runs)

    slots = [f"aq-slot-{style.slot}" for style in comparison.styles]
    page = layout(context, PageLocation(search=f"?runs={','.join(runs)}&tab=values"))
    shown = [
        part.className.split()[1]
        for part in page._traverse()
        if "aq-swatch" in (getattr(part, "className", "") or "")
    ]

    assert shown == slots + slots


def test_charts_of_all_runs(context: AppContext, make_run: MakeRun) -> None:
    """The board of the page knows every run, and shows the metrics of all."""
    runs = [make_run(metrics={"a": [1.0]}), make_run(metrics={"b": [2.0]})]

    page = layout(context, PageLocation(search=f"?runs={','.join(runs)}"))

    assert [run[0] for run in _find(page, Ids.BOARD.runs).data] == runs
    sections = _find(page, Ids.BOARD.shown).data["sections"]
    assert sections == [["metrics", ["a", "b"]]]
