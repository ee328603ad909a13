"""A metric that jumps where the learning rate does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.doctor.curve import Curve
from neural.tracking.analysis.doctor.finding import Finding, figure_text
from neural.tracking.analysis.doctor.patient import Patient

__all__ = ["learning_rate_kink"]

#: Smallest change of the rate from one point to the next that counts as a jump. Schedules in
#: use step by a factor of two or more, smooth ones move far less between two points.
_RATE_FACTOR = 1.5
#: ... and how much larger it has to be than the changes around it: near the end of a cosine
#: schedule every change is by a large factor, and none is a jump.
_ISOLATED = 4.0
_AROUND = 5
#: Points on either side whose median is compared; fewer than the shortest of these are not judged.
_FEWEST, _MOST = 5, 25
#: Deviations of a single point that the jump has to span, and how far above the noise of the
#: two medians it has to be. Both, because with many points a jump nobody can see is
#: significant too.
_ABOVE_SPREAD, _ABOVE_NOISE = 1.5, 5.0
#: Jumps of the rate that are looked at, the largest first: cyclic schedules have hundreds.
_MOST_JUMPS = 20


def learning_rate_kink(patient: Patient) -> list[Finding]:
    """Find metrics that got worse at once where the learning rate jumped.

    Getting better where the rate falls is what step schedules are for and is not reported.
    Of each metric the largest jump is.
    """
    findings = []
    for rate in patient.rates.values():
        jumps = _jumps(rate)
        for curve in patient.judged.values():
            found = [one for at in jumps if (one := _kink(curve, rate, at))]
            findings += sorted(found, key=lambda one: -one.numbers["jump"])[:1]
    return findings


def _jumps(rate: Curve) -> NDArray[np.intp]:
    """Return the places of the first point after each jump of the rate."""
    if rate.value.size < 2:
        return np.empty(0, dtype=np.intp)
    size = np.abs(rate.value)
    # A rate of zero has no factor to the next; it is one of warm-up and no jump.
    logarithm = np.log(np.where(size > 0, size, np.nan))
    change = np.nan_to_num(np.abs(np.diff(logarithm)))
    places = np.flatnonzero(change >= np.log(_RATE_FACTOR))
    largest = places[np.argsort(-change[places], kind="stable")[: 2 * _MOST_JUMPS]]
    isolated = [at for at in largest if _is_isolated(change, int(at))][:_MOST_JUMPS]
    return np.sort(np.array(isolated, dtype=np.intp)) + 1


def _is_isolated(change: NDArray[np.float64], at: int) -> bool:
    around = np.concatenate((change[max(0, at - _AROUND) : at], change[at + 1 : at + 1 + _AROUND]))
    return not around.size or bool(change[at] >= _ISOLATED * np.median(around))


def _kink(curve: Curve, rate: Curve, at: int) -> Finding | None:
    """Return the jump of ``curve`` at place ``at`` of the rate, if there is one."""
    step = int(rate.step[at])
    middle = int(np.searchsorted(curve.step, step))
    width = min(_MOST, middle, curve.step.size - middle)
    if width < _FEWEST:
        return None
    before, after = curve.value[middle - width : middle], curve.value[middle : middle + width]
    # Straight lines on both sides, met at the change: a steady course is not a jump.
    left, right = _end_of_line(before, last=True), _end_of_line(after, last=False)
    jump = min(right - left, float(np.median(after) - np.median(before)))
    spread = _spread(before, after, float(np.abs(curve.value).max()))
    if jump < _ABOVE_SPREAD * spread or jump < _ABOVE_NOISE * spread / np.sqrt(width):
        return None
    old, new = rate.value[at - 1], rate.value[at]
    low, high = curve.shown(np.median(before)), curve.shown(np.median(after))
    return Finding(
        rule="learning_rate_kink",
        severity="warning",
        title=f"{curve.name} jumps with {rate.name} at step {step:,}",
        text=f"{curve.name} went from {figure_text(low)} to {figure_text(high)} at step {step:,}, "
        f"where {rate.name} went from {figure_text(old)} to {figure_text(new)}.",
        metrics=(curve.name, rate.name),
        region=(int(curve.step[middle - 1]), int(curve.step[middle + width - 1])),
        numbers={"before": low, "after": high, "step": step, "jump": jump / spread},
    )


def _end_of_line(values: NDArray[np.float64], *, last: bool) -> float:
    """Return where the line through the middles of both halves ends."""
    half = values.size // 2
    if half < 2:
        return float(np.median(values))
    first, second = float(np.median(values[:half])), float(np.median(values[-half:]))
    slope = (second - first) / (values.size - half)
    reach = slope * (half - 1) / 2
    return second + reach if last else first - reach


def _spread(before: NDArray[np.float64], after: NDArray[np.float64], largest: float) -> float:
    """Return the deviation of a point from the next, over both sides but not across.

    From the mean and not the median of the differences: values that come in few sizes (the
    accuracy of a small batch) often do not change at all, and yet are noisy.
    """
    steps = np.abs(np.concatenate((np.diff(before), np.diff(after))))
    return max(float(np.sqrt(np.pi) / 2 * np.mean(steps)), 1e-9 * largest)
