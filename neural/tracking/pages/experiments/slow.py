"""Cells that need a look into the series of a run: its trend, and values at a best step.

They are asked for after the rows, a few runs at a time, and kept per revision of the run.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.errors import NeuralError
from neural.tracking.analysis.aggregate import group_line
from neural.tracking.downsampling import downsample
from neural.tracking.pages.experiments.columns import Column, columns_of
from neural.tracking.run_library import RunLibrary
from neural.tracking.ui.format import format_number

__all__ = ["MOST_MEMBERS", "MOST_POINTS", "MOST_RUNS", "SlowCells", "trend_path"]

#: Points of a trend; what is wider than 120 pixels does not need more.
MOST_POINTS = 40
#: Runs in one answer.
MOST_RUNS = 40
#: Members of a group whose mean is drawn.
MOST_MEMBERS = 10
#: Cells that are kept; each is some hundred bytes.
MOST_CELLS = 20_000

#: Size of the drawing, in its own units; it is stretched to the size of the cell.
WIDTH, HEIGHT = 100.0, 20.0


class SlowCells:
    """Works out slow cells, and remembers them until the run changes.

    Args:
        library: The runs.
    """

    def __init__(self, library: RunLibrary) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str, str], dict[str, str]] = OrderedDict()

    def cells(
        self, ids: Iterable[str], keys: Iterable[str]
    ) -> dict[str, dict[str, dict[str, str]]]:
        """Return by run and column what to show: ``{"path", "text", "full"}``.

        Args:
            ids: Runs; those that are gone are left out, and all beyond :data:`MOST_RUNS`.
            keys: Columns; what is no slow column is left out.
        """
        columns = [column for column in columns_of(keys) if column.is_slow]
        wanted = list(dict.fromkeys(ids))[:MOST_RUNS]
        revisions = self._library.revision(wanted) if columns else {}
        return {run: self._row(run, revision, columns) for run, revision in revisions.items()}

    def means(
        self, groups: Mapping[str, Sequence[str]], keys: Iterable[str]
    ) -> dict[str, dict[str, dict[str, str]]]:
        """Return by group and column the course of the mean of its members.

        Args:
            groups: Ids of runs by group; all beyond :data:`MOST_MEMBERS` are left out.
            keys: Columns; only trends have a mean.
        """
        columns = [column for column in columns_of(keys) if column.kind == "spark"]
        if not columns:
            return {}
        shown = list(groups.items())[:MOST_RUNS]
        return {name: self._mean_row(runs[:MOST_MEMBERS], columns) for name, runs in shown}

    def _mean_row(self, runs: Sequence[str], columns: Sequence[Column]) -> dict[str, Any]:
        names = [column.name for column in columns]
        members = []
        for run in runs:
            try:
                members.append(self._library.metrics(run, names, view="drawn"))
            except (NeuralError, OSError):  # deleted meanwhile, or damaged: the row says so
                continue
        return {
            column.key: _mean_trend([series[column.name] for series in members])
            for column in columns
        }

    def _row(self, run: str, revision: str, columns: Sequence[Column]) -> dict[str, Any]:
        found, missing = {}, []
        with self._lock:
            for column in columns:
                known = self._known.get((run, revision, column.key))
                if known is None:
                    missing.append(column)
                else:
                    self._known.move_to_end((run, revision, column.key))
                    found[column.key] = known
        fresh = self._read(run, missing)
        with self._lock:
            for key, cell in fresh.items():
                self._known[run, revision, key] = cell
            while len(self._known) > MOST_CELLS:
                self._known.popitem(last=False)
        return found | fresh

    def _read(self, run: str, columns: Sequence[Column]) -> dict[str, dict[str, str]]:
        if not columns:
            return {}
        names = dict.fromkeys(column.name for column in columns)
        try:
            series = self._library.metrics(run, names, view="drawn")
        except (NeuralError, OSError):  # deleted meanwhile, or damaged: the row says so
            return {}
        steps = [f"metrics.{column.other}.best_step" for column in columns if column.other]
        facts = self._library.cells([run], steps).get(run, {}) if steps else {}
        return {
            column.key: _at(series[column.name], facts, column)
            if column.kind == "at"
            else _trend(series[column.name])
            for column in columns
        }


def _at(series: Any, facts: Mapping[str, Any], column: Column) -> dict[str, str]:
    best = facts.get(f"metrics.{column.other}.best_step")
    order = np.argsort(series.step, kind="stable")
    if best is None:
        return {"text": "", "full": ""}
    place = int(np.searchsorted(series.step[order], best, "right")) - 1
    if place < 0:
        return {"text": "", "full": ""}
    value, step = series.value[order][place].item(), int(series.step[order][place])
    where = f"{value!r} at step {step}; {column.other} is best at step {int(best)}"
    return {"text": format_number(value), "full": where}


def _mean_trend(members: Sequence[Any]) -> dict[str, str]:
    curves = [one for one in members if np.isfinite(np.asarray(one.value, dtype=float)).any()]
    if not curves:
        return {"path": "", "full": "no finite value"}
    line = group_line(curves, columns=MOST_POINTS)
    runs = f"{len(curves)} run{'' if len(curves) == 1 else 's'}"
    first, last = format_number(float(line.center[0])), format_number(float(line.center[-1]))
    words = f"mean of {runs}: from {first} to {last}"
    return {"path": trend_path(line.x, line.center), "full": words}


def _trend(series: Any) -> dict[str, str]:
    values = np.asarray(series.value, dtype=np.float64)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return {"path": "", "full": "no finite value"}
    words = (
        f"from {format_number(float(finite[0]))} to {format_number(float(finite[-1]))}, between "
        f"{format_number(float(finite.min()))} and {format_number(float(finite.max()))}"
    )
    return {"path": trend_path(np.asarray(series.step, dtype=np.float64), values), "full": words}


def trend_path(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    """Return the outline of a small curve as an SVG path; empty without a finite value.

    Extremes are kept, gaps stay gaps; at most :data:`MOST_POINTS` points.

    Args:
        x: Where, shape ``(T,)``.
        y: Values, shape ``(T,)``; NaN and infinities break the line.
    """
    # Two points a column, and room for the first, the last and the breaks of the line.
    kept = downsample(x, y, columns=MOST_POINTS // 2 - 2).kept
    if kept.size > MOST_POINTS:  # many gaps
        kept = kept[np.linspace(0, kept.size - 1, MOST_POINTS).astype(int)]
    across, up = _scaled(x[kept], WIDTH), HEIGHT - _scaled(y[kept], HEIGHT)
    parts, pen = [], "M"
    for one, other in zip(across.tolist(), up.tolist(), strict=True):
        if other != other:
            pen = "M"
            continue
        parts.append(f"{pen}{one:.4g} {other:.4g}")
        pen = "L"
    return "".join(parts)


def _scaled(values: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """Return values from 0 to ``size``, NaN for what is not finite; all in the middle if equal."""
    known = np.where(np.isfinite(values), values, np.nan)
    if np.isnan(known).all():
        return known
    low, high = np.nanmin(known), np.nanmax(known)
    # Halved first: the distance of the largest numbers from each other is no number.
    span = high / 2 - low / 2
    return known * 0 + size / 2 if span == 0 else (known / 2 - low / 2) / span * size
