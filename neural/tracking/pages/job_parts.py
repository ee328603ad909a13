"""What the pages show of a job alike: its state, and sentences about it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from neural.tracking.ui.components import badge
from neural.tracking.ui.icons import icon

__all__ = ["job_line", "job_state"]

#: State of a job or a run to (word, kind, icon): colour is never the only cue.
_LOOKS = {
    "queued": ("in line", "muted", "dot"),
    "waiting": ("waiting", "muted", "dot"),
    "running": ("running", "live", "alive"),
    "stopped": ("stopped", "warn", "pause"),
    "cancelled": ("cancelled", "warn", "stop"),
    "done": ("done", "ok", "check"),
    "partly": ("partly", "warn", "warning"),
    "failed": ("failed", "error", "cross"),
}


def job_state(state: str) -> Component:
    """Return the mark of a state of a job or of one of its runs: icon, word and colour."""
    word, kind, icon_name = _LOOKS[state]
    return badge(word, kind=kind, icon_name=icon_name)


def job_line(icon_name: str, text: str, class_name: str = "aq-muted") -> html.P:
    """Return a sentence with an icon before it."""
    return html.P([icon(icon_name), html.Span(text)], className=f"aq-answer {class_name}")
