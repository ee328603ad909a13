"""The board of charts as somebody uses it: pointing, zooming, searching, exporting, following."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from neural.tracking import ExperimentTracker
from neural.tracking.aquarium_app import create_app
from tests.browser.conftest import LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

STEPS = 3000
SPIKE = 1234
METRICS = ("val/loss", "val/acc", "loss")

#: What the first chart shows: ends of its x axis, and steps of its first line.
RANGE = "g => g._fullLayout.xaxis.range.map(Number)"
LINE = "g => Array.from(g._fullData.find(t => t.meta.part === 'line').x)"


def _tracker(base_dir: Path, number: int) -> ExperimentTracker:
    tracker = ExperimentTracker("board", base_dir, capture_environment=False, auto_visualize=False)
    tracker.log_hyperparameters({"lr": 0.1 * (1 + number % 2), "seed": number // 2})
    return tracker


def _log(tracker: ExperimentTracker, steps: range, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=(len(steps), len(METRICS))).round(3)
    for step, row in zip(steps, noise.tolist(), strict=True):
        values = [50.0 + value if step == SPIKE else value for value in row]
        tracker.log_metrics(dict(zip(METRICS, values, strict=True)), step=step)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Fourteen runs, and their ids as they stand in an address."""
    base_dir, ids = tmp_path_factory.mktemp("board"), []
    for number in range(14):
        with _tracker(base_dir, number) as run:
            _log(run, range(STEPS if number < 2 else 60), number)
        ids.append(run.experiment_id)
    return base_dir, ",".join(ids)


@pytest.fixture
def board(
    store: tuple[Path, str], serve: Callable[..., Any], visit: Callable[..., Any]
) -> Callable[..., Page]:
    """Return ``board(runs=14, state="") -> Page`` with the charts in sight drawn."""

    def open_board(runs: int = 14, state: str = "", **options: Any) -> Page:
        base_dir, ids = store
        chosen = ",".join(ids.split(",")[:runs])
        url = f"{serve(create_app(base_dir)).url}/compare?runs={chosen}{state}"
        page: Page = visit(url, **options).page
        page.set_default_timeout(7_000)
        page.locator(".aq-chart .js-line").first.wait_for()
        page.wait_for_function(
            "() => document.querySelectorAll('.js-plotly-plot .js-line').length > 2"
        )
        return page

    return open_board


def _graph(page: Page, place: int = 0) -> Any:
    return page.locator(".aq-chart .js-plotly-plot").nth(place)


def _box(page: Page, place: int = 0) -> dict[str, float]:
    box = _graph(page, place).locator(".nsewdrag").first.bounding_box()
    assert box is not None
    return dict(box)


def _point(page: Page, right: float, down: float, place: int = 0) -> None:
    box = _box(page, place)
    page.mouse.move(box["x"] + right * box["width"], box["y"] + down * box["height"])


def _drag(page: Page, start: float, end: float) -> None:
    _point(page, start, 0.5)
    page.mouse.down()
    _point(page, end, 0.5)
    page.mouse.up()


def test_pointing_at_a_chart(board: Callable[..., Page]) -> None:
    """Twelve values by size, a line at the same x in every chart, the same run lit in all."""
    page = board()

    _point(page, 0.01, 0.95)

    rows = page.locator(".aq-tooltip-row")
    expect(rows).to_have_count(12)
    expect(page.locator(".aq-tooltip")).to_contain_text("and 2 more")
    values = [float(text) for text in page.locator(".aq-tooltip-value").all_text_contents()]
    assert values == sorted(values, reverse=True)
    expect(page.locator(".aq-cross:visible")).to_have_count(3)
    lit = page.locator(".aq-chart").nth(1).locator(".scatterlayer > .trace:not(.aq-dim)")
    expect(lit).to_have_count(1)

    page.mouse.move(2, 2)
    expect(page.locator(".aq-tooltip")).to_be_hidden()
    expect(page.locator(".aq-dim")).to_have_count(0)


