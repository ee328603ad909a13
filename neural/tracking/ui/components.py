"""Parts that every page is made of; a page uses these instead of bare Dash ones.

They carry what is easily forgotten: labels for screen readers, the privacy
settings of charts, a second cue beside each colour, links that cannot run script.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import dash
from dash import dcc, html
from dash.development.base_component import Component

from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.format import format_number, format_time, relative_time
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import ShellIds

__all__ = [
    "badge",
    "card",
    "choosable",
    "chosen_text",
    "empty_state",
    "error_state",
    "graph",
    "is_choosable",
    "labelled",
    "loading_state",
    "notify",
    "number",
    "page_header",
    "partial_state",
    "safe_href",
    "safe_link",
    "stale_state",
    "status_badge",
    "status_look",
    "time_ago",
]

Children = Component | str | Sequence[Component | str]
Kind = Literal["info", "ok", "warn", "error"]

#: Status to (kind, icon): colour is never the only cue.
_STATUS: Mapping[str, tuple[str, str]] = {
    "running": ("live", "alive"),
    "created": ("muted", "dot"),
    "queued": ("muted", "dot"),
    "completed": ("ok", "check"),
    "failed": ("error", "cross"),
    "crashed": ("error", "error"),
    "cancelled": ("warn", "stop"),
}

_WEB_OR_MAIL = re.compile(r"(?:https?://|mailto:)[^\s\\]", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")


def page_header(
    title: str, *, subtitle: Children | None = None, actions: Sequence[Component] = ()
) -> html.Header:
    """Return the head of a page: its only ``h1``, a line under it, its buttons."""
    words: list[Component] = [html.H1(title, className="aq-title")]
    if subtitle is not None:
        words.append(html.Div(subtitle, className="aq-subtitle"))
    return html.Header(
        [html.Div(words), html.Div(list(actions), className="aq-actions")],
        className="aq-page-header",
    )


def card(title: str | None, children: Any, *, actions: Sequence[Component] = ()) -> html.Section:
    """Return a titled box; ``title=None`` leaves out its head."""
    head = html.Div(
        [
            html.H2(title, className="aq-card-title"),
            html.Div(list(actions), className="aq-actions"),
        ],
        className="aq-card-head",
    )
    body = html.Div(children, className="aq-card-body")
    return html.Section([body] if title is None else [head, body], className="aq-card")


def labelled(
    label: str, control: Component, *, hint: str | None = None, hidden: bool = False
) -> html.Div:
    """Return ``control`` with a label that screen readers tie to it.

    ``dcc.Dropdown``, ``dcc.Input`` and ``dcc.Slider`` have no label of their own.
    Slider and dropdown are not form elements, so the label names a group round them.

    Args:
        label: What the control sets, in a word or two.
        control: The control; it needs an ``id`` that is a string.
        hint: A line under it.
        hidden: Whether the label is for screen readers only.
    """
    control_id = str(getattr(control, "id", ""))
    label_id = f"{control_id}-label"
    parts: list[Component] = [
        html.Label(
            label,
            id=label_id,
            htmlFor=control_id,
            className="visually-hidden" if hidden else "aq-label",
        ),
        control,
    ]
    if hint is not None:
        parts.append(html.Div(hint, className="aq-hint"))
    return html.Div(
        parts, className="aq-field", role="group", **attributes(aria_labelledby=label_id)
    )


def choosable(text: str) -> str:
    """Return ``text`` as it may stand in an option of a ``dcc.Dropdown``, looking the same.

    The list is searched by an index that is a plain object with every part of every word; the
    part ``__proto__`` in it would change all objects of the page, and the page stops working.
    An invisible character keeps it apart.

    Example:
        >>> chosen_text(choosable("a__proto__")) == "a__proto__"
        True
    """
    return text.replace("__proto__", "__\u2060proto__")


def is_choosable(text: str) -> bool:
    """Return whether ``text`` may stand in an option of a ``dcc.Dropdown`` as it is."""
    return choosable(text) == text


def chosen_text(text: str) -> str:
    """Return what :func:`choosable` was given."""
    return text.replace("__\u2060proto__", "__proto__")


def safe_href(href: str) -> str | None:
    """Return ``href`` if following it cannot run script or leave by a trick, else ``None``.

    Allowed are http, https, mailto and paths of this host that begin with one slash.
    """
    if _CONTROL.search(href) or "\\" in href:
        return None
    if _WEB_OR_MAIL.match(href):
        return href
    return href if href.startswith("/") and not href.startswith("//") else None


def safe_link(text: Children, href: str, **properties: Any) -> html.A | html.Span:
    """Return a link, or the plain text when ``href`` is not one of the allowed kinds.

    The only way in which a page makes a link. Links to other hosts open in a new
    tab that knows nothing of this one.

    Args:
        text: What is read.
        href: Where it leads; may come from a stranger's notes.
        properties: Further properties of the element.
    """
    allowed = safe_href(href)
    if allowed is None:
        return html.Span(text, title="Not a link that can be followed")
    if not allowed.startswith("/"):
        properties = {"target": "_blank", "rel": "noopener noreferrer", **properties}
    return html.A(text, href=allowed, **properties)


def badge(text: str, *, kind: str = "muted", icon_name: str | None = None) -> html.Span:
    """Return a small mark: a word, with an icon before it if given.

    Args:
        text: The word.
        kind: ``muted``, ``ok``, ``warn``, ``error``, ``live`` or ``tag``.
        icon_name: See :func:`neural.tracking.ui.icons.icon`.
    """
    parts: list[Component] = [] if icon_name is None else [icon(icon_name)]
    return html.Span([*parts, html.Span(text)], className=f"aq-badge aq-badge-{kind}")


def status_look(status: str) -> tuple[str, str]:
    """Return kind and icon of a status; any other text is muted, with a dot."""
    return _STATUS.get(status, ("muted", "dot"))


def status_badge(status: str) -> html.Span:
    """Return the mark of a run's status: icon, word and colour; any text is shown as it is."""
    kind, icon_name = status_look(status)
    return badge(status or "unknown", kind=kind, icon_name=icon_name)


