"""Validation that gets worse while training goes on getting better."""

from __future__ import annotations

import numpy as np

from neural.tracking.analysis.doctor.curve import Curve, Levels
from neural.tracking.analysis.doctor.finding import Finding, figure_text
from neural.tracking.analysis.doctor.patient import Patient

__all__ = ["overfitting"]

#: Share of its gain that validation has to lose after its best.
_LOST_SHARE = 0.1
#: The best of a dozen levels lies two deviations below their course by chance; twice that.
_ABOVE_NOISE = 4.0
#: Levels after the best one: with fewer there is no way up to see.
_FEWEST_AFTER = 3
#: Share of its gain that training still makes after that point, and how far above noise.
_TRAIN_SHARE, _TRAIN_ABOVE_NOISE = 0.02, 2.0
#: How steadily validation has to get worse: rank agreement of level and order, from -1 to 1.
_STEADY = 0.5


def overfitting(patient: Patient) -> list[Finding]:
    """Find pairs of training and validation metrics whose gap opens because validation worsens.

    A gap alone is no fault: training is nearly always better than validation.
    """
    return [finding for train, held_out in patient.pairs if (finding := _gap(train, held_out))]


def _gap(train: Curve, held_out: Curve) -> Finding | None:
    seen, trained = held_out.levels, train.levels
    if seen is None or trained is None:
        return None
    at = int(np.argmin(seen.value))
    if not _worsens(seen, at) or not _goes_on(trained, int(seen.last[at])):
        return None
    begin, end = int(seen.last[at]), int(seen.last[-1])
    best, now = held_out.shown(seen.value[at]), held_out.shown(_end(seen))
    then, after = train.shown(train.level_at(begin)), train.shown(_end(trained))
    return Finding(
        rule="overfitting",
        severity="warning",
        title=f"{held_out.name} gets worse from step {begin:,} on",
        text=f"{held_out.name} was best around step {begin:,} at {figure_text(best)} and is "
        f"{figure_text(now)} at the end, while {train.name} went on from {figure_text(then)} to "
        f"{figure_text(after)}. The model of step {begin:,} is the better one.",
        metrics=(held_out.name, train.name),
        region=(begin, end),
        numbers={"best": best, "end": now, "step": begin}
        | {"train_at_best": then, "train_end": after},
    )


def _worsens(levels: Levels, at: int) -> bool:
    after = levels.value[at:]
    if after.size <= _FEWEST_AFTER:
        return False
    rise = _end(levels) - float(levels.value[at])
    gain = float(levels.value[: at + 1].max() - levels.value[at])
    is_clear = rise > _LOST_SHARE * gain and rise > _ABOVE_NOISE * levels.noise
    order = np.argsort(np.argsort(after))
    return is_clear and float(np.corrcoef(order, np.arange(after.size))[0, 1]) > _STEADY


def _goes_on(levels: Levels, step: int) -> bool:
    """Return whether training is clearly better at the end than around ``step``."""
    place = max(0, int(np.searchsorted(levels.first, step, side="right")) - 1)
    gain = float(levels.value.max() - levels.value.min())
    more = float(levels.value[place]) - _end(levels)
    return more > _TRAIN_SHARE * gain and more > _TRAIN_ABOVE_NOISE * levels.noise


def _end(levels: Levels) -> float:
    """Return the level at the end: the median of the last sixth, steadier than one block."""
    return float(np.median(levels.value[-max(1, levels.value.size // 6) :]))
