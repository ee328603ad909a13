"""What people do with the table of runs: choose, group, change, compare, export."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from neural.tracking import ExperimentManager, ExperimentTracker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

Open = Callable[..., Any]

ROW = ".ag-center-cols-container .ag-row"
HEADERS = "#experiments-grid .ag-header-cell[col-id='{}']"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Four small runs: two seeds of each of two learning rates."""
    for lr in (0.1, 0.2):
        for seed in (0, 1):
            with ExperimentTracker(
                f"lr {lr} seed {seed}", tmp_path, auto_visualize=False, capture_environment=False
            ) as tracker:
                tracker.log_hyperparameters({"lr": lr, "seed": seed, "width": 8})
                for step in range(5):
                    tracker.log_metrics({"loss": lr + seed + 1 / (step + 1)}, step=step)
    return tmp_path


def _row(page: Page, name: str) -> Any:
    return page.locator(ROW).filter(has_text=name)


def _select(page: Page, *names: str) -> None:
    for name in names:
        run = _row(page, name).get_attribute("row-id")
        page.locator(f".ag-row[row-id='{run}'] input[type=checkbox]").first.check()


def _focus(page: Page, name: str) -> None:
    _row(page, name).locator("[col-id='status']").click()


def test_columns_are_chosen_and_stay(open_page: Open, store: Path) -> None:
    """A chosen column is in the table and the address, also after a reload; back takes it away."""
    page = open_page(store, width=1920).page  # columns out of sight are not there
    header = page.locator(HEADERS.format("params.width"))
    expect(page.locator(ROW)).to_have_count(4)
    expect(header).to_have_count(0)

    page.get_by_role("button", name="Columns", exact=True).click()
    page.get_by_label("width", exact=True).check()

    expect(header).to_be_attached()
    expect(page).to_have_url(re.compile("col=params.width"))
    page.reload()
    expect(header).to_be_attached()
    page.go_back()
    expect(header).to_have_count(0)
    expect(page.locator(ROW)).to_have_count(4)


def test_constant_columns_are_hidden(open_page: Open, store: Path) -> None:
    """What is the same in all runs takes no room."""
    page = open_page(store, "/?col=params.width&col=params.lr").page
    expect(page.locator(HEADERS.format("params.width"))).to_be_attached()

    page.get_by_label("Hide constant columns").check()

    expect(page.locator(HEADERS.format("params.width"))).to_have_count(0)
    expect(page.locator(HEADERS.format("params.lr"))).to_be_attached()
    expect(page).to_have_url(re.compile("varying=1"))


def test_trends_are_drawn(open_page: Open, store: Path) -> None:
    """Each row gets the course of its metric, with words for who does not see it."""
    page = open_page(store).page

    expect(page.locator(".aq-trend")).to_have_count(4)
    expect(page.locator(".aq-trend").first).to_have_attribute("aria-label", re.compile("from "))


def test_groups_open(open_page: Open, store: Path) -> None:
    """A group shows mean and deviation, and its members when it is opened."""
    page = open_page(store, "/?group=params.lr").page
    expect(page.locator(ROW)).to_have_count(2)
    expect(page.locator(ROW).first).to_contain_text("2 runs")
    expect(page.locator(ROW).first.locator("[col-id='metrics.loss']")).to_contain_text("±")

    page.get_by_role("button", name="Open lr=0.2").click()

    expect(page.locator(ROW)).to_have_count(4)
    expect(_row(page, "lr 0.2 seed 1")).to_be_visible()
    page.get_by_role("button", name="Close lr=0.2").click()
    expect(page.locator(ROW)).to_have_count(2)


def test_many_are_tagged_and_it_is_taken_back(open_page: Open, store: Path) -> None:
    """All that match are chosen by one press; a tag reaches each; undo takes it away."""
    page = open_page(store, "/?filter=params.lr+%3D+0.1").page
    expect(page.locator(ROW)).to_have_count(2)
    _select(page, "lr 0.1 seed 0")

    page.get_by_role("button", name="Select all 2 matching").click()
    expect(page.locator("#experiments-bulk-count")).to_have_text("2 selected")
    page.fill("#experiments-tag-text", "team: vision")
    page.get_by_role("button", name="Add tag").click()

    expect(page.locator("#experiments-undo-text")).to_have_text("2 runs are tagged.")
    assert ExperimentManager(store).count("tags.team = 'vision'") == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#experiments-undo-text")).to_have_text("Undone for 2 runs.")
    assert ExperimentManager(store).count("tags.team = 'vision'") == 0


