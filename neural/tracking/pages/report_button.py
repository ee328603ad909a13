"""A button that makes one HTML file of the runs that a page is about."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from neural.tracking.report.writing import make_report
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.components import notify
from neural.tracking.ui.format import format_size
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext

__all__ = ["register_report", "report_button", "report_file"]


def report_button(prefix: str) -> html.Span:
    """Return the button, and what hands its file to the browser.

    Args:
        prefix: Of the ids, the same as for :func:`register_report`.
    """
    button = html.Button(
        [icon("download"), html.Span("Report")],
        id=_button(prefix),
        type="button",
        className="btn btn-outline-primary aq-with-icon",
        title="Save these runs as one HTML file that needs no network",
    )
    return html.Span([button, dcc.Download(id=_file(prefix))])


def register_report(
    app: Dash,
    context: AppContext,
    prefix: str,
    state: State,
    ids_of: Callable[[Any], Sequence[str]],
) -> None:
    """Connect the button.

    Args:
        app: The application.
        context: What it shows.
        prefix: Of the ids.
        state: Component property that says which runs.
        ids_of: Returns their ids from its value.
    """

    @callback(
        app,
        Output(_file(prefix), "data"),
        Input(_button(prefix), "n_clicks"),
        state,
        running=[(Output(_button(prefix), "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def _make(clicks: int | None, chosen: Any) -> dict[str, Any]:
        ids = ids_of(chosen)
        if not clicks or not ids:
            raise PreventUpdate
        return report_file(context, ids)


def report_file(context: AppContext, ids: Sequence[str]) -> dict[str, Any]:
    """Return a report of runs as ``dcc.Download`` takes it; those that are gone are left out.

    Raises:
        InvalidInputError: They are more than one file can take.
    """
    there = [one for one in ids if context.manager.revision([one])]
    if not there:
        raise PreventUpdate
    report = make_report(context.manager, there)
    some = f"{len(there):,} run{'' if len(there) == 1 else 's'}"
    notify(f"The report of {some} is ready ({format_size(len(report.html))}).", kind="ok")
    return {
        "filename": f"report-{len(there)}-run{'' if len(there) == 1 else 's'}.html",
        "content": base64.b64encode(report.html).decode(),
        "type": "text/html",
        "base64": True,
    }


def _button(prefix: str) -> str:
    return f"{prefix}-report"


def _file(prefix: str) -> str:
    return f"{prefix}-report-file"
