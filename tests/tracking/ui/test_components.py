"""Parts of pages: named for screen readers, with a second cue, and safe with any text."""

from __future__ import annotations

from typing import Any

import pytest
from dash import dcc, html

from neural.errors import UnknownNameError
from neural.tracking.ui import components
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import ShellIds

#: Addresses that run script, reach another host or hide where they lead.
HOSTILE_LINKS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "\u2028javascript:alert(1)",
    "javascript&colon;alert(1)",
    "javascript%3aalert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "blob:http://127.0.0.1/x",
    "file:///etc/passwd",
    "about:blank",
    "filesystem:http://127.0.0.1/x",
    "view-source:http://127.0.0.1",
    "ws://127.0.0.1",
    "ftp://evil.test",
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/\t/evil.test",
    "https:\\\\evil.test",
    "http://",
    "https:// evil.test",
    "mailto:",
    "",
    " ",
    "#",
    "relative/path",
    "?query",
    "../up",
    "http:evil.test",
    "https:/evil.test",
]


@pytest.mark.parametrize("href", HOSTILE_LINKS, ids=repr)
def test_s19_a_hostile_address_is_no_link(href: str) -> None:
    """The text is there to read, and there is nothing to follow."""
    found = components.safe_link("notes", href)

    assert isinstance(found, html.Span)
    assert "href" not in found.to_plotly_json()["props"]


@pytest.mark.parametrize(
    "href",
    [
        "/compare?runs=a,b",
        "/",
        "/experiments/4f2a%2F#charts",
        "https://example.org/a?b=c#d",
        "HTTP://example.org",
        "mailto:somebody@example.org",
    ],
)
def test_s19_an_allowed_address_is_a_link(href: str) -> None:
    """http, https, mailto and paths of this host."""
    assert components.safe_link("there", href).href == href


def test_s19_a_link_to_another_host_knows_nothing_of_us() -> None:
    """It opens in a tab of its own without a way back; ours stays in the tab."""
    away = components.safe_link("there", "https://example.org")
    ours = components.safe_link("there", "/compare")

    assert (away.target, away.rel) == ("_blank", "noopener noreferrer")
    assert "target" not in ours.to_plotly_json()["props"]


def test_a_control_gets_its_label() -> None:
    """The label names the control and the group round it."""
    field = components.labelled("Metric", dcc.Dropdown(id="metric"), hint="one of the logged")
    label, control, hint = field.children

    assert (label.htmlFor, label.children) == ("metric", "Metric")
    assert getattr(field, "aria-labelledby") == label.id
    assert (control.id, hint.children) == ("metric", "one of the logged")


def test_a_hidden_label_is_still_read() -> None:
    """Hidden from the eye only."""
    field = components.labelled("Filter", dcc.Input(id="filter"), hidden=True)

    assert field.children[0].className == "visually-hidden"


@pytest.mark.parametrize(
    "status", ["created", "running", "completed", "failed", "crashed", "cancelled", "queued"]
)
def test_a_status_is_icon_word_and_colour(status: str) -> None:
    """No status is told by its colour alone."""
    badge = components.status_badge(status)

    assert badge.children[0].className.startswith("aq-icon aq-icon-")
    assert badge.children[1].children == status


def test_no_two_final_statuses_look_alike() -> None:
    """Also without colours they differ: by their icons."""
    statuses = ("running", "completed", "failed", "crashed", "cancelled")

    assert len({components.status_badge(s).children[0].className for s in statuses}) == 5


@pytest.mark.parametrize("status", ["my own state", "<b>x</b>", ""])
def test_a_status_of_the_user_is_shown_as_it_is(status: str) -> None:
    """Any text is allowed as a status."""
    assert components.status_badge(status).children[-1].children == (status or "unknown")


def test_a_chart_cannot_be_sent_away() -> None:
    """The privacy settings win over what a page asks for."""
    found = components.graph(
        "g",
        {"data": []},
        label="Loss of 3 runs",
        config={
            "showSendToCloud": True,
            "plotlyServerURL": "https://evil.test",
            "scrollZoom": True,
        },
    )
    config = found.children.config

    assert config["showSendToCloud"] is False
    assert config["plotlyServerURL"] == ""
    assert config["displaylogo"] is False
    assert config["scrollZoom"] is True


def test_a_chart_is_a_named_group() -> None:
    """A group, because role=img would hide the buttons inside it."""
    found = components.graph("g", {"data": []}, label="Loss of 3 runs")

    assert (found.role, getattr(found, "aria-label")) == ("group", "Loss of 3 runs")


def test_a_number_shows_all_of_itself_on_hover() -> None:
    """Five digits to read, the exact value to check."""
    found = components.number(0.1234567890123)

    assert (found.children, found.title) == ("0.12346", "0.1234567890123")


def test_a_state_says_what_to_do() -> None:
    """Empty has code to copy, failed has a button to try again, partial lists every problem."""
    empty = components.empty_state("No runs", "Nothing was logged.", snippet="log()")
    failed = components.error_state("Broken", "Because.", details="line 3")
    partial = components.partial_state("2 of 9 runs", ["a: bad", "b: worse"])

    assert empty.children[2].children[1].content == "log()"
    assert getattr(failed.children[2], "data-reload") == "true"
    assert [item.children for item in partial.children[1].children] == ["a: bad", "b: worse"]


def test_a_toast_is_sent_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message and its kind go to the store of the shell."""
    sent: dict[str, Any] = {}
    monkeypatch.setattr("dash.set_props", sent.__setitem__)

    components.notify("<b>saved</b>", kind="ok")

    assert sent == {ShellIds.TOAST: {"data": {"text": "<b>saved</b>", "kind": "ok"}}}


def test_an_icon_that_does_not_exist() -> None:
    """A slip of the finger fails in a test, not as a hole in the page."""
    with pytest.raises(UnknownNameError, match="Did you mean 'warning'"):
        icon("waning")
