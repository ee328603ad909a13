"""Charts as plotly.js really draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike
from playwright.sync_api import Browser, Page
from plotly.offline import get_plotlyjs

from neural.tracking.charts.correlation_matrix import correlation_matrix, correlation_matrix_dict
from neural.tracking.charts.distribution import distribution, distribution_dict
from neural.tracking.charts.figures import FigureDict
from neural.tracking.charts.hyperparameter_comparison import (
    hyperparameter_comparison,
    hyperparameter_comparison_dict,
)
from neural.tracking.charts.lines import View
from neural.tracking.charts.metrics_heatmap import metrics_heatmap, metrics_heatmap_dict
from neural.tracking.charts.run_comparison import run_comparison, run_comparison_dict
from neural.tracking.charts.smoothed_curves import smoothed_curves, smoothed_curves_dict
from neural.tracking.charts.theme import GRAPH_CONFIG
from neural.tracking.charts.training_curves import training_curves, training_curves_dict
from neural.tracking.records import Series

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

HOSTILE = "<a href='javascript:alert(1)'>x</a> %{y} $a$"

Draw = Callable[..., None]


def _series(values: ArrayLike) -> Series:
    value = np.asarray(values, dtype=np.float64)
    return Series(np.arange(value.size), 1.79e9 + np.arange(value.size, dtype=np.float64), value)


def _hostile() -> dict[str, FigureDict]:
    wave = np.sin(np.arange(60) / 9)
    series = {HOSTILE: _series(np.where(np.arange(60) % 7 == 3, np.nan, wave)), "b": _series(wave)}
    return {
        "training curves": training_curves_dict(training_curves(series)),
        "smoothed curves": smoothed_curves_dict(smoothed_curves(series)),
        "run comparison": run_comparison_dict(
            run_comparison(HOSTILE, series, view=View(x="time", smoothing=0.5))
        ),
        "distribution": distribution_dict(distribution(HOSTILE, wave)),
        "correlation matrix": correlation_matrix_dict(correlation_matrix(series)),
        "metrics heatmap": metrics_heatmap_dict(metrics_heatmap(series)),
        "hyperparameters": hyperparameter_comparison_dict(
            hyperparameter_comparison({HOSTILE: {HOSTILE: HOSTILE}, "b": {}})
        ),
        "nothing": run_comparison_dict(run_comparison(HOSTILE, {})),
    }


def _tooltip_at(page: Page, right: float, down: float) -> str:
    """Point at a place of the plot, in shares of its width and height."""
    box = page.locator("#chart .nsewdrag").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + right * box["width"], box["y"] + down * box["height"])
    page.wait_for_selector(".hoverlayer .hovertext")
    return " ".join(page.locator(".hoverlayer text").all_text_contents())


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A tab with nothing but plotly.js, and what it complained about."""
    context = chromium.new_context(viewport={"width": 1000, "height": 700})
    page, problems = context.new_page(), []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    page.set_content("<div id='chart' style='width:900px;height:600px'></div>")
    page.add_script_tag(content=get_plotlyjs())
    yield page, problems
    context.close()


@pytest.fixture
def page(tab: tuple[Page, list[str]]) -> Iterator[Page]:
    """The tab without a chart; at the end of the test it must not have complained."""
    page, problems = tab
    page.mouse.move(0, 0)
    yield page
    page.evaluate("() => Plotly.purge('chart')")
    assert problems == []


@pytest.fixture
def draw(page: Page) -> Draw:
    """Return ``draw(figure, config=GRAPH_CONFIG)``: draws, or redraws what is there."""

    def react(figure: FigureDict, config: dict[str, Any] = GRAPH_CONFIG) -> None:
        page.evaluate(
            "([f, c]) => Plotly.react('chart', f.data, f.layout, c).then(() => null)",
            [figure, config],
        )

    return react


