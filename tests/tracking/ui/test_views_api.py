"""Saved views over HTTP, and addresses that name one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from dash import Dash, html

from neural.tracking.storage.views import ViewStore
from neural.tracking.ui.page import AppContext, Page
from neural.tracking.ui.routing import show
from neural.tracking.ui.views_api import search_of, view_href

Ask = Callable[..., Any]

SEARCH = "?runs=a,b&s=0.6"


def send(app: Dash, ask: Ask, method: str, path: str, body: Any) -> tuple[int, Any]:
    """Send ``body`` as a page of our own does; returns status and answer."""
    headers = (
        ("host", "127.0.0.1:8053"),
        ("content-type", "application/json"),
        ("sec-fetch-site", "same-origin"),
    )
    content = b"" if body is None else json.dumps(body).encode()
    answer = ask(app.server, method, path, headers, content)
    return answer.status, json.loads(answer.body)


@pytest.fixture
def context(store: Any) -> AppContext:
    """Return an application whose page says what it was told."""
    page = Page(
        path="/compare",
        title="Compare",
        layout=lambda context, location: html.Div(location.search),
        register=lambda app, context: None,
        order=1,
    )
    return AppContext(manager=store, base_dir=store.root, pages=(page,), prefix="/lab")


def test_a_view_is_saved_listed_renamed_and_deleted(app: Dash, ask: Ask) -> None:
    """The whole life of a view, with its address in each answer that has one."""
    status, saved = send(
        app, ask, "POST", "/api/v1/views", {"name": "Best", "page": "/compare", "search": SEARCH}
    )
    assert (status, saved["href"]) == (200, f"/compare?view={saved['id']}")

    renamed, _ = send(app, ask, "PATCH", f"/api/v1/views/{saved['id']}", {"name": "Better"})
    _, listed = send(app, ask, "GET", "/api/v1/views", None)
    assert (renamed, [view["name"] for view in listed]) == (200, ["Better"])

    deleted, _ = send(app, ask, "DELETE", f"/api/v1/views/{saved['id']}", None)
    assert (deleted, send(app, ask, "GET", "/api/v1/views", None)[1]) == (200, [])


@pytest.mark.parametrize("page", ["compare", "//evil.example", "/\\evil.example", ""])
def test_a_page_that_is_no_path(app: Dash, ask: Ask, page: str) -> None:
    """It is refused, so that opening a view never leads to another host."""
    status, answer = send(app, ask, "POST", "/api/v1/views", {"name": "x", "page": page})

    assert (status, answer["code"]) == (422, "invalid_input")


def test_a_store_that_cannot_be_written(app: Dash, ask: Ask, store: Any) -> None:
    """The answer says what helps, but not where the store lies."""
    (store.root / ".neural").write_text("a file where the folder should be")

    status, answer = send(app, ask, "POST", "/api/v1/views", {"name": "x", "page": "/"})

    assert (status, answer["code"]) == (409, "storage")
    assert "make the directory writable" in answer["message"]
    assert str(store.root) not in answer["message"]


def test_a_page_of_another_site_saves_nothing(app: Dash, ask: Ask, store: Any) -> None:
    """The guard stands before these routes as before all others."""
    headers = (
        ("host", "127.0.0.1:8053"),
        ("content-type", "application/json"),
        ("sec-fetch-site", "cross-site"),
    )
    answer = ask(app.server, "POST", "/api/v1/views", headers, b'{"name": "x", "page": "/"}')

    assert answer.status == 403
    assert not (store.root / ".neural").exists()


def test_an_address_that_names_a_view_shows_what_was_saved(context: AppContext) -> None:
    """The page is told the state, not the name of the view."""
    state = {"page": "/compare", "search": SEARCH}
    view_id = ViewStore(context.base_dir).save("Best", state)

    content, title, _ = show(context, "/lab/compare", f"?view={view_id}")

    assert (content.children, title) == (SEARCH, "Compare")


def test_an_address_that_names_no_view_is_not_found(context: AppContext) -> None:
    """The words say that it may have been deleted."""
    content, title, _ = show(context, "/lab/compare", "?view=0123456789ab")

    assert title == "Not found"
    assert "may have been deleted" in str(content)


def test_a_view_that_names_itself_ends(context: AppContext) -> None:
    """A file changed by hand cannot lead round in circles."""
    views = ViewStore(context.base_dir)
    view_id = views.save("x", {"page": "/compare", "search": "?view=0123456789ab"})

    assert search_of(context, f"?view={view_id}") == ""


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_view_never_leads_to_another_host(context: AppContext, page: str) -> None:
    """Whatever its file says, its address is one of this application."""
    view = {"id": "0123456789ab", "name": "x", "page": page, "created": 0.0}

    assert view_href(context, view) == "/lab/?view=0123456789ab"  # type: ignore[arg-type]
