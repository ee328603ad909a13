"""What other runs say about one difference between two."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from neural.tracking.analysis.groups import Row
from neural.tracking.analysis.keys import NOT_SET, comparable
from neural.tracking.analysis.noise import Noise
from neural.tracking.analysis.run_facts import Fact, Facts, environment_facts
from neural.tracking.analysis.samples import Which, result_of
from neural.tracking.analysis.seeds import is_seed_name
from neural.tracking.analysis.words import count, number
from neural.tracking.correlation import group_effect, spearman

__all__ = ["Evidence", "Observed", "evidence_for", "observed"]

#: With fewer runs any two things look related.
_FEWEST_RUNS = 5


@dataclass(frozen=True, slots=True)
class Observed:
    """What another run was and came to.

    Attributes:
        name: Its experiment name.
        settings: Its parameters apart from seeds, by name, as comparable keys.
        params: The same as they are.
        facts: What else is known of it, see
            :func:`~neural.tracking.analysis.run_facts.environment_facts`.
        result: Its finite result.
    """

    name: str
    settings: frozenset[tuple[str, Hashable]]
    params: Mapping[str, Any]
    result: float
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What other runs say about a difference.

    Attributes:
        kind: ``controlled``: runs that differ in nothing else; ``related``: it goes with the
            result over runs that differ in other things, too; ``none``: nothing.
        effect: By how much the result changes with it, second value less first; ``None``
            when no other run has one of the two values.
        direction: 1 when the result grows with it, -1 when it falls, 0 when nothing is known.
        strength: How far the evidence is to be trusted, from 0 to 1: a controlled effect of more
            than twice its standard error 1, one within that or of unknown error 1/2, a
            relation half the size of its rank correlation (or of the like for names). Without
            evidence 0, but for a number that nobody tried: a tenth of the powers of ten between
            it and the nearest that was tried, at most 0.2.
        text: The same as a sentence.
    """

    kind: Literal["controlled", "related", "none"]
    effect: float | None
    direction: int
    strength: float
    text: str


def observed(
    rows: Iterable[Row],
    metric: str,
    which: Which = "best",
    *,
    environments: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Observed]:
    """Return the runs that have a finite result.

    Args:
        rows: Runs as ``ExperimentManager.search`` returns them.
        metric: Name of the metric.
        which: Which of its values is the result.
        environments: Content of environment.json by run id, for evidence on code, packages and
            machines; ``None`` or a part of the runs is fine.
    """
    found = []
    for row in rows:
        result = result_of(row, metric, which)
        if result is None or not math.isfinite(result):
            continue
        params = {
            name: value
            for name, value in (row.get("hyperparameters") or {}).items()
            if not is_seed_name(name)
        }
        settings = frozenset((name, comparable(value)) for name, value in params.items())
        environment = (environments or {}).get(str(row.get("experiment_id")), {})
        facts = environment_facts(environment)
        name = str(row.get("experiment_name"))
        found.append(Observed(name, settings, params, result, facts))
    return found


def evidence_for(
    fact: Fact, a: Any, b: Any, runs: Sequence[Observed], *, metric: str, noise: Noise
) -> Evidence:
    r"""Return what other runs say about one thing that differs.

    First come runs that differ in nothing else: within every setting of all other parameters
    the mean with ``b`` less the mean with ``a``, averaged with the weights :math:`w = n_a n_b /
    (n_a + n_b)`, which make the error smallest: :math:`s / \sqrt{\sum w}` with the noise
    :math:`s`. Failing that, over all runs: the rank correlation of numbers, or the like for names
    (:func:`~neural.tracking.correlation.group_effect`), with the plain difference of means.

    Args:
        fact: What differs.
        a: Its value in the first run.
        b: Its value in the second.
        runs: Other runs.
        metric: Name of the metric, for the words.
        noise: Noise between seeds.
    """
    values = [_value(run, fact) for run in runs]
    is_param = fact.kind in ("param", "data")
    known = [i for i, value in enumerate(values) if is_param or value is not NOT_SET]
    ends = comparable(a), comparable(b)
    contexts: dict[Hashable, tuple[list[float], list[float]]] = {}
    for i in known:
        key = comparable(values[i])
        if key in ends:
            context = runs[i].name, runs[i].settings - {(fact.name, key)}
            sides = contexts.setdefault(context, ([], []))
            sides[ends.index(key)].append(runs[i].result)
    both = [sides for sides in contexts.values() if sides[0] and sides[1]]
    if both:
        return _controlled(both, metric, noise, is_param)
    there = [i for i in known if values[i] is not NOT_SET]
    chosen, results = [values[i] for i in there], [runs[i].result for i in there]
    return _untried((a, b), chosen) or _related((a, b), chosen, results, metric)


