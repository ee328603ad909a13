"""A metric that got worse and stayed so."""

from __future__ import annotations

import numpy as np

from neural.tracking.analysis.doctor.curve import Curve, Levels
from neural.tracking.analysis.doctor.finding import Finding, figure_text
from neural.tracking.analysis.doctor.patient import Patient

__all__ = ["divergence"]

#: Share of what was gained that has to be lost again. Below it the run still ends better than
#: it began, which is over-fitting, a spike or bad luck, but not divergence.
_LOST_SHARE = 0.75
#: How far above noise the loss has to be. The best of 50 levels lies 2.3 deviations below their
#: mean by chance alone, so twice that and some for the drift of the end.
_ABOVE_NOISE = 8.0
#: Where the way up from the best level counts as begun.
_BEGUN = 0.1


def divergence(patient: Patient) -> list[Finding]:
    """Find metrics that end near or beyond where they began, after having been better.

    The validation side of a pair whose training side is well is left to the over-fitting rule.
    """
    found = {name: finding for name, one in patient.judged.items() if (finding := _diverged(one))}
    for train, held_out in patient.pairs:
        if train.name not in found:
            found.pop(held_out.name, None)
    return list(found.values())


def _diverged(curve: Curve) -> Finding | None:
    levels = curve.levels
    if levels is None:
        return None
    value = levels.value
    at = int(np.argmin(value))
    tail = value[-max(1, value.size // 20) :]
    rise = float(np.median(tail) - value[at])
    gain = float(value[: at + 1].max() - value[at])
    is_clear = rise > _LOST_SHARE * gain and rise > _ABOVE_NOISE * levels.noise
    # One late spike is not an end: every block of the tail has to be up.
    if not is_clear or tail.min() < value[at] + rise / 2:
        return None
    return _finding(curve, levels, at, rise)


def _finding(curve: Curve, levels: Levels, at: int, rise: float) -> Finding:
    low = np.flatnonzero(levels.value <= levels.value[at] + _BEGUN * rise)
    begin, end = int(levels.last[low[-1]]), int(levels.last[-1])
    best, now = curve.shown(levels.value[at]), curve.shown(levels.value[at] + rise)
    verb = "rose" if curve.sign > 0 else "fell"
    return Finding(
        rule="divergence",
        severity="error",
        title=f"{curve.name} diverged",
        text=f"{curve.name} {verb} from {figure_text(best)} around step {begin:,} to "
        f"{figure_text(now)} at step {end:,} and lost what it had gained.",
        metrics=(curve.name,),
        region=(begin, end),
        numbers={"best": best, "end": now, "step": begin},
    )
