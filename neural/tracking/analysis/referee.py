"""Is one group of runs better than another, and how sure is that?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neural.errors import InvalidInputError
from neural.tracking.analysis.bootstrap import Interval, Method, bootstrap_interval
from neural.tracking.analysis.power import ALPHA, runs_needed
from neural.tracking.analysis.samples import FEWEST_RUNS, Pairing, Pairs, Sample, pair_up
from neural.tracking.analysis.statistics import (
    Significance,
    cliffs_delta,
    cohens_d,
    figure_of,
    hedges_g,
    mann_whitney,
    paired_t,
    probability_of_improvement,
    scaled,
    welch,
    wilcoxon,
)
from neural.tracking.records import Goal

__all__ = ["RESAMPLES", "Comparison", "GroupFigures", "Outcome", "compare_groups"]

Floats: TypeAlias = NDArray[np.float64]
#: What can be said of a difference:
#: ``too few``: fewer than three results, or pairs of them; ``equal``: every result is the same;
#: ``no noise``: nothing varies but between the groups; ``separable``: the t test and the
#: bootstrap interval both find a difference; ``unclear``: one of them does; ``not separable``:
#: neither does.
Outcome = Literal["too few", "equal", "no noise", "separable", "unclear", "not separable"]

#: Resamples behind each interval.
RESAMPLES = 10_000
_NO_INTERVAL = Interval(math.nan, math.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFigures:
    """What the results of one group come to; NaN where there are too few.

    Attributes:
        label: What the group is called.
        n: Finite results.
        failed: Runs without one: they never logged the metric, or it was NaN or infinite.
        mean: Arithmetic mean.
        std: Sample standard deviation.
        median: Median.
        iqm: Interquartile mean, see :func:`~neural.tracking.analysis.statistics.figure_of`.
        iqm_interval: Its 95 % bootstrap interval.
        min: Smallest result.
        max: Largest result.
    """

    label: str
    n: int
    failed: int
    mean: float
    std: float
    median: float
    iqm: float
    iqm_interval: Interval
    min: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two groups compared. Differences and effects are of ``b`` against ``a``: ``b - a``.

    Attributes:
        metric: Name of the metric.
        goal: Which direction of it is better.
        a: Figures of the first group.
        b: Figures of the second.
        paired: Whether runs were compared with those of the same seed.
        n: Pairs; unpaired, the size of the smaller group.
        left_out: Finite results that have no partner.
        difference: Difference of the means, of the pairs if paired.
        interval: Its 95 % bootstrap interval.
        method: How that was taken: ``"percentile"`` or ``"bca"``.
        iqm_difference: Difference of the interquartile means; paired, the interquartile
            mean of the differences.
        iqm_difference_interval: Its 95 % bootstrap interval.
        improvement: Probability that a run of ``b`` is *better* than one of ``a``; a failed run
            is worse than any other.
        improvement_interval: Its 95 % bootstrap interval.
        cohens_d: Difference of the means in pooled standard deviations.
        hedges_g: The same without its bias.
        cliffs_delta: How much more often a result of ``b`` is the larger, from -1 to 1.
        t_test: Welch's t test; of pairs the paired one.
        rank_test: The Mann-Whitney test; of pairs Wilcoxon's.
        outcome: What can be said.
        better: Label of the better group where the outcome says that there is one.
        more: How many more runs of each group would give 80 % power, if the difference is as
            large as it looks; ``None`` when that is not the question, or more than 1,000.
        unpaired_reason: Why runs that have seeds were not compared in pairs.
    """

    metric: str
    goal: Goal
    a: GroupFigures
    b: GroupFigures
    paired: bool
    n: int
    left_out: int
    difference: float
    interval: Interval
    method: Method
    iqm_difference: float
    iqm_difference_interval: Interval
    improvement: float
    improvement_interval: Interval
    cohens_d: float
    hedges_g: float
    cliffs_delta: float
    t_test: Significance
    rank_test: Significance
    outcome: Outcome
    better: str | None
    more: int | None
    unpaired_reason: str = ""


