"""How strongly series and parameters go together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.errors import InvalidInputError
from neural.tracking.records import Series
from neural.tracking.smoothing import as_floats

__all__ = ["align", "group_effect", "pearson", "ranks", "spearman"]

Matrix: TypeAlias = NDArray[np.float64]

#: Fewer pairs than this always lie on a line, so their correlation says nothing.
_FEWEST_PAIRS = 3


def align(series: Mapping[str, Series]) -> tuple[NDArray[np.int64], Matrix]:
    """Put series side by side on the union of their steps.

    Args:
        series: Series by name; of a step logged twice the last value counts.

    Returns:
        Ascending steps, shape ``(T,)``, and values, shape ``(T, M)``, in the order of
        ``series``; NaN where a series has no value at a step.
    """
    steps = [np.asarray(one.step, dtype=np.int64) for one in series.values()]
    # Metrics logged together share their steps; each set of them is worked on once.
    keys = [step.tobytes() for step in steps]
    distinct = dict(zip(keys, steps, strict=True))
    union = np.unique(np.concatenate([*distinct.values(), np.empty(0, dtype=np.int64)]))
    rows = {key: np.searchsorted(union, step) for key, step in distinct.items()}
    matrix = np.full((union.size, len(steps)), np.nan)
    for column, (key, one) in enumerate(zip(keys, series.values(), strict=True)):
        matrix[rows[key], column] = as_floats(one.value)
    return union, matrix


def pearson(matrix: ArrayLike) -> tuple[Matrix, NDArray[np.int64]]:
    r"""Return the correlation of every pair of columns over the rows both have.

    :math:`r = \sum (x - \bar x)(y - \bar y) / \sqrt{\sum (x - \bar x)^2 \sum (y - \bar y)^2}`
    with the means taken over the rows in which both values are finite ("pairwise complete
    observations").

    Args:
        matrix: Observations, shape ``(T, M)``; NaN and infinities are missing values.

    Returns:
        Coefficients in ``[-1, 1]``, shape ``(M, M)``, NaN where a pair has fewer than three
        common rows or one of the two does not vary there; and the number of common rows,
        shape ``(M, M)``.

    Raises:
        InvalidInputError: ``matrix`` is not two-dimensional.

    Reference:
        K. Pearson, "Notes on regression and inheritance in the case of two parents",
        Proceedings of the Royal Society of London 58, 1895.
    """
    table = np.asarray(matrix, dtype=np.float64)
    if table.ndim != 2:
        raise InvalidInputError(f"matrix must have shape (T, M), got {table.shape}")
    is_there = np.isfinite(table)
    coefficients = np.full((table.shape[1],) * 2, np.nan)
    pairs = np.zeros(coefficients.shape, dtype=np.int64)
    groups = _columns_by_pattern(is_there)
    for i, left in enumerate(groups):
        for right in groups[: i + 1]:
            common = is_there[:, left[0]] & is_there[:, right[0]]
            block = _between(table[:, left][common], table[:, right][common])
            coefficients[np.ix_(left, right)] = block
            coefficients[np.ix_(right, left)] = block.T
            pairs[np.ix_(left, right)] = np.count_nonzero(common)
            pairs[np.ix_(right, left)] = np.count_nonzero(common)
    return coefficients, pairs


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    r"""Return the rank correlation :math:`\rho` of two samples, ties sharing their mean rank.

    It is the Pearson correlation of the ranks, and so measures any monotone relation.

    Args:
        x: First sample, finite, shape ``(N,)``.
        y: Second sample, finite, shape ``(N,)``.

    Returns:
        A value in ``[-1, 1]``; NaN with fewer than three pairs or when one does not vary.

    Reference:
        C. Spearman, "The proof and measurement of association between two things",
        American Journal of Psychology 15, 1904; for ties M. G. Kendall, "Rank Correlation
        Methods", 1948, chapter 3.

    Example:
        >>> round(spearman([1, 2, 3, 4], [1, 4, 9, 16]), 9)
        1.0
    """
    table = np.column_stack((ranks(x), ranks(y)))
    return float(pearson(table)[0][0, 1])


def group_effect(labels: Sequence[Hashable], values: ArrayLike) -> float:
    r"""Return how much of the order of ``values`` the groups explain.

    Square root of :math:`\eta^2_H = (H - k + 1) / (n - k)`, where :math:`H` is the
    Kruskal-Wallis statistic (corrected for ties) of :math:`k` groups with :math:`n` values:
    the share of the variance of the ranks that lies between the groups, less what chance
    alone would give, so that many small groups do not look important. The root puts it
    on the scale of :func:`spearman`.

    Args:
        labels: Group of each value, length ``N``.
        values: Finite values, shape ``(N,)``.

    Returns:
        A value in ``[0, 1]``; NaN when there is one group, every value has a group of its
        own, or the values do not vary.

    Reference:
        W. H. Kruskal and W. A. Wallis, "Use of ranks in one-criterion variance analysis",
        Journal of the American Statistical Association 47, 1952; M. Tomczak and E. Tomczak,
        "The need to report effect size estimates revisited", Trends in Sport Sciences 1, 2014.

    Example:
        >>> group_effect(["sgd", "sgd", "adam", "adam"], [0.9, 0.8, 0.2, 0.1]) > 0.8
        True
    """
    ranked = ranks(values)
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    member = np.array([numbers[label] for label in labels], dtype=np.intp)
    n, k = ranked.size, len(numbers)
    if not 1 < k < n or (ranked == ranked[:1]).all():
        return float("nan")
    sizes = np.bincount(member)
    means = np.bincount(member, ranked) / sizes
    between = (sizes * (means - ranked.mean()) ** 2).sum()
    # Ties only shrink the variance of the ranks, so dividing by it corrects for them.
    statistic = between / ranked.var(ddof=1)
    share = (statistic - k + 1) / (n - k)
    return float(np.sqrt(np.clip(share, 0.0, 1.0)))


def ranks(values: ArrayLike) -> Matrix:
    """Return the rank of each value from 1, equal values sharing the mean of theirs.

    Args:
        values: Finite values, shape ``(N,)``.

    Example:
        >>> ranks([0.5, 0.1, 0.5]).tolist()
        [2.5, 1.0, 2.5]
    """
    _, inverse, counts = np.unique(as_floats(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean_rank: Matrix = (last - (counts - 1) / 2)[inverse]
    return mean_rank


def _columns_by_pattern(is_there: NDArray[np.bool_]) -> list[list[int]]:
    """Return groups of columns that are there in the same rows.

    Metrics are mostly logged in a few such groups, so that a few matrix products do the
    work of a loop over all pairs.
    """
    groups: dict[bytes, list[int]] = {}
    for column in range(is_there.shape[1]):
        groups.setdefault(is_there[:, column].tobytes(), []).append(column)
    return list(groups.values())


def _between(left: Matrix, right: Matrix) -> Matrix:
    """Return the correlations of the columns of two complete tables with the same rows."""
    if left.shape[0] < _FEWEST_PAIRS:
        return np.full((left.shape[1], right.shape[1]), np.nan)
    return np.clip(_unit(left).T @ _unit(right), -1.0, 1.0)


def _unit(table: Matrix) -> Matrix:
    """Return the columns with mean 0 and length 1; NaN for those that do not vary."""
    does_vary = table.min(axis=0) != table.max(axis=0)
    # Scaling first keeps the squares of very large and very small values in range.
    scaled = table / np.where(does_vary, np.abs(table).max(axis=0), np.nan)
    centred = scaled - scaled.mean(axis=0)
    unit: Matrix = centred / np.linalg.norm(centred, axis=0)
    return unit
