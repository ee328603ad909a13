"""The controls above the content of a tab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component
from dash_bootstrap_components import Checklist, Select

from neural.tracking.pages.compare.tabs.tab import setting_id
from neural.tracking.ui.components import choosable, labelled

__all__ = ["MARK", "bar", "dropdown", "select", "toggles"]

#: What stands before every value of a drop-down list: its script looks values up in a plain
#: object, and a metric may be called ``__proto__``.
MARK = "v:"


def bar(*controls: Component) -> html.Div:
    """Return controls side by side."""
    return html.Div(list(controls), className="aq-controls aq-compare-controls")


def select(key: str, label: str, options: Mapping[str, str], value: Sequence[str]) -> Component:
    """Return a choice of one of a few.

    Args:
        key: Setting.
        label: What it sets.
        options: Values and what to call them.
        value: What is chosen, as in :data:`~neural.tracking.pages.compare.tabs.tab.Chosen`.
    """
    control = Select(
        id=setting_id(key),
        options=[{"value": one, "label": text} for one, text in options.items()],
        value=next(iter(value), None),
        size="sm",
    )
    return html.Div(labelled(label, control), className="aq-control-select")


def dropdown(
    key: str,
    label: str,
    options: Mapping[str, str],
    value: Sequence[str],
    *,
    several: bool = False,
    hint: str | None = None,
) -> Component:
    """Return a choice of one, or several, of many, with a search.

    Args:
        key: Setting.
        label: What it sets.
        options: Values and what to call them.
        value: What is chosen.
        several: Whether it can be more than one.
        hint: A line under it.
    """
    marked = [choosable(f"{MARK}{one}") for one in value]
    control = dcc.Dropdown(
        id=setting_id(key),
        options=[
            {"value": choosable(f"{MARK}{one}"), "label": choosable(text)}
            for one, text in options.items()
        ],
        value=marked if several else next(iter(marked), None),
        multi=several,
        clearable=several,
        optionHeight="auto",
        maxHeight=320,
    )
    width = "aq-control-many" if several else "aq-control-wide"
    return html.Div(labelled(label, control, hint=hint), className=width)


def toggles(key: str, label: str, options: Mapping[str, str], value: Sequence[str]) -> Component:
    """Return check boxes, each of which is a value of one setting."""
    boxes = Checklist(
        id=setting_id(key),
        options=[{"value": one, "label": text} for one, text in options.items()],
        value=list(value),
        className="aq-checks",
    )
    return labelled(label, boxes)
