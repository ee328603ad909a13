"""Controls of the page: each sets one key of the state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from dash_bootstrap_components import Checklist, Select

from neural.tracking.pages.explore.ids import Ids, dom_id
from neural.tracking.pages.explore.runs import (
    DURATION,
    STARTED,
    RunTable,
    label_of,
    metric_key,
    param_key,
)
from neural.tracking.pages.explore.view import DEFAULT
from neural.tracking.pages.metric_sections import matching
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import is_choosable

__all__ = [
    "DEFAULT",
    "MOST_OPTIONS",
    "SCALES",
    "checks",
    "options_for",
    "picker",
    "pool_of",
    "select",
    "shown_values",
]

#: Names that a choice offers at once; the others are found by typing.
MOST_OPTIONS = 100

#: Scales of an axis.
SCALES = {"": "As fits", "0": "Linear", "1": "Logarithmic"}

#: What each choice is of; all others are of columns of any kind.
_POOLS = {
    "metric": "metrics",
    "hm": "metrics",
    "pm": "metrics",
    "sx": "numbers",
    "sy": "numbers",
    "sl": "params",
    "run": "runs",
}


def pool_of(key: str) -> str:
    """Return what the choice of ``key`` offers."""
    return _POOLS.get(key, "columns")


def _field(label: str, control_id: Mapping[str, Any], control: Component, wide: str) -> html.Div:
    name = f"explore-label-{control_id['index']}"
    return html.Div(
        [
            html.Label(label, id=name, htmlFor=dom_id(dict(control_id)), className="aq-label"),
            control,
        ],
        className=f"aq-field {wide}",
        role="group",
        **attributes(aria_labelledby=name),
    )


def select(key: str, label: str, options: Mapping[str, str], value: str) -> html.Div:
    """Return a choice of one of a few texts."""
    control = Select(
        id=Ids.setting(key),
        options=[{"value": one or DEFAULT, "label": text} for one, text in options.items()],
        value=value or DEFAULT,
        size="sm",
    )
    return _field(label, Ids.setting(key), control, "")


def checks(key: str, label: str, options: Mapping[str, str], value: Iterable[str]) -> html.Div:
    """Return check boxes."""
    control = Checklist(
        id=Ids.setting(key),
        options=[{"value": one, "label": text} for one, text in options.items()],
        value=list(value),
        inline=True,
        className="aq-checks",
    )
    name = f"explore-label-{key}"
    return html.Div(
        [html.Span(label, id=name, className="aq-label"), control],
        className="aq-field",
        role="group",
        **attributes(aria_labelledby=name),
    )


def picker(
    table: RunTable, key: str, label: str, value: Any, *, multi: bool = False, blank: str = ""
) -> html.Div:
    """Return a choice among very many names; what is typed is searched on the server.

    Args:
        table: The runs.
        key: Of the state.
        label: What it chooses.
        value: Key of a column, or several.
        multi: Whether several can be chosen.
        blank: What it means to choose nothing; empty: something has to be chosen.
    """
    chosen = list(value) if multi else [value] if value else []
    control = dcc.Dropdown(
        id=Ids.picker(key),
        options=options_for(table, pool_of(key), "", chosen),
        value=chosen if multi else (value or None),
        multi=multi,
        clearable=multi or bool(blank),
        placeholder=blank or "Choose",
    )
    width = "aq-explore-many" if multi else "aq-explore-pick"
    return _field(label, Ids.picker(key), control, width)


def options_for(
    table: RunTable, pool: str, search: str, chosen: Sequence[str]
) -> list[dict[str, str]]:
    """Return what a choice offers: what fits the words that were typed, and what is chosen.

    Args:
        table: The runs.
        pool: ``"metrics"``, ``"params"``, ``"numbers"``, ``"runs"`` or ``"columns"``.
        search: Words or patterns that the name has to contain.
        chosen: Keys that are chosen already.
    """
    names = _pool(table, pool)
    fitting = set(matching(names.values(), search)) if search.strip() else None
    found = [key for key, name in names.items() if fitting is None or name in fitting]
    offered = dict.fromkeys([*(key for key in chosen if key in names), *found[:MOST_OPTIONS]])
    options = [
        {"label": names[key] or "(no name)", "value": key}
        for key in offered
        if is_choosable(key)  # the others would break the page
    ]
    if (more := len(found) - MOST_OPTIONS) > 0:
        words = f"{more:,} more: type to find them"
        options.append({"label": words, "value": "", "disabled": True})  # type: ignore[dict-item]
    return options


def _pool(table: RunTable, pool: str) -> dict[str, str]:
    """Return the names of a pool by key, the likeliest first."""
    if pool == "runs":
        return dict(zip(table.ids, table.labels, strict=True))
    metrics = {metric_key(name): name for name in table.metrics}
    params = {param_key(name): name for name in table.params}
    if pool == "metrics":
        return metrics
    if pool == "params":
        return params
    if pool == "numbers":
        return {key: name for key, name in params.items() if table.column(key).is_number}
    twice = set(metrics.values()) & set(params.values())
    return {
        **{key: f"{name} (metric)" if name in twice else name for key, name in metrics.items()},
        **{key: f"{name} (param)" if name in twice else name for key, name in params.items()},
        DURATION: label_of(DURATION),
        STARTED: label_of(STARTED),
    }


def shown_values(parts: Iterable[Component]) -> dict[str, Any]:
    """Return what controls among ``parts`` say at first, by key."""
    found = {}
    for part in parts:
        # Dash annotates nothing here.
        everything: list[Any] = [part, *part._traverse()]  # type: ignore[no-untyped-call]
        for one in everything:
            component_id = getattr(one, "id", None)
            if isinstance(component_id, dict) and component_id["type"] in _TYPES:
                found[component_id["index"]] = one.value
    return found


_TYPES = (Ids.setting("")["type"], Ids.picker("")["type"])
