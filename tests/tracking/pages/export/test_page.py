"""The export page through its callbacks: from a click to what is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from dash import Dash

from neural.errors import InvalidInputError, RefusedError
from neural.tracking import ExperimentManager
from neural.tracking.aquarium_app import create_app
from neural.tracking.export_jobs.runner import JobRunner
from neural.tracking.export_jobs.spec import JobSpec
from neural.tracking.export_jobs.store import JobStore
from neural.tracking.pages.export import jobs, page
from neural.tracking.pages.export.ids import Ids
from neural.tracking.ui.page import AppContext, PageLocation, load_pages
from tests.tracking.pages.conftest import MakeRun
from tests.tracking.pages.export.conftest import Screen

#: Every part goes along.
PARTS = {"export-parts.value": ["params", "metrics", "media", "artifacts"]}


@pytest.fixture
def app(tmp_path: Path) -> Dash:
    """The dashboard over a store."""
    return create_app(tmp_path)


def to(platform: str, runs: list[str], **fields: str) -> dict[str, object]:
    """Return what is filled in to send some runs somewhere."""
    typed = {f"export-{name}.value": text for name, text in fields.items()}
    named = {"export-source.value": "runs", "export-given.data": runs}
    return {**PARTS, **named, **typed, "export-platform.value": platform}


def test_from_a_click_to_a_file(
    app: Dash, tmp_path: Path, make_run: MakeRun, screen_of: Callable[[Dash], Screen]
) -> None:
    """Dry run, export, and again: what is said is what is written."""
    ids = [make_run("a", {"loss": [0.5, 0.25]}), make_run("a", {"loss": [1.0]})]
    screen, filled = screen_of(app), to("csv", ids)

    checked = screen.press(
        "export-check.n_clicks", "export-check-job.data", {**filled, "export-check.n_clicks": 1}
    )
    number = checked["response"]["export-check-job"]["data"]
    shown = screen.until(lambda s: s["export-tick"]["disabled"], {"export-check-job.data": number})
    assert "2 new, 0 with new data" in json.dumps(shown["export-check-answer"])
    assert not (tmp_path / "exports").exists()

    screen.press(
        "export-send.n_clicks", "export-changed.data", {**filled, "export-send.n_clicks": 1}
    )
    shown = screen.until(lambda s: s["export-tick"]["disabled"], {})
    assert "2 of 2 runs" in json.dumps(shown["export-jobs"])
    assert len(list((tmp_path / "exports" / "csv").glob("*/metrics.csv"))) == 2


def test_a_place_that_is_not_open(
    app: Dash, tmp_path: Path, make_run: MakeRun, screen_of: Callable[[Dash], Screen]
) -> None:
    """A toast says how to open it; no job is kept, and nothing written."""
    filled = to("csv", [make_run("a", {"loss": [0.5]})], folder=str(tmp_path.parent / "elsewhere"))

    answer = screen_of(app).press(
        "export-send.n_clicks", "export-changed.data", {**filled, "export-send.n_clicks": 1}
    )

    toast = answer["sideUpdate"]["shell-toast"]["data"]
    assert toast["kind"] == "error"
    assert "--open-root" in toast["text"]
    assert JobStore(tmp_path).numbers() == []
    assert not (tmp_path.parent / "elsewhere").exists()


def test_an_open_root(
    tmp_path: Path, make_run: MakeRun, screen_of: Callable[[Dash], Screen]
) -> None:
    """There the page writes."""
    folder = tmp_path.parent / f"{tmp_path.name}-open"
    screen = screen_of(create_app(tmp_path, open_roots=[folder]))
    filled = to("json", [make_run("a", {"loss": [0.5]})], folder=str(folder / "json"))

    screen.press(
        "export-send.n_clicks", "export-changed.data", {**filled, "export-send.n_clicks": 1}
    )
    screen.until(lambda s: s["export-tick"]["disabled"], {})

    assert len(list(folder.glob("json/*/run.json"))) == 1


def test_no_runs(app: Dash, tmp_path: Path, screen_of: Callable[[Dash], Screen]) -> None:
    """Nothing chosen is said, not done."""
    answer = screen_of(app).press(
        "export-send.n_clicks", "export-changed.data", {**to("csv", []), "export-send.n_clicks": 1}
    )

    assert "at least one run" in answer["sideUpdate"]["shell-toast"]["data"]["text"]
    assert JobStore(tmp_path).numbers() == []


def test_a_job_of_a_server_before(
    app: Dash, tmp_path: Path, make_run: MakeRun, screen_of: Callable[[Dash], Screen]
) -> None:
    """It is listed as stopped and offered to go on; a press does."""
    spec = JobSpec(
        platform="csv", place=str(tmp_path / "exports" / "csv"), runs=(make_run("a", {"x": [1.0]}),)
    )
    number = JobStore(tmp_path).create(spec)
    screen = screen_of(app)

    shown = screen.until(lambda s: True, {})
    assert "stopped" in json.dumps(shown["export-jobs"])
    assert "Go on" in json.dumps(shown["export-jobs"])

    runner = JobRunner(tmp_path, page.targets_of(AppContext(manager=None, base_dir=tmp_path)))  # type: ignore[arg-type]
    jobs.act(runner, "go-on", number)
    screen.until(lambda s: "1 of 1 run" in json.dumps(s.get("export-jobs")), {})
    assert len(list((tmp_path / "exports" / "csv").glob("*/metrics.csv"))) == 1


def test_what_buttons_do(tmp_path: Path) -> None:
    """A job is forgotten, and no other word does anything."""
    context = AppContext(manager=None, base_dir=tmp_path)  # type: ignore[arg-type]
    runner = JobRunner(tmp_path, page.targets_of(context))
    number = runner.store.create(JobSpec(platform="csv", place="/etc", runs=("a",)))

    with pytest.raises(RefusedError):
        jobs.act(runner, "go-on", number)
    with pytest.raises(InvalidInputError):
        jobs.act(runner, "rm", number)
    jobs.act(runner, "forget", number)
    assert runner.store.numbers() == []


def test_a_configured_server_is_offered_without_its_password(tmp_path: Path) -> None:
    """It can be chosen, and is nowhere on the page."""
    secret = "correct-horse-battery"
    context = AppContext(
        manager=ExperimentManager(tmp_path),
        base_dir=tmp_path,
        export_to=(f"http://me:{secret}@127.0.0.1:5000",),
    )

    drawn = str(page.layout(context, PageLocation()).to_plotly_json())

    assert "@127.0.0.1:5000" in drawn
    assert secret not in drawn
    assert secret not in repr(context)


def test_a_group_that_would_break_the_drop_down(
    app: Dash, tmp_path: Path, make_run: MakeRun, screen_of: Callable[[Dash], Screen]
) -> None:
    """It can be chosen, and its filter finds its runs."""
    make_run("a__proto__b", {"loss": [0.5]})
    context = AppContext(manager=ExperimentManager(tmp_path), base_dir=tmp_path)
    drawn = page.layout(context, PageLocation())
    (options,) = (one.options for one in drawn._traverse() if getattr(one, "id", "") == Ids.GROUP)
    assert "__proto__" not in json.dumps(options)

    chosen = {"export-group.value": options[0]["value"]}
    answer = screen_of(app).press("export-group.value", "export-filter-text.value", chosen)

    filled = answer["response"]["export-filter-text"]["value"]
    assert filled == "name = 'a__proto__b'"
    assert context.manager.count(filled) == 1


def test_links_lead_here(tmp_path: Path, make_run: MakeRun) -> None:
    """From the table's selection, from what its filter finds, and from a comparison."""
    run = make_run("a", {"loss": [0.5]})
    context = AppContext(manager=ExperimentManager(tmp_path), base_dir=tmp_path, pages=load_pages())
    by_path = {one.path: one for one in context.pages}

    table = str(by_path["/"].layout(context, PageLocation()).to_plotly_json())
    compared = str(
        by_path["/compare"].layout(context, PageLocation(search=f"?runs={run}")).to_plotly_json()
    )

    assert "/export?from=selection" in table
    assert "/export?from=filter" in table
    assert f"/export?runs={run}" in compared
