"""The application as it is served: API, index, errors, live state."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from dash import Dash, html

from neural.errors import InvalidInputError, NotFoundError, RunIsAliveError, StorageError
from neural.tracking.ui.frame import nav_items
from neural.tracking.ui.live import live_state
from neural.tracking.ui.page import AppContext, Page
from neural.tracking.ui.routing import on_callback_error, show
from neural.tracking.ui.shell import build

HOST = ("host", "127.0.0.1:8053")
Ask = Callable[..., Any]


def get(app: Dash, ask: Ask, path: str, *headers: tuple[str, str]) -> Any:
    """Ask for ``path`` as a browser of this machine would."""
    return ask(app.server, "GET", path, [HOST, *headers])


@pytest.mark.parametrize("path", ["/api/", "/api/v1/helth", "/api/v1/runs", "/api/v2/x"])
def test_a_misspelt_address_of_the_api_is_a_404_in_json(app: Dash, ask: Ask, path: str) -> None:
    """And never status 200 with a page."""
    answer = get(app, ask, path)

    assert answer.status == 404
    assert orjson.loads(answer.body)["code"] == "not_found"


def test_health_says_that_the_store_can_be_read(app: Dash, ask: Ask) -> None:
    """It looks, rather than only answer."""
    assert orjson.loads(get(app, ask, "/api/v1/health").body) == {"status": "ok", "runs": 1}


def test_health_of_a_store_that_cannot_be_read(
    app: Dash, ask: Ask, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 500 without the path of the store."""

    def broken(text: str = "") -> int:
        raise StorageError(f"{store.root} cannot be read")

    monkeypatch.setattr(store, "count", broken)
    answer = get(app, ask, "/api/v1/health")

    assert answer.status == 500
    assert str(store.root).encode() not in answer.body


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError("no run 'x'"), 404),
        (InvalidInputError("limit must be positive"), 422),
        (RunIsAliveError("run 'x' is being written"), 409),
    ],
)
def test_our_errors_have_their_status_and_words(
    app: Dash, ask: Ask, store: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    """The code is for machines, the message for people."""

    def fail(experiment_id: str) -> None:
        raise error

    monkeypatch.setattr(store, "run", fail)
    answer = get(app, ask, "/api/v1/runs/x/media/y")

    assert answer.status == status
    assert orjson.loads(answer.body) == {"code": error.code, "message": str(error)}  # type: ignore[attr-defined]


def test_the_revision_follows_the_store(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It changes with the store and is the same while the store rests."""
    context = AppContext(manager=store, base_dir=store.root)
    first, again = live_state(context), live_state(context)
    page = SimpleNamespace(rows=[], total=3, revision=2)
    monkeypatch.setattr(store, "page", lambda text, **_: page)

    changed = live_state(context)

    assert first == again
    assert changed["revision"] != first["revision"]
    assert changed["running"] == 3


def test_a_deep_link_is_the_first_request(app: Dash, ask: Ask) -> None:
    """The page has its scripts and styles even if nobody asked for the root before."""
    body = get(app, ask, "/somewhere/deep").body.decode()

    assert '<html lang="en" data-default-theme="system"' in body
    assert "/assets/js/shell.js" in body
    assert "/assets/css/40-shell.css" in body


def test_a_known_page_is_200_and_an_unknown_one_404(app: Dash, ask: Ask) -> None:
    """Both get the frame, which shows what is to be said."""
    assert get(app, ask, "/").status == 200
    assert get(app, ask, "/nowhere").status == 404


def test_every_script_and_style_of_the_page_is_served(app: Dash, ask: Ask) -> None:
    """What the page names is there, from this host, and compressed when asked for."""
    body = get(app, ask, "/").body.decode()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', body)
    answers = {url: get(app, ask, url, ("accept-encoding", "gzip")) for url in addresses}

    assert len(addresses) > 8
    assert all(url.startswith("/") and not url.startswith("//") for url in addresses)
    assert {url: a.status for url, a in answers.items() if a.status != 200} == {}
    assert (
        answers[next(u for u in addresses if "bootstrap" in u)].headers["content-encoding"]
        == "gzip"
    )


def test_two_applications_in_one_process(
    make_app: Callable[..., Dash], store: Any, ask: Ask
) -> None:
    """Each serves its own page, also after the other was made."""
    first = make_app()
    other = Page(
        path="/other",
        title="Other",
        layout=lambda context, location: html.H1("Other"),
        register=lambda app, context: None,
    )
    second = build(AppContext(manager=store, base_dir=store.root, pages=(other,)))

    assert (get(first, ask, "/other").status, get(second, ask, "/other").status) == (404, 200)
    assert "said.children" in first.callback_map
    assert "said.children" not in second.callback_map


def test_under_a_prefix(store: Any, ask: Ask) -> None:
    """Pages, API and files move together, whether or not a proxy has cut the prefix off."""
    page = Page(
        path="/",
        title="Runs",
        layout=lambda context, location: html.H1("Runs"),
        register=lambda app, context: None,
        order=1,
    )
    app = build(AppContext(manager=store, base_dir=store.root, pages=(page,), prefix="/lab/aq"))

    body = get(app, ask, "/lab/aq/").body.decode()
    assert '"/lab/aq/assets/js/shell.js' in body
    assert '"/lab/aq/assets/head/theme.js' in body
    assert get(app, ask, "/lab/aq/api/v1/health").status == 200
    assert get(app, ask, "/lab/aq/nowhere").status == 404
    assert get(app, ask, "/api/v1/health").body == get(app, ask, "/lab/aq/api/v1/health").body
    assert get(app, ask, "/").status == 200


@pytest.fixture
def context(store: Any) -> AppContext:
    """Return an application of one page that fails as its query says."""

    def layout(context: AppContext, location: Any) -> html.Div:
        errors = {"missing": NotFoundError("no run 'x'"), "bug": ValueError("/secret/path")}
        if location.get("as") in errors:
            raise errors[location.get("as")]
        return html.Div("fine")

    page = Page(
        path="/a",
        title="A",
        layout=layout,
        register=lambda app, context: None,
        order=1,
        icon="page",
    )
    return AppContext(manager=store, base_dir=store.root, pages=(page,), prefix="/p")


def test_an_address_is_shown_without_its_prefix(context: AppContext) -> None:
    """The page gets the path it knows."""
    content, title, page = show(context, "/p/a", "")

    assert (content.children, title, page) == ("fine", "A", context.pages[0])


def test_an_id_that_leads_nowhere_is_not_found(context: AppContext) -> None:
    """The page's own words are shown."""
    content, title, _ = show(context, "/p/a", "?as=missing")

    assert title == "Not found"
    assert "no run 'x'" in str(content)


def test_a_bug_in_a_page_is_logged_and_not_shown(
    context: AppContext, caplog: pytest.LogCaptureFixture
) -> None:
    """Its text may hold paths or data; the log has it with the number that is shown."""
    content, _, _ = show(context, "/p/a", "?as=bug")

    assert "/secret/path" not in str(content)
    assert "/secret/path" in caplog.text
    number = caplog.records[0].getMessage().split("(")[1].rstrip(")")
    assert number in str(content)


def test_a_failed_callback_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Our own error in its words, a bug by the number of its log entry."""
    shown: list[str] = []
    monkeypatch.setattr("neural.tracking.ui.routing.notify", lambda text, **_: shown.append(text))

    on_callback_error(InvalidInputError("limit must be positive"))
    on_callback_error(ValueError("/secret/path"))

    assert shown[0] == "limit must be positive"
    assert "/secret/path" not in shown[1]
    assert "/secret/path" in caplog.text


def test_the_page_that_is_shown_is_marked(context: AppContext) -> None:
    """By ``aria-current``, so that a screen reader says it too."""
    marked = nav_items(context, context.pages[0]).children[0].children
    none = nav_items(context, None).children[0].children

    assert getattr(marked, "aria-current") == "page"
    assert "aria-current" not in none.to_plotly_json()["props"]


def test_debug_shows_tools_and_asks_nobody(store: Any) -> None:
    """The tools do not look for a newer version on somebody's server."""
    app = build(AppContext(manager=store, base_dir=store.root), debug=True)
    config = app._config()

    assert (config["ui"], config["disable_version_check"]) == (True, True)
    assert "hot_reload" not in config


def test_the_environment_cannot_turn_the_tools_on(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``DASH_DEBUG`` and its like are for other programs."""
    for name in ("DASH_DEBUG", "DASH_UI", "DASH_HOT_RELOAD", "DASH_PROPS_CHECK"):
        monkeypatch.setenv(name, "true")

    app = build(AppContext(manager=store, base_dir=store.root))

    assert app._config()["ui"] is False
    assert app._dev_tools.hot_reload is False
