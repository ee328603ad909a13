"""What the controls of a chart board do, and how its charts follow their runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, MATCH, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from neural.errors import NotFoundError
from neural.tracking.charts.theme import Theme
from neural.tracking.pages.board_view import BoardView, smoothing_of
from neural.tracking.pages.chart_board import BoardIds, board_list
from neural.tracking.pages.chart_data import ChartData, ChartRun, changes, mark
from neural.tracking.ui.callbacks import callback, in_browser
from neural.tracking.ui.page import AppContext, ShellIds, search_string

__all__ = ["all_names", "board_address", "draw", "moved", "register_board"]


def all_names(context: AppContext, runs: Sequence[ChartRun]) -> list[str]:
    """Return the metrics of all runs: those that most of them have first, else as logged."""
    uses: dict[str, int] = {}
    for run in runs:
        try:
            names = context.manager.metric_names(run.id)
        except NotFoundError:  # moved to the trash while somebody looks at it
            continue
        for name in names:
            uses[name] = uses.get(name, 0) + 1
    return sorted(uses, key=lambda name: -uses[name])


def moved(shown: Mapping[str, Any], cause: Any, search: str) -> BoardView:
    """Return the list of charts that a click or a search asks for.

    Args:
        shown: State of the list on screen.
        cause: ``"previous"``, ``"next"``, the place of a section that was toggled, or
            ``None`` for a search or new data.
        search: What stands in the search field.
    """
    view = BoardView(search=search, number=int(shown["number"]), toggled=tuple(shown["toggled"]))
    if isinstance(cause, int):
        return view.toggle(shown["sections"][cause])
    if cause in ("previous", "next"):
        number = view.number + (1 if cause == "next" else -1)
        return BoardView(search=search, number=number, toggled=view.toggled)
    if search != shown["search"]:
        return BoardView(search=search, toggled=view.toggled)
    return view


def draw(
    charts: ChartData,
    metric: str,
    runs: Sequence[ChartRun],
    view: BoardView,
    theme: Theme,
    before: Mapping[str, Any] | None,
    revisions: Mapping[str, str] | None = None,
) -> tuple[Any, str, dict[str, Any]]:
    """Return what to send to one chart: a figure, a patch of it, or nothing.

    Args:
        charts: Where the charts come from.
        metric: Metric of the chart.
        runs: Runs of the board.
        view: What the controls say.
        theme: Theme in force.
        before: Mark of the chart on screen; ``None`` if it is blank.
        revisions: See :meth:`ChartData.chart`.

    Returns:
        Figure, patch or ``no_update``; the note under it; its mark.
    """
    figure, note = charts.chart(metric, runs, view.chart(), theme, revisions)
    now = mark(figure)
    if before == now:
        return no_update, note, now
    patch = changes(figure, before, now) if before else None
    return figure if patch is None else patch, note, now


def board_address(
    base: Mapping[str, Any], shown: Mapping[str, Any], view: BoardView
) -> dict[str, str]:
    """Return the address of a board for the shell's ``VIEW`` store.

    Args:
        base: ``{"path", "state"}`` of the page.
        shown: State of the list of charts.
        view: What the controls say.
    """
    whole = BoardView(
        smoothing=view.smoothing,
        x=view.x,
        log_y=view.log_y,
        search=shown["search"],
        number=shown["number"],
        toggled=tuple(shown["toggled"]),
    )
    search = search_string({**base["state"], **whole.state()})
    return {"search": search, "path": base["path"]}


def register_board(app: Dash, context: AppContext, ids: BoardIds) -> None:
    """Connect the board of ``ids``."""
    _register_list(app, context, ids)
    _register_charts(app, context, ids)
    _register_address(app, ids)


def _register_list(app: Dash, context: AppContext, ids: BoardIds) -> None:
    @callback(
        app,
        Output(ids.revision, "data"),
        Input(ShellIds.LIVE, "data"),
        State(ids.runs, "data"),
        State(ids.revision, "data"),
    )
    def _look(_live: Any, runs: list[Any], before: Any) -> Any:
        now = context.manager.revision([run[0] for run in runs])
        if now == before:
            raise PreventUpdate
        return now

    @callback(
        app,
        Output(ids.list, "children"),
        Output(ids.shown, "data"),
        Input(ids.search, "value"),
        Input(ids.toggle(ALL), "n_clicks"),
        Input(ids.previous, "n_clicks"),
        Input(ids.next, "n_clicks"),
        Input(ids.revision, "data"),
        State(ids.shown, "data"),
        State(ids.runs, "data"),
        prevent_initial_call=True,
    )
    def _list(search: str | None, *args: Any) -> tuple[Any, Any]:
        shown, runs = args[-2:]
        view = moved(shown, _cause(ids), search or "")
        names = all_names(context, [ChartRun(*run) for run in runs])
        listed, now = board_list(ids, names, view)
        if now == shown:
            raise PreventUpdate
        return listed, now

    in_browser(
        app,
        "aquariumCharts",
        "updated",
        Output(ids.updated, "data-since"),
        Output(ids.updated, "hidden"),
        Input(ids.revision, "data"),
        prevent_initial_call=True,
    )
    in_browser(
        app,
        "aquariumCharts",
        "shown",
        Output(ids.pager, "children"),
        Output(ids.previous, "disabled"),
        Output(ids.next, "disabled"),
        Input(ids.shown, "data"),
    )


def _cause(ids: BoardIds) -> Any:
    """Return which control was used, as :func:`moved` takes it."""
    cause = ctx.triggered_id
    if isinstance(cause, Mapping):
        # Headings that were only just put on the page come here without a click.
        return cause["index"] if ctx.triggered[0]["value"] else None
    return {ids.previous: "previous", ids.next: "next"}.get(cause)


def _register_charts(app: Dash, context: AppContext, ids: BoardIds) -> None:
    charts = ChartData(context.manager)

    @callback(
        app,
        Output(ids.chart("graph", MATCH), "figure"),
        Output(ids.chart("note", MATCH), "children"),
        Output(ids.chart("mark", MATCH), "data"),
        Input(ids.chart("seen", MATCH), "data"),
        Input(ids.smoothing, "value"),
        Input(ids.x, "value"),
        Input(ids.log, "value"),
        Input(ids.revision, "data"),
        Input(ShellIds.THEME, "data"),
        State(ids.runs, "data"),
        State(ids.chart("mark", MATCH), "data"),
        prevent_initial_call=True,
    )
    def _draw(
        metric: str | None,
        smoothing: Any,
        x: Any,
        log: Any,
        revision: Any,
        theme: Any,
        *state: Any,
    ) -> tuple[Any, str, Any]:
        if metric is None:  # not in sight yet
            raise PreventUpdate
        runs, before = [ChartRun(*run) for run in state[0]], state[1]
        view = BoardView(smoothing=smoothing_of(smoothing), x=x, log_y="log" in (log or ()))
        return draw(charts, metric, runs, view, theme or "dark", before, revision or None)


def _register_address(app: Dash, ids: BoardIds) -> None:
    @callback(
        app,
        Output(ShellIds.VIEW, "data", allow_duplicate=True),
        Input(ids.shown, "data"),
        Input(ids.smoothing, "value"),
        Input(ids.x, "value"),
        Input(ids.log, "value"),
        Input(ids.base, "data"),
        prevent_initial_call=True,
    )
    def _address(shown: Any, smoothing: Any, x: Any, log: Any, base: Any) -> dict[str, str]:
        view = BoardView(smoothing=smoothing_of(smoothing), x=x, log_y="log" in (log or ()))
        return board_address(base, shown, view)
