"""Formulas for comparing the results of two groups of runs; each names its source.

Throughout, ``a`` and ``b`` are results, one a run, finite, and effects are of ``b`` against ``a``:
positive where ``b`` is the larger. p values are two-sided and need scipy.
"""

from __future__ import annotations

import math
from types import ModuleType
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural._optional import optional_import
from neural.tracking.analysis.bootstrap import Statistic, stretch
from neural.tracking.smoothing import as_floats

__all__ = [
    "Significance",
    "cliffs_delta",
    "cohens_d",
    "figure_of",
    "hedges_g",
    "mann_whitney",
    "paired_t",
    "probability_of_improvement",
    "scaled",
    "student_p",
    "student_quantile",
    "welch",
    "wilcoxon",
]

Floats: TypeAlias = NDArray[np.float64]


class Significance(NamedTuple):
    """What a test says.

    Attributes:
        name: As people call it: ``"Welch's t test"``.
        statistic: Its statistic; NaN where it cannot be worked out.
        p: Two-sided p value; NaN likewise.
        df: Degrees of freedom; NaN for tests that have none.
    """

    name: str
    statistic: float
    p: float
    df: float = math.nan


def figure_of(values: ArrayLike, statistic: Statistic) -> Floats:
    """Return the mean, median, interquartile mean, smallest or largest along the last axis.

    The interquartile mean is that of rliable: the mean of the middle half, after leaving
    out ``n // 4`` values at each end.

    Args:
        values: Finite values, shape ``(..., n)``.
        statistic: Which one.

    Reference:
        R. Agarwal, M. Schwarzer, P. S. Castro, A. C. Courville and M. G. Bellemare, "Deep
        reinforcement learning at the edge of the statistical precipice", NeurIPS 2021.

    Example:
        >>> float(figure_of([9.0, 1.0, 2.0, 3.0], "iqm"))
        2.5
    """
    table = np.asarray(values, dtype=np.float64)
    begin, end = stretch(statistic, table.shape[-1])
    found: Floats = np.sort(table, axis=-1)[..., begin:end].mean(axis=-1)
    return found


def cohens_d(a: ArrayLike, b: ArrayLike) -> float:
    r"""Return the difference of the means in units of the pooled standard deviation.

    :math:`d = (\bar b - \bar a) / s`, :math:`s^2 = ((n_a - 1) s_a^2 + (n_b - 1) s_b^2) /
    (n_a + n_b - 2)`. NaN with fewer than three values in all, or without any variance.

    Reference:
        J. Cohen, "Statistical Power Analysis for the Behavioral Sciences", 2nd edition, 1988,
        section 2.5.
    """
    left, right = scaled(a, b)
    spread = math.sqrt(_pooled_variance(left, right))
    if not spread > 0:
        return math.nan
    return float((right.mean() - left.mean()) / spread)


def hedges_g(a: ArrayLike, b: ArrayLike) -> float:
    r"""Return Cohen's d without its bias, which matters with few runs.

    :math:`g = J(m) d` with :math:`m = n_a + n_b - 2` and the exact factor
    :math:`J(m) = \Gamma(m / 2) / (\sqrt{m / 2}\, \Gamma((m - 1) / 2))`; NaN for :math:`m < 2`.

    Reference:
        L. V. Hedges, "Distribution theory for Glass's estimator of effect size and related
        estimators", Journal of Educational Statistics 6, 1981.
    """
    m = as_floats(a).size + as_floats(b).size - 2
    if m < 2:
        return math.nan
    factor = math.exp(math.lgamma(m / 2) - math.lgamma((m - 1) / 2)) / math.sqrt(m / 2)
    return factor * cohens_d(a, b)


def cliffs_delta(a: ArrayLike, b: ArrayLike) -> float:
    """Return how much more often ``b`` is the larger than ``a``, over all pairs, from -1 to 1.

    Reference:
        N. Cliff, "Dominance statistics: ordinal analyses to answer ordinal questions",
        Psychological Bulletin 114, 1993.

    Example:
        >>> cliffs_delta([1, 2], [2, 3])
        0.75
    """
    return 2 * probability_of_improvement(a, b) - 1


def probability_of_improvement(a: ArrayLike, b: ArrayLike) -> float:
    """Return how likely a run of ``b`` is larger than one of ``a``; equal ones count half.

    It is the Mann-Whitney statistic over the number of pairs, as rliable reckons it (Agarwal
    et al. 2021). Infinite values are ordered like all others. NaN for an empty group.

    Example:
        >>> probability_of_improvement([1, 2], [2, 3])
        0.875
    """
    left, right = np.sort(as_floats(a)), as_floats(b)
    if not left.size * right.size:
        return math.nan
    smaller = np.searchsorted(left, right, side="left") + np.searchsorted(left, right, side="right")
    return float(smaller.sum() / (2 * left.size * right.size))


