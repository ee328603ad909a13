from __future__ import annotations

from collections.abc import Callable

import pytest

from neural.tracking.analysis.doctor import Finding
from neural.tracking.charts.figures import as_figure
from neural.tracking.charts.finding_regions import finding_regions, highlight
from neural.tracking.charts.regions import Region
from neural.tracking.charts.run_comparison import run_comparison, run_comparison_dict
from neural.tracking.records import Series

SeriesOf = Callable[..., Series]

FOUND = Finding(
    rule="overfitting",
    severity="warning",
    title="val_loss gets worse",
    text="…",
    metrics=("val_loss", "loss"),
    region=(3, 9),
)
WHOLE = Finding(rule="slowing", severity="warning", title="slow", text="…", region=(5, 9))
NOWHERE = Finding(rule="ended_badly", severity="error", title="crashed", text="…")


def test_regions_of_one_chart() -> None:
    """What was seen in its metric and in the run as a whole, in steps."""
    regions = finding_regions([FOUND, WHOLE, NOWHERE], "loss")

    assert regions[0] == Region(begin=3, end=9, text="Over-fitting", severity="warn")
    assert [one.text for one in regions] == ["Over-fitting", "Slowing down"]
    assert [one.text for one in finding_regions([FOUND, WHOLE], "acc")] == ["Slowing down"]


@pytest.mark.parametrize(("x", "begin"), [("time", 106.0), ("relative", 6.0)])
def test_steps_on_an_axis_of_time(series_of: SeriesOf, x: str, begin: float) -> None:
    """They are placed where the metric logged them, between two points in proportion."""
    series = series_of([1.0, 2.0, 3.0], [0, 6, 12])

    (region,) = finding_regions(
        [Finding(rule="plateau", severity="info", title="", text="", region=(6, 9))],
        "loss",
        series=series,
        x=x,  # type: ignore[arg-type]
        start=100.0,
    )

    assert (region.begin, region.end) == (begin, begin + 3)
    assert region.severity == "info"


def test_no_place_on_an_axis_of_another_metric(series_of: SeriesOf) -> None:
    """Steps have none there."""
    assert finding_regions([FOUND], "loss", series=series_of([1.0]), x="metric") == ()


def test_highlight_leaves_the_figure_as_it_was(series_of: SeriesOf) -> None:
    """A copy has the shapes, which Plotly accepts."""
    plain = run_comparison_dict(run_comparison("loss", {"a": series_of([1.0, 2.0])}))
    before = len(plain["layout"].get("shapes", []))

    marked = as_figure(highlight(plain, finding_regions([FOUND], "loss")))

    assert len(marked.layout.shapes) == before + 1
    assert len(plain["layout"].get("shapes", [])) == before
