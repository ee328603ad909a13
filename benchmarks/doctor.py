"""How often the doctor is right, on synthetic runs whose faults are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from benchmarks.curves import Case, Family, cases
from benchmarks.report import Row, spread
from neural.tracking.analysis.doctor import RULES, Finding, diagnose

__all__ = ["accuracy", "doctor_rows", "wrong_ones"]

#: How far from the planted step, as a share of the run, a finding may begin. A slow fault
#: cannot be dated more closely.
_TOLERANCE = 0.2
#: What a rule has to reach on runs that it was not tuned on.
_LEAST = 0.9


def doctor_rows(repeats: int, each: int = 20) -> list[Row]:
    """Score every rule on ``repeats`` sets of held-out runs."""
    found = [accuracy(cases("held_out", 10_000 + seed, each)) for seed in range(repeats)]
    rows = [Row("runs a repeat", f"{len(cases('held_out', 0, 1)) * each:,}")]
    for rule in RULES:
        for figure in ("precision", "recall"):
            scores = [one[rule] for one in found]
            middle = sorted(one[figure] for one in scores)[len(scores) // 2]
            rows.append(
                Row(
                    f"{RULES[rule].name}: {figure}",
                    spread(scores, figure, 3),
                    f"at least {_LEAST}",
                    middle >= _LEAST,
                )
            )
    return rows


def accuracy(runs: Iterable[Case]) -> dict[str, dict[str, float]]:
    """Return precision and recall of each rule.

    A finding is right when the run has that fault and the highlighted region begins near it;
    a fault is found when some finding is right.
    """
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for case in runs:
        found = diagnose(case.series, case.facts)
        for rule in RULES:
            hits = [_is_right(case, one) for one in found if one.rule == rule]
            right[rule] += any(hits)
            wrong[rule] += hits.count(False)
            missed[rule] += rule in case.faults and not any(hits)
    return {
        rule: {
            "precision": right[rule] / max(1, right[rule] + wrong[rule]),
            "recall": right[rule] / max(1, right[rule] + missed[rule]),
        }
        for rule in RULES
    }


def _is_right(case: Case, finding: Finding) -> bool:
    if finding.rule not in case.faults or finding.region is None:
        return False
    ends = [(int(one.step[0]), int(one.step[-1])) for one in case.series.values()]
    first, last = min(a for a, _ in ends), max(b for _, b in ends)
    share = (finding.region[0] - first) / max(1, last - first)
    return abs(share - case.faults[finding.rule]) <= _TOLERANCE


def wrong_ones(family: Family, seed: int, each: int) -> list[str]:
    """Return a line for each mistake, to tune by."""
    lines = []
    for case in cases(family, seed, each):
        found = diagnose(case.series, case.facts)
        said = [one.rule for one in found if not _is_right(case, one)]
        missed = [
            r for r in case.faults if not any(o.rule == r and _is_right(case, o) for o in found)
        ]
        if said or missed:
            lines.append(f"{case.kind}: said {said}, missed {missed}, {len(case.series)} metrics")
    return lines
