"""The export page: which runs, where to, a dry run, one click, and the jobs that follow."""

from __future__ import annotations

from typing import Any

import dash
from dash import Dash, Input, Output, State, html, no_update

from neural.errors import FilterSyntaxError, InvalidInputError
from neural.tracking.export_jobs.runner import JobRunner
from neural.tracking.export_jobs.targets import PageTargets
from neural.tracking.open_roots import OpenRoots
from neural.tracking.pages.experiments.filter import filter_problem, hints
from neural.tracking.pages.export.chosen import Chosen, chosen_runs, described
from neural.tracking.pages.export.form import FIELDS, fields_of, spec_of
from neural.tracking.pages.export.ids import Ids
from neural.tracking.pages.export.jobs import register_jobs
from neural.tracking.pages.export.layout import layout as page_layout
from neural.tracking.pages.export_link import EXPORT
from neural.tracking.ui.callbacks import callback, in_browser
from neural.tracking.ui.components import chosen_text, notify
from neural.tracking.ui.page import AppContext, Page, PageLocation, ShellIds, search_string

__all__ = ["layout", "page", "register", "targets_of"]

#: What a callback needs to know which runs the page is about.
_WHICH = (
    State(Ids.SOURCE, "value"),
    State(Ids.GIVEN, "data"),
    State(Ids.SELECTION, "data"),
    State(Ids.FILTER_TEXT, "value"),
)
#: The fields, in the order of :func:`_values`.
_FORM = (
    State(Ids.PLATFORM, "value"),
    State(Ids.PARTS, "value"),
    State(Ids.ADDRESS, "value"),
    State(Ids.PROJECT, "value"),
    State(Ids.ENTITY, "value"),
    State(Ids.MODE, "value"),
    State(Ids.FOLDER, "value"),
    State(Ids.TAGS, "value"),
)


def targets_of(context: AppContext) -> PageTargets:
    """Return where the pages of an application may send runs."""
    return PageTargets(OpenRoots(context.base_dir, context.open_roots), context.export_to)


def layout(context: AppContext, location: PageLocation) -> html.Div:
    """Return the page."""
    return page_layout(context, targets_of(context), location)


def _chosen(context: AppContext, which: Any) -> Chosen:
    source, given, selection, text = which
    ids = given if source == "runs" else selection
    return chosen_runs(context.manager, source, ids or (), text or "")


def _values(form: Any) -> dict[str, Any]:
    return dict(zip(("platform", "parts", *FIELDS), form, strict=True))


def register(app: Dash, context: AppContext) -> None:
    """Connect the choice of runs, the fields, the buttons and the jobs."""
    runner = JobRunner(context.base_dir, targets_of(context))
    _register_choice(app, context)
    _register_filter(app, context)
    _register_fields(app, context)
    _register_buttons(app, context, runner)
    register_jobs(app, context, runner)


def _register_choice(app: Dash, context: AppContext) -> None:
    in_browser(
        app, "aquariumExport", "selection", Output(Ids.SELECTION, "data"), Input(Ids.SOURCE, "id")
    )

    @callback(
        app,
        Output(Ids.CHOSEN, "children"),
        Output(Ids.FILTER_BOX, "hidden"),
        *(Input(state.component_id, state.component_property) for state in _WHICH),
    )
    def _count(*which: Any) -> tuple[Any, bool]:
        try:
            said = described(context.manager, _chosen(context, which))
        except FilterSyntaxError:  # its place is shown under the filter
            said = ["The filter cannot be understood."]
        return [html.Span(sentence) for sentence in said], which[0] != "filter"

    @callback(
        app,
        Output(Ids.FILTER_TEXT, "value"),
        Input(Ids.GROUP, "value"),
        prevent_initial_call=True,
    )
    def _group(text: str | None) -> Any:
        return chosen_text(text) if text else no_update


def _register_filter(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        Output(Ids.PROBLEM, "children"),
        Input(Ids.FILTER_TEXT, "value"),
        prevent_initial_call=True,
    )
    def _understand(text: str | None) -> Any:
        return filter_problem(text or "")

    @callback(app, Output(Ids.HINTED, "data"), Input(Ids.TYPED, "data"), prevent_initial_call=True)
    def _hints(typed: dict[str, Any] | None) -> Any:
        return hints(context.manager, typed) if typed else no_update

    in_browser(
        app,
        "aquariumFilter",
        "hint",
        Output(Ids.QUIET, "data"),
        Input(Ids.HINTED, "data"),
        prevent_initial_call=True,
    )


def _register_fields(app: Dash, context: AppContext) -> None:
    @callback(
        app,
        *(Output(Ids.field(name), "hidden") for name in FIELDS),
        Output(Ids.FOLDER, "placeholder"),
        Input(Ids.PLATFORM, "value"),
        prevent_initial_call=True,
    )
    def _show(platform: str) -> tuple[Any, ...]:
        shown = fields_of(platform)
        return (*(name not in shown for name in FIELDS), platform)

    @callback(
        app,
        Output(Ids.QUIET, "data", allow_duplicate=True),
        Input(Ids.PLATFORM, "value"),
        Input(Ids.SOURCE, "value"),
        Input(Ids.FILTER_TEXT, "value"),
        State(Ids.GIVEN, "data"),
        prevent_initial_call=True,
    )
    def _address(platform: str, source: str, text: str | None, given: list[str] | None) -> Any:
        state = {"runs": ",".join(given or ()), "from": source, "filter": text, "to": platform}
        step = {"search": search_string(state), "path": context.href(EXPORT), "push": False}
        # No output: for one outside the page Dash asks as soon as the page is drawn.
        dash.set_props(ShellIds.VIEW, {"data": step})
        return no_update


def _register_buttons(app: Dash, context: AppContext, runner: JobRunner) -> None:
    @callback(
        app,
        Output(Ids.TEST_JOB, "data"),
        Input(Ids.TEST, "n_clicks"),
        *_FORM,
        prevent_initial_call=True,
    )
    def _test(_clicks: int | None, *form: Any) -> int:
        return runner.submit(spec_of("test", (), _values(form)))

    @callback(
        app,
        Output(Ids.CHECK_JOB, "data"),
        Input(Ids.CHECK, "n_clicks"),
        *_WHICH,
        *_FORM,
        prevent_initial_call=True,
    )
    def _check(_clicks: int | None, *values: Any) -> int:
        return _submit("check", values)

    @callback(
        app,
        Output(Ids.CHANGED, "data"),
        Input(Ids.SEND, "n_clicks"),
        *_WHICH,
        *_FORM,
        prevent_initial_call=True,
    )
    def _send(_clicks: int | None, *values: Any) -> str:
        number = _submit("export", values)
        notify(f"Job #{number} was begun. It goes on if you leave this page.", kind="ok")
        return f"new {number}"

    def _submit(kind: str, values: Any) -> int:
        chosen = _chosen(context, values[: len(_WHICH)])
        if not chosen.names:
            raise InvalidInputError("Choose at least one run to export")
        spec = spec_of(kind, chosen.names, _values(values[len(_WHICH) :]))
        return runner.submit(spec, chosen.names)


page = Page(
    path=EXPORT,
    title="Export",
    layout=layout,
    register=register,
    order=50,
    icon="export",
)