def test_the_tooltip_tells_both_values_of_a_smoothed_line(board: Callable[..., Page]) -> None:
    """What was logged stands beside what is drawn."""
    page = board(1, "&s=0.9")

    _point(page, 0.5, 0.5)

    expect(page.locator(".aq-tooltip-row")).to_contain_text("logged")


def test_zoom_is_linked_refined_and_undone(board: Callable[..., Page]) -> None:
    """All charts go to the range, then all points of it come, and a double click leads back."""
    page = board(2)
    whole = _graph(page).evaluate(RANGE)
    assert len(_graph(page).evaluate(LINE)) < STEPS

    _drag(page, 0.4, 0.5)

    page.wait_for_function("() => location.search.includes('z=')")
    low, high = _graph(page).evaluate(RANGE)
    assert _graph(page, 1).evaluate(RANGE) == pytest.approx([low, high])
    inside = f"{LINE.replace('g =>', '')}.filter(x => x >= {low} && x <= {high}).length"
    expected = sum(low <= step <= high for step in range(STEPS))
    page.wait_for_function(
        "n => { const g = document.querySelectorAll('.aq-chart .js-plotly-plot')[1];"
        f" return {inside} === n }}",
        arg=expected,
    )

    _point(page, 0.5, 0.5)
    page.mouse.dblclick(*_middle(page))
    page.wait_for_function("() => !location.search.includes('z=')")
    assert _graph(page).evaluate(RANGE) == pytest.approx(whole)
    assert _graph(page, 1).evaluate(RANGE) == pytest.approx(whole)


def _middle(page: Page) -> tuple[float, float]:
    box = _box(page)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_range_in_the_address(board: Callable[..., Page]) -> None:
    """A reload shows the same stretch, and a double click still leads to the whole."""
    page = board(2, "&z=1000.0,1100.0")
    assert _graph(page).evaluate(RANGE) == [1000, 1100]

    page.mouse.dblclick(*_middle(page))

    page.wait_for_function("() => !location.search.includes('z=')")
    assert _graph(page).evaluate(RANGE)[1] >= STEPS - 1


def test_every_spike_is_on_screen(board: Callable[..., Page]) -> None:
    """One value among three thousand stands out at its full height."""
    page = board(2)

    tops = page.locator(".js-plotly-plot").evaluate_all(
        "graphs => graphs.map(g => Math.max(...g._fullData.map(t => Math.max(...t.y))))"
    )

    assert len(tops) == 3
    assert min(tops) > 45