# Results of diverged runs can be so large that a sum or square of them is not finite; then
# neither is what it leads to, which says so better than a warning.
@np.errstate(over="ignore", invalid="ignore")
def compare_groups(
    a: Sample,
    b: Sample,
    *,
    metric: str,
    goal: Goal,
    pairing: Pairing = "auto",
    method: Method = "percentile",
    seed: int = 0,
) -> Comparison:
    """Return what two groups of results say about each other.

    The groups count as separable when the t test (Welch's, or the paired one) finds a difference
    at 5 % and the bootstrap interval excludes zero. Both are asked because with a handful of
    runs the bootstrap alone is too sure, and the t test alone trusts that results are
    normally distributed (C. Colas, O. Sigaud, P.-Y. Oudeyer, "A hitchhiker's guide to
    statistical comparisons of reinforcement learning algorithms", arXiv:1904.06979, 2019).
    The words are made by :func:`~neural.tracking.analysis.verdicts.verdict`.

    Args:
        a: The first group, for example the baseline.
        b: The second.
        metric: Name of the metric, for the words.
        goal: Which direction is better.
        pairing: See :func:`~neural.tracking.analysis.samples.pair_up`.
        method: How bootstrap intervals are taken: ``"percentile"`` as rliable does, or
            ``"bca"``, see :func:`~neural.tracking.analysis.bootstrap.bootstrap_interval`.
        seed: The same one gives the same intervals.

    Raises:
        InvalidInputError: ``goal`` is neither ``"min"`` nor ``"max"``, or see ``pair_up``.
        MissingExtraError: scipy is not installed.

    Example:
        >>> found = compare_groups(
        ...     Sample("base", (0.1, 0.2, 0.3)), Sample("wide", (0.6, 0.7, 0.8)),
        ...     metric="acc", goal="max",
        ... )
        >>> found.outcome, found.better, round(found.difference, 3), found.improvement
        ('separable', 'wide', 0.5, 1.0)
    """
    if goal not in ("min", "max"):
        raise InvalidInputError(f"goal must be 'min' or 'max', got {goal!r}")
    pairs = pair_up(a, b, pairing)
    how = (method, seed)
    difference, interval = _difference(pairs, how, "mean")
    iqm_difference, iqm_interval = _difference(pairs, how, "iqm")
    improvement, improvement_interval = _improvement(a, b, goal, seed)
    t_test = (paired_t if pairs.paired else welch)(pairs.a, pairs.b)
    outcome = _outcome(pairs, t_test, interval)
    better = None
    if outcome in ("separable", "no noise", "unclear"):
        better = b.label if (difference > 0) == (goal == "max") else a.label
    return Comparison(
        metric=metric,
        goal=goal,
        a=_figures(a, how),
        b=_figures(b, how),
        paired=pairs.paired,
        n=min(pairs.a.size, pairs.b.size),
        left_out=pairs.left_out,
        difference=difference,
        interval=interval,
        method=method,
        iqm_difference=iqm_difference,
        iqm_difference_interval=iqm_interval,
        improvement=improvement,
        improvement_interval=improvement_interval,
        cohens_d=cohens_d(a.finite, b.finite),
        hedges_g=hedges_g(a.finite, b.finite),
        cliffs_delta=cliffs_delta(a.finite, b.finite),
        t_test=t_test,
        rank_test=(wilcoxon if pairs.paired else mann_whitney)(pairs.a, pairs.b),
        outcome=outcome,
        better=better,
        more=_more(pairs) if outcome in ("not separable", "unclear") else None,
        unpaired_reason=pairs.reason,
    )


