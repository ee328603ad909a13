"""States nobody wishes for, on every page: nothing there, broken, too much, hostile, gone.

Each is designed: it says what is the case and what to do, without a message in the console
and without a serious fault of accessibility.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.aquarium_app import create_app

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

#: One look a day; the other theme at the other end of the widths is for `make torture`.
DAILY_AND_NIGHTLY = pytest.mark.parametrize(
    ("theme", "width"), [("dark", 1440), pytest.param("light", 390, marks=pytest.mark.torture)]
)

Open = Callable[..., Any]

#: Each theme and each width once; all four are on the pages as they usually are.
#: Pages of many runs, and what they say when there is none.
EMPTY = {
    "/": "No runs yet",
    "/compare": "No runs yet",
    "/explore": "No runs yet",
    "/views": "No saved views",
}

#: Markup, a quotation, several joined emoji, a right-to-left word and a very long one.
NAME = '<b onclick="bad()">☃ 👩🏽‍🔬 &amp; "שלום"</b> ' + "x" * 120


def tracker_of(base_dir: Path, name: str, **options: Any) -> ExperimentTracker:
    """Return a run that draws nothing and captures nothing."""
    return ExperimentTracker(
        name, base_dir, auto_visualize=False, capture_environment=False, **options
    )


def assert_fine(visit: Any, place: str) -> None:
    """The page is no wider than the window, and axe finds nothing serious."""
    beyond = visit.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert (place, beyond, visit.axe()) == (place, 0, [])


def settled(visit: Any) -> None:
    """Wait until the page has asked for everything and got it."""
    visit.page.wait_for_load_state("networkidle")
    expect(visit.page.get_by_role("heading", level=1)).to_be_visible()


@DAILY_AND_NIGHTLY
@pytest.mark.parametrize("path", EMPTY)
def test_empty_store(open_page: Open, tmp_path: Path, path: str, theme: str, width: int) -> None:
    """Each page says in words that there is nothing, and what would put something there."""
    visit = open_page(tmp_path, path, theme=theme, width=width)

    expect(visit.page.locator("#content")).to_contain_text(EMPTY[path])
    assert_fine(visit, path)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose one run cannot be read in three of its files."""
    base_dir = tmp_path_factory.mktemp("broken") / "runs"
    with tracker_of(base_dir, "halved") as tracker:
        tracker.log_hyperparameters({"lr": 0.1})
        tracker.log_metrics({"loss": 1.0}, step=0)
    for name in ("hyperparameters.json", "artifacts.json", "annotations.json"):
        (tracker.experiment_dir / name).write_text('{"lr": ')
    return base_dir


def only_run(base_dir: Path) -> str:
    """Return the id of the only run of a store."""
    (row,) = ExperimentManager(base_dir).search("")
    return str(row["experiment_id"])


