"""Every tab of the comparison as people use it: by mouse, by keyboard, back and again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from neural.tracking import ExperimentTracker
from neural.tracking.pages.compare.page import TABS
from tests.browser.conftest import LOOKS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Open = Callable[..., Any]

#: What the charts on the page hold: names and heights, by trace.
FIGURES = """() => [...document.querySelectorAll('.js-plotly-plot')].map(
  graph => (graph._fullData || []).map(t => [t.uid, t.line && t.line.color, [...(t.y || [])]]))"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two settings with three seeds each, with images, logs and uncommitted changes."""
    base_dir = tmp_path_factory.mktemp("seeded") / "runs"
    for lr, level in ((0.1, 0.5), (0.3, 0.2)):
        for seed in range(3):
            with ExperimentTracker(
                "mnist", base_dir, auto_visualize=False, capture_environment=False
            ) as tracker:
                tracker.log_hyperparameters({"lr": lr, "seed": seed})
                for step in range(30):
                    loss = level + 0.01 * seed + 1 / (step + 1)
                    tracker.log_metrics({"val_loss": loss, "val_acc": 1 - level}, step=step)
                for step in (0, 10) if seed else (0,):
                    image = np.full((8, 8), 20 * (step + 1), dtype=np.uint8)
                    tracker.log_image("digit", image, step=step)
            folder = next(base_dir.glob(f"*_{tracker.experiment_id}"))
            (folder / "logs").mkdir(exist_ok=True)
            text = f"\x1b[32mlr {lr}\x1b[0m <b>seed {seed}</b>\n"
            (folder / "logs" / "stdout.log").write_text(text)
            (folder / "git_diff.patch").write_text(
                f"diff --git a/t.py b/t.py\n@@ -1 +1 @@\n-lr = 0\n+lr = {lr}\n"
            )
    return base_dir


@pytest.fixture
def ids(seeded: Path) -> list[str]:
    """Ids of the runs, those of one setting together."""
    folders = sorted(seeded.glob("mnist_*"), key=lambda one: one.stat().st_ctime_ns)
    return [folder.name.rpartition("_")[2] for folder in folders]


@pytest.fixture
def show(open_page: Open, seeded: Path, ids: list[str]) -> Callable[..., Any]:
    """Return ``show(tab, query="", **visit options) -> Visit`` of all runs."""

    def visit(tab: str, query: str = "", **options: Any) -> Any:
        found = open_page(seeded, f"/compare?runs={','.join(ids)}&tab={tab}{query}", **options)
        _settled(found.page)
        return found

    return visit


def _settled(page: Page) -> None:
    """Wait until the tab holds what it shows."""
    expect(page.locator("#compare-body .aq-skeleton")).to_have_count(0)
    expect(page.locator("#compare-body > *").first).to_be_attached()


@LOOKS
def test_no_barriers(show: Callable[..., Any], theme: str, width: int) -> None:
    """No tab has a serious fault that axe finds, and none is wider than the screen."""
    found = show("table", theme=theme, width=width)
    faults = {}
    for tab in TABS:
        link = found.page.locator(f'[role=tab][id*="{tab}"]')
        link.click()
        expect(link).to_have_attribute("aria-selected", "true")
        _settled(found.page)
        wider = found.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        faults[tab] = [*found.axe(), *([f"{wider} px too wide"] if wider > 0 else [])]

    assert {tab: found for tab, found in faults.items() if found} == {}


def test_a_hidden_run_leaves_every_chart(show: Callable[..., Any], ids: list[str]) -> None:
    """Its line goes, the others keep their colours, and the address says so."""
    page = show("charts").page
    lines = """() => Object.fromEntries(
      [...document.querySelectorAll('.js-plotly-plot')].flatMap(graph => graph._fullData || [])
        .filter(trace => trace.meta).map(trace => [trace.meta.key, trace.line.color]))"""
    page.wait_for_function(f"() => Object.keys(({lines})()).length === 6")
    before = page.evaluate(lines)

    page.locator(".aq-runs > li").first.get_by_role("button", name=re.compile("Show")).click()
    page.wait_for_function(f"() => Object.keys(({lines})()).length === 5")

    left = page.evaluate(lines)
    assert left == {run: color for run, color in before.items() if run in left}
    expect(page).to_have_url(re.compile("hide="))
    expect(page.locator(".aq-runs-summary")).to_contain_text("5 of 6 in sight")


def test_a_hidden_run_leaves_every_tab(show: Callable[..., Any]) -> None:
    """It is gone from the table too, also after a reload; the back button brings it back."""
    page = show("table").page
    rows = page.locator(".aq-list-figures tbody tr")
    expect(rows).to_have_count(6)

    page.locator(".aq-runs > li").first.get_by_role("button", name=re.compile("Show")).click()
    expect(rows).to_have_count(5)
    page.reload()
    expect(rows).to_have_count(5)
    page.go_back()

    expect(rows).to_have_count(6)


def test_a_brush_filters_everywhere(show: Callable[..., Any]) -> None:
    """A box over an axis leaves runs out here and in the table, until it is cleared."""
    page = show("parallel", "&pa=params.lr&pa=metrics.val_loss.best").page
    plot = page.locator("#compare-parallel-graph .nsewdrag")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    # The first axis stands a quarter to the right; its lower half holds the smaller rate.
    left, bottom = box["x"] + 0.1 * box["width"], box["y"] + 0.98 * box["height"]
    page.mouse.move(left, bottom)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.6 * box["height"], steps=8)
    page.mouse.up()

    expect(page.locator(".aq-runs-summary")).to_contain_text("3 outside the brushes")
    page.get_by_role("tab", name="Table").click()
    rows = page.locator(".aq-list-figures tbody tr")
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Clear brushes").click()

    expect(rows).to_have_count(6)


