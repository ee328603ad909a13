"""What a chart gives away: raw values, and Python that draws it again."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from neural.tracking.charts.lines import View
from neural.tracking.pages.board import answers as chart_answers
from neural.tracking.pages.board.answers import answer
from neural.tracking.pages.board.data import ChartData, ChartRun, Look
from neural.tracking.pages.board.view import GroupView
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]

NOISE = np.random.default_rng(0).normal(size=(3, 200)).cumsum(axis=1).tolist()


@pytest.fixture
def runs(make_run: MakeRun) -> list[ChartRun]:
    """Three runs, one under a name that means something to a spreadsheet and to Python."""
    names = ["=cmd()", 'it\'s "quoted"', "c"]
    return [
        ChartRun(make_run(metrics={"loss": values, "epoch": list(range(200))}), name, 1.7e9)
        for values, name in zip(NOISE, names, strict=True)
    ]


def _asked(context: AppContext, runs: list[ChartRun], what: str, look: Look | None = None) -> str:
    charts = ChartData(context.manager)
    return answer(context, charts, {"what": what, "metric": "loss"}, runs, look or Look())["text"]


def test_csv_has_every_value(context: AppContext, runs: list[ChartRun]) -> None:
    """One line a value, all digits of it, and no cell that is a formula."""
    lines = _asked(context, runs, "csv").splitlines()

    assert lines[0] == "run,id,step,time,loss"
    assert len(lines) == 601
    assert lines[1].startswith(f"'=cmd(),{runs[0].id},0,")
    assert lines[1].endswith(repr(NOISE[0][0]))


def test_csv_that_is_too_long_says_so(
    context: AppContext, runs: list[ChartRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left out is counted in the last line."""
    monkeypatch.setattr(chart_answers, "MOST_ROWS", 250)

    lines = _asked(context, runs, "csv").splitlines()

    assert len(lines) == 252
    assert lines[-1].startswith("# 350 more values")


def _shown(monkeypatch: pytest.MonkeyPatch, text: str) -> go.Figure:
    """Run a script and return the figure that it shows."""
    figures: list[go.Figure] = []
    monkeypatch.setattr(go.Figure, "show", lambda self: figures.append(self))
    exec(compile(text, "snippet", "exec"), {})
    return figures[0]


def _values(array: dict[str, str]) -> list[float]:
    return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"]).tolist()


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(x="relative", log_x=True, smoothing=0.9, kind="twema"),
        View(x="metric", x_metric="epoch", x_range=(10, 150)),
        View(x="process"),
    ],
)
def test_python_draws_the_same_chart(
    context: AppContext, runs: list[ChartRun], view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script alone gives the arrays and names that are on screen."""
    look = Look(view=view, ends=(-50.0, 50.0))
    drawn = ChartData(context.manager).chart("loss", runs, look, "dark").figure

    figure = _shown(monkeypatch, _asked(context, runs, "python", look))

    ours = [_values(trace["y"]) for trace in drawn["data"]]
    assert [list(trace.y) for trace in figure.data] == ours
    assert [trace.meta["name"] for trace in figure.data] == [
        trace["meta"]["name"] for trace in drawn["data"]
    ]
    assert list(figure.layout.yaxis.range) == [-50, 50]


def test_python_draws_the_same_groups(
    context: AppContext, runs: list[ChartRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Line and band are those of the chart."""
    labels = {run.id: "all" for run in runs}
    look = Look(group=GroupView(by="name", band="minmax"), labels=labels)
    drawn = ChartData(context.manager).chart("loss", runs, look, "dark").figure

    figure = _shown(monkeypatch, _asked(context, runs, "python", look))

    line: Any = drawn["data"][-1]
    assert figure.data[0].y == pytest.approx(np.array(_values(line["y"])), rel=1e-5)
    assert list(figure.data[0].customdata) == _values(line["customdata"])
