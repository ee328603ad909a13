r"""How many runs it takes to see a difference.

The power of a two-sided t test is the probability that it finds a true difference: of a
statistic :math:`T'` with the noncentral t distribution, :math:`P(|T'_{\nu, \delta}| > t_{\nu, 1 -
\alpha / 2})`. For two groups of :math:`n` runs and a difference of :math:`d` standard deviations
:math:`\nu = 2n - 2, \delta = d \sqrt{n / 2}`; for :math:`n` pairs :math:`\nu = n - 1, \delta = d
\sqrt n`, with :math:`d` in standard deviations of the differences.

Reference:
    J. Cohen, "Statistical Power Analysis for the Behavioral Sciences", 2nd edition, 1988, chapter
    2; for few seeds C. Colas, O. Sigaud and P.-Y. Oudeyer, "How many random seeds? Statistical
    power analysis in deep reinforcement learning experiments", arXiv:1806.08295, 2018.
"""

from __future__ import annotations

import math

from neural._optional import optional_import
from neural.tracking.analysis.statistics import student_quantile

__all__ = ["ALPHA", "MOST_RUNS", "POWER", "power", "runs_needed"]

#: How often a test may find a difference that is not there.
ALPHA = 0.05
#: How often it should find one that is there.
POWER = 0.8
#: More runs a group than this nobody will train.
MOST_RUNS = 1_000


def power(effect: float, n: int, *, paired: bool = False, alpha: float = ALPHA) -> float:
    """Return how likely a t test finds a difference of this size.

    Args:
        effect: True difference in standard deviations; of the differences when ``paired``.
        n: Runs in each group, or pairs; at least 2.
        paired: Whether runs are compared with partners.
        alpha: Level of the two-sided test.

    Raises:
        MissingExtraError: scipy is not installed.

    Example:
        >>> round(power(0.5, 64), 3), round(power(0.5, 34, paired=True), 3)
        (0.801, 0.808)
    """
    special = optional_import("scipy.special", extra="analysis", purpose="work out power")
    df = n - 1 if paired else 2 * n - 2
    shift = abs(effect) * math.sqrt(n if paired else n / 2)
    limit = student_quantile(1 - alpha / 2, df)
    if shift > limit + 40:  # certain; the distribution is not defined that far out
        return 1.0
    # The statistic may be significant on the wrong side, too, with next to no probability.
    above = 1 - float(special.nctdtr(df, shift, limit))
    below = float(special.nctdtr(df, shift, -limit))
    return min(1.0, above + (0.0 if math.isnan(below) else below))


def runs_needed(
    effect: float, *, paired: bool = False, alpha: float = ALPHA, wanted: float = POWER
) -> int | None:
    """Return how many runs a group, or pairs, find a difference of this size.

    Args:
        effect: True difference in standard deviations, see :func:`power`.
        paired: Whether runs are compared with partners.
        alpha: Level of the two-sided test.
        wanted: How likely it should be found.

    Returns:
        At least 3; ``None`` when more than :data:`MOST_RUNS` would be needed.

    Raises:
        MissingExtraError: scipy is not installed.

    Example:
        >>> runs_needed(0.5), runs_needed(1.0), runs_needed(0.001)
        (64, 17, None)
    """
    if not abs(effect) > 0:
        return None
    low, high = 3, MOST_RUNS
    if power(effect, high, paired=paired, alpha=alpha) < wanted:
        return None
    while low < high:  # power only grows with the number of runs
        middle = (low + high) // 2
        if power(effect, middle, paired=paired, alpha=alpha) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low
