"""What the command palette finds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dash import html

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.storage.views import ViewStore
from neural.tracking.ui import shell
from neural.tracking.ui.page import AppContext, Page
from neural.tracking.ui.palette import ACTIONS, MOST_OF_A_KIND, find


def page(path: str, title: str, order: int | None = 1) -> Page:
    """Return a page that only has a name and a place."""
    return Page(
        path=path,
        title=title,
        layout=lambda context, location: html.Div(),
        register=lambda app, context: None,
        order=order,
    )


PAGES = (page("/", "Experiments"), page("/experiments/{experiment_id}", "Run", None))


@pytest.fixture
def context(tmp_path: Path) -> AppContext:
    """Return an application over two runs with hostile names."""
    for name in ("<b>resnet</b>", "it's 100 %"):
        with ExperimentTracker(
            name, tmp_path, auto_visualize=False, capture_environment=False
        ) as tracker:
            tracker.log_metrics({'val"loss': 1.0, "acc": 0.5}, step=0)
    return AppContext(
        manager=ExperimentManager(tmp_path), base_dir=tmp_path, pages=PAGES, prefix="/lab"
    )


def texts(found: list[Any], kind: str) -> list[str]:
    """Return the texts of the entries of one kind."""
    return [one.text for one in found if one.kind == kind]


def test_without_a_text(context: AppContext) -> None:
    """Pages, runs and actions are there at once; ten thousand metrics are not."""
    found = find(context, "")

    assert texts(found, "Page") == ["Experiments"]
    assert set(texts(found, "Run")) == {"<b>resnet</b>", "it's 100 %"}
    assert texts(found, "Metric") == []
    assert len(texts(found, "Action")) == MOST_OF_A_KIND


@pytest.mark.parametrize("text", ["resnet", "RESNET", "  res   net  "])
def test_runs_by_name(context: AppContext, text: str) -> None:
    """In upper or lower case, by all words, with the address below the prefix."""
    found = [one for one in find(context, text) if one.kind == "Run"]

    assert [one.text for one in found] == ["<b>resnet</b>"]
    assert found[0].href.startswith("/lab/experiments/")


@pytest.mark.parametrize("text", ["it's", "'", "100 %", '"', "(", "a or", "name =", "\\", "~"])
def test_any_text_is_a_text(context: AppContext, text: str) -> None:
    """Nothing that is typed is taken for the language of filters."""
    find(context, text)

    assert texts(find(context, "it's"), "Run") == ["it's 100 %"]


def test_a_metric_leads_to_the_runs_that_have_it(context: AppContext) -> None:
    """Its filter is one that the table understands, whatever is in the name."""
    found = [one for one in find(context, "loss") if one.kind == "Metric"]

    assert [one.text for one in found] == ['val"loss']
    assert len(context.manager.search('not metrics."val""loss" is missing')) == 2
    assert "not+metrics.%22val%22%22loss%22+is+missing" in found[0].href


def test_saved_views_are_found(context: AppContext) -> None:
    """By their name, with their address."""
    view_id = ViewStore(context.base_dir).save("June", {"page": "/compare", "search": "?s=0.6"})

    found = [one for one in find(context, "june") if one.kind == "View"]

    assert [one.href for one in found] == [f"/lab/compare?view={view_id}"]


def test_every_action_is_known_to_the_browser() -> None:
    """An entry that does nothing when it is chosen would be a lie."""
    scripts = "".join(
        (shell.ASSETS / "js" / name).read_text() for name in ("shell.js", "palette.js")
    )

    assert [name for name in ACTIONS if f"{name}:" not in scripts] == []


def test_over_http(context: AppContext, ask: Callable[..., Any]) -> None:
    """The route answers with what the browser needs."""
    app = shell.build(context)

    answer = ask(app.server, path="/lab/api/v1/palette?q=density")

    assert json.loads(answer.body) == [
        {
            "kind": "Action", "text": "Change the row density", "hint": "", "href": "",
            "action": "density",
        }
    ]  # fmt: skip
