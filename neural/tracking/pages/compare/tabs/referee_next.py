"""What somebody can do after the referee has spoken."""

from __future__ import annotations

from collections.abc import Iterator

from neural.tracking.analysis.referee import Comparison
from neural.tracking.analysis.samples import FEWEST_RUNS

__all__ = ["next_steps"]


def next_steps(found: Comparison) -> list[str]:
    """Return what to do next, a sentence each, the most useful first."""
    return list(_steps(found)) or ["Nothing: more runs would hardly change what is known."]


def _steps(found: Comparison) -> Iterator[str]:
    for group in (found.a, found.b):
        if group.n < FEWEST_RUNS:
            lacking = FEWEST_RUNS - group.n
            yield (
                f"Run {group.label} {lacking} more time{'' if lacking == 1 else 's'} with other "
                f"seeds: it takes {FEWEST_RUNS} results to say anything."
            )
    if found.outcome in ("equal", "no noise"):
        yield "Check that the seed reaches the training: results of different seeds should differ."
    if found.more is not None:
        what = "pairs of seeds" if found.paired else "seeds of each group"
        yield (
            f"Run about {found.more:,} more {what}; fewer would likely leave the question open, "
            "if the difference is as large as it looks."
        )
    elif found.outcome in ("not separable", "unclear"):
        yield (
            "Choose by something else, such as cost: the difference is too small beside the noise "
            "for a reasonable number of runs to show it."
        )
    if not found.paired and found.outcome not in ("separable", "no noise"):
        yield "Run both groups with the same seeds: differences by pairs need fewer runs."
    if found.a.failed or found.b.failed:
        yield "Look into the runs that failed: what made them fail may matter more than the means."
    if found.outcome == "separable":
        yield (
            f"Take {found.better}. Before it is published, repeat it on data and seeds that "
            "played no part in choosing it."
        )
