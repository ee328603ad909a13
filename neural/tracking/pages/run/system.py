"""Tab of a run's page: what the machine did meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from neural.tracking.records import SYSTEM_PREFIX, MetricSummary, RunRecord
from neural.tracking.ui.components import empty_state
from neural.tracking.ui.format import format_number

__all__ = ["is_sampled", "nothing_sampled", "system_tiles"]

SNIPPET = """with ExperimentTracker("my_experiment", system_metrics=True) as tracker:
    ...  # processors, memory, disk, network and GPUs are sampled beside it
"""

#: What a reader looks for first: end of the name, what it is called, its unit.
_TILES = (
    ("cpu_percent", "Processors", "%"),
    ("memory_percent", "Memory", "%"),
    ("process.memory_gb", "Memory of the run", "GB"),
    ("disk.free_gb", "Free on disk", "GB"),
)
_GPU_TILES = (("utilization", "busy", "%"), ("memory_percent", "memory", "%"))


def is_sampled(record: RunRecord) -> bool:
    """Return whether the machine was sampled beside the run."""
    return any(name.startswith(SYSTEM_PREFIX) for name in record.metrics)


def nothing_sampled() -> Component:
    """Return what the tab shows for a run beside which nothing was sampled."""
    why = html.P("The machine was not sampled beside this run. To have it, say so at the start.")
    return empty_state("No system metrics", why, snippet=SNIPPET)


def system_tiles(record: RunRecord) -> html.Div:
    """Return the last and the largest value of what is looked for first."""
    shown = [
        _tile(f"{SYSTEM_PREFIX}{end}", label, unit, record.metrics) for end, label, unit in _TILES
    ]
    cards = sorted({name.split(".")[1] for name in record.metrics if _is_gpu(name)}, key=_place)
    for card in cards:
        shown += [
            _tile(f"{SYSTEM_PREFIX}gpu.{card}.{end}", f"GPU {card} {label}", unit, record.metrics)
            for end, label, unit in _GPU_TILES
        ]
    return html.Div([tile for tile in shown if tile is not None], className="aq-tiles")


def _is_gpu(name: str) -> bool:
    return name.startswith(f"{SYSTEM_PREFIX}gpu.") and name.count(".") >= 2


def _place(card: str) -> tuple[int, str]:
    return (int(card), "") if card.isdecimal() else (1 << 30, card)


def _tile(
    name: str, label: str, unit: str, metrics: Mapping[str, MetricSummary]
) -> html.Div | None:
    metric = metrics.get(name)
    if metric is None:
        return None
    ends = f"{_short(metric.min)} to {_short(metric.max)} {unit}"
    return html.Div(
        [
            html.Div(label, className="aq-tile-name", title=name),
            html.Div(f"{_short(metric.last)} {unit}", className="aq-tile-value"),
            html.Div(ends, className="aq-hint"),
        ],
        className="aq-tile",
    )


def _short(value: float | int) -> str:
    """Return three digits: a sensor has no more."""
    return format_number(float(f"{value:.3g}"))
