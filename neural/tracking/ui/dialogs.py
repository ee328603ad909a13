"""What opens over a page: the help, the command palette, the name of a view."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from neural.tracking.storage.views import MOST_NAME_CHARACTERS
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.icons import icon
from neural.tracking.ui.keys import KEYS, page_keys
from neural.tracking.ui.page import Page

__all__ = ["dialogs"]


def dialogs(pages: Sequence[Page]) -> list[Component]:
    """Return the dialogs of the shell, closed."""
    return [_help(pages), _palette(), _save_view()]


def _help(pages: Sequence[Page]) -> html.Dialog:
    titles = {page.path: page.title for page in pages}
    lead = [(f"g {key}", titles[path]) for path, key in page_keys(pages).items() if key]
    return html.Dialog(
        [
            html.H2("Keys", id="shell-help-title"),
            html.P(
                "Single letters are switched off in the settings of this store.",
                className="aq-keys-off",
            ),
            html.Div([_keys("Go to", lead), _keys("Do", KEYS)], className="aq-keys-columns"),
            html.Form(html.Button("Close", className="btn btn-primary"), method="dialog"),
        ],
        id="shell-help",
        className="aq-dialog",
        **attributes(aria_labelledby="shell-help-title"),
    )


def _keys(title: str, keys: Sequence[tuple[str, str]]) -> html.Section:
    listed = [
        part
        for key, meaning in keys
        for part in (
            html.Dt([html.Kbd(one) for one in key.split()]),
            html.Dd(meaning),
        )
    ]
    return html.Section([html.H3(title), html.Dl(listed, className="aq-keys")])


def _palette() -> html.Dialog:
    # What stands in the list, and which entry is chosen, is drawn by assets/js/palette.js.
    field = dcc.Input(
        id="shell-palette-text",
        type="text",
        placeholder="Page, run, metric, view or action",
        autoComplete="off",
        spellCheck=False,
    )
    return html.Dialog(
        [
            html.Div([icon("search"), field], className="aq-palette-field"),
            html.Ul(
                id="shell-palette-list",
                role="listbox",
                className="aq-palette-list",
                **attributes(aria_label="Found"),
            ),
            html.P(id="shell-palette-note", className="aq-palette-note", role="status"),
        ],
        id="shell-palette",
        className="aq-dialog aq-palette",
        **attributes(aria_label="Find"),
    )


def _save_view() -> html.Dialog:
    name = dcc.Input(
        id="shell-save-name",
        type="text",
        maxLength=MOST_NAME_CHARACTERS,
        placeholder="Best of June",
        autoComplete="off",
    )
    return html.Dialog(
        [
            html.H2("Save this view", id="shell-save-title"),
            html.P("Keeps what the address says: runs, filter, charts, smoothing, zoom."),
            html.Label("Name", htmlFor="shell-save-name", className="aq-label"),
            name,
            html.Div(
                [
                    html.Button(
                        "Save", id="shell-save-go", type="button", className="btn btn-primary"
                    ),
                    html.Button(
                        "Cancel",
                        type="button",
                        className="btn btn-outline-primary",
                        **attributes(data_close="true"),
                    ),
                ],
                className="aq-actions",
            ),
        ],
        id="shell-save",
        className="aq-dialog",
        **attributes(aria_labelledby="shell-save-title"),
    )
