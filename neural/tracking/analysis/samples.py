"""The results of a group of runs, one value a run, and how two groups of them pair up."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neural.errors import InvalidInputError
from neural.tracking.analysis.groups import Row, RunGroup

__all__ = [
    "FEWEST_RUNS",
    "Pairing",
    "Pairs",
    "Sample",
    "Which",
    "pair_up",
    "result_of",
    "sample_of",
]

Floats: TypeAlias = NDArray[np.float64]
#: Which value of a metric is a run's result.
Which = Literal["best", "last"]
#: Whether runs of the same seed are compared with each other.
Pairing = Literal["auto", "paired", "unpaired"]

#: With fewer results than this in a group nothing is said about a difference.
FEWEST_RUNS = 3
#: Runs are compared in pairs only when at least this share of the larger group has a partner.
_PAIRED_SHARE = 2 / 3


@dataclass(frozen=True, slots=True)
class Sample:
    """Results of a group of runs.

    Attributes:
        label: What the group is called.
        values: One result a run; ``None``, NaN and infinities are runs that failed.
        seeds: What tells each run from its repeats, in the same order; empty when unknown.
    """

    label: str
    values: tuple[float | None, ...]
    seeds: tuple[Hashable | None, ...] = ()

    def __post_init__(self) -> None:
        if self.seeds and len(self.seeds) != len(self.values):
            raise InvalidInputError(
                f"{self.label!r} must have a seed for each of its {len(self.values)} values, "
                f"got {len(self.seeds)}"
            )

    @property
    def finite(self) -> Floats:
        """The results of the runs that did not fail, shape ``(n,)``."""
        return np.array([v for v in self.values if _is_finite(v)], dtype=np.float64)

    @property
    def failed(self) -> int:
        """How many runs failed."""
        return len(self.values) - self.finite.size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Results of two groups as they are compared.

    Attributes:
        a: Results of the first, shape ``(n,)``.
        b: Results of the second, shape ``(m,)``; when paired, of the partners in ``a``.
        paired: Whether they are partners.
        left_out: Finite results that have no partner and are not compared.
        reason: Why runs that have seeds are not compared in pairs; empty otherwise.
    """

    a: Floats
    b: Floats
    paired: bool
    left_out: int = 0
    reason: str = ""


def result_of(row: Row, metric: str, which: Which = "best") -> float | None:
    """Return the result of a run; ``None`` when it never logged the metric.

    Args:
        row: A run as ``ExperimentManager.search`` returns it.
        metric: Name of the metric.
        which: Its best value by the metric's direction, or its last one.
    """
    summary: dict[str, Any] = row.get("summary") or {}
    if which == "last":
        value = (summary.get("latest") or {}).get(metric)
    else:
        value = ((summary.get("best") or {}).get(metric) or {}).get("value")
    return None if value is None else float(value)


def sample_of(group: RunGroup, rows: Sequence[Row], metric: str, which: Which = "best") -> Sample:
    """Return the results of a group.

    Args:
        group: From :func:`~neural.tracking.analysis.groups.group_runs` of the same ``rows``.
        rows: Runs as ``ExperimentManager.search`` returns them.
        metric: Name of the metric; runs without it have failed.
        which: Which of its values is the result.
    """
    values = tuple(result_of(rows[i], metric, which) for i in group.rows)
    return Sample(group.label, values, group.seeds)


def pair_up(a: Sample, b: Sample, pairing: Pairing = "auto") -> Pairs:
    """Return the results of two groups as they are to be compared.

    With ``"auto"`` runs are compared in pairs when every run has a seed of its own within its
    group, and at least three pairs of finite results, and two thirds of those of the
    larger group, share a seed. Pairing takes away what a seed does to both; where few match,
    it would throw away more than that.

    Args:
        a: The first group.
        b: The second.
        pairing: ``"paired"`` takes whatever pairs there are, ``"unpaired"`` none.

    Raises:
        InvalidInputError: ``"paired"`` was asked for and fewer than two runs match.
    """
    left, right = _by_seed(a), _by_seed(b)
    common = [seed for seed in left if seed in right]
    apart = Pairs(a=a.finite, b=b.finite, paired=False)
    if pairing == "unpaired":
        return apart
    if pairing == "paired" and len(common) < 2:
        raise InvalidInputError(
            f"{a.label!r} and {b.label!r} have {len(common)} finished runs with the same seed; "
            "pairs need at least 2. Compare them unpaired"
        )
    reason = _why_apart(a, b, len(common)) if pairing == "auto" else ""
    if reason or not common:
        return Pairs(a=a.finite, b=b.finite, paired=False, reason=reason)
    return Pairs(
        a=np.array([left[seed] for seed in common]),
        b=np.array([right[seed] for seed in common]),
        paired=True,
        left_out=a.finite.size + b.finite.size - 2 * len(common),
    )


def _why_apart(a: Sample, b: Sample, common: int) -> str:
    """Return why runs are not compared in pairs; empty when they are or have no seeds."""
    seeds = [[seed for seed in sample.seeds if seed is not None] for sample in (a, b)]
    if not seeds[0] or not seeds[1]:
        return ""
    for sample, known in zip((a, b), seeds, strict=True):
        if len(known) != len(sample.values):
            return f"not every run of {sample.label} has a seed"
        if len(set(known)) != len(known):
            return f"{sample.label} has several runs of one seed"
    larger = max(a.finite.size, b.finite.size)
    if common < max(FEWEST_RUNS, _PAIRED_SHARE * larger):
        return f"only {common} of the seeds of {larger} runs match"
    return ""


def _by_seed(sample: Sample) -> dict[Hashable, float]:
    """Return the finite results by seed; of a seed that comes twice none, as it pairs with none."""
    found: dict[Hashable, float] = {}
    twice = set()
    for seed, value in zip(sample.seeds, sample.values, strict=False):
        if seed is not None and value is not None and _is_finite(value):
            if seed in found:
                twice.add(seed)
            found[seed] = value
    return {seed: value for seed, value in found.items() if seed not in twice}


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
