"""Series to draw."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from neural.tracking.records import Series

SeriesOf = Callable[..., Series]


@pytest.fixture
def series_of() -> SeriesOf:
    """Return ``series_of(values, steps=None)``: a point every second, from second 100 on."""

    def make(values: ArrayLike, steps: ArrayLike | None = None) -> Series:
        value = np.asarray(values)
        step = np.arange(value.size) if steps is None else np.asarray(steps, dtype=np.int64)
        return Series(step, 100.0 + step.astype(np.float64), value)

    return make


@pytest.fixture
def decoded() -> Callable[[dict[str, str]], NDArray[Any]]:
    """Return what reads the typed form that arrays have in a figure."""
    return lambda spec: np.frombuffer(base64.b64decode(spec["bdata"]), dtype=spec["dtype"])