def test_a_point_opens_its_run(show: Callable[..., Any]) -> None:
    """A click on a point of the scatter leads to the page of that run."""
    page = show("scatter", "&sx=params.seed").page
    point = page.locator("#compare-scatter-graph .point").first
    point.wait_for()

    point.click(force=True)

    expect(page).to_have_url(re.compile("/experiments/"))


@pytest.mark.parametrize(("name", "ending"), [("CSV", "csv"), ("Markdown", "md"), ("LaTeX", "tex")])
def test_the_table_is_kept(show: Callable[..., Any], name: str, ending: str) -> None:
    """Groups with their spread go into a file, the best bold where that can be."""
    page = show("table", "&tg=auto").page
    expect(page.locator(".aq-list-figures tbody tr")).to_have_count(2)

    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download the table as {name}").click()

    text = download.value.path().read_text()
    assert download.value.suggested_filename == f"comparison.{ending}"
    assert {"csv": "val_loss (best) std", "md": "±", "tex": r"\textbf{"}[ending] in text


def test_one_slider_moves_all_images(show: Callable[..., Any]) -> None:
    """All runs show the same step, and a run without one says which are near."""
    page = show("images").page
    expect(page.locator(".aq-picture-cell img")).to_have_count(4)
    expect(page.get_by_text("None at step 10; nearest: 0")).to_have_count(2)

    page.locator("#compare-set-is").press("ArrowLeft")

    expect(page.locator(".aq-picture-cell img")).to_have_count(6)
    expect(page).to_have_url(re.compile("is=0"))


def test_logs_stand_side_by_side(show: Callable[..., Any]) -> None:
    """What two runs printed has its colours, and markup in it is text."""
    page = show("logs").page
    logs = page.locator("[data-compare-log]")

    expect(logs).to_have_count(2)
    expect(logs.first).to_contain_text("<b>seed")
    expect(logs.first.locator(".ansi-f2")).to_have_count(1)


def test_code_of_two_runs(show: Callable[..., Any], ids: list[str]) -> None:
    """Lines that only one of two captured diffs has are marked."""
    page = show("code", f"&ca={ids[0]}&cb={ids[-1]}").page

    expect(page.locator(".aq-diff-removed")).to_contain_text("+lr = 0.1")
    expect(page.locator(".aq-diff-added")).to_contain_text("+lr = 0.3")


def test_the_referee(show: Callable[..., Any], ids: list[str]) -> None:
    """Two groups are told apart by seed; groups can be picked by hand, and so it is linked."""
    page = show("referee").page
    expect(page.locator(".aq-verdict")).to_contain_text("is better")
    expect(page.locator(".aq-hint", has_text="lines join runs of the same seed")).to_be_visible()

    page.locator("#compare-set-rg").select_option("hand")
    expect(page).to_have_url(re.compile("rg=hand"))
    page.reload()

    expect(page.locator(".aq-verdict")).to_contain_text("the second group")


def test_why_two_runs_differ(show: Callable[..., Any], ids: list[str]) -> None:
    """The parameter comes before the seed, with what other runs say of it."""
    page = show("why", f"&wa={ids[0]}&wb={ids[-1]}").page

    expect(page.locator(".aq-list tbody tr").first).to_contain_text("lr")
    expect(page.locator(".aq-badge", has_text="More than noise")).to_be_visible()


def test_by_keyboard(show: Callable[..., Any]) -> None:
    """J and k move through the runs, e hides one, p makes one the baseline; arrows change tabs."""
    page = show("params").page
    page.locator("h1").click()

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator(".aq-runs-summary")).to_contain_text("1 hidden")
    page.keyboard.press("k")
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile("baseline="))
    page.get_by_role("tab", name="Params diff").focus()
    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("tab", name="Code")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("tab", ["scatter", "box", "parallel", "referee"])
def test_back_and_reload_restore_the_figure(show: Callable[..., Any], tab: str) -> None:
    """The same figure data after a reload, and after another tab and the back button."""
    page = show(tab).page
    page.wait_for_function(f"() => ({FIGURES})().length === 1")
    before = page.evaluate(FIGURES)

    page.reload()
    page.wait_for_function(f"() => ({FIGURES})().length === 1")
    again = page.evaluate(FIGURES)
    page.get_by_role("tab", name="Params diff").click()
    page.wait_for_function(f"() => ({FIGURES})().length === 0")
    expect(page).to_have_url(re.compile("tab=params"))
    page.go_back()
    page.wait_for_function(f"() => ({FIGURES})().length === 1")

    assert again == before
    assert page.evaluate(FIGURES) == before


def test_smoothing_survives_other_tabs(show: Callable[..., Any]) -> None:
    """How the charts are looked at stays in the address while another tab is open."""
    page = show("charts", "&s=0.6").page

    page.get_by_role("tab", name="Table").click()
    expect(page).to_have_url(re.compile("s=0.6.*tab=table"))
    page.get_by_role("tab", name="Charts").click()

    expect(page).to_have_url(re.compile(r"[?&]s=0.6"))


def test_a_chart_beside_the_boards_gives_itself_away(show: Callable[..., Any]) -> None:
    """As a table with the names of the groups, and as a file that needs no server."""
    page = show("box").page
    page.locator("#compare-spread-graph .js-plotly-plot").wait_for()
    button = page.get_by_role("button", name="by group as file or table")

    button.click()
    page.get_by_role("button", name="View as table").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("caption")).to_contain_text("values")
    expect(dialog.get_by_role("rowheader", name="median").first).to_be_visible()
    dialog.get_by_role("button", name="Close").click()

    button.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML").click()
    text = download.value.path().read_text()
    assert "Plotly.newPlot" in text
    assert text.count("</script>") == 2
