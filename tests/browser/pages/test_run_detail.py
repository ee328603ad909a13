"""The page of one run as people use it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from neural.tracking import ExperimentManager, ExperimentTracker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

Open = Callable[..., Any]

#: What is drawn of a chart; the arrays come as typed arrays.
LINE = """metric => {
  const card = document.querySelector(`.aq-chart[data-metric="${metric}"]`);
  const graph = card && card.querySelector('.js-plotly-plot');
  const lines = (graph && graph._fullData || []).filter(t => t.mode.includes('lines'));
  return lines.length ? Array.from(lines[0].y) : [];
}"""
RANGE = """metric => {
  const card = document.querySelector(`.aq-chart[data-metric="${metric}"]`);
  return card.querySelector('.js-plotly-plot')._fullLayout.xaxis.range.map(Math.round);
}"""


def _wait_for_line(page: Page, metric: str, points: int) -> None:
    page.wait_for_function(
        f"([metric, points]) => ({LINE})(metric).length === points",
        arg=[metric, points],
        timeout=15_000,
    )


def _tracker(base_dir: Path, **options: Any) -> ExperimentTracker:
    return ExperimentTracker(
        "live", base_dir, auto_visualize=False, capture_environment=False, **options
    )


def _zoom(page: Page, metric: str, low: float, high: float) -> None:
    page.evaluate(
        """([metric, low, high]) => {
          const card = document.querySelector(`.aq-chart[data-metric="${metric}"]`);
          const graph = card.querySelector('.js-plotly-plot');
          return Plotly.relayout(graph, {'xaxis.range': [low, high]});
        }""",
        [metric, low, high],
    )


def test_tabs_stand_in_the_address(open_page: Open, trained: Path, ids: list[str]) -> None:
    """A tab can be linked, and the back button leads to the one before."""
    page = open_page(trained, f"/experiments/{ids[0]}").page

    page.get_by_role("tab", name="Parameters").click()
    expect(page).to_have_url(re.compile("tab=params"))
    page.go_back()

    expect(page.get_by_role("tab", name="Overview")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".aq-tile").first).to_be_visible()


def test_tabs_by_arrow_keys(open_page: Open, trained: Path, ids: list[str]) -> None:
    """The arrow keys move along the row of tabs, End and Home to its ends."""
    page = open_page(trained, f"/experiments/{ids[0]}").page

    page.get_by_role("tab", name="Overview").focus()
    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("tab", name="Charts")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".aq-chart").first).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Notes")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    expect(page.get_by_role("tab", name="Overview")).to_have_attribute("aria-selected", "true")


def test_smoothing(open_page: Open, trained: Path, ids: list[str]) -> None:
    """A number in the box smooths every curve, and stands in the address."""
    page = open_page(trained, f"/experiments/{ids[0]}?tab=charts").page
    _wait_for_line(page, "val/loss", 12)
    raw = page.evaluate(LINE, "train/loss")

    page.locator("#run-charts-smoothing input").fill("0.9")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"s=0\.9"))
    page.wait_for_function(
        """() => {
          const card = document.querySelector('.aq-chart[data-metric="train/loss"]');
          return card.querySelector('.js-plotly-plot')._fullData.some(t => /raw/.test(t.uid));
        }"""
    )
    assert page.evaluate(LINE, "train/loss") == raw  # the raw line stays, faint, as the first


def test_axes(open_page: Open, trained: Path, ids: list[str]) -> None:
    """Wall clock and logarithm redraw the charts and stand in the address."""
    page = open_page(trained, f"/experiments/{ids[0]}?tab=charts").page
    _wait_for_line(page, "val/loss", 12)

    page.get_by_text("Clock", exact=True).click()
    page.get_by_label("Log y").check()

    expect(page).to_have_url(re.compile("x=time&y=log"))
    page.wait_for_function(
        """() => {
          const card = document.querySelector('.aq-chart[data-metric="val/loss"]');
          const layout = card.querySelector('.js-plotly-plot')._fullLayout;
          return layout.yaxis.type === 'log' && layout.xaxis.type === 'date';
        }"""
    )


def test_what_is_hidden_is_said(open_page: Open, trained: Path, ids: list[str]) -> None:
    """The NaN at the end of the run stands beside its chart and as a mark on it."""
    page = open_page(trained, f"/experiments/{ids[0]}?tab=charts").page

    card = page.locator(".aq-chart[data-metric='train/loss']")
    expect(card.locator(".aq-chart-note")).to_have_text("1 NaN")


def test_search_and_sections(open_page: Open, trained: Path, ids: list[str]) -> None:
    """A search leaves the charts that match; a heading opens and closes its section."""
    page = open_page(trained, f"/experiments/{ids[0]}?tab=charts").page
    expect(page.locator(".aq-chart")).to_have_count(4)

    page.fill("#run-charts-search", "LOSS")
    expect(page.locator(".aq-chart")).to_have_count(2)
    page.fill("#run-charts-search", "")
    expect(page.locator(".aq-chart")).to_have_count(4)
    heading = page.locator(".aq-section-toggle", has_text=re.compile("^val"))
    heading.click()
    expect(page.locator(".aq-chart")).to_have_count(2)
    expect(page).to_have_url(re.compile("toggled=val"))
    page.reload()

    expect(page.locator(".aq-chart")).to_have_count(2)
    expect(heading).to_have_attribute("aria-expanded", "false")


def test_thousands_of_metrics(open_page: Open, tmp_path: Path) -> None:
    """Sections are listed a page at a time, and only charts in sight are drawn."""
    with _tracker(tmp_path) as tracker:
        tracker.log_metrics({f"layer{i:04}/norm": float(i) for i in range(3000)}, step=0)
    page = open_page(tmp_path, f"/experiments/{tracker.experiment_id}?tab=charts").page
    expect(page.locator("#run-charts-pager")).to_have_text("Page 1 of 75")
    _wait_for_line(page, "layer0000/norm", 1)
    assert page.locator(".js-plotly-plot").count() <= 12

    page.get_by_role("button", name="Sections after these").click()
    expect(page.locator("#run-charts-pager")).to_have_text("Page 2 of 75")
    page.fill("#run-charts-search", "layer2999")

    expect(page.locator(".aq-chart")).to_have_count(1)
    _wait_for_line(page, "layer2999/norm", 1)


def test_live_chart_keeps_its_zoom(open_page: Open, tmp_path: Path) -> None:
    """New points arrive by themselves; what was zoomed to stays in sight."""
    tracker = _tracker(tmp_path)
    for step in range(50):
        tracker.log_metrics({"loss": 1.0 / (step + 1)}, step=step)
    page = open_page(tmp_path, f"/experiments/{tracker.experiment_id}?tab=charts").page
    _wait_for_line(page, "loss", 50)
    _zoom(page, "loss", 10, 20)

    tracker.log_metrics({"loss": 0.0}, step=50)

    _wait_for_line(page, "loss", 51)
    assert page.evaluate(RANGE, "loss") == [10, 20]
    tracker.finish()
    expect(page.locator(".aq-known .aq-badge-ok")).to_have_text("completed", timeout=15_000)


def test_a_new_metric_gets_a_chart(open_page: Open, tmp_path: Path) -> None:
    """A metric that is logged for the first time appears without a reload."""
    tracker = _tracker(tmp_path)
    tracker.log_metrics({"loss": 1.0}, step=0)
    page = open_page(tmp_path, f"/experiments/{tracker.experiment_id}?tab=charts").page
    _wait_for_line(page, "loss", 1)

    tracker.log_metrics({"accuracy": 0.5}, step=1)

    _wait_for_line(page, "accuracy", 1)
    tracker.finish()


def test_a_run_that_goes_to_the_trash(open_page: Open, tmp_path: Path) -> None:
    """Whoever looks at a run that is deleted is told, and led back."""
    with _tracker(tmp_path) as tracker:
        tracker.log_metrics({"loss": 1.0}, step=0)
    page = open_page(tmp_path, f"/experiments/{tracker.experiment_id}").page
    expect(page.locator("h1")).to_have_text("live")

    ExperimentManager(tmp_path).delete_experiment(tracker.experiment_id)
    page.evaluate("() => dash_clientside.set_props('shell-tick', {n_intervals: 1000})")

    expect(page.locator("h1")).to_have_text("This run is gone", timeout=15_000)


def test_unknown_run(open_page: Open, visit: Any, trained: Path) -> None:
    """An id that leads nowhere is answered by a page that says so."""
    page = open_page(trained, "/experiments/nowhere").page

    expect(page.locator("h1")).to_have_text("Not found")
    expect(page.locator("main")).to_contain_text("nowhere")


def test_notes_and_tags(open_page: Open, tmp_path: Path) -> None:
    """What is written here stands in the run, and in the head of the page."""
    with _tracker(tmp_path, tags=["old"]) as tracker:
        tracker.log_metrics({"loss": 1.0}, step=0)
    page = open_page(tmp_path, f"/experiments/{tracker.experiment_id}?tab=notes").page

    page.fill("#run-display-name", "My best run")
    page.fill("#run-notes", "Try a smaller width.\nThen more seeds.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("h1")).to_have_text("My best run")
    page.fill("#run-new-tag", "team: vision")
    page.keyboard.press("Enter")
    expect(page.locator(".aq-known .aq-badge-tag")).to_have_text(["old", "team: vision"])
    page.get_by_role("button", name="Remove the tag old").click()
    expect(page.locator(".aq-known .aq-badge-tag")).to_have_text(["team: vision"])

    record = ExperimentManager(tmp_path).run(tracker.experiment_id)
    assert record.notes == "Try a smaller width.\nThen more seeds."
    assert dict(record.tags) == {"team": "vision"}


def test_previews(open_page: Open, trained: Path, ids: list[str]) -> None:
    """A text is shown in place, and can be downloaded under its name."""
    page = open_page(trained, f"/experiments/{ids[0]}?tab=artifacts").page

    page.get_by_role("button", name="Preview of notes.txt").click()
    expect(page.locator("#run-artifact-preview pre")).to_have_text("learned\n")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download notes.txt").click()

    assert download.value.suggested_filename == "notes.txt"
    assert Path(download.value.path()).read_text() == "learned\n"


def test_media_by_step(open_page: Open, trained: Path, ids: list[str]) -> None:
    """The picture is shown, and the slider leads to an earlier histogram."""
    page = open_page(trained, f"/experiments/{ids[0]}?tab=media").page
    page.wait_for_function(
        "() => document.querySelector('.aq-picture') && "
        "document.querySelector('.aq-picture').naturalWidth === 16"
    )

    page.get_by_label("Step", exact=True).press("ArrowLeft")

    expect(page.get_by_text("step 50", exact=True)).to_be_visible()


def test_a_histogram_has_the_colours_of_the_theme(
    open_page: Open, trained: Path, ids: list[str]
) -> None:
    """Also on a page that is opened at its tab, and after the theme is changed."""
    page = open_page(trained, f"/experiments/{ids[0]}?tab=media", theme="light").page
    ground = "() => document.querySelector('.js-plotly-plot')?._fullLayout?.paper_bgcolor"
    page.wait_for_function(f"{ground} === '#ffffff'")

    page.keyboard.press("t")

    page.wait_for_function(f"{ground} === '#061c4a'")


def test_chart_keeps_to_the_budget(open_page: Open, tmp_path: Path) -> None:
    """A chart of a long run is at most 300 kB on the way, and says what it leaves out."""
    with _tracker(tmp_path) as tracker:
        for step in range(30_000):
            tracker.log_metric("loss", float((step * 7919) % 1009), step)
    path = f"/experiments/{tracker.experiment_id}?tab=charts&s=0.9"
    page = open_page(tmp_path, path).page
    expect(page.locator(".aq-chart-note")).to_contain_text("of 30,000 points drawn")

    sizes = page.evaluate(
        """() => performance.getEntriesByType('resource')
             .filter(entry => entry.name.includes('_dash-update-component'))
             .map(entry => entry.decodedBodySize)"""
    )
    assert 10_000 < max(sizes) < 300_000