@DAILY_AND_NIGHTLY
def test_one_broken_run(open_page: Open, broken: Path, theme: str, width: int) -> None:
    """It is a row that says so, its page names the files, and no page of many runs breaks."""
    run = only_run(broken)
    visit = open_page(broken, "/", theme=theme, width=width)
    expect(visit.page.locator(".ag-row").first).to_be_visible()
    assert_fine(visit, "table")

    visit.page.goto(visit.page.url + f"experiments/{run}")
    expect(visit.page.locator("#content")).to_contain_text("hyperparameters.json")
    assert_fine(visit, "run")

    for path in (f"/compare?runs={run}", "/explore"):
        other = open_page(broken, path, theme=theme, width=width)
        settled(other)
        assert_fine(other, path)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of one run with ten thousand metrics."""
    base_dir = tmp_path_factory.mktemp("crowded") / "runs"
    with tracker_of(base_dir, "probes") as tracker:
        for step in range(3):
            values = {f"layer{i % 100:02}/unit{i // 100:02}": i / (step + 1) for i in range(10_000)}
            tracker.log_metrics(values, step=step)
    return base_dir


@DAILY_AND_NIGHTLY
@pytest.mark.parametrize("place", ["table", "overview", "charts", "compare", "explore"])
def test_ten_thousand_metrics(
    open_page: Open, crowded: Path, place: str, theme: str, width: int
) -> None:
    """Each page opens with a handful of them, and says how many there are or lets choose."""
    run = only_run(crowded)
    path = {
        "table": "/",
        "charts": f"/experiments/{run}?tab=charts",
        "overview": f"/experiments/{run}",
        "compare": f"/compare?runs={run}",
        "explore": "/explore",
    }[place]

    visit = open_page(crowded, path, theme=theme, width=width)
    if place == "charts":
        # A dozen charts one after the other: on a busy machine the first is what counts. Its line
        # is flat, so it has no height and is not "visible".
        visit.page.wait_for_selector(".js-line", state="attached")
    else:
        settled(visit)

    assert visit.page.locator(".js-plotly-plot").count() <= 12
    assert_fine(visit, place)


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two runs whose every name is markup and emoji."""
    base_dir = tmp_path_factory.mktemp("named") / "runs"
    for lr in (0.1, 0.2):
        with tracker_of(base_dir, NAME, tags=["🧪 <i>tag</i>"], group="👾 <u>group</u>") as tracker:
            tracker.log_hyperparameters({"🎛 <s>rate</s>": lr, "seed": int(10 * lr)})
            for step in range(20):
                tracker.log_metrics({"📉 <em>loss</em>": lr / (step + 1)}, step=step)
    return base_dir


@DAILY_AND_NIGHTLY
@pytest.mark.parametrize("place", ["table", "charts", "params", "compare", "referee", "explore"])
def test_names_with_markup_and_emoji(
    open_page: Open, named: Path, place: str, theme: str, width: int
) -> None:
    """They are shown to the letter and neither push the page wide nor become elements."""
    ids = [str(row["experiment_id"]) for row in ExperimentManager(named).search("")]
    path = {
        "table": "/",
        "charts": f"/experiments/{ids[0]}?tab=charts",
        "params": f"/experiments/{ids[0]}?tab=params",
        "compare": f"/compare?runs={','.join(ids)}",
        "referee": f"/compare?runs={','.join(ids)}&tab=referee&rg=hand",
        "explore": "/explore?tab=scatter",
    }[place]

    visit = open_page(named, path, theme=theme, width=width)
    settled(visit)

    # Titles of our own hold the whole text where what is seen of it is cut.
    expect(visit.page.locator("#content")).to_contain_text(re.compile("☃|📉|🎛"))
    made_of_names = visit.page.locator("#content :is(b[onclick], i, u, s, em)")
    assert [e.evaluate("e => e.outerHTML") for e in made_of_names.all()] == []
    assert_fine(visit, place)


@DAILY_AND_NIGHTLY
@pytest.mark.parametrize("path", ["/", "/compare", "/explore"])
def test_a_server_that_dies(
    serve: Callable[..., Any],
    visit: Callable[..., Any],
    tmp_path: Path,
    path: str,
    theme: str,
    width: int,
) -> None:
    """What was drawn stays, a banner says that it is old, and a new server is found again."""
    with tracker_of(tmp_path, "before") as tracker:
        tracker.log_metrics({"loss": 1.0}, step=0)
    first = serve(create_app(tmp_path))
    found = visit(first.url + path, theme=theme, width=width)
    settled(found)
    found.expect_console("ERR_CONNECTION_REFUSED", "Failed to load", "Failed to fetch", "Callback")

    first.stop()
    expect(found.page.locator("#shell-stale")).to_be_visible()
    expect(found.page.locator("#content")).to_contain_text(
        "1 run" if "explore" in path else "before"
    )
    assert_fine(found, path)

    serve(create_app(tmp_path), int(first.url.rpartition(":")[2]))
    expect(found.page.locator("#shell-stale")).to_be_hidden()
