"""A metric that stopped improving long ago."""

from __future__ import annotations

import numpy as np

from neural.tracking.analysis.doctor.curve import Curve, Floats, Levels
from neural.tracking.analysis.doctor.finding import Finding, figure_text
from neural.tracking.analysis.doctor.patient import Patient

__all__ = ["plateau"]

#: Share of the run that has to be flat: half of all computing brought nothing.
_FLAT_SHARE = 0.5
#: Improvement over the flat part, as a share of what was gained before, that still counts as
#: flat. Its upper confidence limit has to stay below: what noise hides is not called flat.
_FLAT_GAIN = 0.05
#: Standard errors of that limit (one-sided 97.5 %), ...
_SURE = 2.0
#: ... and those from which an improvement is certain; then it only has to be visible, too.
_NO_TREND = 2.5
_VISIBLE_GAIN = 0.01
#: How much more than noise the levels of a curve without a course may vary.
_AS_NOISY = 1.8
#: Levels that a judgement needs.
_FEWEST_LEVELS = 10


def plateau(patient: Patient) -> list[Finding]:
    """Find metrics that did not improve over the second half of the run or longer."""
    return [finding for one in patient.judged.values() if (finding := _flat(one))]


def _flat(curve: Curve) -> Finding | None:
    levels = curve.levels
    if levels is None or levels.value.size < _FEWEST_LEVELS:
        return None
    value = levels.value
    if _has_no_trend(value, levels.noise):
        return _never(curve, levels)
    latest = int(value.size * (1 - _FLAT_SHARE))
    begin = latest + 1
    # Flat from every later place on too: a course that swings may look flat from one.
    while begin > 1 and _is_flat(value, begin - 1, levels.noise):
        begin -= 1
    return _finding(curve, levels, begin) if begin <= latest else None


def _is_flat(value: Floats, at: int, noise: float) -> bool:
    before, flat = value[:at], value[at:]
    trend, error = _trend(flat, noise)
    middle = float(np.median(flat))
    gain = float(before.max()) - middle
    limit = _FLAT_GAIN * gain
    still_gains = -trend > max(_NO_TREND * error, _VISIBLE_GAIN * gain)
    if still_gains or abs(trend) + _SURE * error > limit:
        return False
    # What was better before has got worse since: another rule's business.
    return _bend(flat) <= limit and float(before.min()) >= middle - limit


def _has_no_trend(value: Floats, noise: float) -> bool:
    """Return whether the whole curve is one level and noise, and no course that returns."""
    trend, error = _trend(value, noise)
    is_level = abs(trend) <= _NO_TREND * error and _bend(value) <= _NO_TREND * error
    return is_level and float(value.std()) <= _AS_NOISY * noise


def _bend(value: Floats) -> float:
    """Return how far apart the middles of the three thirds are."""
    return float(np.ptp([np.median(third) for third in np.array_split(value, 3)]))


def _trend(value: Floats, noise: float) -> tuple[float, float]:
    """Return the change over all levels along the least-squares line, and its standard error."""
    n = value.size
    place = np.arange(n) - (n - 1) / 2
    squares = float((place**2).sum())
    slope = float(place @ value) / squares
    left = value - value.mean() - slope * place
    deviation = max(noise, float(np.sqrt((left**2).sum() / max(1, n - 2))))
    return slope * (n - 1), deviation * (n - 1) / np.sqrt(squares)


def _never(curve: Curve, levels: Levels) -> Finding:
    begin, end = int(levels.first[0]), int(levels.last[-1])
    middle = curve.shown(float(np.median(levels.value)))
    return Finding(
        rule="plateau",
        severity="warning",
        title=f"{curve.name} never improved",
        text=f"{curve.name} stayed around {figure_text(middle)} from step {begin:,} to {end:,}: "
        "no improvement can be told from its noise.",
        metrics=(curve.name,),
        region=(begin, end),
        numbers={"level": middle, "step": begin, "share": 1.0},
    )


def _finding(curve: Curve, levels: Levels, at: int) -> Finding:
    begin, end = int(levels.first[at]), int(levels.last[-1])
    middle = curve.shown(float(np.median(levels.value[at:])))
    share = 1 - at / levels.value.size
    return Finding(
        rule="plateau",
        severity="info",
        title=f"{curve.name} is flat from step {begin:,} on",
        text=f"{curve.name} has stayed around {figure_text(middle)} since step {begin:,}: "
        f"the last {share:.0%} of the run brought no improvement that stands out of its noise.",
        metrics=(curve.name,),
        region=(begin, end),
        numbers={"level": middle, "step": begin, "share": share},
    )
