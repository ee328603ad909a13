"""What the controls of a chart board do, and how its charts follow their runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dash import ALL, MATCH, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from neural.errors import NotFoundError
from neural.tracking.charts.regions import Region
from neural.tracking.pages.board.answers import answer
from neural.tracking.pages.board.data import Chart, ChartData, ChartRun
from neural.tracking.pages.board.groups import group_labels, rows_of
from neural.tracking.pages.board.ids import BoardIds
from neural.tracking.pages.board.layout import board_list
from neural.tracking.pages.board.looks import Look
from neural.tracking.pages.board.state import board_address, look_of, moved
from neural.tracking.pages.board.updates import chart_graph, note_of, tick, update
from neural.tracking.pages.board.view import BoardView
from neural.tracking.pages.run.doctor import doctor_of
from neural.tracking.storage.settings import SettingsStore
from neural.tracking.ui.callbacks import callback, in_browser
from neural.tracking.ui.page import AppContext, ShellIds

__all__ = ["all_names", "register_board"]


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


def register_board(app: Dash, context: AppContext, ids: BoardIds) -> None:
    """Connect the board of ``ids``."""
    charts = ChartData(context.manager)
    _register_controls(app, ids)
    _register_list(app, context, ids)
    _register_charts(app, context, ids, charts)
    _register_tick(app, context, ids, charts)
    _register_address(app, context, ids)
    _register_answers(app, context, ids, charts)


def _register_controls(app: Dash, ids: BoardIds) -> None:
    in_browser(
        app,
        "aquariumCharts",
        "view",
        Output(ids.view, "data"),
        Output(f"{ids.smoothing}-amounts", "data-by"),
        Output(f"{ids.x_metric}-field", "hidden"),
        Output(f"{ids.group}-how", "hidden"),
        Output(f"{ids.then}-field", "hidden"),
        Input(ids.smoothing, "value"),
        Input(ids.kind, "value"),
        Input(ids.width, "value"),
        Input(ids.x, "value"),
        Input(ids.x_metric, "value"),
        Input(ids.axes, "value"),
        Input(ids.group, "value"),
        Input(ids.then, "value"),
        Input(ids.statistic, "value"),
        Input(ids.band, "value"),
        Input(ids.members, "value"),
        Input(ids.lines, "value"),
        Input(ids.by, "value"),
        Input(ids.doctor, "value"),
        State(ids.view, "data"),
        prevent_initial_call=True,
    )
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
        Output(ids.found, "children"),
        Output(ids.found, "data-problem"),
        Input(ids.shown, "data"),
    )
    in_browser(app, "aquariumCharts", "answer", Input(ids.answer, "data"))


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
        Input(ids.act, "data"),
        Input(ids.revision, "data"),
        State(ids.shown, "data"),
        State(ids.runs, "data"),
        State(ids.chart("seen", ALL), "data"),
        State(ids.chart("own", ALL), "data"),
        prevent_initial_call=True,
    )
    def _list(search: str | None, *args: Any) -> tuple[Any, Any]:
        act, (shown, runs, seen, own) = args[3], args[-4:]
        view = moved(shown, _cause(ids, act), search or "")
        view = replace(view, own=tuple((m, tuple(o.items())) for m, o in _own(seen, own).items()))
        names = all_names(context, [ChartRun(*run) for run in runs])
        listed, now = board_list(ids, names, view)
        if now == shown:
            raise PreventUpdate
        return listed, now


def _cause(ids: BoardIds, act: Any) -> Any:
    """Return which control was used, as :func:`moved` takes it."""
    cause = ctx.triggered_id
    if isinstance(cause, Mapping):
        # Headings that were only just put on the page come here without a click.
        return cause["index"] if ctx.triggered[0]["value"] else None
    return {ids.previous: "previous", ids.next: "next", ids.act: act}.get(cause)


def _own(seen: Sequence[Any], own: Sequence[Any]) -> dict[str, Any]:
    """Return what charts have of their own, by metric."""
    pairs = zip(seen, own, strict=False)
    return {one["metric"]: mine for one, mine in pairs if one and mine}


def _register_charts(app: Dash, context: AppContext, ids: BoardIds, charts: ChartData) -> None:
    def made(seen: Any, state: Any, own: Any, theme: Any, *more: Any) -> Chart:
        runs, revision, shown = more
        chosen = [ChartRun(*run) for run in runs]
        look = look_of(state, seen, own, shown, _labels(context, chosen, state))
        regions = _regions(context, chosen, seen["metric"], state, look)
        return charts.chart(
            seen["metric"], chosen, look, theme or "dark", revision or None, regions
        )

    @callback(
        app,
        Output(ids.chart("slot", MATCH), "children"),
        Output(ids.chart("note", MATCH), "children"),
        Output(ids.chart("mark", MATCH), "data"),
        Input(ids.chart("seen", MATCH), "data"),
        State(ids.view, "data"),
        State(ids.chart("own", MATCH), "data"),
        State(ShellIds.THEME, "data"),
        State(ids.runs, "data"),
        State(ids.revision, "data"),
        State(ids.shown, "data"),
        State(ids.chart("mark", MATCH), "id"),
        prevent_initial_call=True,
    )
    def _mount(seen: Any, *args: Any) -> tuple[Any, Any, Any]:
        if not seen:
            raise PreventUpdate
        chart = made(seen, *args[:-1])
        return (
            chart_graph(ids, args[-1]["index"], seen["metric"], chart),
            note_of(chart),
            chart.mark,
        )

    @callback(
        app,
        Output(ids.chart("graph", MATCH), "figure"),
        Output(ids.chart("note", MATCH), "children", allow_duplicate=True),
        Output(ids.chart("mark", MATCH), "data", allow_duplicate=True),
        Input(ids.view, "data"),
        Input(ids.chart("own", MATCH), "data"),
        Input(ShellIds.THEME, "data"),
        State(ids.chart("seen", MATCH), "data"),
        State(ids.runs, "data"),
        State(ids.revision, "data"),
        State(ids.shown, "data"),
        State(ids.chart("mark", MATCH), "data"),
        prevent_initial_call=True,
    )
    def _redraw(
        state: Any, own: Any, theme: Any, seen: Any, runs: Any, *more: Any
    ) -> tuple[Any, Any, Any]:
        revision, shown, before = more
        if not seen:
            raise PreventUpdate
        chart = made(seen, state, own, theme, runs, revision, shown)
        if before == chart.mark:
            return no_update, note_of(chart), no_update
        return update(chart, before), note_of(chart), chart.mark


def _labels(
    context: AppContext, runs: Sequence[ChartRun], state: Mapping[str, Any]
) -> dict[str, str]:
    group = BoardView.from_state(state).group
    if not group.by:
        return {}
    return group_labels(rows_of(context, [run.id for run in runs]), group.by, group.then)


def _regions(
    context: AppContext,
    runs: Sequence[ChartRun],
    metric: str,
    state: Mapping[str, Any],
    look: Look,
) -> tuple[Region, ...]:
    """Return what the doctor marks on the chart of a metric; nothing where runs are compared."""
    if len(runs) != 1 or not BoardView.from_state(state).doctor:
        return ()
    return doctor_of(context.manager).regions(runs[0], metric, look.view)


def _register_tick(app: Dash, context: AppContext, ids: BoardIds, charts: ChartData) -> None:
    @callback(
        app,
        Output(ids.chart("graph", ALL), "figure", allow_duplicate=True),
        Output(ids.chart("note", ALL), "children", allow_duplicate=True),
        Output(ids.chart("mark", ALL), "data", allow_duplicate=True),
        Input(ids.revision, "data"),
        State(ids.view, "data"),
        State(ShellIds.THEME, "data"),
        State(ids.runs, "data"),
        State(ids.shown, "data"),
        State(ids.chart("graph", ALL), "id"),
        State(ids.chart("mark", ALL), "id"),
        State(ids.chart("mark", ALL), "data"),
        State(ids.chart("seen", ALL), "data"),
        State(ids.chart("own", ALL), "data"),
        prevent_initial_call=True,
    )
    def _tick(revision: Any, state: Any, theme: Any, runs: Any, shown: Any, *cards: Any) -> Any:
        chosen = [ChartRun(*run) for run in runs]
        labels = _labels(context, chosen, state)

        def made(seen: Any, own: Any) -> Chart:
            look = look_of(state, seen, own, shown, labels)
            regions = _regions(context, chosen, seen["metric"], state, look)
            return charts.chart(seen["metric"], chosen, look, theme or "dark", revision, regions)

        metrics = [one["metric"] for one in cards[3] if one]
        with charts.reading_ahead(metrics, revision):
            return tick(made, *cards)


def _register_address(app: Dash, context: AppContext, ids: BoardIds) -> None:
    settings = SettingsStore(context.base_dir)

    @callback(
        app,
        Output(ShellIds.VIEW, "data", allow_duplicate=True),
        Input(ids.shown, "data"),
        Input(ids.view, "data"),
        Input(ids.base, "data"),
        Input(ids.chart("own", ALL), "data"),
        State(ids.chart("seen", ALL), "data"),
        State(ids.by, "placeholder"),
        prevent_initial_call=True,
    )
    def _address(
        shown: Any, state: Any, base: Any, own: Any, seen: Any, by: str | None
    ) -> dict[str, str]:
        start = BoardView(smoothing=settings.load().smoothing, by=by or None)
        return board_address(base, shown, state, _own(seen, own), start)


def _register_answers(app: Dash, context: AppContext, ids: BoardIds, charts: ChartData) -> None:
    @callback(
        app,
        Output(ids.answer, "data"),
        Input(ids.ask, "data"),
        State(ids.view, "data"),
        State(ids.runs, "data"),
        prevent_initial_call=True,
    )
    def _answer(ask: Any, state: Any, runs: Any) -> Any:
        if not ask:
            raise PreventUpdate
        chosen = [ChartRun(*run) for run in runs]
        look = look_of(state, ask, ask.get("own"))
        look = replace(look, labels=_labels(context, chosen, state))
        return answer(context, charts, ask, chosen, look)
