"""Which hyperparameters go with good results, over the runs there are."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neural.tracking.correlation import group_effect, spearman
from neural.tracking.records import flatten

__all__ = ["FEWEST_RUNS", "Importance", "hyperparameter_importance"]

#: With fewer runs any two things look related.
FEWEST_RUNS = 5


@dataclass(frozen=True, slots=True)
class Importance:
    """How strongly one hyperparameter goes with a metric.

    Attributes:
        name: Dotted name of the hyperparameter.
        effect: From -1 to 1. Of numbers Spearman's rank correlation: positive when more of it
            goes with larger values. Of anything else :func:`group_effect`, from 0 to 1.
        is_ranked: Whether it is a rank correlation.
        runs: Runs that have the hyperparameter.
    """

    name: str
    effect: float
    is_ranked: bool
    runs: int


def hyperparameter_importance(
    params: Sequence[Mapping[str, Any]], values: Sequence[float]
) -> list[Importance]:
    """Return the hyperparameters that vary, the strongest first.

    It tells what goes together in these runs, not what causes what: two hyperparameters that
    were always changed together share the effect.

    Args:
        params: Params of each run, nested or flat, length ``N``.
        values: Result of each run, length ``N``; runs whose result is not finite are left out.

    Returns:
        One entry for each hyperparameter that can be judged; none with fewer than
        :data:`FEWEST_RUNS` runs. Left out are those that do not vary, that fewer runs than that
        have, or whose every value was tried only once and is not a number.
    """
    flat = [dict(flatten(one)) for one in params]
    finite = [i for i, value in enumerate(values) if math.isfinite(value)]
    names = dict.fromkeys(name for i in finite for name in flat[i])
    judged = []
    for name in names:
        runs = [i for i in finite if name in flat[i]]
        if len(runs) >= FEWEST_RUNS:
            judged.append(_judged(name, [flat[i][name] for i in runs], [values[i] for i in runs]))
    known = [one for one in judged if not math.isnan(one.effect)]
    return sorted(known, key=lambda one: -abs(one.effect))


def _judged(name: str, chosen: list[Any], values: list[float]) -> Importance:
    if all(_is_number(value) for value in chosen):
        effect = spearman([float(value) for value in chosen], values)
        return Importance(name, effect, is_ranked=True, runs=len(chosen))
    labels = [json.dumps(value, sort_keys=True, default=repr) for value in chosen]
    return Importance(name, group_effect(labels, values), is_ranked=False, runs=len(chosen))


def _is_number(value: object) -> bool:
    """Return whether a value can be ranked; bools can, as 0 and 1."""
    return isinstance(value, int | float) and abs(value) < math.inf
