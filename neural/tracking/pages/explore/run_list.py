"""A short table of runs with links to their pages."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from neural.tracking.analysis.run_columns import Column
from neural.tracking.pages.explore.runs import label_of
from neural.tracking.pages.explore.scene import Scene
from neural.tracking.pages.tables import table
from neural.tracking.ui.components import number, safe_link

__all__ = ["MOST_ROWS", "run_list"]

#: Runs that are listed.
MOST_ROWS = 50


def run_list(scene: Scene, rows: Sequence[int], facts: Sequence[str]) -> list[Component]:
    """Return a table of runs, and how many more there are.

    Args:
        scene: The runs.
        rows: Which rows of its table, in their order.
        facts: Columns beside the name.
    """
    names = list(dict.fromkeys(facts))
    columns = scene.table.columns(names)
    shown = rows[:MOST_ROWS]
    heads = ["Run", "Status"]
    heads += [
        f"+{label_of(fact)}" if one.is_number else label_of(fact)
        for fact, one in zip(names, columns, strict=True)
    ]
    body = [_row(scene, row, columns) for row in shown]
    more = len(rows) - len(shown)
    hint = [html.P(f"{more:,} more runs are not listed.", className="aq-hint")] if more else []
    if not rows:
        return [html.P("No run is left. Make a brush wider, or take it away.", role="status")]
    return [table(heads, body, label="Runs"), *hint]


def _row(scene: Scene, row: int, columns: Sequence[Column]) -> html.Tr:
    run = scene.table.rows[row]
    link = safe_link(scene.table.labels[row], scene.href(str(run["experiment_id"])))
    return html.Tr(
        [
            html.Th(link, scope="row"),
            html.Td(str(run["status"])),
            *(_cell(one, float(one.values[row])) for one in columns),
        ]
    )


def _cell(column: Column, value: float) -> html.Td:
    if column.is_number and value == value:
        return html.Td(number(value), className="aq-cell-end")
    return html.Td(column.text(value), className="aq-cell-end" if column.is_number else "")
