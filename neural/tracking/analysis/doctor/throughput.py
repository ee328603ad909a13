"""A run whose steps take longer and longer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from neural.tracking.analysis.doctor.curve import Floats
from neural.tracking.analysis.doctor.finding import Finding, span_text
from neural.tracking.analysis.doctor.patient import Patient

__all__ = ["slowing"]

#: Intervals that a judgement needs.
_FEWEST_INTERVALS = 30
#: Blocks whose median pace is compared.
_BLOCKS = 20
#: Blocks at the start that are left out: compiling and filling caches is slow for everybody.
_WARM_UP = 1
#: How much longer a step has to take at the end. Clocks and shared machines easily move by a
#: third for no reason of the run's own.
_FACTOR = 1.5
#: ... and above the scatter of the early blocks.
_ABOVE_NOISE = 4.0
#: Share of the last quarter's blocks that have to be slow, so that one busy minute is not it.
_SUSTAINED = 0.8

#: Share of the way to the pace of the end where a gradual slowing counts as begun.
_BEGUN = 0.25


def slowing(patient: Patient) -> list[Finding]:
    """Find out whether a step takes clearly longer at the end than it did early on.

    The pace is the median over a block of intervals, so pauses do not count.
    """
    step, time = patient.pulse
    steps = np.diff(step)
    forward = steps > 0  # a resumed run goes back
    seconds = np.diff(time)[forward] / steps[forward]
    if seconds.size < _FEWEST_INTERVALS:
        return []
    edges = np.linspace(0, seconds.size, _BLOCKS + 1).astype(np.intp)
    pace = np.array([np.median(seconds[a:b]) for a, b in pairwise(edges)])
    at = _begin(pace)
    if at is None:
        return []
    ends = step[1:][forward]
    return [_finding(pace, (int(ends[edges[at]]), int(ends[-1])))]


def _begin(pace: Floats) -> int | None:
    """Return the first block of the slow part that lasts to the end."""
    early, late = pace[_WARM_UP : _WARM_UP + 5], pace[-5:]
    usual = float(np.median(early))
    noise = float(1.4826 * np.median(np.abs(early - usual)))
    limit = max(_FACTOR * usual, usual + _ABOVE_NOISE * noise)
    if usual <= 0 or np.median(late) < limit or np.mean(late >= limit) < _SUSTAINED:
        return None
    fast = np.flatnonzero(pace < usual + _BEGUN * (float(np.median(late)) - usual))
    return int(min(fast[-1] + 1, pace.size - 5)) if fast.size else 0


def _finding(pace: Floats, region: tuple[int, int]) -> Finding:
    early, late = float(np.median(pace[_WARM_UP : _WARM_UP + 5])), float(np.median(pace[-5:]))
    return Finding(
        rule="slowing",
        severity="warning",
        title=f"Steps take {late / early:.1f} times as long",
        text=f"A step took {span_text(early)} early on and takes {span_text(late)} at the end, "
        f"{late / early:.1f} times as long, from around step {region[0]:,} on.",
        region=region,
        numbers={"early_s": early, "late_s": late, "factor": late / early, "step": region[0]},
    )
