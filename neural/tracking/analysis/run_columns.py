"""Params and results of many runs as columns: numbers, or names with a number each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.tracking.correlation import ranks
from neural.tracking.records import flatten
from neural.tracking.smoothing import as_floats

__all__ = ["Column", "column", "param_columns", "prefers_log", "rank_column"]

#: From this ratio of the largest to the smallest value on, a positive column is better seen
#: on a logarithmic axis.
_LOG_RATIO = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One param or result over ``N`` runs.

    Attributes:
        name: Dotted name of the param, or name of the metric.
        values: Shape ``(N,)``: the numbers, or of names the index into ``levels``; NaN where a
            run has none.
        levels: The distinct names in order, empty for numbers. ``False`` and ``True`` are
            numbers, 0 and 1.
    """

    name: str
    values: NDArray[np.float64]
    levels: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether the values can be reckoned with."""
        return not self.levels

    @property
    def there(self) -> NDArray[np.bool_]:
        """Where a run has a finite value, shape ``(N,)``."""
        return np.isfinite(self.values)

    @property
    def missing(self) -> int:
        """Runs that have no finite value."""
        return int(self.values.size - np.count_nonzero(self.there))

    @property
    def varies(self) -> bool:
        """Whether two runs differ in it; not having a value counts as a difference."""
        finite = self.values[self.there]
        return bool(finite.size and (finite.size < self.values.size or np.ptp(finite) > 0))

    @property
    def prefers_log(self) -> bool:
        """Whether it spans so many sizes that a logarithmic axis shows it better."""
        return self.is_number and prefers_log(self.values)

    def text(self, value: float) -> str:
        """Return one of its values as people write it; ``–`` for a missing one."""
        if not np.isfinite(value):
            return "–"
        return self.levels[int(value)] if self.levels else f"{value:.5g}"


def prefers_log(values: ArrayLike) -> bool:
    """Return whether a logarithmic axis shows values better; not if one of them is <= 0."""
    series = as_floats(values)
    finite = series[np.isfinite(series)]
    if not finite.size or finite.min() <= 0:
        return False
    # As logarithms: the quotient of the largest and the smallest floats is infinite.
    return bool(np.log(finite.max()) - np.log(finite.min()) >= np.log(_LOG_RATIO))


def column(name: str, values: Iterable[Any]) -> Column:
    """Return the values of one param or result as a column.

    It holds numbers when all values are numbers (``None`` and NaN are missing ones), else names:
    a number among names is then a name too.

    Args:
        name: Dotted name of the param, or name of the metric.
        values: One a run.

    Example:
        >>> column("opt", ["sgd", None, "adam", "sgd"]).values.tolist()
        [1.0, nan, 0.0, 1.0]
    """
    given = list(values)
    if all(value is None or isinstance(value, int | float) for value in given):
        return Column(name, as_floats([np.nan if value is None else value for value in given]))
    texts = [None if value is None else _text(value) for value in given]
    levels = tuple(sorted({text for text in texts if text is not None}))
    place = {text: float(i) for i, text in enumerate(levels)}
    return Column(
        name, np.array([np.nan if text is None else place[text] for text in texts]), levels
    )


def rank_column(one: Column) -> Column:
    """Return the ranks of a column of numbers, 1 the smallest; equal values share the mean rank.

    Example:
        >>> rank_column(Column("loss", np.array([0.5, np.nan, 9e9, 0.1]))).values.tolist()
        [2.0, nan, 3.0, 1.0]
    """
    found = np.full(one.values.size, np.nan)
    found[one.there] = ranks(one.values[one.there])
    return Column(f"rank of {one.name}", found)


def param_columns(params: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
    """Return every param of some runs as a column, by dotted name in order of appearance.

    Args:
        params: Params of each run, nested or flat, length ``N``.
    """
    flat = [dict(flatten(one)) for one in params]
    names = dict.fromkeys(name for one in flat for name in one)
    return {name: column(name, [one.get(name) for one in flat]) for name in names}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, default=repr)
