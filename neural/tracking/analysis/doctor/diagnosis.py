"""The table of all rules, and the examination that goes through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from neural.tracking.analysis.doctor.divergence import divergence
from neural.tracking.analysis.doctor.finding import SEVERITIES, Finding
from neural.tracking.analysis.doctor.learning_rate import learning_rate_kink
from neural.tracking.analysis.doctor.non_finite import non_finite
from neural.tracking.analysis.doctor.overfitting import overfitting
from neural.tracking.analysis.doctor.patient import Patient, RunFacts
from neural.tracking.analysis.doctor.plateau import plateau
from neural.tracking.analysis.doctor.stopping import ended_badly, stalled
from neural.tracking.analysis.doctor.throughput import slowing
from neural.tracking.records import Series

__all__ = ["RULES", "Rule", "diagnose"]

Examine: TypeAlias = Callable[[Patient], list[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing the doctor looks for.

    Attributes:
        name: For a list of rules.
        examine: Looks at a run and returns what it found, most telling first.
    """

    name: str
    examine: Examine


#: By id; adding a rule is a module and a line.
RULES: Final[Mapping[str, Rule]] = {
    "non_finite": Rule("NaN or infinity", non_finite),
    "divergence": Rule("Divergence", divergence),
    "overfitting": Rule("Over-fitting", overfitting),
    "learning_rate_kink": Rule("Learning-rate kink", learning_rate_kink),
    "plateau": Rule("Plateau", plateau),
    "ended_badly": Rule("Crashed or failed", ended_badly),
    "stalled": Rule("Stalled", stalled),
    "slowing": Rule("Slowing down", slowing),
}


def diagnose(series: Mapping[str, Series], facts: RunFacts | None = None) -> list[Finding]:
    """Return what is wrong with a run, the worst first.

    Every threshold is a share of what the curve itself did or a multiple of its own noise, so
    that neither the unit nor the offset of a metric matters.

    Args:
        series: The drawn view of each metric, by name.
        facts: Status, directions of metrics, the time; nothing special by default.
    """
    patient = Patient(series, facts or RunFacts())
    # A diverged curve may hold the largest floats there are: a sum of them is infinite, and a
    # rule that compares with infinity stays silent, which is right.
    with np.errstate(all="ignore"):
        found = [finding for rule in RULES.values() for finding in rule.examine(patient)]
    return sorted(found, key=lambda one: SEVERITIES.index(one.severity))
