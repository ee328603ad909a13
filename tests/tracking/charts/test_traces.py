from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from neural.tracking.charts.lines import View, line
from neural.tracking.charts.theme import RunStyle
from neural.tracking.charts.traces import axes, gap_axis, line_traces
from neural.tracking.records import Series

SeriesOf = Callable[..., Series]
NAN = float("nan")


def _traces(series: Series, view: View | None = None, key: str = "loss") -> dict[str, Any]:
    """Traces of one line by the part they play."""
    one = line(series, view or View(), key=key)
    traces = line_traces(one, RunStyle(1, "dot"), axes(view or View(), [one]), gap_panel=2)
    return {trace["meta"]["part"]: trace for trace in traces}


def test_line_is_as_small_as_can_be(series_of: SeriesOf) -> None:
    """Steps travel as int32 and values as float32."""
    trace = _traces(series_of(np.linspace(0, 1, 100)))["line"]

    assert trace["x"].dtype == np.int32
    assert trace["y"].dtype == np.float32
    assert trace["mode"] == "lines"
    assert trace["line"]["dash"] == "dot"


def test_times_are_exact(series_of: SeriesOf) -> None:
    """Epoch milliseconds do not fit into float32."""
    trace = _traces(series_of([1.0, 2.0]), View(x="time"))["line"]

    assert trace["x"].dtype == np.float64
    assert trace["x"].tolist() == [100_000.0, 101_000.0]


def test_few_points_are_marked(series_of: SeriesOf) -> None:
    """A single point would be no line at all."""
    assert _traces(series_of([1.0]))["line"]["mode"] == "lines+markers"


def test_isolated_points_of_a_long_line_are_marked(series_of: SeriesOf) -> None:
    """A value between two NaN is seen, though no line reaches it."""
    values = np.arange(200.0)
    values[[99, 101]] = NAN

    traces = _traces(series_of(values))

    assert traces["points"]["x"].tolist() == [100]
    assert traces["points"]["mode"] == "markers"


def test_smoothed_line_has_the_logged_one_behind(series_of: SeriesOf) -> None:
    """The raw line is drawn first, faint, and hover tells both values."""
    traces = _traces(series_of(np.arange(100.0)), View(smoothing=0.6))

    assert list(traces) == ["raw", "line"]
    assert 0.25 <= traces["raw"]["opacity"] <= 0.35
    assert traces["raw"]["hoverinfo"] == "skip"
    assert traces["line"]["customdata"].tolist() == traces["raw"]["y"].tolist()
    assert "logged %{customdata" in traces["line"]["hovertemplate"]


def test_marks_of_gaps_stand_at_the_foot(series_of: SeriesOf) -> None:
    """They have an axis of their own, and say what was logged there."""
    marks = _traces(series_of([1.0, NAN, 2.0, -np.inf, 3.0]))["gaps"]

    assert marks["x"].tolist() == [1, 3]
    assert marks["y"].tolist() == [0, 0]
    assert marks["text"] == ["NaN", "-infinity"]
    assert marks["yaxis"] == "y2"


def test_one_legend_entry_a_line(series_of: SeriesOf) -> None:
    """All parts of a line are switched together by its single entry."""
    values = np.arange(200.0)
    values[[99, 101]] = NAN

    traces = list(_traces(series_of(values), View(smoothing=0.5)).values())

    assert len(traces) == 4
    assert [trace["showlegend"] for trace in traces] == [False, False, False, True]
    assert len({trace["legendgroup"] for trace in traces}) == 1


@pytest.mark.parametrize("key", ["val/loss", "a b", "<b>", "ü", ""])
def test_uid_suits_a_css_selector(series_of: SeriesOf, key: str) -> None:
    """plotly.js looks traces up by ``.cb<uid>``: other signs would break its update."""
    uid = _traces(series_of([1.0]), key=key)["line"]["uid"]

    assert re.fullmatch(r"[a-z][a-z0-9]+", uid)


def test_uids_stay_when_points_are_added(series_of: SeriesOf) -> None:
    """A live update can tell that it is still the same line."""
    before = _traces(series_of([1.0, 2.0]))["line"]["uid"]
    after = _traces(series_of([1.0, 2.0, 3.0]))["line"]["uid"]

    assert before == after != _traces(series_of([1.0]), key="acc")["line"]["uid"]


def test_name_in_hover_and_legend_is_literal(series_of: SeriesOf) -> None:
    """Neither a tag nor a template in a metric's name is carried out."""
    traces = _traces(series_of([1.0, NAN]), key="<a>%{x}")

    assert traces["line"]["name"] == "&lt;a&gt;&#37;{x}"
    assert traces["gaps"]["hovertemplate"].startswith("&lt;a&gt;&#37;{x}: ")


@pytest.mark.parametrize(
    ("seconds", "title", "factor"),
    [(200, "Elapsed (s)", 1), (400, "Elapsed (min)", 60), (20_000, "Elapsed (h)", 3600)],
)
def test_elapsed_time_has_a_fitting_unit(
    series_of: SeriesOf, seconds: int, title: str, factor: int
) -> None:
    """Seconds, minutes, hours: the numbers at the ticks stay short."""
    view = View(x="relative")
    one = line(series_of([1.0, 2.0], [0, seconds]), view, key="loss")

    frame = axes(view, [one])

    assert frame.x["title"]["text"] == title
    assert frame.factor == pytest.approx(1 / factor)


def test_days_are_the_longest_unit(series_of: SeriesOf) -> None:
    """A week is seven, not 604,800."""
    view = View(x="relative")
    one = line(series_of([1.0, 2.0], [0, 604_800]), view, key="loss")

    frame = axes(view, [one])

    assert frame.x["title"]["text"] == "Elapsed (d)"
    assert one.curve.x[-1] * frame.factor == pytest.approx(7)


def test_range_on_screen_is_kept() -> None:
    """A zoomed chart stays zoomed, on a logarithmic axis in its own unit."""
    assert axes(View(x_range=(10, 100)), []).x["range"] == [10, 100]
    assert axes(View(x_range=(10, 100), log_x=True), []).x["range"] == [1, 2]
    assert axes(View(x_range=(1, 2), x="time"), []).x["range"] == [1_000, 2_000]


def test_gap_axis_lies_over_its_panel() -> None:
    """It is invisible and never zooms, so marks stay at the foot."""
    axis = gap_axis(3)

    assert (axis["overlaying"], axis["anchor"]) == ("y3", "x3")
    assert axis["visible"] is False
    assert axis["fixedrange"] is True
