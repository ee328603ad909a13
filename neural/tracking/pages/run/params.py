"""Parameters of one run, and a search through them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from neural.tracking.pages.metric_sections import matching
from neural.tracking.pages.param_diff import value_text
from neural.tracking.pages.tables import table
from neural.tracking.records import flatten
from neural.tracking.ui.components import card, empty_state, labelled

__all__ = ["SEARCH", "TABLE", "params_tab", "params_table"]

SEARCH = "run-params-search"
TABLE = "run-params-table"

#: Rows at once; the search finds the others.
MOST_ROWS = 500


def params_tab(params: Mapping[str, Any]) -> list[Component]:
    """Return the content of the tab.

    Args:
        params: Parameters of the run, possibly nested.
    """
    if not params:
        why = html.P("Nothing was said about what this run was told to do.")
        call = 'tracker.log_hyperparameters({"lr": 0.001, "width": 64})'
        return [empty_state("No parameters", why, snippet=call)]
    control = dcc.Input(
        id=SEARCH, type="text", debounce=0.3, placeholder="Search names and values", value=""
    )
    search = labelled("Search parameters", control, hidden=True)
    return [card("Parameters", [search, html.Div(params_table(params, ""), id=TABLE)])]


def params_table(params: Mapping[str, Any], search: str) -> list[Component]:
    """Return the rows whose name or value contains every word of ``search``.

    Args:
        params: Parameters of the run, possibly nested.
        search: Words; empty shows all.
    """
    texts = {name: value_text(value) for name, value in flatten(params)}
    lines = {f"{name} {text}": name for name, text in texts.items()}
    names = [lines[line] for line in matching(lines, search)]
    if not names:
        return [html.P(f"None of the {len(texts):,} parameters matches.", className="aq-muted")]
    rows = [
        html.Tr([html.Th(name, scope="row"), html.Td(html.Code(texts[name]), className="aq-wrap")])
        for name in names[:MOST_ROWS]
    ]
    parts: list[Component] = [table(("Name", "Value"), rows, label="Parameters")]
    if len(names) > MOST_ROWS:
        hidden = f"{len(names) - MOST_ROWS:,} more are not shown: search for them by name or value."
        parts.append(html.P(hidden, className="aq-hint"))
    return parts