@pytest.mark.parametrize("name", sorted(_hostile()))
def test_hostile_names_appear_literally(page: Page, draw: Draw, name: str) -> None:
    """No link is made, nothing is run, and people read what was typed."""
    draw(_hostile()[name])

    assert page.locator("#chart svg a").count() == 0
    drawn = " ".join(page.locator("#chart svg text").all_text_contents())
    assert "<a href" in drawn


def test_arrays_arrive_as_they_were_sent(page: Page, draw: Draw) -> None:
    """Typed arrays are read with their type, gaps as gaps."""
    draw(run_comparison_dict(run_comparison("loss", {"a": _series([1.0, np.nan, 2.5])})))

    line = page.evaluate(
        "() => { const t = chart._fullData.find(t => t.meta.part === 'line');"
        " return [t.y.constructor.name, Array.from(t.y, String), t.x.constructor.name] }"
    )
    assert line == ["Float32Array", ["1", "NaN", "2.5"], "Int32Array"]
    assert page.locator("#chart .js-line").count() == 2, "the line is not broken at NaN"


def test_times_are_read_as_dates(page: Page, draw: Draw) -> None:
    """Epoch milliseconds stand on a date axis at the right day."""
    comparison = run_comparison("loss", {"a": _series([1.0, 2.0])}, view=View(x="time"))

    draw(run_comparison_dict(comparison))

    assert page.evaluate("() => chart._fullLayout.xaxis.range[0]").startswith("2026-09-21")


def test_hover_tells_the_smoothed_and_the_logged_value(page: Page, draw: Draw) -> None:
    """The name in the tooltip is literal too."""
    comparison = run_comparison(
        "loss", {HOSTILE: _series([1.0, 0.5, 0.0])}, view=View(smoothing=0.6)
    )
    draw(run_comparison_dict(comparison))

    page.evaluate("() => Plotly.Fx.hover('chart', [{curveNumber: 1, pointNumber: 2}])")

    tooltip = " ".join(page.locator(".hoverlayer text").all_text_contents())
    assert "0.336735 (logged 0)" in tooltip
    assert "<a href" in tooltip


def test_hover_on_a_heatmap_tells_metric_and_raw_value(page: Page, draw: Draw) -> None:
    """The row is named in full and the value is the logged one."""
    draw(metrics_heatmap_dict(metrics_heatmap({"loss": _series([2e6, 1e6]), "b": _series([0, 1])})))

    tooltip = _tooltip_at(page, 0.75, 0.25)

    assert "loss" in tooltip
    assert "1e+6" in tooltip


def test_hover_on_a_correlation_tells_how_many_steps(page: Page, draw: Draw) -> None:
    """Coefficient and n stand side by side."""
    matrix = correlation_matrix({"a": _series([1, 2, 3, 4]), "b": _series([1, 2, 3])})
    draw(correlation_matrix_dict(matrix))

    assert "r = 1.000, n = 3" in _tooltip_at(page, 0.75, 0.25)


@pytest.mark.parametrize("config", [GRAPH_CONFIG, {}], ids=["dashboard", "elsewhere"])
def test_no_button_uploads_the_chart(page: Page, draw: Draw, config: dict[str, Any]) -> None:
    """Neither in the dashboard nor where a figure is shown with Plotly's own settings."""
    draw(run_comparison_dict(run_comparison("loss", {"a": _series([1.0, 2.0])})), config)

    titles = page.locator("#chart .modebar-btn").evaluate_all(
        "buttons => buttons.map(b => b.dataset.title || b.getAttribute('aria-label') || '')"
    )
    assert "Reset axes" in titles
    assert not [title for title in titles if "share" in title.lower() or "cloud" in title.lower()]


def test_chart_is_redrawn_and_removed(page: Page, draw: Draw) -> None:
    """A changed set of lines replaces the old one, whatever the metrics are called."""
    draw(training_curves_dict(training_curves({"a/b c": _series([1, np.nan]), "d": _series([1])})))
    draw(training_curves_dict(training_curves({"d": _series([1, 2])})))

    assert page.locator("#chart .scatterlayer .trace").count() == 1
    page.evaluate("() => Plotly.purge('chart')")
    assert page.locator("#chart svg").count() == 0