def empty_state(
    title: str, why: Children, *, snippet: str | None = None, action: Component | None = None
) -> html.Div:
    """Return what a panel without content shows: why, one thing to do, code to copy."""
    parts: list[Any] = [html.H2(title), html.Div(why)]
    if snippet is not None:
        parts.append(_snippet(snippet))
    if action is not None:
        parts.append(action)
    return html.Div(parts, className="aq-state aq-state-empty")


def _snippet(code: str) -> html.Div:
    return html.Div(
        [
            html.Pre(html.Code(code), tabIndex=0, **attributes(aria_label="Example")),
            dcc.Clipboard(content=code, title="Copy", className="aq-copy"),
        ],
        className="aq-snippet",
    )


def error_state(what: str, reason: Children, *, details: str | None = None) -> html.Div:
    """Return what a panel shows when it failed: what, why, try again, details on demand."""
    parts: list[Any] = [
        html.H2([icon("error"), html.Span(what)]),
        html.P(reason),
        html.Button(
            "Try again",
            type="button",
            className="btn btn-outline-primary btn-sm",
            **attributes(data_reload="true"),
        ),
    ]
    if details is not None:
        parts.append(html.Details([html.Summary("Details"), html.Pre(details)]))
    return html.Div(parts, className="aq-state aq-state-error", role="alert")


def partial_state(summary: str, problems: Sequence[str]) -> html.Details:
    """Return a note that some of the data could not be shown, with the list of it.

    Args:
        summary: In a line: ``"3 of 20 runs cannot be read"``.
        problems: One line each: which file, and what is wrong with it.
    """
    return html.Details(
        [
            html.Summary([icon("warning"), html.Span(summary)]),
            # A long list scrolls, by keys too.
            html.Ul([html.Li(problem) for problem in problems], tabIndex=0),
        ],
        className="aq-banner aq-banner-warn",
    )


def stale_state(since: str) -> html.Div:
    """Return a note that what is shown is old; ``since`` says how old."""
    return html.Div(
        [icon("warning"), html.Span(f"Not up to date: {since}.")],
        className="aq-banner aq-banner-warn",
        role="status",
    )


def loading_state(lines: int = 3) -> html.Div:
    """Return a skeleton of ``lines`` lines; it shows only after 300 ms."""
    return html.Div(
        [html.Div(className="aq-skeleton") for _ in range(lines)],
        className="aq-skeletons",
        role="status",
        **attributes(aria_label="Loading"),
    )


def graph(
    graph_id: str | dict[str, Any], figure: Any, *, label: str, **properties: Any
) -> html.Div:
    """Return a chart with the privacy settings and a name for screen readers.

    The only way in which a page makes a ``dcc.Graph``: Plotly's own default has a
    button that uploads the chart to its makers' server.

    Args:
        graph_id: Id of the ``dcc.Graph`` inside.
        figure: A figure or a plain figure dict.
        label: What the chart shows, in a short sentence.
        properties: Further properties of the ``dcc.Graph``; a ``config`` among
            them is added to the privacy settings and cannot undo them.
    """
    from neural.tracking.charts.theme import GRAPH_CONFIG

    config: Any = {**properties.pop("config", {}), **GRAPH_CONFIG}
    # Not role=img: the buttons of the chart inside it would be lost to screen readers.
    return html.Div(
        dcc.Graph(id=graph_id, figure=figure, config=config, **properties),
        className="aq-graph",
        role="group",
        **attributes(aria_label=label),
    )


def number(value: float | int | None) -> html.Span:
    """Return a number with five significant digits and the full one on hover."""
    return html.Span(
        format_number(value), className="aq-number", title="" if value is None else repr(value)
    )


def time_ago(time: float | None, now: float) -> html.Time:
    """Return how long ``time`` (epoch seconds) is ago, with the full time on hover.

    The browser counts on (assets/js/charts.js): what stands still must not look fresh.
    """
    since = {} if time is None else attributes(data_since=f"{time:.3f}")
    return html.Time(
        relative_time(time, now), title=format_time(time), className="aq-number", **since
    )


def notify(text: str, *, kind: Kind = "info") -> None:
    """Show ``text`` as a toast; call it inside a callback.

    Args:
        text: A sentence; shown as it is, never as markup.
        kind: ``error`` stays until it is closed, the others go after 8 s.
    """
    dash.set_props(ShellIds.TOAST, {"data": {"text": text, "kind": kind}})
