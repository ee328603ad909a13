"""How strongly series and parameters go together."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.errors import InvalidInputError
from neural.tracking.records import Series
from neural.tracking.smoothing import as_floats

__all__ = [
    "align",
    "group_effect",
    "p_values",
    "pearson",
    "ranks",
    "spearman",
    "spearman_matrix",
]

Matrix: TypeAlias = NDArray[np.float64]

#: Fewer pairs than this always lie on a line, so their correlation says nothing.
_FEWEST_PAIRS = 3
#: Degrees of freedom from which Student's distribution is taken for the normal one.
_NORMAL_FROM = 1000


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
    return _pairwise(matrix, lambda table: table)


def spearman_matrix(matrix: ArrayLike) -> tuple[Matrix, NDArray[np.int64]]:
    """Return the rank correlation of every pair of columns over the rows both have.

    The ranks of a pair are those among its own common rows, as :func:`spearman` takes them.

    Args:
        matrix: Observations, shape ``(T, M)``; NaN and infinities are missing values.

    Returns:
        As of :func:`pearson`.

    Raises:
        InvalidInputError: ``matrix`` is not two-dimensional.
    """
    return _pairwise(matrix, _ranked_columns)


def p_values(coefficients: ArrayLike, pairs: ArrayLike) -> Matrix:
    r"""Return how likely correlations at least this strong are if nothing goes together.

    Two-sided, from :math:`t = r \sqrt{\nu / (1 - r^2)}` with :math:`\nu = n - 2` degrees of
    freedom. With :math:`\sin\theta = |r|` Student's distribution is a finite series in
    :math:`\cos^2\theta = 1 - r^2`; beyond 1,000 degrees of freedom Wallace's normal score
    takes its place. Of rank correlations the value is an approximation that is good from about
    ten pairs on.

    Args:
        coefficients: Correlations, any shape; NaN gives NaN.
        pairs: Pairs behind each, the same shape.

    Returns:
        Values in ``[0, 1]``, exact to about 1e-12, beyond 1,000 degrees of freedom to 1e-6.

    Reference:
        M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 1964, 26.7.3-4.
        D. L. Wallace, "Bounds on Normal Approximations to Student's and the Chi-Square
        Distributions", Annals of Mathematical Statistics 30 (1959).

    Example:
        >>> p_values([0.5], [20]).round(4).tolist()
        [0.0248]
    """
    r, n = np.broadcast_arrays(np.abs(np.asarray(coefficients, float)), np.asarray(pairs))
    found = np.full(r.shape, np.nan)
    known = np.isfinite(r) & (n >= _FEWEST_PAIRS)
    for freedom in np.unique(n[known]) - 2:
        chosen = known & (n == freedom + 2)
        found[chosen] = _two_sided(np.minimum(r[chosen], 1.0), int(freedom))
    return found


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


def _pairwise(
    matrix: ArrayLike, prepare: Callable[[Matrix], Matrix]
) -> tuple[Matrix, NDArray[np.int64]]:
    """Return the correlation of every pair of columns, each prepared over its common rows."""
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
            block = _between(prepare(table[:, left][common]), prepare(table[:, right][common]))
            coefficients[np.ix_(left, right)] = block
            coefficients[np.ix_(right, left)] = block.T
            pairs[np.ix_(left, right)] = np.count_nonzero(common)
            pairs[np.ix_(right, left)] = np.count_nonzero(common)
    return coefficients, pairs


def _ranked_columns(table: Matrix) -> Matrix:
    return np.column_stack([ranks(column) for column in table.T]) if table.size else table


def _two_sided(r: Matrix, freedom: int) -> Matrix:
    """Return the two-sided tail beyond ``r``, in ``[0, 1]``, shape ``(K,)``."""
    if freedom > _NORMAL_FROM:
        scale = (8 * freedom + 1) / (8 * freedom + 3)
        normal = scale * np.sqrt(-freedom * np.log(np.maximum(1 - r**2, 1e-300)))
        return np.array([math.erfc(z / math.sqrt(2)) for z in normal])
    square = 1 - r**2
    is_odd = freedom % 2
    # Odd: cos, cos^3 * 2/3, ...; even: 1, cos^2 * 1/2, cos^4 * 1*3/(2*4), ...
    term = np.sqrt(square) if is_odd else np.ones_like(r)
    total = np.zeros_like(r)
    for k in range(freedom // 2):
        total += term
        term = term * square * ((2 * k + 2) / (2 * k + 3) if is_odd else (2 * k + 1) / (2 * k + 2))
    inside = 2 / np.pi * (np.arcsin(r) + r * total) if is_odd else r * total
    return np.clip(1 - inside, 0.0, 1.0)


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
