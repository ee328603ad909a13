"""A page of another package: one module, and one line where the package is described."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from neural.tracking.aquarium_app import create_app
from neural.tracking.ui.frame import nav_items
from neural.tracking.ui.page import AppContext, load_pages, pages

MODULE = """
from dash import Input, Output, html

from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.components import page_header
from neural.tracking.ui.page import Page


def layout(context, location):
    count = context.manager.count()
    return html.Div(
        [page_header("Sharks"), html.Button("Bite", id="sharks-bite"), html.P(f"{count} runs",
         id="sharks-said")],
        className="aq-page",
    )


def register(app, context):
    @callback(app, Output("sharks-said", "children"), Input("sharks-bite", "n_clicks"),
              prevent_initial_call=True)
    def _bite(clicks):
        return f"{clicks} bites"


page = Page(path="/sharks", title="Sharks", layout=layout, register=register, order=75)
"""

#: The one line, in the words that packaging tools write into an installed package.
ENTRY_POINTS = "[neural.pages]\nsharks = foreign_sharks:page\n"


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a package with one page, as a packaging tool leaves it on the disk."""
    site = tmp_path / "site"
    info = site / "foreign_sharks-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "foreign_sharks.py").write_text(MODULE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign-sharks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(site))
    yield
    sys.modules.pop("foreign_sharks", None)


def test_it_stands_among_our_own(foreign: None) -> None:
    """Known by its name without being imported; in the navigation where it wants to be."""
    assert "sharks" in pages
    assert "foreign_sharks" not in sys.modules

    shown = [page.path for page in load_pages() if page.order is not None]
    assert shown.index("/sharks") == shown.index("/views") - 1


def test_it_has_an_entry_a_key_and_an_address(foreign: None, tmp_path: Path) -> None:
    """Everything that our own pages have follows from the one line."""
    available = load_pages(["compare", "sharks"])
    context: Any = AppContext(manager=None, base_dir=tmp_path, pages=available)  # type: ignore[arg-type]

    item = nav_items(context, available[1]).children[1]

    assert item.to_plotly_json()["props"]["data-page-key"] == "s"
    assert item.children.href == "/sharks"
    assert item.children.to_plotly_json()["props"]["aria-current"] == "page"


def test_it_is_served_and_its_callback_works(
    foreign: None, tmp_path: Path, ask: Callable[..., Any]
) -> None:
    """Through the guard, off the event loop, over the store of the application."""
    app = create_app(tmp_path / "runs", pages=["sharks"])
    headers = (
        ("host", "127.0.0.1:8053"),
        ("content-type", "application/json"),
        ("sec-fetch-site", "same-origin"),
    )
    body = {
        "output": "sharks-said.children",
        "outputs": {"id": "sharks-said", "property": "children"},
        "inputs": [{"id": "sharks-bite", "property": "n_clicks", "value": 3}],
        "changedPropIds": ["sharks-bite.n_clicks"],
    }

    answer = ask(app.server, "POST", "/_dash-update-component", headers, json.dumps(body).encode())

    assert ask(app.server, path="/sharks").status == 200
    assert json.loads(answer.body)["response"] == {"sharks-said": {"children": "3 bites"}}
    assert inspect.iscoroutinefunction(app.callback_map["sharks-said.children"]["callback"])