def _figures(sample: Sample, how: tuple[Method, int]) -> GroupFigures:
    values = sample.finite
    some, several = values.size > 0, values.size > 1
    interval = _NO_INTERVAL
    if several:
        interval = bootstrap_interval([values], _iqm, method=how[0], seed=how[1])
    return GroupFigures(
        label=sample.label,
        n=values.size,
        failed=sample.failed,
        mean=float(values.mean()) if some else math.nan,
        std=float(values.std(ddof=1)) if several else math.nan,
        median=float(np.median(values)) if some else math.nan,
        iqm=float(_iqm(values)) if some else math.nan,
        iqm_interval=interval,
        min=float(values.min()) if some else math.nan,
        max=float(values.max()) if some else math.nan,
    )


def _iqm(values: Floats) -> Floats:
    return figure_of(values, "iqm")


def _difference(
    pairs: Pairs, how: tuple[Method, int], statistic: Literal["mean", "iqm"]
) -> tuple[float, Interval]:
    """Return the difference of a figure of the two groups, and its bootstrap interval."""
    method, seed = how
    if not pairs.a.size or not pairs.b.size:
        return math.nan, _NO_INTERVAL

    def gain(rows: Floats) -> Floats:
        return figure_of(rows, statistic)

    def between(a: Floats, b: Floats) -> Floats:
        return figure_of(b, statistic) - figure_of(a, statistic)

    if pairs.paired:
        gains = pairs.b - pairs.a
        interval = bootstrap_interval([gains], gain, method=method, seed=seed)
        return float(gain(gains)), interval
    interval = bootstrap_interval([pairs.a, pairs.b], between, method=method, seed=seed)
    return float(between(pairs.a, pairs.b)), interval


def _improvement(a: Sample, b: Sample, goal: Goal, seed: int) -> tuple[float, Interval]:
    """Return how likely a run of ``b`` is better than one of ``a``, failed runs being worst.

    Both groups are resampled on their own, as rliable does, whether or not they pair up.
    """
    left, right = _ranked(a, goal), _ranked(b, goal)
    found = probability_of_improvement(left, right)
    if min(left.size, right.size) < 2:
        return found, _NO_INTERVAL
    wins = (right[None, :] > left[:, None]) + 0.5 * (right[None, :] == left[:, None])
    rng = np.random.default_rng(seed)
    times = _times_drawn(rng, left.size), _times_drawn(rng, right.size)
    resampled = ((times[0] @ wins) * times[1]).sum(axis=1) / wins.size
    low, high = np.quantile(resampled, [ALPHA / 2, 1 - ALPHA / 2])
    return found, Interval(float(low), float(high))


def _ranked(sample: Sample, goal: Goal) -> Floats:
    """Return the results so that more is better, with failed runs below all others."""
    sign = 1.0 if goal == "max" else -1.0
    return np.append(sign * sample.finite, np.full(sample.failed, -np.inf))


def _times_drawn(rng: np.random.Generator, n: int) -> Floats:
    """Return how often each of ``n`` runs is in each resample, shape ``(RESAMPLES, n)``."""
    drawn = rng.integers(0, n, (RESAMPLES, n)) + n * np.arange(RESAMPLES)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=RESAMPLES * n)
    return counts.reshape(RESAMPLES, n).astype(np.float64)


def _outcome(pairs: Pairs, t_test: Significance, interval: Interval) -> Outcome:
    if min(pairs.a.size, pairs.b.size) < FEWEST_RUNS:
        return "too few"
    if math.isnan(t_test.p):  # there is no variance to compare with
        return "equal" if pairs.a[0] == pairs.b[0] else "no noise"
    is_significant = t_test.p < ALPHA
    excludes_zero = interval.low > 0 or interval.high < 0
    if is_significant and excludes_zero:
        return "separable"
    return "unclear" if is_significant or excludes_zero else "not separable"


def _more(pairs: Pairs) -> int | None:
    """Return how many more runs a group would find a difference of the size that was seen."""
    a, b = scaled(pairs.a, pairs.b)
    if pairs.paired:
        effect = (b - a).mean() / (b - a).std(ddof=1)
    else:
        effect = (b.mean() - a.mean()) / math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    needed = runs_needed(float(effect), paired=pairs.paired)
    return None if needed is None else max(1, needed - min(pairs.a.size, pairs.b.size))
