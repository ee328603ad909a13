"""The runs of a comparison beside its tabs: what they look like, and which are in sight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.charts.theme import RunStyle
from neural.tracking.pages.addresses import COMPARE, run_href
from neural.tracking.pages.compare.compared import Compared
from neural.tracking.pages.compare.comparison import Comparison, ids_of
from neural.tracking.pages.compare.tables import swatch
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import badge, card, safe_link, status_look
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext

__all__ = ["runs_pane"]


def runs_pane(context: AppContext, comparison: Comparison, state: Mapping[str, Any]) -> Component:
    """Return the list of the runs: the legend of all charts, and what is done with each.

    ``assets/js/compare.js`` does the work of its buttons.
    """
    items = [
        _item(context, comparison, state, place, (run, label, style))
        for place, (run, label, style) in enumerate(
            zip(comparison.runs, comparison.labels, comparison.styles, strict=True)
        )
    ]
    return card(
        "Runs",
        [*_summary(comparison, state), html.Ul(items, className="aq-runs")],
        actions=_actions(comparison, state),
    )


def _actions(comparison: Comparison, state: Mapping[str, Any]) -> list[Component]:
    found: list[Component] = []
    if comparison.hidden:
        found.append(_button("Show all", "all"))
    if state.get("brush"):
        found.append(_button("Clear brushes", "clear"))
    return found


def _button(text: str, what: str) -> html.Button:
    return html.Button(
        text,
        type="button",
        className="btn btn-outline-primary btn-sm",
        **attributes(data_compare=what),
    )


def _summary(comparison: Comparison, state: Mapping[str, Any]) -> list[Component]:
    """Return how many runs are in sight, where that is not all; always there, to be announced."""
    total, shown = len(comparison.runs), len(comparison.visible().runs)
    parts = []
    if shown < total:
        parts.append(f"{shown:,} of {total:,} in sight")
    if comparison.hidden:
        parts.append(f"{len(comparison.hidden):,} hidden")
    if outside := len(comparison.outside - comparison.hidden):
        parts.append(f"{outside:,} outside the brushes")
    elif state.get("brush"):
        parts.append("none outside the brushes")
    return [html.P("; ".join(parts), className="aq-hint aq-runs-summary", role="status")]


def _item(
    context: AppContext,
    comparison: Comparison,
    state: Mapping[str, Any],
    place: int,
    known: tuple[Compared, str, RunStyle],
) -> html.Li:
    run, label, style = known
    is_hidden, is_outside = run.id in comparison.hidden, run.id in comparison.outside
    is_baseline = place == comparison.baseline
    name = safe_link(
        label, run_href(context, run.id), className="aq-run-label", title=f"{label} ({run.id})"
    )
    # What is seldom wanted lies over the end of the line while it is pointed at.
    tools = [
        _pin(run.id, label, is_baseline),
        _leave_out(context, state, run.id, label),
    ]
    return html.Li(
        [
            _eye(run.id, label, is_hidden),
            swatch(style),
            _status(run.status),
            name,
            *([badge("outside", kind="warn")] if is_outside else []),
            *([_mark("baseline", "pin")] if is_baseline else []),
            html.Div(tools, className="aq-run-tools"),
        ],
        className="aq-run-gone" if is_hidden or is_outside else "",
        key=run.id,
    )


def _status(status: str) -> html.Span:
    """Return the status as its icon; the word is for readers of the screen, and the tooltip."""
    kind, icon_name = status_look(status)
    return _mark(status or "unknown", icon_name, f"aq-badge-{kind}")


def _mark(words: str, icon_name: str, kind: str = "") -> html.Span:
    return html.Span(
        [icon(icon_name), html.Span(words, className="visually-hidden")],
        title=words,
        className=f"aq-run-mark {kind}".rstrip(),
    )


def _eye(run_id: str, label: str, is_hidden: bool) -> html.Button:
    return html.Button(
        icon("eye"),
        type="button",
        className="aq-icon-button",
        title="Show or hide everywhere in this comparison (e); with Shift, only this run",
        **attributes(
            aria_label=f"Show {label}",
            aria_pressed="false" if is_hidden else "true",
            data_compare="eye",
            data_run=run_id,
            data_compare_key="e",
        ),
    )


def _pin(run_id: str, label: str, is_baseline: bool) -> html.Button:
    return html.Button(
        icon("pin"),
        type="button",
        className="aq-icon-button",
        title="Compare the others with this run (p)",
        **attributes(
            aria_label=f"Make {label} the baseline",
            aria_pressed="true" if is_baseline else "false",
            data_compare="pin",
            data_run=run_id,
            data_compare_key="p",
        ),
    )


def _leave_out(context: AppContext, state: Mapping[str, Any], run_id: str, label: str) -> Component:
    others = ",".join(one for one in ids_of(state) if one != run_id)
    # The browser puts in what of the address changed since (assets/js/compare.js).
    return safe_link(
        icon("close"),
        context.href(COMPARE, {"runs": others}),
        className="aq-icon-button",
        title="Leave this run out (x)",
        **attributes(
            aria_label=f"Leave out {label}", data_compare_drop=run_id, data_compare_key="x"
        ),
    )
