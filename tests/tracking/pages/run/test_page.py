"""The page of one run, without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dash import html
from plotly.utils import PlotlyJSONEncoder

from neural.errors import NotFoundError
from neural.tracking import ExperimentTracker
from neural.tracking.pages.run.page import TABS, Ids, head, layout, tab_content
from neural.tracking.ui.page import AppContext, PageLocation, load_pages

MakeRun = Callable[..., str]


def _text(component: Any) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def _layout(context: AppContext, run: str, search: str = "") -> html.Div:
    return layout(context, PageLocation(search=search, params={"experiment_id": run}))


def _find(component: Any, wanted: Any) -> Any:
    return next(part for part in component._traverse() if getattr(part, "id", None) == wanted)


def _tabs(page: html.Div) -> list[str]:
    parts = (part for part in page._traverse() if getattr(part, "role", None) == "tab")
    return [part.id["index"] for part in parts]


def test_unknown_run(context: AppContext) -> None:
    """The shell shows "not found"; the page only has to say which id."""
    with pytest.raises(NotFoundError, match="nowhere"):
        _layout(context, "nowhere")


@pytest.mark.parametrize("tab", [name for name in TABS if name != "media"])
def test_every_tab_of_a_bare_run(context: AppContext, make_run: MakeRun, tab: str) -> None:
    """A run that holds nothing at all has something to say in every tab."""
    page = _layout(context, make_run(), f"?tab={tab}")

    assert _find(page, Ids.TAB_NAME).data == tab
    assert _find(page, Ids.PANEL).children


def test_an_unknown_tab_is_the_first(context: AppContext, make_run: MakeRun) -> None:
    """An address somebody typed wrongly still shows the run."""
    assert _find(_layout(context, make_run(), "?tab=moon"), Ids.TAB_NAME).data == "overview"


def test_the_head(context: AppContext, make_run: MakeRun) -> None:
    """Name, status, id and tags stand above every tab."""
    run = make_run("digits", tags=["baseline"])
    context.manager.annotate(run, display_name="My best")

    text = _text(head(context, context.manager.run(run)))

    assert all(part in text for part in ("My best", "completed", run, "baseline"))
    assert f"/compare?runs={run}" in text


def test_the_way_back(context: AppContext, make_run: MakeRun) -> None:
    """Where the table of runs is not part of the application, the comparison is the way back."""
    run = context.manager.run(make_run())
    alone = replace(context, pages=load_pages(("compare", "run_detail")))

    assert '"/"' in _text(head(context, run))
    assert '"/compare"' in _text(head(alone, run))


def test_a_live_run_shows_a_sign_of_life(context: AppContext, tmp_path: Path) -> None:
    """A running run says when it last logged something."""
    tracker = ExperimentTracker("a", tmp_path, capture_environment=False, auto_visualize=False)
    tracker.log_metrics({"loss": 1.0})

    text = _text(head(context, context.manager.run(tracker.experiment_id)))
    tracker.finish()

    assert "last value" in text
    assert "last value" not in _text(head(context, context.manager.run(tracker.experiment_id)))


def test_media_have_a_tab_only_where_there_are_some(context: AppContext, tmp_path: Path) -> None:
    """A tab that is empty in most runs is not in the way of the others."""
    with ExperimentTracker("a", tmp_path, capture_environment=False, auto_visualize=False) as bare:
        bare.log_metrics({"loss": 1.0})
    with ExperimentTracker("b", tmp_path, capture_environment=False, auto_visualize=False) as rich:
        rich.log_text("sample", "words", step=0)

    assert "media" not in _tabs(_layout(context, bare.experiment_id))
    assert "media" in _tabs(_layout(context, rich.experiment_id))


def test_why_it_failed(context: AppContext, tmp_path: Path) -> None:
    """The overview of a failed run begins with its error."""

    def train() -> str:
        with ExperimentTracker(
            "a", tmp_path, capture_environment=False, auto_visualize=False
        ) as tracker:
            raise FloatingPointError("the loss is NaN")
        return tracker.experiment_id

    with pytest.raises(FloatingPointError):
        train()
    record = context.manager.run(context.manager.search()[0]["experiment_id"])

    assert "FloatingPointError: the loss is NaN" in _text(tab_content(context, record, "overview"))


def test_damaged_files_leave_the_page_standing(
    context: AppContext, make_run: MakeRun, tmp_path: Path
) -> None:
    """Whatever small file is damaged, every tab is still drawn, and the head says which."""
    run = make_run(metrics={"loss": [1.0]}, params={"lr": 1})
    folder = next(tmp_path.glob(f"*_{run}"))
    for name in ("hyperparameters", "annotations", "artifacts", "environment", "media"):
        (folder / f"{name}.json").write_text("{")

    pages = {tab: _text(_layout(context, run, f"?tab={tab}")) for tab in TABS}

    assert all("hyperparameters.json" in text for text in pages.values())


def test_curves_of_the_address(context: AppContext, make_run: MakeRun) -> None:
    """A link to smoothed curves opens with the slider where it was."""
    page = _layout(context, make_run(metrics={"loss": [1.0]}), "?tab=charts&s=0.6&x=time")

    assert _find(page, Ids.BOARD.smoothing).value == 0.6
    assert _find(page, Ids.BOARD.x).value == "time"


def test_the_diff_of_the_code(context: AppContext, make_run: MakeRun, tmp_path: Path) -> None:
    """Uncommitted changes are read from the run, and only from there."""
    run = make_run()
    folder = next(tmp_path.glob(f"*_{run}"))
    secret = tmp_path / "secret"
    secret.write_text("@@ -1 +1 @@\n+secret\n")
    (folder / "git_diff.patch").symlink_to(secret)

    assert "secret" not in _text(_layout(context, run, "?tab=environment"))

    (folder / "git_diff.patch").unlink()
    (folder / "git_diff.patch").write_text("@@ -1 +1 @@\n+mine\n")
    assert "+mine" in _text(_layout(context, run, "?tab=environment"))