def test_following_a_run_keeps_what_was_chosen(
    tmp_path: Path, serve: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    """New points come into a zoomed chart; its range, the linked one and the scroll stay."""
    live = _tracker(tmp_path, 0)
    _log(live, range(200), 0)
    url = f"{serve(create_app(tmp_path)).url}/compare?runs={live.experiment_id}"
    page: Page = visit(url).page
    page.locator(".aq-chart .js-line").nth(1).wait_for()
    _drag(page, 0.4, 0.6)
    page.wait_for_function("() => location.search.includes('z=')")
    page.mouse.wheel(0, 60)
    before = [_graph(page, place).evaluate(RANGE) for place in (0, 1)]
    scroll = page.evaluate("window.scrollY")

    _log(live, range(200, 400), 1)

    page.wait_for_function(
        "() => [...document.querySelectorAll('.aq-chart .js-plotly-plot')].slice(0, 2).every("
        "g => g._fullData.some(t => t.x[t.x.length - 1] >= 399))"
    )
    assert [_graph(page, place).evaluate(RANGE) for place in (0, 1)] == before
    assert page.evaluate("window.scrollY") == scroll
    live.finish()


def test_settings_of_one_chart(board: Callable[..., Page]) -> None:
    """One chart has a logarithmic axis, the others keep theirs, and the address knows it."""
    page = board(2)

    page.get_by_role("button", name="Settings and export of val/loss").click()
    page.get_by_role("combobox", name="Y axis").select_option("log")
    page.wait_for_function(
        "() => document.querySelector('.aq-chart .js-plotly-plot')._fullLayout.yaxis.type === 'log'"
    )

    assert _graph(page, 1).evaluate("g => g._fullLayout.yaxis.type") == "linear"
    page.wait_for_function("() => location.search.includes('own=')")
    page.reload()
    page.locator(".aq-chart .js-plotly-plot .xaxislayer-above").first.wait_for()
    assert _graph(page).evaluate("g => g._fullLayout.yaxis.type") == "log"


def test_exports(board: Callable[..., Page]) -> None:
    """Pictures, values as drawn and as logged, the figure, the script, the table."""
    page = board(2)

    def saved(name: str) -> bytes:
        page.get_by_role("button", name="Settings and export of val/loss").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).click()
        return download.value.path().read_bytes()

    assert saved("PNG").startswith(b"\x89PNG")
    assert b"<svg" in saved("SVG")
    assert len(saved("CSV, as logged").splitlines()) == 2 * STEPS + 1
    drawn = len(saved("CSV, as drawn").splitlines())
    assert 100 < drawn < 2 * STEPS
    figure = json.loads(saved("JSON figure"))
    assert len(figure["data"][0]["y"]) > 100

    page.get_by_role("button", name="Settings and export of val/loss").click()
    page.get_by_role("button", name="Copy as Python").click()
    expect(page.locator(".aq-chart-code")).to_contain_text("run_comparison_figure")
    page.get_by_role("button", name="Close").click()

    page.get_by_role("button", name="Settings and export of val/loss").click()
    page.get_by_role("button", name="View as table").click()
    expect(page.locator(".aq-chart-table tbody tr")).to_have_count(2)
    expect(page.locator(".aq-chart-table caption")).to_contain_text(f"at {SPIKE}")


def test_full_screen_has_finer_lines(board: Callable[..., Page]) -> None:
    """More pixels get more points; afterwards the card is as before."""
    page = board(2)
    before = len(_graph(page).evaluate(LINE))

    page.get_by_role("button", name="val/loss over the full screen").click()
    page.wait_for_function(
        "n => document.querySelector('.aq-chart .js-plotly-plot')"
        "._fullData.find(t => t.meta.part === 'line').x.length > n + 50",
        arg=before,
    )

    assert _box(page)["width"] > 1000
    page.evaluate("document.exitFullscreen()")
    page.wait_for_function(
        "n => document.querySelector('.aq-chart .js-plotly-plot')"
        "._fullData.find(t => t.meta.part === 'line').x.length === n",
        arg=before,
    )


def test_search_and_pin(board: Callable[..., Page]) -> None:
    """Patterns are counted while they are typed, wrong ones named; what is pinned goes first."""
    page = board(2)
    search = page.get_by_role("textbox", name="Metrics", exact=True)

    search.fill("^val/")
    expect(page.locator(".aq-search-found")).to_have_text("2 of 3 metrics")
    search.fill("[0")
    expect(page.locator(".aq-search-found")).to_contain_text("no valid pattern")
    search.fill("")
    expect(page.locator(".aq-chart")).to_have_count(3)
    page.get_by_role("button", name="Pin loss").click()

    expect(page.locator(".aq-section-name").first).to_have_text("pinned")
    page.wait_for_function("() => location.search.includes('pin=loss')")
    page.locator(".aq-chart .js-line").nth(2).wait_for()


def test_a_click_on_a_line_leads_to_its_run(board: Callable[..., Page]) -> None:
    """It says what the line is, and a second press shows the run; a zoom is no click."""
    page = board(1)
    _point(page, 0.5, 0.5)
    expect(page.locator(".aq-tooltip-meant")).to_be_visible()
    _drag(page, 0.3, 0.6)
    page.wait_for_function("() => location.search.includes('z=')")
    assert page.get_by_role("dialog").count() == 0

    _point(page, 0.5, 0.5)
    expect(page.locator(".aq-tooltip-meant")).to_be_visible()
    page.mouse.down()
    page.mouse.up()

    dialog = page.locator("dialog.aq-chart-dialog")
    expect(dialog).to_contain_text("val/loss, last")
    dialog.get_by_role("link", name="Open the run").click()
    page.wait_for_url("**/experiments/*")


