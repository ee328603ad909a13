"""The trash: what was thrown away, how to get it back, and what deleting it for good frees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from neural._clock import from_iso, now
from neural.tracking.pages.addresses import EXPERIMENTS
from neural.tracking.pages.experiments.grid import run_name, short
from neural.tracking.pages.experiments.ids import Ids
from neural.tracking.storage.disk_usage import allocated_bytes
from neural.tracking.storage.layout import TRASH_DIR
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import (
    empty_state,
    page_header,
    safe_link,
    status_badge,
    time_ago,
)
from neural.tracking.ui.format import format_size
from neural.tracking.ui.page import AppContext

__all__ = ["action_words", "freed", "purge_question", "trash_list", "trash_page"]

#: Rows of the list; the rest is counted.
MOST_ROWS = 500


def trash_page(context: AppContext) -> list[Component]:
    """Return what stands in the place of the table of runs."""
    back = safe_link(
        "Back to the runs", context.href(EXPERIMENTS), className="btn btn-outline-primary"
    )
    return [
        page_header(
            "Trash",
            subtitle="Runs that were thrown away. They take disk space until they are deleted.",
            actions=[back],
        ),
        html.Div(trash_list(context), id=Ids.TRASH_LIST, className="aq-stack"),
    ]


def trash_list(context: AppContext) -> list[Component]:
    """Return the list of the thrown-away runs with what can be done to them."""
    found = context.manager.trash()
    if not found:
        why = html.P("Runs that are moved to the trash can be taken back from here.")
        return [empty_state("The trash is empty", why)]
    shown = found[:MOST_ROWS]
    more = len(found) - len(shown)
    return [
        html.Div(_actions(len(found)), className="aq-actions"),
        html.Div(id=Ids.PURGE_ASK, role="status"),
        dbc.Checklist(
            id=Ids.TRASH_CHOSEN,
            options=[
                {"label": _line(context, row), "value": row["experiment_id"]} for row in shown
            ],
            value=[],
            className="aq-checks aq-checks-column aq-trash",
        ),
        *([html.P(f"{more:,} more runs are in the trash.", className="aq-hint")] if more else []),
    ]


def _actions(total: int) -> list[Component]:
    restore, purge = action_words(0, total)
    return [
        html.Button(restore, id=Ids.RESTORE, type="button", className="btn btn-primary"),
        html.Button(purge, id=Ids.PURGE, type="button", className="btn btn-outline-primary"),
        html.Span("Choose runs below to do it to these only.", className="aq-hint"),
    ]


def action_words(chosen: int, total: int) -> tuple[str, str]:
    """Return what the two buttons say: without a choice they are about all runs.

    Args:
        chosen: How many runs are chosen.
        total: How many are in the trash.
    """
    which = f"{chosen:,}" if chosen else f"all {total:,}"
    return f"Restore {which}", f"Delete {which} for good…"


def _line(context: AppContext, row: Mapping[str, Any]) -> html.Span:
    return html.Span(
        [
            html.Span(short(run_name(row)), className="aq-trash-name"),
            html.Code(row["experiment_id"]),
            status_badge(row["status"]),
            html.Span(format_size(_size(context, row)), className="aq-number"),
            html.Span(
                ["deleted ", time_ago(from_iso(row.get("deleted")), now())], className="aq-muted"
            ),
        ],
        className="aq-trash-line",
    )


def _size(context: AppContext, row: Mapping[str, Any]) -> int:
    return allocated_bytes(context.base_dir / TRASH_DIR / row["folder"])


def freed(context: AppContext, ids: Iterable[str] | None) -> tuple[int, int]:
    """Return how many runs in the trash are meant, and how many bytes deleting them frees.

    Args:
        context: The application.
        ids: Which ones; ``None`` is all.
    """
    wanted = None if ids is None else set(ids)
    meant = [
        row for row in context.manager.trash() if wanted is None or row["experiment_id"] in wanted
    ]
    return len(meant), sum(_size(context, row) for row in meant)


def purge_question(number: int, size_bytes: int) -> html.Div:
    """Return the question that stands before what cannot be taken back."""
    runs = f"{number:,} run{'' if number == 1 else 's'}"
    return html.Div(
        [
            html.Span(f"Delete {runs} for good? This frees {format_size(size_bytes)}."),
            html.Div(
                [
                    html.Button(
                        f"Delete {runs}",
                        id=Ids.PURGE_SURE,
                        type="button",
                        className="btn btn-primary btn-sm",
                    ),
                    html.Button(
                        "Keep them",
                        id=Ids.PURGE_NO,
                        type="button",
                        className="btn btn-outline-primary btn-sm",
                    ),
                ],
                className="aq-actions",
            ),
        ],
        className="aq-banner aq-banner-warn",
        **attributes(aria_live="polite"),
    )