def _value(run: Observed, fact: Fact) -> Any:
    if fact.kind in ("param", "data"):
        return run.params.get(fact.name, NOT_SET)
    return run.facts.get(fact, NOT_SET)


def _controlled(
    contexts: list[tuple[list[float], list[float]]], metric: str, noise: Noise, is_param: bool
) -> Evidence:
    sizes = np.array([[len(a), len(b)] for a, b in contexts], dtype=np.float64)
    weights = sizes.prod(axis=1) / sizes.sum(axis=1)
    gains = np.array([np.mean(b) - np.mean(a) for a, b in contexts])
    effect = float((weights * gains).sum() / weights.sum())
    error = noise.std / math.sqrt(weights.sum())
    is_clear = abs(effect) > 2 * error  # False where the noise, and so the error, is unknown
    n = sizes.sum(axis=0).astype(int)
    only = "differ only in this" if is_param else "have the same parameters and differ in this"
    hedge = "" if is_clear or not effect else f", {_hedge(error)}"
    change = f"changes by {effect:+.4g}" if effect else "does not change"
    text = (
        f"{n.sum():,} other runs {only} ({n[0]:,} and {n[1]:,} of them): {metric} {change}{hedge}"
    )
    return Evidence("controlled", effect, _sign(effect), 1.0 if is_clear else 0.5, text)


def _hedge(error: float) -> str:
    if math.isnan(error):
        return "with no repeats to tell how much of that is noise"
    return f"not more than noise may give (standard error {number(error)})"


def _untried(ends: tuple[Any, Any], chosen: list[Any]) -> Evidence | None:
    """Return that a number lies outside all that other runs tried; ``None`` when none does.

    A rank correlation says nothing beyond the range it was found in.
    """
    if not chosen or not all(_is_number(value) for value in (*chosen, *ends)):
        return None
    low, high = min(chosen), max(chosen)
    outside = [end for end in ends if not low <= end <= high]
    if not outside:
        return None
    tried = number(low) if low == high else f"{number(low)} to {number(high)}"
    strength = min(0.2, max(_powers_of_ten(end, low, high) for end in outside) / 10)
    which = " and ".join(number(end) for end in outside)
    text = f"no other run tried {which}: they have {tried}"
    return Evidence("none", None, 0, strength, text)


def _powers_of_ten(value: float, low: float, high: float) -> float:
    nearest = low if value < low else high
    if value * nearest <= 0:  # a sign of its own, or none
        return 1.0
    return abs(math.log10(value / nearest))


def _related(
    ends: tuple[Any, Any], chosen: list[Any], results: list[float], metric: str
) -> Evidence:
    if len(results) < _FEWEST_RUNS:
        return _NOTHING
    keys = [comparable(value) for value in chosen]
    effect = _difference_of_means(keys, results, (comparable(ends[0]), comparable(ends[1])))
    if all(_is_number(value) for value in (*chosen, *ends)):
        relation = spearman([float(value) for value in chosen], results)
        direction = _sign(relation * (float(ends[1]) - float(ends[0])))
        said = f"rank correlation {relation:+.2f}"
    else:
        relation = group_effect(keys, results)
        direction = _sign(effect or 0.0)
        said = f"strength {relation:.2f} of 1"
    if math.isnan(relation):
        return _NOTHING
    text = (
        f"over all {count(len(results), 'other run')} that have it, it goes with {metric} "
        f"({said}); other things differ between them, too"
    )
    return Evidence("related", effect, direction, abs(relation) / 2, text)


def _difference_of_means(
    keys: Sequence[Hashable], results: Sequence[float], ends: tuple[Hashable, Hashable]
) -> float | None:
    sides = [[r for key, r in zip(keys, results, strict=True) if key == end] for end in ends]
    if not sides[0] or not sides[1]:
        return None
    return float(np.mean(sides[1]) - np.mean(sides[0]))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < math.inf


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


_NOTHING = Evidence("none", None, 0, 0.0, "no other runs tell what it does")
