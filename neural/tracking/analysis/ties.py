"""Which rows of a table cannot be told apart from the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neural.errors import InvalidInputError
from neural.tracking.analysis.noise import Noise
from neural.tracking.analysis.power import ALPHA
from neural.tracking.analysis.samples import Sample
from neural.tracking.analysis.statistics import student_p
from neural.tracking.analysis.words import count, number, p_value
from neural.tracking.records import Goal

__all__ = ["Standing", "Tie", "ties_with_best"]

Floats: TypeAlias = NDArray[np.float64]
#: ``best``: the best mean; ``tied``: a difference from it may be chance; ``worse``: it is not;
#: ``unknown``: too few results to tell; ``failed``: no result at all.
Standing = Literal["best", "tied", "worse", "unknown", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """How a row of a table stands to the best one.

    Attributes:
        label: Of the row.
        standing: In a word.
        p: p value of its difference from the best, corrected for the number of rows that were
            compared; NaN where nothing was tested.
        reason: A sentence that says why, for a tooltip.
    """

    label: str
    standing: Standing
    p: float
    reason: str


# Results of diverged runs can be so large that a sum or square of them is not finite; then
# neither is what it leads to, which says so better than a warning.
@np.errstate(over="ignore", invalid="ignore")
def ties_with_best(
    samples: Sequence[Sample], goal: Goal, *, noise: Noise | None = None
) -> list[Tie]:
    """Return how each row stands to the row with the best mean.

    Each is compared with the best by Welch's t test, and the p values are corrected for their
    number by S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian
    Journal of Statistics 6, 1979; at 5 % and above a row is tied. A tie says that the runs cannot
    tell the two apart, not that they are equal: few runs tie with much. The best is itself
    picked by its results, so that it looks a little better than it is.

    A row of one result has no noise of its own. With ``noise``, such as that of groups of
    repeats of the same experiment, it is tested against that; without, nothing is known.

    Args:
        samples: Results of each row, one value a run; failed runs are left out and named.
        goal: Which direction is better.
        noise: Noise between seeds, for comparisons with rows of a single result.

    Returns:
        One entry a row, in the same order. Exactly one is the best unless all failed.

    Raises:
        InvalidInputError: ``goal`` is neither ``"min"`` nor ``"max"``.
        MissingExtraError: scipy is not installed.

    Example:
        >>> rows = [(1.0, 1.2, 1.1), (1.1, 1.3, 1.0), (5.0, 6.0, 5.0)]
        >>> samples = [Sample(name, row) for name, row in zip("abc", rows)]
        >>> [tie.standing for tie in ties_with_best(samples, "min")]
        ['best', 'tied', 'worse']
    """
    if goal not in ("min", "max"):
        raise InvalidInputError(f"goal must be 'min' or 'max', got {goal!r}")
    values = [sample.finite for sample in samples]
    means = np.array([one.mean() if one.size else math.nan for one in values])
    if np.isnan(means).all():
        return [_failed(sample) for sample in samples]
    best = int(np.nanargmax(means) if goal == "max" else np.nanargmin(means))
    raw = _p_values(values, means, best, noise)
    corrected = _holm(raw)
    return [
        _tie(samples, (i, best), float(means[i] - means[best]), float(corrected[i]), noise)
        for i in range(len(samples))
    ]


def _p_values(values: list[Floats], means: Floats, best: int, noise: Noise | None) -> Floats:
    """Return the p value of each other row's difference from the best; NaN where none is known."""
    n = np.array([one.size for one in values], dtype=np.float64)
    squares = np.array([_variance(one) for one in values])
    difference = means - means[best]
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = squares / n
        total = parts + parts[best]
        df = total**2 / (parts**2 / (n - 1) + parts[best] ** 2 / (n[best] - 1))
        if noise is not None and noise.is_known:
            alone = (n < 2) | (n[best] < 2)
            total = np.where(alone, noise.std**2 * (1 / n + 1 / n[best]), total)
            df = np.where(alone, noise.df, df)
        t = difference / np.sqrt(total)
    # Where nothing varies a difference is a difference.
    p = np.where(total == 0, np.where(difference == 0, 1.0, 0.0), math.nan)
    tested = total > 0
    p[tested] = student_p(t[tested], df[tested])
    p[best] = math.nan
    return p


def _variance(values: Floats) -> float:
    if values.size < 2:
        return math.nan
    return float(values.var(ddof=1)) if (values != values[0]).any() else 0.0


def _holm(p: Floats) -> Floats:
    """Return p values corrected by Holm's procedure; NaN stay and are not counted."""
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    factors = np.arange(order.size, 0, -1)
    corrected = p.copy()
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * factors))
    return corrected


def _tie(
    samples: Sequence[Sample],
    places: tuple[int, int],
    difference: float,
    p: float,
    noise: Noise | None,
) -> Tie:
    sample, best = samples[places[0]], samples[places[1]]
    if not sample.finite.size:
        return _failed(sample)
    if places[0] == places[1]:
        text = f"Best mean of {count(len(samples), 'row')}, from {count(best.finite.size, 'run')}."
        return Tie(label=sample.label, standing="best", p=p, reason=text + _left_out(sample))
    if math.isnan(p):
        return Tie(label=sample.label, standing="unknown", p=p, reason=_why_unknown(sample, best))
    is_tied = p >= ALPHA
    least = min(sample.finite.size, best.finite.size)
    tested = f"{sample.finite.size} against {count(best.finite.size, 'run')}, {p_value(p)}"
    against = f", noise of {count(noise.runs, 'other run')}" if noise and least < 2 else ""
    means = "no more than chance may give" if is_tied else "more than chance gives"
    reason = (
        f"{number(abs(difference))} from {best.label}, {means} ({tested}{against})."
        f"{_left_out(sample)}"
    )
    return Tie(label=sample.label, standing="tied" if is_tied else "worse", p=p, reason=reason)


def _why_unknown(sample: Sample, best: Sample) -> str:
    lone = sample if sample.finite.size < 2 else best
    return f"{lone.label} has one result: without repeats nobody can tell.{_left_out(sample)}"


def _failed(sample: Sample) -> Tie:
    reason = f"No run of {sample.label} has a finite result."
    return Tie(label=sample.label, standing="failed", p=math.nan, reason=reason)


def _left_out(sample: Sample) -> str:
    return f" {count(sample.failed, 'failed run')} left out." if sample.failed else ""
