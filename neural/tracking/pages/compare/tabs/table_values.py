"""The numbers of the table of a comparison: runs or groups by metrics, best and ties told apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from neural.errors import MissingExtraError
from neural.tracking.analysis.groups import ALL_BUT_SEED, Row, RunGroup, group_runs
from neural.tracking.analysis.noise import Noise, seed_noise
from neural.tracking.analysis.samples import Sample
from neural.tracking.analysis.ties import Standing, Tie, ties_with_best
from neural.tracking.charts.theme import RunStyle
from neural.tracking.pages.compare.comparison import Comparison
from neural.tracking.pages.compare.tabs.columns import FIGURES, column_of, goal_of, has_goal
from neural.tracking.pages.experiments.export import Cell, Table
from neural.tracking.records import Goal

Floats: TypeAlias = NDArray[np.float64]

__all__ = ["Column", "Figures", "Line", "Spot", "export_table", "figures"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a figure of a metric.

    Attributes:
        metric: Its name.
        figure: One of :data:`~neural.tracking.pages.compare.tabs.columns.FIGURES`.
        goal: Which direction is better; ``None`` where that would be a guess.
    """

    metric: str
    figure: str
    goal: Goal | None

    @property
    def key(self) -> str:
        """Name in the address."""
        return f"metrics.{self.metric}.{self.figure}"

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.metric} ({FIGURES[self.figure]})"


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands in one row and column.

    Attributes:
        value: Value of a run, mean of a group; ``None`` where nothing was logged.
        std: Sample standard deviation of a group of several.
        n: Finite values behind it.
        standing: How it stands to the best of its column; empty where that is not asked.
        reason: Why, as a sentence.
    """

    value: float | None
    std: float | None = None
    n: int = 0
    standing: Standing | str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row.

    Attributes:
        label: What it is called.
        ids: Runs in it.
        spots: One a column.
        style: Look of a single run; ``None`` for a group.
        is_member: Whether it is a run of the group above it.
    """

    label: str
    ids: tuple[str, ...]
    spots: tuple[Spot, ...]
    style: RunStyle | None = None
    is_member: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The whole table.

    Attributes:
        columns: Of the numbers.
        lines: Rows.
        without_tests: Why ties are not known; empty when they are.
    """

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    without_tests: str = ""


def figures(
    comparison: Comparison,
    rows: Sequence[Row],
    metrics: Sequence[str],
    shown: Sequence[str],
    *,
    by: str = "",
    members: bool = False,
    order: str = "",
) -> Figures:
    """Return the table.

    Args:
        comparison: Runs in sight.
        rows: The same as ``ExperimentManager.search`` returns them, in the same order.
        metrics: Of the columns.
        shown: Figures of each.
        by: What runs are put together by, as ``group_runs`` takes it; empty: not at all.
        members: Whether the runs of a group stand under it.
        order: Key of the column whose best rows come first; empty leaves them as chosen.
    """
    columns = tuple(_column(comparison, metric, one) for metric in metrics for one in shown)
    values = [column_of(comparison, column.key).values for column in columns]
    place = {run.id: number for number, run in enumerate(comparison.runs)}
    parts = _parts(comparison, rows, by)
    places = [[place[one] for one in ids if one in place] for _, ids in parts]
    repeats = [[place[one] for one in group.ids if one in place] for group in _repeats(rows)]
    spots, problem = [], ""
    for column, of in zip(columns, values, strict=True):
        named = [(label, of[at]) for (label, _), at in zip(parts, places, strict=True)]
        found, why = _spots(column, named, [of[at] for at in repeats])
        spots.append(found)
        problem = problem or why
    lines = []
    for number in _ordered(columns, spots, order, len(parts)):
        label, ids = parts[number]
        style = comparison.styles[places[number][0]] if not by and places[number] else None
        mine = tuple(column[number] for column in spots)
        lines.append(Line(label=label, ids=ids, spots=mine, style=style))
        if by and members:
            lines += [_member(comparison, values, one) for one in places[number]]
    return Figures(columns=columns, lines=tuple(lines), without_tests=problem)


def _column(comparison: Comparison, metric: str, figure: str) -> Column:
    is_known = has_goal(comparison, metric)
    return Column(metric, figure, goal_of(comparison, metric) if is_known else None)


def _parts(
    comparison: Comparison, rows: Sequence[Row], by: str
) -> list[tuple[str, tuple[str, ...]]]:
    if by:
        return [(group.label, group.ids) for group in group_runs(rows, by)]
    return [(comparison.names[run.id], (run.id,)) for run in comparison.runs]


def _repeats(rows: Sequence[Row]) -> list[RunGroup]:
    return [group for group in group_runs(rows, ALL_BUT_SEED) if len(group) > 1]


def _spots(
    column: Column,
    parts: Sequence[tuple[str, Floats]],
    repeats: Sequence[Floats],
) -> tuple[list[Spot], str]:
    """Return the spots of one column, and why ties in it are not known."""
    samples = [Sample(label, tuple(values.tolist())) for label, values in parts]
    ties: Sequence[Tie | None] = [None] * len(samples)
    problem = ""
    if column.goal is not None and len(samples) > 1:
        noise = seed_noise(Sample("", tuple(values.tolist())) for values in repeats)
        try:
            ties = ties_with_best(samples, column.goal, noise=_usable(noise))
        except MissingExtraError as error:
            problem = str(error)
    return [_spot(sample, tie) for sample, tie in zip(samples, ties, strict=True)], problem


def _usable(noise: Noise) -> Noise | None:
    return noise if noise.is_known else None


def _spot(sample: Sample, tie: Tie | None) -> Spot:
    values = sample.finite
    if not values.size:
        return Spot(None, standing="" if tie is None else tie.standing)
    std = float(values.std(ddof=1)) if values.size > 1 else None
    standing, reason = ("", "") if tie is None else (tie.standing, tie.reason)
    return Spot(float(values.mean()), std, values.size, standing, reason)


def _member(comparison: Comparison, values: Sequence[Floats], place: int) -> Line:
    run = comparison.runs[place]
    spots = []
    for column in values:
        value = float(column[place])
        spots.append(Spot(value, n=1) if math.isfinite(value) else Spot(None))
    return Line(
        label=comparison.names[run.id],
        ids=(run.id,),
        spots=tuple(spots),
        style=comparison.styles[place],
        is_member=True,
    )


def _ordered(
    columns: Sequence[Column], spots: Sequence[Sequence[Spot]], order: str, count: int
) -> list[int]:
    """Return the rows with the best of a column first; those without a value are last."""
    places = {column.key: number for number, column in enumerate(columns)}
    if order not in places:
        return list(range(count))
    mine, goal = spots[places[order]], columns[places[order]].goal
    sign = 1 if goal == "min" else -1

    def rank(number: int) -> tuple[bool, float]:
        value = mine[number].value
        return value is None, 0.0 if value is None else sign * value

    return sorted(range(count), key=rank)


def export_table(table: Figures, first: str, labels: Mapping[str, str]) -> Table:
    """Return the table as files are made of it; members of groups are left out.

    Args:
        table: It.
        first: Heading of the first column.
        labels: What to call each run, by id.
    """
    lines = [line for line in table.lines if not line.is_member]
    has_groups = any(len(line.ids) > 1 or line.style is None for line in lines)
    header = [first, *(["runs"] if has_groups else ["id"])]
    header += [column.title for column in table.columns]
    rows = []
    for line in lines:
        second: int | str = len(line.ids) if has_groups else line.ids[0]
        cells = [Cell(labels.get(line.label, line.label)), Cell(second)]
        rows.append([*cells, *(Cell(spot.value, spot.std) for spot in line.spots)])
    goals = {
        place + 2: column.goal
        for place, column in enumerate(table.columns)
        if column.goal is not None
    }
    return Table(header, rows, goals)
