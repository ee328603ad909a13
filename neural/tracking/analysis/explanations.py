"""Why two runs differ, in plain words: the same on every page and in every report."""

from __future__ import annotations

from neural.tracking.analysis.differences import Explanation
from neural.tracking.analysis.run_facts import Kind
from neural.tracking.analysis.words import count, number

__all__ = ["gap_sentence", "likely_sentence"]

#: A reason with a lower score is not named at all.
_POSSIBLE = 0.1
_NOUNS: dict[Kind, str] = {
    "param": "the parameter",
    "data": "the data",
    "code": "the code,",
    "seed": "the seed,",
    "package": "the package",
    "hardware": "the machine,",
    "environment": "the variable",
}


def gap_sentence(found: Explanation) -> str:
    """Return how the gap compares with the noise between seeds, as one sentence."""
    gap, noise = found.gap, found.noise
    if gap is None:
        without = found.a if found.value_a is None else found.b
        return f"There is no gap to explain: {without} has no finite {found.metric}."
    start = f"The gap of {number(abs(gap))} in {found.metric}"
    if not noise.is_known:
        return (
            f"{start} cannot be weighed: no setting was run twice, so the noise between seeds is "
            "not known."
        )
    repeats = f"n = {count(noise.runs, 'run')} in {count(noise.groups, 'group')}, {found.noise_of}"
    if noise.std == 0:
        return f"{start} is no noise: repeats agree exactly ({repeats})."
    least = f"by less than {number(noise.least_difference())} in 19 of 20 cases"
    return (
        f"{start} is {abs(gap) / noise.std:.1f} times the noise between seeds (standard deviation "
        f"{number(noise.std)}; {repeats}): "
        f"{'within noise' if found.is_within_noise else 'more than noise'}, since two runs of one "
        f"setting differ {least}."
    )


def likely_sentence(found: Explanation) -> str:
    """Return what explains the gap most likely, as one sentence."""
    if not found.differences:
        return "Nothing that was recorded differs between the two runs."
    if found.is_within_noise:
        return "Nothing needs to explain it: chance alone may have done it."
    first = found.differences[0]
    if first.score < _POSSIBLE:
        return f"None of {count(len(found.differences), 'difference')} is known to explain it."
    change = f"{_NOUNS[first.kind]} {first.name} ({first.a} → {first.b})"
    if first.basis == "none":
        return (
            f"No other runs tell which of {count(len(found.differences), 'difference')} it is; at "
            f"a guess {change}: {first.evidence}."
        )
    start = "Perhaps" if first.basis == "related" else "Most likely"
    return f"{start}: {change}; {first.evidence}."
