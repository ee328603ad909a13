"""Why do these two runs differ: what is not the same, the likeliest reason first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from neural.tracking.analysis.evidence import Evidence, Observed, evidence_for, observed
from neural.tracking.analysis.groups import Row, group_runs
from neural.tracking.analysis.keys import NOT_SET, comparable, shown_value
from neural.tracking.analysis.noise import Noise, seed_noise
from neural.tracking.analysis.run_facts import Fact, Kind, RunSide, changed_lines, facts_of
from neural.tracking.analysis.samples import Which, result_of, sample_of
from neural.tracking.analysis.words import count, number

__all__ = [
    "PRIORS",
    "Difference",
    "Explanation",
    "explain_difference",
]

#: Score of a difference that no other run tells anything of: what such a change does at a guess.
#: A parameter is set to change results; most packages and machines do not.
PRIORS: dict[Kind, float] = {
    "param": 0.30,
    "data": 0.30,
    "code": 0.25,
    "seed": 0.20,
    "package": 0.05,
    "environment": 0.04,
    "hardware": 0.03,
}
#: Score of the packages that reckon, without evidence.
_RECKONING = 0.10
_RECKONING_PACKAGES = frozenset(
    {
        *("torch", "torchvision", "tensorflow", "keras", "jax", "jaxlib", "flax", "optax", "numpy"),
        *("scipy", "scikit-learn", "xgboost", "lightgbm", "catboost", "transformers", "datasets"),
        *("tokenizers", "accelerate", "lightning", "pytorch-lightning", "triton", "flash-attn"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not the same in both runs.

    Attributes:
        kind: ``param``, ``data``, ``code``, ``seed``, ``package``, ``hardware`` or
            ``environment``.
        name: Which one.
        a: What the first run has, as text; ``"not set"`` for nothing.
        b: What the second has, likewise.
        effect: By how much other runs say that it changes the metric, ``b`` less ``a``; ``None``
            when they say nothing.
        basis: What tells it: ``controlled`` or ``related``, see
            :class:`~neural.tracking.analysis.evidence.Evidence`; ``noise`` of a seed; ``none``.
        evidence: What the score rests on, as a sentence without its full stop.
        score: From 0 to 1, how likely it explains the gap; for the order, not a probability.
            See :func:`explain_difference`.
    """

    kind: Kind
    name: str
    a: str
    b: str
    effect: float | None
    basis: Literal["controlled", "related", "noise", "none"]
    evidence: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why two runs differ.

    Attributes:
        metric: Name of the metric.
        a: What the first run is called.
        b: What the second is called.
        value_a: Result of the first; ``None`` when it has no finite one.
        value_b: Result of the second, likewise.
        noise: Noise between seeds, as far as repeats tell it.
        noise_of: Which repeats those are, in words; empty when there are none.
        is_within_noise: Whether two runs of one setting differ by as much in 1 of 20 cases or
            more; ``None`` when that is not known.
        differences: The likeliest reason first.
        unknown: Sentences on what could not be compared.
    """

    metric: str
    a: str
    b: str
    value_a: float | None
    value_b: float | None
    noise: Noise
    noise_of: str
    is_within_noise: bool | None
    differences: tuple[Difference, ...]
    unknown: tuple[str, ...]

    @property
    def gap(self) -> float | None:
        """Result of the second run less that of the first; ``None`` when one has none."""
        if self.value_a is None or self.value_b is None:
            return None
        return self.value_b - self.value_a


def explain_difference(
    a: RunSide,
    b: RunSide,
    *,
    metric: str,
    rows: Sequence[Row],
    which: Which = "best",
    environments: Mapping[str, Mapping[str, Any]] | None = None,
) -> Explanation:
    r"""Return what is not the same in two runs, the likeliest reason for their gap first.

    The score of a difference, with the gap :math:`g` and what other runs say of it
    (:func:`~neural.tracking.analysis.evidence.evidence_for`):

    - runs that differ in nothing else have the effect :math:`e`: the share of the gap,
      :math:`e / g` between 0 and 1, halved when :math:`e` may be noise;
    - else a relation over all runs: half way between the guess of :data:`PRIORS` and half the
      size of the correlation, or half the guess when it goes the other way;
    - a seed: the difference that the noise :math:`s` makes, over the gap, :math:`\sqrt 2 s / |g|`,
      at most 1;
    - nothing known: the guess, and up to 0.2 more for a number far from all that were tried.

    Shares need not sum to 1: effects can overlap, and nothing here proves a cause. The words are
    made by :mod:`neural.tracking.analysis.explanations`.

    Args:
        a: The first run, for example the baseline.
        b: The second.
        metric: The metric whose gap is to be explained.
        rows: All runs there are, as ``ExperimentManager.search`` returns them; the two among
            them count for the noise, but are no evidence for themselves.
        which: Which value of the metric is a run's result.
        environments: Content of environment.json by run id, for evidence on code, packages and
            machines; ``None`` or a part of the runs is fine.

    Raises:
        MissingExtraError: scipy is not installed.
    """
    noise, noise_of = _noise(rows, (a.row, b.row), metric, which)
    values = _finite(result_of(a.row, metric, which)), _finite(result_of(b.row, metric, which))
    gap = None if values[0] is None or values[1] is None else values[1] - values[0]
    ids = {a.row.get("experiment_id"), b.row.get("experiment_id")}
    others = [row for row in rows if row.get("experiment_id") not in ids]
    runs = observed(others, metric, which, environments=environments)
    found = [
        _difference(fact, ends, runs, metric=metric, gap=gap, noise=noise, sides=(a, b))
        for fact, ends in _what_differs(a, b)
    ]
    least = noise.least_difference()
    return Explanation(
        metric=metric,
        a=a.label,
        b=b.label,
        value_a=values[0],
        value_b=values[1],
        noise=noise,
        noise_of=noise_of,
        is_within_noise=None if gap is None or math.isnan(least) else abs(gap) <= least,
        differences=tuple(sorted(found, key=lambda one: (-one.score, one.kind, one.name))),
        unknown=tuple(_unknown(a, b)),
    )


def _noise(
    rows: Sequence[Row], two: tuple[Row, Row], metric: str, which: Which
) -> tuple[Noise, str]:
    """Return the noise of repeats as near to the two runs as there are enough of them."""
    ids = {str(row.get("experiment_id")) for row in two}
    names = {row.get("experiment_name") for row in two}
    groups = group_runs(rows)
    if any(ids <= set(group.ids) for group in groups):
        # Two repeats of one setting would have their own gap for a measure of it.
        rows = [row for row in rows if row.get("experiment_id") not in ids]
        groups = group_runs(rows)
    near = [group for group in groups if not ids.isdisjoint(group.ids)]
    alike = [group for group in groups if rows[group.rows[0]].get("experiment_name") in names]
    for some, words in (
        (near, "repeats of these two"),
        (alike, "repeats in the same experiment"),
        (groups, "repeats of all runs"),
    ):
        noise = seed_noise(sample_of(group, rows, metric, which) for group in some)
        if noise.df >= 2 or (some is groups and noise.is_known):
            return noise, words
    return noise, ""


def _what_differs(a: RunSide, b: RunSide) -> Iterable[tuple[Fact, tuple[Any, Any]]]:
    left, right = facts_of(a), facts_of(b)
    # What only one of them ever recorded is no difference.
    for fact in dict.fromkeys((*left, *right)):
        ends = left.get(fact, NOT_SET), right.get(fact, NOT_SET)
        is_param = fact.kind in ("param", "data", "seed")
        one_sided = NOT_SET in ends and not is_param and not _both_know(fact, left, right)
        if comparable(ends[0]) != comparable(ends[1]) and not one_sided:
            yield fact, ends


def _both_know(fact: Fact, left: Mapping[Fact, Any], right: Mapping[Fact, Any]) -> bool:
    """Return whether both runs recorded anything of this kind."""
    return all(any(one.kind == fact.kind for one in facts) for facts in (left, right))


def _difference(
    fact: Fact,
    ends: tuple[Any, Any],
    runs: Sequence[Observed],
    *,
    metric: str,
    gap: float | None,
    noise: Noise,
    sides: tuple[RunSide, RunSide],
) -> Difference:
    a, b = shown_value(ends[0]), shown_value(ends[1])
    if fact.kind == "seed":
        return Difference(
            kind=fact.kind,
            name=fact.name,
            a=a,
            b=b,
            effect=None,
            basis="noise" if noise.is_known else "none",
            evidence=_seed_evidence(noise),
            score=_seed_score(gap, noise),
        )
    said = evidence_for(fact, *ends, runs, metric=metric, noise=noise)
    evidence = said.text
    if fact == Fact("code", "uncommitted changes"):
        lines = changed_lines(sides[0].diff, sides[1].diff)
        evidence = f"{count(lines, 'changed line')} in only one of them; {evidence}"
    return Difference(
        kind=fact.kind,
        name=fact.name,
        a=a,
        b=b,
        effect=said.effect,
        basis=said.kind,
        evidence=evidence,
        score=_score(fact, said, gap),
    )


def _score(fact: Fact, said: Evidence, gap: float | None) -> float:
    is_reckoning = fact.kind == "package" and fact.name in _RECKONING_PACKAGES
    guess = _RECKONING if is_reckoning else PRIORS[fact.kind]
    if said.kind == "none":
        return guess + said.strength
    if not gap:
        return guess
    if said.kind == "controlled":
        share = (said.effect or 0.0) / gap
        return said.strength * min(1.0, max(0.0, share))
    return (guess + said.strength) / 2 if said.direction * gap > 0 else guess / 2


def _seed_score(gap: float | None, noise: Noise) -> float:
    if not gap or not noise.is_known:
        return PRIORS["seed"]
    return min(1.0, math.sqrt(2) * noise.std / abs(gap))


def _seed_evidence(noise: Noise) -> str:
    if not noise.is_known:
        return "no setting was run twice, so what a seed does is not known"
    return (
        f"the seed alone makes two runs differ by about {number(math.sqrt(2) * noise.std)} "
        f"(n = {count(noise.runs, 'run')} in {count(noise.groups, 'group')})"
    )


def _unknown(a: RunSide, b: RunSide) -> Iterable[str]:
    for side in (a, b):
        missing = [
            words
            for key, words in (
                ("git", "code"),
                ("packages", "packages"),
                ("host", "machine"),
            )
            if not side.environment.get(key)
        ]
        if missing:
            yield f"Not recorded of {side.label}: {', '.join(missing)}."
        if (side.environment.get("git") or {}).get("diff_cut"):
            yield f"The uncommitted changes of {side.label} were too long to keep whole."


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
