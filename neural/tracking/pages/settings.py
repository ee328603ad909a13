"""Settings of the store: what pages start with, for everybody who opens it."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from dash_bootstrap_components import Checklist, RadioItems

from neural import __version__
from neural.tracking.pages.tables import definitions
from neural.tracking.storage.settings import (
    DENSITIES,
    MOST_SMOOTHING,
    REFRESH_S,
    THEMES,
    Settings,
    SettingsStore,
)
from neural.tracking.ui.callbacks import callback, in_browser
from neural.tracking.ui.components import card, labelled, page_header, partial_state
from neural.tracking.ui.page import AppContext, Page, PageLocation

__all__ = ["Ids", "layout", "page", "register"]

#: Statistics of a metric that a column may hold.
STATS = ("last", "best", "min", "max", "mean")

#: Columns that every store has.
PLAIN_COLUMNS = ("status", "created", "duration", "tags", "notes", "group")


class Ids:
    """Component ids; the prefix keeps them apart from other pages'."""

    SAVED = "settings-saved"
    RESET = "settings-reset"
    THEME = "settings-theme"
    DENSITY = "settings-density"
    SMOOTHING = "settings-start-weight"
    REFRESH = "settings-refresh"
    KEYS = "settings-keys"
    COLUMNS = "settings-columns"


def layout(context: AppContext, location: PageLocation) -> html.Div:
    """Return the page."""
    store = SettingsStore(context.base_dir)
    found, problems = store.look()
    reset = html.Button(
        "Back to the defaults", id=Ids.RESET, type="button", className="btn btn-outline-primary"
    )
    note = [partial_state("Part of the settings cannot be used", problems)] if problems else []
    about: list[tuple[str, Any]] = [
        ("Version", __version__),
        ("Runs in", html.Code(str(context.base_dir))),
        ("Settings in", html.Code(str(store.path))),
    ]
    return html.Div(
        [
            page_header(
                "Settings",
                subtitle="Kept with the runs, for everybody who opens them.",
                actions=[reset, html.Span(id=Ids.SAVED, className="aq-hint", role="status")],
            ),
            *note,
            *_controls(found, _column_options(context, found)),
            card("About", definitions(about)),
        ],
        className="aq-page aq-page-settings",
    )


def _controls(found: Settings, columns: list[str]) -> list[Component]:
    """Return the form, filled in.

    Args:
        found: The settings in force.
        columns: What the table of runs can show.
    """
    smoothing = dcc.Slider(
        id=Ids.SMOOTHING,
        min=0,
        max=MOST_SMOOTHING,
        step=0.001,
        value=found.smoothing,
        marks=None,
        updatemode="mouseup",
    )
    chosen = dcc.Dropdown(
        id=Ids.COLUMNS,
        options=columns,
        value=list(found.columns),
        multi=True,
        placeholder="As the table finds best",
    )
    keys = Checklist(
        id=Ids.KEYS,
        options=[{"value": "on", "label": "Single letters are commands"}],
        value=["on"] if found.keys else [],
        className="aq-checks",
    )
    look = [
        labelled("Theme", _choice(Ids.THEME, THEMES, found.theme)),
        labelled("Rows", _choice(Ids.DENSITY, DENSITIES, found.density)),
    ]
    curves = [
        labelled("Smoothing to start with", smoothing, hint="0 shows every value as logged."),
        labelled(
            "Look for new data every",
            _choice(Ids.REFRESH, REFRESH_S, found.refresh_s, unit=" s"),
            hint="While runs are being written; a hidden tab does not look at all.",
        ),
    ]
    return [
        html.Div(
            [card("Look", look), card("Curves and live data", curves)], className="aq-columns"
        ),
        html.Div(
            [
                card("Table of runs", labelled("Columns to start with", chosen)),
                card("Keyboard", labelled("Keys", keys, hint="The key ? shows all of them.")),
            ],
            className="aq-columns",
        ),
    ]


def _choice(control_id: str, values: tuple[Any, ...], value: Any, *, unit: str = "") -> Component:
    made: Component = RadioItems(
        id=control_id,
        options=[{"value": one, "label": f"{str(one).capitalize()}{unit}"} for one in values],
        value=value,
        inline=True,
        className="aq-segments",
        inputClassName="btn-check",
        labelClassName="btn btn-outline-primary",
        labelCheckedClassName="active",
    )
    return made


def _column_options(context: AppContext, found: Settings) -> list[str]:
    """Return the columns that can be chosen; what was chosen before stays among them."""
    manager = context.manager
    params = [f"params.{name}" for name in manager.param_names()]
    metrics = [f"metrics.{name}.{stat}" for name in manager.all_metric_names() for stat in STATS]
    return list(dict.fromkeys([*found.columns, *PLAIN_COLUMNS, *params, *metrics]))


def register(app: Dash, context: AppContext) -> None:
    """Save every change at once, and let this browser follow it."""
    store = SettingsStore(context.base_dir)

    @callback(
        app,
        Output(Ids.SAVED, "children"),
        Input(Ids.THEME, "value"),
        Input(Ids.DENSITY, "value"),
        Input(Ids.SMOOTHING, "value"),
        Input(Ids.REFRESH, "value"),
        Input(Ids.KEYS, "value"),
        Input(Ids.COLUMNS, "value"),
        prevent_initial_call=True,
    )
    def _save(
        theme: str, density: str, smoothing: float | None, refresh: int, keys: Any, columns: Any
    ) -> str:
        chosen = Settings(
            theme=theme,
            density=density,
            smoothing=smoothing or 0.0,
            refresh_s=refresh,
            keys=bool(keys),
            columns=tuple(columns or ()),
        )
        if chosen == store.load():  # the controls have only just appeared
            raise PreventUpdate
        store.change(**{name: getattr(chosen, name) for name in Settings.__slots__})
        return "Saved"

    @callback(
        app,
        Output(Ids.THEME, "value"),
        Output(Ids.DENSITY, "value"),
        Output(Ids.SMOOTHING, "value"),
        Output(Ids.REFRESH, "value"),
        Output(Ids.KEYS, "value"),
        Output(Ids.COLUMNS, "value"),
        Output(Ids.SAVED, "children", allow_duplicate=True),
        Input(Ids.RESET, "n_clicks"),
        prevent_initial_call=True,
    )
    def _reset(clicks: int | None) -> tuple[Any, ...]:
        found = store.reset()
        keys = ["on"] if found.keys else []
        shown = (found.theme, found.density, found.smoothing, found.refresh_s, keys)
        return (*shown, list(found.columns), "As by default")

    in_browser(
        app,
        "aquarium",
        "settings",
        Input(Ids.THEME, "value"),
        Input(Ids.DENSITY, "value"),
        Input(Ids.REFRESH, "value"),
        Input(Ids.KEYS, "value"),
        prevent_initial_call=True,
    )


page = Page(
    path="/settings",
    title="Settings",
    layout=layout,
    register=register,
    order=90,
    icon="settings",
)
