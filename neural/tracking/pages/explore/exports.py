"""What a chart gives away: its columns as CSV, and Python that draws it again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from neural.tracking.pages.experiments.view import TableView
from neural.tracking.pages.explore.ids import Ids
from neural.tracking.pages.explore.panels import Panels
from neural.tracking.pages.explore.runs import MOST_RUNS, label_of
from neural.tracking.pages.explore.scene import Drawn, Scene
from neural.tracking.pages.explore.view import ExploreView
from neural.tracking.ui.callbacks import callback, in_browser
from neural.tracking.ui.page import AppContext

__all__ = ["answer", "register_answers", "snippet", "table_csv"]


def answer(base_dir: str, scene: Scene, drawn: Drawn, ask: Mapping[str, Any]) -> dict[str, str]:
    """Return ``{"what", "metric", "text"}`` for what a chart was asked for.

    Args:
        base_dir: Directory of the runs.
        scene: The runs.
        drawn: The chart.
        ask: ``{"what": "csv" or "python"}``.
    """
    is_csv = ask["what"] == "csv"
    text = table_csv(scene, drawn) if is_csv else snippet(base_dir, scene, drawn)
    return {"what": "csv" if is_csv else "python", "metric": drawn.title, "text": text}


def table_csv(scene: Scene, drawn: Drawn) -> str:
    """Return the columns that a chart is made of, one row a run."""
    file = io.StringIO()
    write = csv.writer(file, lineterminator="\n")
    columns = scene.table.columns(drawn.facts)
    write.writerow(["run", "id", *(_cell(one.name) for one in columns)])
    for row, run in enumerate(scene.table.ids):
        values = [_value(one.levels, float(one.values[row])) for one in columns]
        write.writerow([_cell(scene.table.labels[row]), run, *values])
    return file.getvalue()


def _value(levels: tuple[str, ...], value: float) -> str | float:
    if value != value:
        return ""
    return _cell(levels[int(value)]) if levels else value


def _cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def snippet(base_dir: str, scene: Scene, drawn: Drawn) -> str:
    """Return a script that draws a chart again from the store."""
    facts = {fact: label_of(fact) for fact in drawn.facts}
    figures = "import plotly.graph_objects as go\n" if _uses_go(drawn) else ""
    return "\n".join(
        [
            f"{figures}from neural.tracking import ExperimentManager",
            "from neural.tracking.analysis.run_columns import column",
            *drawn.imports,
            "",
            f"manager = ExperimentManager({base_dir!r}, read_only=True)",
            f"runs = manager.search({TableView(filter=scene.view.filter).wanted!r}, "
            f"limit={MOST_RUNS})",
            *_brushed(scene),
            'ids = [run["experiment_id"] for run in runs]',
            'labels = [run["display_name"] or run["experiment_name"] for run in runs]',
            f"names = {facts!r}",
            "facts = manager.cells(ids, names)",
            "columns = {",
            "    fact: column(name, [facts[run].get(fact) for run in ids])",
            "    for fact, name in names.items()",
            "}",
            *drawn.code,
            "figure.show()",
            "",
        ]
    )


def _uses_go(drawn: Drawn) -> bool:
    return any("go." in line for line in drawn.code)


def _brushed(scene: Scene) -> list[str]:
    if len(scene.table.ids) == len(scene.whole.ids):
        return []
    return [
        f"kept = {set(scene.table.ids)!r}",
        'runs = [run for run in runs if run["experiment_id"] in kept]',
    ]


def register_answers(app: Dash, context: AppContext, panels: Panels) -> None:
    """Connect what the menus of charts ask the server for."""

    @callback(
        app,
        Output(Ids.ANSWER, "data"),
        Input(Ids.ASK, "data"),
        State(Ids.STATE, "data"),
        State(Ids.DRAWN, "data"),
        prevent_initial_call=True,
    )
    def _answer(ask: Any, state: Mapping[str, Any], revision: str | None) -> Any:
        if not ask:
            raise PreventUpdate
        scene = panels.scene(ExploreView.from_state(state), revision=revision)
        found = panels.chart(scene, str(ask["chart"]))
        if found is None:
            raise PreventUpdate
        return answer(str(context.base_dir), scene, found, ask)

    in_browser(
        app,
        "aquariumCharts",
        "answer",
        Output(Ids.QUIET, "data", allow_duplicate=True),
        Input(Ids.ANSWER, "data"),
        prevent_initial_call=True,
    )
