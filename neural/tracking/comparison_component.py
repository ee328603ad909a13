"""Compare runs: a component for any Dash application, and the compare page of Aquarium."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.charts.lines import View
from neural.tracking.charts.run_comparison import run_comparison, run_comparison_dict
from neural.tracking.charts.theme import RunStyle, Theme, run_styles
from neural.tracking.pages.addresses import plain_id
from neural.tracking.pages.compare.compared import Compared, Value, labels, value_rows
from neural.tracking.pages.compare.page import page
from neural.tracking.pages.compare.tables import params_table, run_name, values_table
from neural.tracking.pages.tables import definitions
from neural.tracking.records import flatten
from neural.tracking.ui.components import card, empty_state, graph, number, status_badge

if TYPE_CHECKING:
    from neural.tracking.run_view import RunView

__all__ = ["ComparisonComponent", "page"]

#: Charts that are drawn at once; the compare page shows all.
MOST_CHARTS = 6
#: Metrics on the card of a run.
MOST_METRICS = 3


class ComparisonComponent:
    """Some runs side by side: cards, curves, parameters, best values.

    Args:
        experiments: Trackers of the runs, as ``ExperimentManager.get_experiment`` returns them.
        theme: Theme of the charts.
    """

    def __init__(self, experiments: Sequence[RunView], *, theme: Theme = "dark") -> None:
        self._experiments = list(experiments)
        self._theme = theme

    def render(self) -> html.Div:
        """Return the comparison, to be put into the layout of a Dash application.

        Returns:
            A card for each run, up to six charts in two columns (the metrics that most runs
            have), the parameters that differ, and the best values by direction.
        """
        runs = [_compared(experiment) for experiment in self._experiments]
        if not runs:
            why = html.P("Hand over the runs to compare.")
            call = "ComparisonComponent([manager.get_experiment(id) for id in ids]).render()"
            return html.Div(empty_state("No runs to compare", why, snippet=call))
        names, styles = labels(runs), list(run_styles(run.id for run in runs).values())
        return html.Div(
            [
                html.Div(
                    [_card(*one) for one in zip(runs, names, styles, strict=True)],
                    className="aq-tiles",
                ),
                card("Metrics", self._charts(runs, names, styles)),
                card("Parameters", params_table(runs, names, styles, only_differing=False)),
                card("Best values", values_table(runs, names, styles)),
            ],
            className="aq-page",
        )

    def _charts(
        self, runs: Sequence[Compared], names: Sequence[str], styles: Sequence[RunStyle]
    ) -> list[Component]:
        metrics = [row.metric for row in value_rows(runs)]
        if not metrics:
            return [html.P("None of these runs has logged a metric.", className="aq-muted")]
        named = dict(zip((run.id for run in runs), names, strict=True))
        looks = dict(zip((run.id for run in runs), styles, strict=True))
        charts = [self._chart(metric, named, looks) for metric in metrics[:MOST_CHARTS]]
        more = f"{len(metrics) - MOST_CHARTS:,} more metrics are not drawn here."
        hint = [html.P(more, className="aq-hint")] if len(metrics) > MOST_CHARTS else []
        return [html.Div(charts, className="aq-grid-two"), *hint]

    def _chart(
        self, metric: str, names: Mapping[str, str], styles: Mapping[str, RunStyle]
    ) -> html.Div:
        series = {one.experiment_id: one.metric(metric, "drawn") for one in self._experiments}
        comparison = run_comparison(metric, series, labels=names, view=View())
        figure = run_comparison_dict(comparison, theme=self._theme, styles=styles)
        graph_id = {"type": "comparison-graph", "index": plain_id(metric)}
        return graph(graph_id, figure, label=f"Chart of {metric}", style={"height": "320px"})


def _compared(experiment: RunView) -> Compared:
    values: dict[str, Value] = {}
    for name in experiment.metric_names():
        best, step = experiment.get_best_metric(name)
        last = experiment.metric(name).value[-1]
        values[name] = Value(
            last=last.item() if hasattr(last, "item") else last, best=best, step=step
        )
    return Compared(
        id=experiment.experiment_id,
        name=experiment.experiment_name,
        status=str(experiment.metadata.get("status", "unknown")),
        entries=len(experiment.metrics_history),
        params=dict(flatten(experiment.hyperparameters)),
        values=values,
        goals={},
    )


def _card(run: Compared, label: str, style: RunStyle) -> html.Div:
    latest: list[tuple[str, Any]] = [
        (name, number(value.last)) for name, value in list(run.values.items())[:MOST_METRICS]
    ]
    steps = f"{run.entries:,} steps"
    return html.Div(
        [
            html.Div(run_name(style, label), className="aq-run-line"),
            html.Div([status_badge(run.status), html.Code(run.id)], className="aq-run-line"),
            html.Div(steps, className="aq-hint"),
            definitions(latest),
        ],
        className="aq-tile",
    )
