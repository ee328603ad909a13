"""How much results vary when nothing but the seed changes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from neural.tracking.analysis.samples import Sample
from neural.tracking.analysis.statistics import student_quantile

__all__ = ["Noise", "seed_noise"]


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise between seeds.

    Attributes:
        std: Standard deviation of a result around the mean of its group; NaN when unknown.
        runs: Results it was worked out from.
        groups: Groups they are in.
    """

    std: float
    runs: int
    groups: int

    @property
    def df(self) -> int:
        """Degrees of freedom behind ``std``."""
        return self.runs - self.groups

    @property
    def is_known(self) -> bool:
        """Whether there were any repeats to learn it from."""
        return self.df > 0

    def least_difference(self, n_a: int = 1, n_b: int = 1, share: float = 0.95) -> float:
        r"""Return the size that a difference of chance alone rarely has.

        :math:`t_{(1 + p) / 2, \nu}\, s \sqrt{1 / n_a + 1 / n_b}`, "the least significant
        difference" of R. A. Fisher, "The Design of Experiments", 1935: two means of ``n_a``
        and ``n_b`` runs of one setting are closer together in a ``share`` :math:`p` of all cases.
        NaN when the noise is not known.

        Raises:
            MissingExtraError: scipy is not installed.
        """
        if not self.is_known:
            return math.nan
        t = student_quantile((1 + share) / 2, self.df)
        return t * self.std * math.sqrt(1 / n_a + 1 / n_b)


# Results of diverged runs can be so large that a sum or square of them is not finite; then
# neither is what it leads to, which says so better than a warning.
@np.errstate(over="ignore", invalid="ignore")
def seed_noise(samples: Iterable[Sample]) -> Noise:
    r"""Return the noise between seeds, pooled over groups that differ in more than the seed.

    :math:`s^2 = \sum_g \sum_i (x_{gi} - \bar x_g)^2 / \sum_g (n_g - 1)`, the mean square within
    groups of an analysis of variance (R. A. Fisher, "Statistical Methods for Research
    Workers", 1925). Groups of one result say nothing and are left out, and so are failed runs.
    """
    repeated = [values for values in (sample.finite for sample in samples) if values.size > 1]
    runs, groups = sum(values.size for values in repeated), len(repeated)
    if not repeated:
        return Noise(math.nan, 0, 0)
    squares = sum(_squares(values) for values in repeated)
    return Noise(math.sqrt(squares / (runs - groups)), runs, groups)


def _squares(values: np.ndarray) -> float:
    # Rounding gives equal values a variance, which would be a noise that is not there.
    away = values - values[0]
    return float(((away - away.mean()) ** 2).sum()) if away.any() else 0.0