def test_more_lines(tmp_path: Path, serve: Callable[..., Any], visit: Callable[..., Any]) -> None:
    """Twenty of more runs are drawn, the card says so, and one press shows the others."""
    ids = []
    for number in range(24):
        with _tracker(tmp_path, number) as run:
            run.log_metrics({"val/loss": float(number)}, step=0)
        ids.append(run.experiment_id)
    url = f"{serve(create_app(tmp_path)).url}/compare?runs={','.join(ids)}"
    page: Page = visit(url).page
    lines = page.locator(".aq-chart .scatterlayer > .trace")

    expect(page.locator(".aq-chart-note")).to_contain_text("showing 20 of 24, by val/loss asc")
    expect(lines).to_have_count(20)
    page.get_by_role("button", name="Show 24").click()

    expect(lines).to_have_count(24)
    page.wait_for_function("() => location.search.includes('n=50')")
    expect(page.get_by_role("combobox", name="Most lines")).to_have_value("50")


def test_groups(board: Callable[..., Page]) -> None:
    """Choosing a group draws one line a group, with how many runs each point has."""
    page = board()

    page.get_by_role("combobox", name="Group by").select_option("auto")
    page.wait_for_function(
        "() => document.querySelector('.aq-chart .js-plotly-plot')"
        "._fullData.filter(t => t.meta.part === 'line').length === 2"
    )
    _point(page, 0.01, 0.9)

    expect(page.locator(".aq-tooltip-row").first).to_contain_text("n = 7")
    page.wait_for_function("() => location.search.includes('g=auto')")


@LOOKS
def test_the_board_is_accessible(
    store: tuple[Path, str],
    serve: Callable[..., Any],
    visit: Callable[..., Any],
    theme: str,
    width: int,
) -> None:
    """Controls, cards and the dialog of a chart have no serious fault."""
    base_dir, ids = store
    url = f"{serve(create_app(base_dir)).url}/compare?runs={ids}&s=0.6&g=auto"
    found = visit(url, theme=theme, width=width)
    found.page.locator(".aq-chart").first.scroll_into_view_if_needed()
    found.page.locator(".aq-chart .js-line").first.wait_for()

    assert found.axe() == []

    found.page.get_by_role("button", name="Settings and export of val/loss").click()
    assert found.axe() == []


def test_a_chart_that_comes_into_sight_as_its_page_is_left(board: Callable[..., Page]) -> None:
    """What the browser reports of a card that is gone is dropped without a word."""
    page = board(2)
    page.get_by_role("link", name="Experiments").first.click()
    page.get_by_role("heading", name="Experiments", level=1).wait_for()

    page.evaluate(
        """() => {
          const card = document.createElement("section");
          card.className = "aq-chart";
          Object.assign(card.dataset, { board: "compare-charts", index: "gone", metric: "gone" });
          const slot = document.createElement("div");
          slot.className = "aq-chart-slot";
          card.append(slot);
          document.querySelector("h1").after(card);
          window.dash_clientside.aquariumCharts.shown({ sections: [], page: 1, pages: 1 });
        }"""
    )

    page.wait_for_function(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>"
        " setTimeout(() => done(true), 0))))"
    )


def test_closed_sections_are_remembered(board: Callable[..., Page]) -> None:
    """On another comparison too; what an address says of its sections holds nevertheless."""
    page = board(2)
    page.get_by_role("button", name=re.compile(r"^val \d")).click()
    page.wait_for_function("() => location.search.includes('toggled=val')")
    address = page.url.replace("toggled=val", "").rstrip("&")

    page.goto("about:blank")
    page.goto(address)

    closed = page.get_by_role("button", name=re.compile(r"^val \d"))
    expect(closed).to_have_attribute("aria-expanded", "false")
    page.goto(f"{address}&toggled=elsewhere")
    expect(closed).to_have_attribute("aria-expanded", "true")
