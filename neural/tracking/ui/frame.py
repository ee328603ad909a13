"""What stands round every page: top bar, navigation, toasts, help."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.dialogs import dialogs
from neural.tracking.ui.icons import icon
from neural.tracking.ui.keys import page_keys
from neural.tracking.ui.page import AppContext, Page, ShellIds

__all__ = ["FrameIds", "frame", "nav_items"]

#: Milliseconds between two looks while nothing is known yet; the browser adapts it.
FIRST_INTERVAL_MS = 2000


class FrameIds:
    """Ids that only the shell itself uses."""

    ROUTE = "shell-route"
    PAGE = "shell-page"
    CONTENT = "shell-content"
    NAV = "shell-nav"
    TICK = "shell-tick"
    LIVE_BUTTON = "shell-live-state"
    THEME_BUTTON = "shell-theme-button"
    DENSITY_BUTTON = "shell-density-button"
    HELP_BUTTON = "shell-help-button"
    FIND_BUTTON = "shell-find-button"
    LINK_BUTTON = "shell-link-button"
    SAVE_BUTTON = "shell-save-button"


def frame(context: AppContext) -> html.Div:
    """Return the frame of ``context``'s application, with an empty content area."""
    return html.Div(
        [
            html.A("Skip to content", href="#content", className="aq-skip"),
            *_machinery(),
            _top_bar(context),
            html.Nav(
                nav_items(context, None),
                id=FrameIds.NAV,
                className="aq-nav",
                **attributes(aria_label="Pages"),
            ),
            html.Main(
                [_stale_banner(), html.Div(_loading(), id=FrameIds.CONTENT)],
                id="content",
                className="aq-main",
                tabIndex=-1,
            ),
            html.Div(id="shell-toasts", className="aq-toasts", role="status"),
            html.Div(
                id="shell-announce", className="visually-hidden", **attributes(aria_live="polite")
            ),
            *dialogs(context.pages),
        ],
        className="aq-shell",
    )


def _machinery() -> list[Component]:
    return [
        dcc.Location(id=ShellIds.LOCATION, refresh="callback-nav"),
        dcc.Interval(id=FrameIds.TICK, interval=FIRST_INTERVAL_MS),
        *(
            dcc.Store(id=store)
            for store in (
                FrameIds.ROUTE,
                FrameIds.PAGE,
                ShellIds.VIEW,
                ShellIds.LIVE,
                ShellIds.THEME,
                ShellIds.TOAST,
            )
        ),
    ]


def _top_bar(context: AppContext) -> html.Header:
    return html.Header(
        [
            html.A(
                [
                    html.Span(className="aq-brand-mark", **attributes(aria_hidden="true")),
                    html.Span("Aquarium", className="aq-brand-name"),
                ],
                href=context.href("/"),
                className="aq-brand",
                title="Aquarium: first page",
            ),
            html.Span(context.base_dir.name, className="aq-base-dir", title=str(context.base_dir)),
            html.Div(className="aq-spacer"),
            _find_button(),
            html.Div(className="aq-spacer"),
            html.Span(id="shell-live-age", className="aq-live-age"),
            _live_button(),
            _button(FrameIds.LINK_BUTTON, "link", "Copy a link to this view"),
            _button(FrameIds.SAVE_BUTTON, "save", "Save this view"),
            _button(FrameIds.DENSITY_BUTTON, "density", "Row density"),
            _button(FrameIds.THEME_BUTTON, "contrast", "Theme: system"),
            _button(FrameIds.HELP_BUTTON, "help", "Help and keys"),
        ],
        className="aq-top",
    )


def _find_button() -> html.Button:
    return html.Button(
        [icon("search"), html.Span("Find", className="aq-find-word"), html.Kbd("Ctrl K")],
        id=FrameIds.FIND_BUTTON,
        type="button",
        className="aq-find",
        title="Find a page, run, metric, view or action (Ctrl K)",
        **attributes(aria_label="Find", aria_haspopup="dialog", aria_keyshortcuts="Control+K"),
    )


def _live_button() -> html.Button:
    return html.Button(
        [
            html.Span(className="aq-live-dot", **attributes(aria_hidden="true")),
            html.Span("Live", id="shell-live-text"),
        ],
        id=FrameIds.LIVE_BUTTON,
        type="button",
        className="aq-live",
        title="Pause live updates",
        **attributes(data_state="idle", aria_pressed="false"),
    )


def _button(button_id: str, icon_name: str, label: str) -> html.Button:
    return html.Button(
        icon(icon_name),
        id=button_id,
        type="button",
        className="aq-icon-button",
        title=label,
        **attributes(aria_label=label),
    )


def nav_items(context: AppContext, current: Page | None) -> html.Ul:
    """Return the list of pages, with the entry of ``current`` marked."""
    marked = None if current is None else current.nav_path or current.path
    keys = page_keys(context.pages)
    return html.Ul(
        [
            html.Li(
                html.A(
                    [icon(page.icon), html.Span(page.title, className="aq-nav-word")],
                    href=context.href(page.path),
                    className="aq-nav-link",
                    title=page.title,
                    **(attributes(aria_current="page") if page.path == marked else {}),
                ),
                **attributes(data_page_key=keys[page.path]),
            )
            for page in context.pages
            if page.order is not None
        ]
    )


def _stale_banner() -> html.Div:
    return html.Div(
        [
            icon("warning"),
            html.Span("The server does not answer. What you see may be old; it is tried again."),
            html.Span(id="shell-stale-since"),
        ],
        id="shell-stale",
        className="aq-banner aq-banner-warn",
        hidden=True,
        role="alert",
    )


def _loading() -> html.Div:
    return html.Div(
        [html.Div(className="aq-skeleton") for _ in range(4)],
        className="aq-skeletons",
        **attributes(aria_label="Loading", role="status"),
    )
