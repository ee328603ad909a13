"""The comparison as people use it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

Open = Callable[..., Any]

#: Colour of each line of a chart, by run.
COLOURS = """metric => {
  const card = document.querySelector(`.aq-chart[data-metric="${metric}"]`);
  const graph = card && card.querySelector('.js-plotly-plot');
  const lines = (graph && graph._fullData || []).filter(t => t.mode.includes('lines'));
  return Object.fromEntries(lines.map(t => [t.meta.key, t.line.color]));
}"""
SWATCHES = """() => [...document.querySelectorAll('.aq-runs .aq-swatch')].map(
  swatch => getComputedStyle(swatch).borderTopColor)"""


def _rgb(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def _wait_for_lines(page: Page, metric: str, count: int) -> None:
    page.wait_for_function(
        f"([metric, count]) => Object.keys(({COLOURS})(metric)).length === count",
        arg=[metric, count],
    )


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_run_has_one_colour_everywhere(
    open_page: Open, trained: Path, ids: list[str], theme: str
) -> None:
    """The swatch of a run is the colour of its line, in every chart and in either theme."""
    page = open_page(trained, f"/compare?runs={','.join(ids)}", theme=theme).page
    _wait_for_lines(page, "train/loss", 3)
    _wait_for_lines(page, "val/loss", 3)

    swatches = page.evaluate(SWATCHES)
    for metric in ("train/loss", "val/loss"):
        colours = page.evaluate(COLOURS, metric)
        assert [_rgb(colours[run]) for run in ids] == swatches


def test_theme_switch(open_page: Open, trained: Path, ids: list[str]) -> None:
    """Charts follow the theme without a reload."""
    page = open_page(trained, f"/compare?runs={ids[0]}", theme="dark").page
    _wait_for_lines(page, "train/loss", 1)
    before = page.evaluate(COLOURS, "train/loss")[ids[0]]

    page.emulate_media(color_scheme="light")

    page.wait_for_function(
        f"([metric, run, before]) => ({COLOURS})(metric)[run] !== before",
        arg=["train/loss", ids[0], before],
    )


def test_leave_a_run_out(open_page: Open, trained: Path, ids: list[str]) -> None:
    """A run that is left out leaves list and charts; the back button brings it back."""
    page = open_page(trained, f"/compare?runs={','.join(ids)}").page
    _wait_for_lines(page, "train/loss", 3)

    page.locator(".aq-runs > li").nth(1).get_by_role("link", name=re.compile("Leave out")).click()
    _wait_for_lines(page, "train/loss", 2)
    page.go_back()

    expect(page.locator(".aq-runs > li")).to_have_count(3)


def test_parameters(open_page: Open, trained: Path, ids: list[str]) -> None:
    """Differences from the baseline are shown, on demand all parameters, and so it is linked."""
    page = open_page(trained, f"/compare?runs={','.join(ids)}").page
    page.get_by_role("tab", name="Params diff").click()
    rows = page.locator(".aq-list-runs tbody tr")
    expect(rows).to_have_count(1)

    page.get_by_label("Also those that are the same in all runs").check()
    expect(rows).to_have_count(3)
    expect(page).to_have_url(re.compile("all=1"))
    page.reload()

    expect(rows).to_have_count(3)


def test_baseline(open_page: Open, trained: Path, ids: list[str]) -> None:
    """Another run can be what the others are compared with."""
    page = open_page(trained, f"/compare?runs={','.join(ids)}&tab=params").page

    page.locator(".aq-runs > li").nth(2).get_by_role("button", name=re.compile("baseline")).click()

    expect(page.locator(".aq-list-runs thead th").nth(3)).to_contain_text("baseline")
    expect(page).to_have_url(re.compile(f"baseline={ids[2]}"))


def test_best_values(open_page: Open, trained: Path, ids: list[str]) -> None:
    """The best of each column with a direction is marked once; others have none."""
    metrics = "&tm=val%2Floss&tm=grad_norm&tv=last"
    page = open_page(trained, f"/compare?runs={','.join(ids)}&tab=table{metrics}").page

    expect(page.locator(".aq-list-figures tbody tr")).to_have_count(3)
    expect(page.locator(".aq-cell-wins")).to_have_count(1)


def test_choose_here(open_page: Open, trained: Path) -> None:
    """Runs can be chosen on this page too; the comparison has an address."""
    page = open_page(trained, "/compare").page
    page.locator("#compare-choice input").nth(0).check()
    page.locator("#compare-choice input").nth(2).check()

    page.get_by_role("button", name="Compare").click()

    expect(page.locator(".aq-runs > li")).to_have_count(2)
    expect(page).to_have_url(re.compile("runs="))


def test_unknown_run(open_page: Open, trained: Path, ids: list[str]) -> None:
    """A run that is not there is named, and the others are compared."""
    page = open_page(trained, f"/compare?runs=gone,{ids[0]}").page

    expect(page.get_by_text("1 of the chosen runs cannot be found")).to_be_visible()
    _wait_for_lines(page, "train/loss", 1)


def test_smoothing_is_linked(open_page: Open, trained: Path, ids: list[str]) -> None:
    """A link to smoothed curves shows smoothed curves, and the raw ones behind them."""
    page = open_page(trained, f"/compare?runs={','.join(ids)}&s=0.9").page

    page.wait_for_function(
        """() => {
          const card = document.querySelector('.aq-chart[data-metric="train/loss"]');
          const graph = card && card.querySelector('.js-plotly-plot');
          const lines = (graph && graph._fullData || []).filter(t => t.mode.includes('lines'));
          return lines.length === 6;
        }"""
    )


def test_runs_and_controls_are_folded_away_on_a_narrow_screen(
    trained: Path, ids: list[str], open_page: Open
) -> None:
    """The first chart begins in the first screen; what was opened stays open on another tab."""
    page = open_page(trained, f"/compare?runs={','.join(ids)}", width=390).page
    chart = page.locator(".aq-chart").first
    chart.wait_for()
    assert (chart.bounding_box() or {"y": 844})["y"] < 500
    expect(page.locator(".aq-runs")).to_be_hidden()

    page.locator("[data-fold=board] > summary").click()
    expect(page.get_by_label("Log x")).to_be_visible()
    page.get_by_role("tab", name="Table").click()
    expect(page.locator(".aq-chart")).to_have_count(0)
    page.get_by_role("tab", name="Charts").click()
    expect(page.get_by_label("Log x")).to_be_visible()

    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.locator(".aq-runs")).to_be_visible()