def welch(a: ArrayLike, b: ArrayLike) -> Significance:
    """Return Welch's t test of equal means; the variances may differ.

    Reference:
        B. L. Welch, "The generalization of 'Student's' problem when several different population
        variances are involved", Biometrika 34, 1947. Recommended for a few seeds by C. Colas,
        O. Sigaud and P.-Y. Oudeyer, "How many random seeds?", arXiv:1806.08295, 2018.

    Raises:
        MissingExtraError: scipy is not installed.
    """
    left, right = scaled(a, b)
    name = "Welch's t test"
    if min(left.size, right.size) < 2:
        return Significance(name, math.nan, math.nan)
    if not (_varies(left) or _varies(right)):
        return Significance(name, math.nan, math.nan)
    squares = np.array([_variance(left) / left.size, _variance(right) / right.size])
    statistic = float((right.mean() - left.mean()) / math.sqrt(squares.sum()))
    shares = squares / squares.sum()
    df = float(1 / (shares**2 / (np.array([left.size, right.size]) - 1)).sum())
    return Significance(name, statistic, float(student_p(statistic, df)), df)


def paired_t(a: ArrayLike, b: ArrayLike) -> Significance:
    """Return Student's t test of the differences between partners.

    Args:
        a: Results, shape ``(n,)``.
        b: Result of the partner of each, shape ``(n,)``.

    Reference:
        Student, "The probable error of a mean", Biometrika 6, 1908.

    Raises:
        MissingExtraError: scipy is not installed.
    """
    left, right = scaled(a, b)
    differences = right - left
    n, name = differences.size, "paired t test"
    if n < 2 or not _varies(differences):
        return Significance(name, math.nan, math.nan)
    statistic = float(differences.mean() / (differences.std(ddof=1) / math.sqrt(n)))
    return Significance(name, statistic, float(student_p(statistic, n - 1)), n - 1)


def mann_whitney(a: ArrayLike, b: ArrayLike) -> Significance:
    """Return the Mann-Whitney test, as scipy's default: exact for small groups without ties.

    The statistic is that of ``b``: pairs in which it is the larger.

    Reference:
        H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is
        stochastically larger than the other", Annals of Mathematical Statistics 18, 1947.

    Raises:
        MissingExtraError: scipy is not installed.
    """
    left, right = as_floats(a), as_floats(b)
    name = "Mann-Whitney test"
    if not left.size * right.size or not _varies(np.concatenate((left, right))):
        return Significance(name, math.nan, math.nan)
    found = _stats().mannwhitneyu(right, left)
    return Significance(name, float(found.statistic), float(found.pvalue))


def wilcoxon(a: ArrayLike, b: ArrayLike) -> Significance:
    """Return Wilcoxon's signed-rank test of the differences between partners, as scipy's default.

    Reference:
        F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1, 1945.

    Raises:
        MissingExtraError: scipy is not installed.
    """
    differences = as_floats(b) - as_floats(a)
    if not differences.any():
        return Significance("Wilcoxon test", math.nan, math.nan)
    found = _stats().wilcoxon(differences)
    return Significance("Wilcoxon test", float(found.statistic), float(found.pvalue))


def scaled(*samples: ArrayLike) -> list[Floats]:
    """Return samples divided by one power of two, so that the largest value is about 1.

    It changes no digit and no statistic, but keeps the squares of very large and very small
    results within the range of float64.
    """
    arrays = [as_floats(one) for one in samples]
    largest = max((float(np.abs(one).max()) for one in arrays if one.size), default=0.0)
    exponent = math.frexp(largest)[1]
    return [np.ldexp(one, -exponent) for one in arrays]


def student_p(statistic: ArrayLike, df: ArrayLike) -> Floats:
    """Return the two-sided p value of Student's t, of any shape.

    Raises:
        MissingExtraError: scipy is not installed.
    """
    special = optional_import("scipy.special", extra="analysis", purpose="work out p values")
    found: Floats = np.asarray(2 * special.stdtr(df, -np.abs(statistic)), dtype=np.float64)
    return found


def student_quantile(share: float, df: float) -> float:
    """Return the value below which Student's t lies with probability ``share``.

    Raises:
        MissingExtraError: scipy is not installed.
    """
    special = optional_import("scipy.special", extra="analysis", purpose="work out intervals")
    return float(special.stdtrit(df, share))


def _stats() -> ModuleType:
    return optional_import("scipy.stats", extra="analysis", purpose="test differences")


def _pooled_variance(left: Floats, right: Floats) -> float:
    df = left.size + right.size - 2
    if df < 1 or not left.size * right.size:
        return math.nan
    squares = ((left - left.mean()) ** 2).sum() + ((right - right.mean()) ** 2).sum()
    return float(squares / df) if _varies(left) or _varies(right) else 0.0


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if _varies(values) else 0.0


def _varies(values: Floats) -> bool:
    """Return whether there are two different values; rounding can give equal ones a variance."""
    return bool(values.size) and bool((values != values[0]).any())
