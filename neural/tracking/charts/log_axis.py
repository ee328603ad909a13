"""Logarithmic axes: when one is taken, what it looks like, what is said of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.tracking.analysis.run_columns import prefers_log
from neural.tracking.smoothing import as_floats

__all__ = ["is_log", "log_axis", "log_color_bar", "log_words"]

#: Powers of ten on an axis, from which on only these have a tick.
_MOST_DECADES = 1.5


def is_log(values: ArrayLike, asked: bool | None) -> bool:
    """Return whether an axis is logarithmic.

    Args:
        values: What stands along it, in any shape.
        asked: What somebody chose; ``None`` takes what fits: one value that is far larger than
            the others would press them all into one pixel.
    """
    return prefers_log(values) if asked is None else asked


def log_axis(values: ArrayLike) -> dict[str, Any]:
    """Return what makes an axis logarithmic, with powers of ten, and more ticks where few."""
    positive = _positive(values)
    span = np.log10(positive.max() / positive.min()) if positive.size else 0.0
    return {
        "type": "log",
        "dtick": 1 if span > _MOST_DECADES else "D2",
        "exponentformat": "power",
        "minor": {"ticks": "outside", "ticklen": 2},
    }


def log_color_bar(values: ArrayLike) -> dict[str, Any]:
    """Return the ticks of a colour bar over the logarithms of ``values``."""
    positive = _positive(values)
    if not positive.size:
        return {}
    low, high = np.log10(positive.min()), np.log10(positive.max())
    places = np.linspace(low, high, 5)
    decades = np.arange(np.ceil(low), np.floor(high) + 1)
    if decades.size > 2:
        places = decades[:: int(np.ceil(decades.size / 7))]
    ticks = [f"{10.0**place:.3g}" for place in places]
    return {"tickmode": "array", "tickvals": [float(place) for place in places], "ticktext": ticks}


def log_words(values: ArrayLike, what: str = "axis") -> str:
    """Return that an axis is logarithmic, and why.

    Example:
        >>> log_words([0.01, 0.5, 20000.0])
        'logarithmic axis: values from 0.01 to 2e+04'
    """
    positive = _positive(values)
    if not positive.size:
        return f"logarithmic {what}"
    return f"logarithmic {what}: values from {positive.min():.3g} to {positive.max():.3g}"


def _positive(values: ArrayLike) -> NDArray[np.float64]:
    series = as_floats(values).ravel()
    found: NDArray[np.float64] = series[np.isfinite(series) & (series > 0)]
    return found
