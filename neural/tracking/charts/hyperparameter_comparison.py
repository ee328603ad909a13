"""Hyperparameter comparison: the params of several runs side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neural.tracking.charts.figures import FigureDict, as_figure, base_layout, empty_figure
from neural.tracking.charts.theme import TOKENS, Theme, short_label
from neural.tracking.records import flatten

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = [
    "MAX_COLUMNS",
    "HyperparameterComparison",
    "ParamRow",
    "hyperparameter_comparison",
    "hyperparameter_comparison_dict",
    "hyperparameter_comparison_figure",
]

#: Runs in one table.
MAX_COLUMNS = 20
#: What stands in the cell of a run that has no such param.
MISSING = "–"
#: What stands before the name of a param that differs; a second cue beside the colour.
_MARK = "≠ "
_ROW_HEIGHT = 26


@dataclass(frozen=True, slots=True)
class ParamRow:
    """One param over the runs.

    Attributes:
        name: Dotted name.
        values: As text, one a run; ``–`` where a run has none.
        differs: Whether any two runs disagree.
    """

    name: str
    values: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HyperparameterComparison:
    """A table of params: differing ones first, else in the order they were given.

    Attributes:
        labels: Heads of the columns, one a run.
        rows: One a param.
        total: Runs there are; more than columns when some were left out.
    """

    labels: tuple[str, ...]
    rows: tuple[ParamRow, ...]
    total: int


def hyperparameter_comparison(
    params: Mapping[str, Mapping[str, Any]],
    *,
    labels: Mapping[str, str] | None = None,
    max_columns: int = MAX_COLUMNS,
) -> HyperparameterComparison:
    """Return the data of the table.

    Args:
        params: Params by run id, nested or flat, in the order of the columns.
        labels: Names for people by run id.
        max_columns: Runs at most. Those left out do not count as differing.
    """
    run_ids = list(params)[:max_columns]
    flat = [dict(flatten(params[run_id])) for run_id in run_ids]
    names = dict.fromkeys(name for one in flat for name in one)
    rows = [_row(name, flat) for name in names]
    return HyperparameterComparison(
        labels=tuple((labels or {}).get(run_id, run_id) for run_id in run_ids),
        rows=tuple(sorted(rows, key=lambda row: not row.differs)),
        total=len(params),
    )


def hyperparameter_comparison_dict(
    comparison: HyperparameterComparison, *, theme: Theme = "dark"
) -> FigureDict:
    """Draw the table as a plain dict."""
    title = "Hyperparameters"
    if not comparison.rows:
        reason = "None of the runs has hyperparameters. Log them with log_hyperparameters"
        return empty_figure(reason, title=title, theme=theme)
    layout = base_layout(theme, title, note=_note(comparison)) | {
        "height": 120 + _ROW_HEIGHT * (len(comparison.rows) + 1),
    }
    layout["margin"] |= {"l": 16, "b": 16}
    return {"data": [_table(comparison, theme)], "layout": layout}


def hyperparameter_comparison_figure(
    comparison: HyperparameterComparison, *, theme: Theme = "dark"
) -> go.Figure:
    """Draw the table as a Plotly figure.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    return as_figure(hyperparameter_comparison_dict(comparison, theme=theme))


_ABSENT = object()


def _row(name: str, flat: list[dict[str, Any]]) -> ParamRow:
    values = [one.get(name, _ABSENT) for one in flat]
    return ParamRow(
        name=name,
        values=tuple(MISSING if value is _ABSENT else _text(value) for value in values),
        differs=any(not _is_same(values[0], value) for value in values[1:]),
    )


def _is_same(one: Any, other: Any) -> bool:
    """Return whether two values mean the same: 1 and 1.0 do, 1 and True do not, NaN does."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _note(comparison: HyperparameterComparison) -> str:
    differing = sum(row.differs for row in comparison.rows)
    note = f"{differing:,} of {len(comparison.rows):,} differ, marked {_MARK.strip()}"
    if len(comparison.labels) < comparison.total:
        note += f"; {len(comparison.labels)} of {comparison.total:,} runs shown"
    return note


def _table(comparison: HyperparameterComparison, theme: Theme) -> dict[str, Any]:
    token, rows = TOKENS[theme], comparison.rows
    names = [(_MARK if row.differs else "") + short_label(row.name, 48) for row in rows]
    columns = zip(*(row.values for row in rows), strict=True)
    fills = [token["raised"] if row.differs else token["panel"] for row in rows]
    inks = [token["accent"] if row.differs else token["muted"] for row in rows]
    line = {"color": token["hairline"], "width": 1}
    return {
        "type": "table",
        "uid": "hyperparameters",
        "columnwidth": [2.0] + [1.4] * len(comparison.labels),
        "header": {
            "values": ["Hyperparameter", *(short_label(label, 32) for label in comparison.labels)],
            "align": "left",
            "height": _ROW_HEIGHT,
            "fill": {"color": token["bg"]},
            "line": line,
            "font": {"color": token["text"], "size": 12, "weight": "bold"},
        },
        "cells": {
            "values": [names, *([short_label(text, 60) for text in one] for one in columns)],
            "align": "left",
            "height": _ROW_HEIGHT,
            "fill": {"color": [fills]},
            "line": line,
            "font": {"color": [inks], "size": 12},
        },
    }
