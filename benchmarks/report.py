"""Rows of figures, their goals, and the Markdown table they are kept in."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version

__all__ = ["Row", "markdown", "median", "spread"]

_PACKAGES = [
    "numpy",
    "orjson",
    "msgspec",
    "dash",
    "sacred",
    "trackio",
    "wandb",
    "tensorboardX",
    "tensorboard",
    "mlflow",
]


@dataclass(frozen=True)
class Row:
    """One promise and what was measured.

    Attributes:
        what: What was measured, with its unit.
        measured: The figure, as text, with the spread of the repeats.
        goal: What was promised; empty where the row only informs.
        reached: Whether it was; ``None`` where the row only informs.
    """

    what: str
    measured: str
    goal: str = ""
    reached: bool | None = None


def median(figures: Sequence[dict[str, float]], key: str) -> float:
    """Return the median of one figure over the repeats."""
    return statistics.median(f[key] for f in figures)


def spread(figures: Sequence[dict[str, float]], key: str, digits: int = 2) -> str:
    """Return median and range of one figure: ``1.45 (1.41-1.52)``."""
    values = sorted(f[key] for f in figures)
    middle = statistics.median(values)
    return f"{middle:,.{digits}f} ({values[0]:,.{digits}f}-{values[-1]:,.{digits}f})"


def markdown(sections: dict[str, Sequence[Row]], repeats: int) -> str:
    """Return all rows as the text of RESULTS.md."""
    lines = [
        "# Measured",
        "",
        f"Made by `make bench` on {date.today():%d %B %Y}: {os.cpu_count()} cores, "
        f"{platform.machine()}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}. {_versions()}",
        "",
        f"Medians of {repeats} repeats, the range in brackets; every comparison is of one run, "
        "each repeat in a process of its own, the trackers in turn. Compare ratios: absolute "
        "times change with the machine and with what else it does.",
    ]
    for title, rows in sections.items():
        lines += ["", f"## {title}", "", "| what | measured | goal | |", "|---|---|---|---|"]
        lines += [f"| {r.what} | {r.measured} | {r.goal} | {_mark(r.reached)} |" for r in rows]
    return "\n".join(lines) + "\n"


def _mark(reached: bool | None) -> str:
    return "" if reached is None else "reached" if reached else "**missed**"


def _versions() -> str:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found) + "."