def test_into_the_trash_and_back(open_page: Open, store: Path) -> None:
    """No question is asked first, since one press takes it back."""
    page = open_page(store).page
    expect(page.locator(ROW)).to_have_count(4)
    _select(page, "lr 0.1 seed 0")

    page.get_by_role("button", name="Move to trash").click()
    expect(page.locator(ROW)).to_have_count(3)
    expect(page.locator("#experiments-bulk")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()

    expect(page.locator(ROW)).to_have_count(4)


def test_deleting_for_good_asks_and_says_what_it_frees(open_page: Open, store: Path) -> None:
    """The one thing that cannot be taken back."""
    manager = ExperimentManager(store)
    gone = manager.search()[0]["experiment_id"]
    manager.delete_experiment(gone)
    page = open_page(store, "/?trash=1").page

    page.get_by_role("button", name="for good…").click()
    expect(page.locator("#experiments-purge-ask")).to_contain_text(re.compile(r"frees \d"))
    assert len(manager.trash()) == 1
    page.get_by_role("button", name="Delete 1 run").click()

    expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    assert manager.trash() == []


def test_rename_in_the_cell(open_page: Open, store: Path) -> None:
    """F2 edits; a letter is a command and never the start of an edit."""
    page = open_page(store).page
    _row(page, "lr 0.1 seed 0").locator("[col-id='name']").click(position={"x": 2, "y": 2})

    page.keyboard.press("y")
    expect(page.locator(".ag-cell-inline-editing")).to_have_count(0)
    page.keyboard.press("F2")
    page.keyboard.press("Control+A")
    page.keyboard.type("the good one")
    page.keyboard.press("Enter")

    expect(_row(page, "the good one")).to_be_visible()
    expect(page.locator("#experiments-undo-text")).to_contain_text("the good one")
    assert ExperimentManager(store).count("display_name = 'the good one'") == 1


def test_keys_of_a_row(open_page: Open, store: Path) -> None:
    """Letters move, pin, hide from charts and select; the pinned run is what is compared with."""
    page = open_page(store).page
    expect(page.locator(ROW)).to_have_count(4)
    _focus(page, "lr 0.1 seed 0")
    run = _row(page, "lr 0.1 seed 0").get_attribute("row-id")

    page.keyboard.press("p")
    expect(page.locator(f"{ROW}[row-index='0']")).to_have_attribute("row-id", str(run))
    _focus(page, "lr 0.1 seed 0")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("e")
    compare = page.get_by_role("link", name="Compare 2")
    expect(compare).to_have_attribute("href", re.compile(f"hide=.*baseline={run}"))


def test_hints_complete_a_filter(open_page: Open, store: Path) -> None:
    """Names come from the store; arrows and Enter take one, as in any combobox."""
    page = open_page(store).page
    expect(page.locator(ROW)).to_have_count(4)

    page.click("#experiments-filter-text")
    page.keyboard.type("params.wi")
    expect(page.get_by_role("option", name="params.width")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("= 8")

    expect(page.locator("#experiments-filter-text")).to_have_value("params.width = 8")
    expect(page).to_have_url(re.compile(r"filter=params\.width"))
    expect(page.locator("#experiments-filter-hints")).to_be_hidden()


def test_columns_are_dragged(open_page: Open, store: Path) -> None:
    """A new order and a new width stand in the address and survive a reload."""
    page = open_page(store, "/?col=params.lr&col=params.seed").page
    expect(page.locator(ROW).first).to_be_visible()
    moved, onto = (page.locator(HEADERS.format(key)) for key in ("params.seed", "params.lr"))

    moved.drag_to(onto, target_position={"x": 4, "y": 8})
    page.wait_for_url("**/?col=params.seed&col=params.lr")
    edge = page.locator(HEADERS.format("status") + " .ag-header-cell-resize").bounding_box()
    page.mouse.move(edge["x"] + 3, edge["y"] + 8)
    page.mouse.down()
    page.mouse.move(edge["x"] + 83, edge["y"] + 8, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile(r"w=\d+\+status"))
    wide = page.locator(HEADERS.format("status")).bounding_box()["width"]
    page.reload()

    expect(page.locator(ROW).first).to_be_visible()
    assert page.locator(HEADERS.format("status")).bounding_box()["width"] == wide
    first, second = (
        page.locator(HEADERS.format(key)).bounding_box()["x"]
        for key in ("params.seed", "params.lr")
    )
    assert first < second


def test_a_saved_view_is_opened_renamed_and_deleted(open_page: Open, store: Path) -> None:
    """All without leaving the page."""
    visit = open_page(store, "/?filter=params.lr+%3D+0.2")
    page = visit.page
    menu = page.locator("[data-views] summary")
    page.on("dialog", lambda dialog: dialog.accept())

    menu.click()
    page.get_by_role("button", name="Save this view…").click()
    page.fill("#shell-save-name", "only 0.2")
    page.click("#shell-save-go")
    expect(page.locator("#shell-save")).to_be_hidden()
    menu.click()
    page.get_by_role("button", name="Rename only 0.2").click()
    page.get_by_label("New name of only 0.2").fill("the fast ones")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="the fast ones").click()
    page.wait_for_url("**/?view=*")
    expect(page.locator(ROW)).to_have_count(2)

    menu.click()
    page.get_by_role("button", name="Delete the fast ones").click()
    expect(page.locator("[data-views] li")).to_have_text(re.compile("No saved views yet"))


def test_a_whole_group_is_selected(open_page: Open, store: Path) -> None:
    """Its runs are; taking one out again takes the mark off the group."""
    page = open_page(store, "/?group=params.lr").page
    expect(page.locator(ROW)).to_have_count(2)

    page.locator(ROW + " .ag-checkbox-input").first.click()
    expect(page.locator("#experiments-bulk-count")).to_have_text("2 selected")
    page.locator(".aq-group-toggle").first.click()
    expect(page.locator(ROW)).to_have_count(4)
    page.locator(ROW + " .ag-checkbox-input").nth(1).click()

    expect(page.locator("#experiments-bulk-count")).to_have_text("1 selected")
    expect(page.locator(ROW + " .ag-checkbox-input").first).not_to_be_checked()


def test_export_is_what_is_shown(open_page: Open, store: Path) -> None:
    """Filter, order and columns of the table are those of the file."""
    page = open_page(store, "/?filter=params.lr+%3D+0.2&sort=metrics.loss&col=metrics.loss").page
    expect(page.locator(ROW)).to_have_count(2)

    page.locator("#experiments-table").get_by_text("Export", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()

    with waiting.value.path().open(newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0][:4] == ["name", "status", "id", "metrics.loss"]
    assert [line[0] for line in lines[1:]] == ["lr 0.2 seed 0", "lr 0.2 seed 1"]


def test_a_look_at_a_run_and_its_colour(open_page: Open, store: Path) -> None:
    """The drawer follows the focused row; a chosen colour is the run's everywhere."""
    page = open_page(store).page
    _focus(page, "lr 0.1 seed 1")
    page.get_by_role("button", name="Peek").click()
    drawer = page.get_by_role("complementary", name="Look at a run")
    expect(drawer).to_contain_text("lr 0.1 seed 1")

    _focus(page, "lr 0.2 seed 0")
    expect(drawer).to_contain_text("lr 0.2 seed 0")
    drawer.get_by_role("button", name="Colour 7").click()

    # One run in eight has this colour by its id: the row alone would not tell.
    expect(drawer.get_by_role("button", name="Own")).to_be_enabled()
    expect(_row(page, "lr 0.2 seed 0").locator(".aq-slot-6").first).to_be_attached()
    assert list(ExperimentManager(store).colors.load().values()) == [6]
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_new_runs_are_announced(open_page: Open, store: Path) -> None:
    """Who looks at something else learns that a run has begun."""
    page = open_page(store, "/?filter=params.lr+%3D+0.2").page
    expect(page.locator(ROW)).to_have_count(2)

    with ExperimentTracker("new", store, auto_visualize=False, capture_environment=False):
        pass

    button = page.get_by_role("button", name="1 new run")
    expect(button).to_be_visible()
    button.click()
    expect(button).to_be_hidden()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_state_is_accessible(open_page: Open, store: Path, theme: str) -> None:
    """Groups, selection, drawers and trash, narrow and wide, without a serious fault."""
    ExperimentManager(store).delete_experiment(
        ExperimentManager(store).search()[0]["experiment_id"]
    )
    visit = open_page(store, "/?group=params.lr", theme=theme)
    page = visit.page
    expect(page.locator(ROW)).to_have_count(2)
    page.get_by_role("button", name="Open lr=0.1").click()
    _select(page, "lr 0.1 seed 0")
    found = {"groups": visit.axe()}
    for name, ready in (("Columns", ".aq-drawer .aq-checks"), ("Peek", ".aq-drawer .aq-list")):
        _focus(page, "lr 0.1 seed 0")
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_selector(ready)
        found[name] = visit.axe()
    page.set_viewport_size({"width": 390, "height": 844})
    found["narrow"] = visit.axe()
    beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(beyond) == 0
    page.goto(page.url.split("/?")[0] + "/?trash=1")
    page.get_by_role("button", name="for good…").click()
    page.wait_for_selector("#experiments-purge-sure")
    found["trash"] = visit.axe()

    assert not any(found.values()), found


@pytest.mark.parametrize("column", ["ag-Grid-SelectionColumn", "notes"])
def test_enter_opens_the_run_from_any_cell(store: Path, open_page: Open, column: str) -> None:
    """Wherever in the row the keys led; F2 is what edits a cell."""
    page = open_page(store).page
    cell = _row(page, "lr 0.2 seed 1").locator(f"[col-id='{column}']")
    expect(cell).to_be_attached()
    page.evaluate(
        """([row, column]) => {
            const api = dash_ag_grid.getApi('experiments-grid');
            api.ensureColumnVisible(column);
            api.setFocusedCell(row, column);
        }""",
        [int(_row(page, "lr 0.2 seed 1").get_attribute("row-index") or 0), column],
    )

    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("lr 0.2 seed 1")


def test_the_best_is_marked_beside_its_figure(tmp_path: Path, open_page: Open) -> None:
    """In the column that it is best in, with the reason as the tooltip; the name keeps its room."""
    for seed, loss in enumerate((1.0, 1.2, 1.1, 5.0, 6.0, 5.5)):
        with ExperimentTracker(
            "same", tmp_path, auto_visualize=False, capture_environment=False
        ) as tracker:
            tracker.log_hyperparameters({"lr": 0.1 + seed // 3, "seed": seed % 3})
            tracker.log_metrics({"loss": loss}, step=0)
    page = open_page(tmp_path, "/?sort=metrics.loss.last&col=metrics.loss.last").page

    best = page.locator(f"{ROW} [col-id='metrics.loss'].aq-cell-best")
    expect(best).to_have_text("1")
    expect(page.locator(".aq-cell-tied")).to_have_count(2)
    expect(page.locator(".aq-cell-tie")).to_have_count(0)


def test_a_late_answer_does_not_overwrite_what_is_typed(store: Path, open_page: Open) -> None:
    """Letters that come while the browser is busy stay, and are told in the end."""
    page = open_page(store).page
    box = page.locator("#experiments-filter-text")
    box.click()
    page.keyboard.type("params.seed = 1")
    expect(page.locator(ROW)).to_have_count(2)

    # What the component does with a value that it told before the last letters came.
    page.evaluate("dash_clientside.set_props('experiments-filter-text', {value: 'params.seed'})")
    expect(box).to_have_value("params.seed = 1")
    page.keyboard.type("0")

    expect(page).to_have_url(re.compile("filter=params.seed.+10"))
    expect(box).to_have_value("params.seed = 10")
