"""The filter box of the table of runs: what is wrong and where, and what could be typed next."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from neural.errors import FilterSyntaxError
from neural.tracking.pages.experiments.ids import Ids
from neural.tracking.query import parse, suggestions, word_at
from neural.tracking.query.fields import UnknownFieldError, field_key
from neural.tracking.run_library import RunLibrary
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import labelled

__all__ = ["MOST_HINTS", "filter_box", "filter_problem", "hints", "no_match"]

#: More would not be read.
MOST_HINTS = 12


def filter_box(text: str, prefix: str = "experiments") -> html.Div:
    """Return the box, with ``text`` in it and what is wrong with that below.

    Args:
        text: What stands in it.
        prefix: Of the ids of its parts and of the stores ``<prefix>-filter-typed`` and
            ``<prefix>-filter-hinted``, by which assets/js/filter.js asks for :func:`hints`.
    """
    control = dcc.Input(
        id=f"{prefix}-filter-text",
        value=text,
        type="text",
        debounce=0.4,
        placeholder="metrics.val_acc.best > 0.9 and status = 'completed'",
        autoComplete="off",
        spellCheck="false",
        className="aq-filter-input",
    )
    return html.Div(
        [
            labelled("Filter", control, hidden=True),
            # Filled by assets/js/filter.js; the box itself keeps the focus.
            html.Ul(
                id=f"{prefix}-filter-hints",
                hidden=True,
                role="listbox",
                className="aq-hints",
                **attributes(aria_label="What could be typed next"),
            ),
            html.Div(
                filter_problem(text),
                id=f"{prefix}-filter-problem",
                className="aq-filter-problem",
                **attributes(aria_live="polite"),
            ),
        ],
        className="aq-filter",
        **attributes(data_filter="true"),
    )


def no_match(*, found: bool) -> html.Div:
    """Return the line that stands over a table whose filter finds nothing."""
    return html.Div(
        [
            html.Span("No run matches this filter."),
            html.Button(
                "Clear filter",
                id=Ids.CLEAR_FILTER,
                type="button",
                className="btn btn-outline-primary btn-sm",
            ),
        ],
        id=Ids.NO_MATCH,
        className="aq-banner",
        role="status",
        hidden=found,
    )


def filter_problem(text: str) -> list[Component]:
    """Return what is wrong with a filter and where, ready to show; empty if it is fine."""
    try:
        parse(text)
    except FilterSyntaxError as error:
        before, rest = error.text[: error.position], error.text[error.position :]
        wrong = html.Mark(rest[:1] or " ", className="aq-filter-mark")
        return [
            html.Span(error.message),
            html.Code([before[-60:], wrong, rest[1:60]], className="aq-filter-place"),
        ]
    return []


def hints(library: RunLibrary, typed: dict[str, Any]) -> dict[str, Any]:
    """Return what could stand in the place of the word at the cursor.

    Args:
        library: The runs, for the names and texts that occur in them.
        typed: ``text``, ``position`` of the cursor, and the ``number`` of the question.

    Returns:
        ``number``, ``items`` (likeliest first), and ``start`` and ``end`` of the word.
    """
    text, position = str(typed.get("text") or ""), int(typed.get("position") or 0)
    start, end = word_at(text, position)
    key = _field_before(text[:start])
    found = suggestions(
        text,
        position,
        params=library.param_names(),
        metrics=library.all_metric_names(),
        tags=library.tag_names(),
        values={key: library.texts(key)} if key else None,
    )
    items = found[:MOST_HINTS]
    return {"number": typed.get("number"), "items": items, "start": start, "end": end}


def _field_before(text: str) -> str | None:
    """Return the field that the value at the end of ``text`` belongs to, as far as one can see."""
    words = text.replace("(", " ").rstrip("=!<>~ ").split()
    while words and words[-1].lower().rstrip(",") in ("in", "not", "like"):
        words.pop()
    try:
        return field_key(words[-1]) if words else None
    except UnknownFieldError:
        return None
