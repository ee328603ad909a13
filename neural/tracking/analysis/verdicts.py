"""What a comparison says, in plain words: the same on every page and in every report."""

from __future__ import annotations

import math
from collections.abc import Iterator

from neural.tracking.analysis.power import ALPHA, MOST_RUNS
from neural.tracking.analysis.referee import Comparison, GroupFigures
from neural.tracking.analysis.samples import FEWEST_RUNS
from neural.tracking.analysis.words import count, number, p_value

__all__ = ["cautions", "verdict"]

#: With fewer runs than this bootstrap intervals are clearly too narrow.
_FEW_RUNS = 5


def verdict(found: Comparison) -> str:
    """Return the verdict of the referee, in one to three sentences.

    Example:
        >>> from neural.tracking.analysis.referee import Sample, compare_groups
        >>> print(verdict(compare_groups(
        ...     Sample("base", (0.1, 0.2, 0.3)), Sample("wide", (0.6, 0.7, 0.8)),
        ...     metric="acc", goal="max",
        ... )))
        wide is better than base: its mean acc is higher by 0.5 (95 % interval 0.3667 to 0.6333, \
p = 0.0036, 3 runs each). A run of wide beats one of base in 100 % of all pairs.
    """
    return " ".join([_finding(found), *_failures(found)])


def cautions(found: Comparison) -> tuple[str, ...]:
    """Return what a reader should know before trusting the figures, a sentence each."""
    return tuple(_cautions(found))


def _finding(found: Comparison) -> str:
    a, b = found.a, found.b
    if found.outcome == "too few":
        return _too_few(found)
    if found.outcome == "equal":
        return (
            f"No difference: every run of both groups gave {found.metric} {number(a.mean)}. Check "
            "that the seed is used."
        )
    if found.outcome == "no noise":
        if found.paired:
            return (
                f"{found.better} is better: with every seed {found.metric} of {b.label} differs "
                f"from that of {a.label} by exactly {number(found.difference)}. Check that the "
                "seed is used."
            )
        return (
            f"{found.better} is better: every run of {a.label} gave {found.metric} "
            f"{number(a.mean)} and every run of {b.label} {number(b.mean)}. Nothing varies "
            "between seeds, so no test applies; check that the seed is used."
        )
    if found.outcome == "separable":
        return f"{_difference(found)} {_chance(found)}"
    if found.outcome == "unclear":
        return f"{found.better} may be better: {_disagreement(found)}; {_more(found)}"
    return f"Not separable with {_runs(found)}; {_more(found)}"


def _too_few(found: Comparison) -> str:
    if found.paired:
        return f"Nothing can be said from {count(found.n, 'pair')} of runs; it takes {FEWEST_RUNS}."
    return (
        f"Nothing can be said: {found.a.label} has {count(found.a.n, 'result')} and "
        f"{found.b.label} {found.b.n}; it takes at least {FEWEST_RUNS} of each."
    )


def _difference(found: Comparison) -> str:
    worse = found.a.label if found.better == found.b.label else found.b.label
    higher = "higher" if found.goal == "max" else "lower"
    ends = sorted((abs(found.interval.low), abs(found.interval.high)))
    return (
        f"{found.better} is better than {worse}: its mean {found.metric} is {higher} by "
        f"{number(abs(found.difference))} (95 % interval {number(ends[0])} to {number(ends[1])}, "
        f"{p_value(found.t_test.p)}, {_runs(found)})."
    )


def _chance(found: Comparison) -> str:
    is_b = found.better == found.b.label
    chance = found.improvement if is_b else 1 - found.improvement
    winner, loser = (found.b, found.a) if is_b else (found.a, found.b)
    return (
        f"A run of {winner.label} beats one of {loser.label} in {100 * chance:.0f} % of all pairs."
    )


def _disagreement(found: Comparison) -> str:
    low, high = number(found.interval.low), number(found.interval.high)
    is_significant = found.t_test.p < ALPHA
    return (
        f"with {_runs(found)} the {found.t_test.name} {'finds' if is_significant else 'misses'} a "
        f"difference ({p_value(found.t_test.p)}), and the 95 % bootstrap interval of "
        f"{found.b.label} - {found.a.label}, {low} to {high}, "
        f"{'includes' if is_significant else 'excludes'} zero"
    )


def _more(found: Comparison) -> str:
    seen = f"the difference seen ({number(abs(found.difference))})"
    if found.more is None:
        return f"{seen} is too small beside the noise for {MOST_RUNS:,} runs of each to show it."
    unit = "pair" if found.paired else "run"
    of_each = "" if found.paired else " of each"
    return (
        f"about {found.more:,} more {unit}{'' if found.more == 1 else 's'}{of_each} would give "
        f"80 % power, if {seen} is the true one."
    )


def _runs(found: Comparison) -> str:
    if found.paired:
        return f"{found.n} pairs of seeds"
    if found.a.n == found.b.n:
        return f"{found.n} runs each"
    return f"{found.a.n} and {found.b.n} runs"


def _failures(found: Comparison) -> Iterator[str]:
    failed = [_failed(group) for group in (found.a, found.b) if group.failed]
    if failed:
        yield f"Not in the means: {' and '.join(failed)} failed."


def _failed(group: GroupFigures) -> str:
    return f"{group.failed} of {group.n + group.failed} runs of {group.label}"


def _cautions(found: Comparison) -> Iterator[str]:
    if found.n < FEWEST_RUNS:
        yield f"Fewer than {FEWEST_RUNS} results a group say nothing about a difference."
    elif found.n < _FEW_RUNS:
        yield f"With {found.n} results a group the bootstrap intervals are too narrow."
    yield from _failure_cautions(found)
    for group in (found.a, found.b):
        if group.n > 1 and group.min == group.max:
            yield f"All runs of {group.label} gave the same {found.metric}: is the seed used?"
    smallest = _smallest_rank_p(found)
    if found.n >= FEWEST_RUNS and smallest >= ALPHA:
        yield (
            f"The {found.rank_test.name} cannot find anything with {_runs(found)}: its p value "
            f"is never below {smallest:.2g}."
        )
    if found.unpaired_reason:
        yield f"Not compared seed by seed: {found.unpaired_reason}."
    if found.left_out:
        yield f"{count(found.left_out, 'result')} without a partner of the same seed left out."


def _failure_cautions(found: Comparison) -> Iterator[str]:
    for group in (found.a, found.b):
        if group.failed:
            yield (
                f"{_failed(group)} failed (no value, NaN or infinite): left out of means and "
                "tests, counted as worst in the probability of improvement."
            )


def _smallest_rank_p(found: Comparison) -> float:
    """Return the smallest two-sided p value that the rank test can have with so many runs."""
    if found.paired:
        return 2.0 ** (1 - found.n)
    return 2 / math.comb(found.a.n + found.b.n, found.a.n)
