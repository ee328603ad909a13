"""Curves with a known course."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import ArrayLike

from neural.tracking.records import Series

SeriesOf = Callable[..., Series]


@pytest.fixture
def series_of() -> SeriesOf:
    """Return ``series_of(values, steps=None, times=None)``: a point a second by default."""

    def make(
        values: ArrayLike, steps: ArrayLike | None = None, times: ArrayLike | None = None
    ) -> Series:
        value = np.asarray(values, dtype=np.float64)
        step = np.arange(value.size) if steps is None else np.asarray(steps, dtype=np.int64)
        time = 1e9 + np.arange(value.size) if times is None else np.asarray(times)
        return Series(step, time.astype(np.float64), value)

    return make


@pytest.fixture
def noise() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return 400 numbers of a normal distribution, small beside a course from 1 to 0."""
    return np.random.default_rng(5).normal(0, 0.02, 400)
