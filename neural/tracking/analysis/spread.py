"""How values are spread: cumulative shares, boxes, densities, and densities over steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.tracking.records import Series
from neural.tracking.smoothing import as_floats

__all__ = ["Box", "Density", "Ridge", "box", "cumulative", "density", "ridges"]

Floats = NDArray[np.float64]

#: How far whiskers reach beyond the box, in heights of the box.
_WHISKER = 1.5
#: Places at which a density is given, and the finer grid it is worked out on.
_PLACES, _FINE = 96, 512
#: How far a density is drawn beyond the values, in bandwidths.
_BEYOND = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Box:
    """A box plot in numbers.

    Attributes:
        n: Finite values.
        q1: Lower quartile; like the others interpolated linearly between values.
        median: Median.
        q3: Upper quartile.
        low: Smallest value within 1.5 box heights of the box.
        high: Largest such value.
        mean: Arithmetic mean.
        outliers: Values beyond the whiskers, ascending.
        hidden: Values that are not finite.

    Reference:
        J. W. Tukey, "Exploratory Data Analysis", 1977, chapter 2.
    """

    n: int
    q1: float
    median: float
    q3: float
    low: float
    high: float
    mean: float
    outliers: Floats
    hidden: int


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """A density that integrates to 1: places ascending and heights, both of shape ``(P,)``."""

    x: Floats
    height: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Ridge:
    """The density of the values in a range of steps.

    Attributes:
        first: First step of the range.
        last: Last step of the range that has a value.
        n: Finite values in it.
        median: Their median.
        density: Their density, on the same places in all ridges of a metric.
    """

    first: int
    last: int
    n: int
    median: float
    density: Density


def cumulative(values: ArrayLike) -> tuple[Floats, Floats]:
    """Return the distinct finite values, ascending, and the share of values up to each.

    Example:
        >>> [part.tolist() for part in cumulative([2.0, 1.0, 2.0, 4.0])]
        [[1.0, 2.0, 4.0], [0.25, 0.75, 1.0]]
    """
    finite, _ = _finite(values)
    distinct, counts = np.unique(finite, return_counts=True)
    return distinct, np.cumsum(counts) / max(1, finite.size)


def box(values: ArrayLike) -> Box | None:
    """Return the box of some values; ``None`` when none of them is finite."""
    finite, hidden = _finite(values)
    if not finite.size:
        return None
    q1, median, q3 = (float(q) for q in np.quantile(finite, (0.25, 0.5, 0.75)))
    reach = _WHISKER * (q3 - q1)
    is_near = (finite >= q1 - reach) & (finite <= q3 + reach)
    return Box(
        n=finite.size,
        q1=q1,
        median=median,
        q3=q3,
        low=float(finite[is_near].min()),
        high=float(finite[is_near].max()),
        mean=float(finite.mean()),
        outliers=np.sort(finite[~is_near]),
        hidden=hidden,
    )


def density(values: ArrayLike, *, limits: tuple[float, float] | None = None) -> Density | None:
    r"""Return a smooth density of some values, from a Gaussian kernel.

    The bandwidth is Silverman's :math:`0.9 \min(s, \mathrm{IQR} / 1.34) n^{-1/5}`. Values are
    first counted on 512 places, so that a million of them take a millisecond.

    Args:
        values: Values in any order, shape ``(T,)``.
        limits: Ends of the places; ``None`` reaches three bandwidths beyond the values.

    Returns:
        ``None`` with fewer than two finite values or when they are all equal: a density of one
        value is a line of no width.

    Reference:
        B. W. Silverman, "Density Estimation for Statistics and Data Analysis", 1986, eq. 3.31.
    """
    finite, _ = _finite(values)
    if finite.size < 2 or np.ptp(finite) == 0:
        return None
    width = _bandwidth(finite)
    low, high = limits or (finite.min() - _BEYOND * width, finite.max() + _BEYOND * width)
    fine = np.linspace(low, high, _FINE)
    step = float(fine[1] - fine[0])
    counts, _ = np.histogram(finite, bins=_FINE, range=(low - step / 2, high + step / 2))
    places = np.linspace(low, high, _PLACES)
    reach = (places[:, None] - fine) / max(width, step)
    kernel = np.exp(-(reach**2) / 2) / (np.sqrt(2 * np.pi) * max(width, step))
    return Density(places, kernel @ counts / finite.size)


def ridges(series: Series, *, most: int = 12) -> list[Ridge]:
    """Return how the values of one metric were spread in each of several ranges of steps.

    Args:
        series: The metric as drawn.
        most: Ranges at most, equally wide in steps. One with fewer than two distinct values
            has no density and is left out.
    """
    value, step = as_floats(series.value), np.asarray(series.step)
    is_finite = np.isfinite(value)
    value, step = value[is_finite], step[is_finite]
    if value.size < 2 or np.ptp(value) == 0:
        return []
    first, last = int(step.min()), int(step.max())
    count = max(1, min(most, last - first + 1, value.size // 4))
    edges = np.linspace(first, last + 1, count + 1)
    place = np.clip(np.searchsorted(edges, step, side="right") - 1, 0, count - 1)
    margin = 0.05 * float(np.ptp(value))
    limits = (float(value.min()) - margin, float(value.max()) + margin)
    found = (_ridge(value[place == i], step[place == i], limits) for i in range(count))
    return [one for one in found if one is not None]


def _ridge(value: Floats, step: NDArray[np.int64], limits: tuple[float, float]) -> Ridge | None:
    shape = density(value, limits=limits)
    if shape is None:
        return None
    return Ridge(int(step.min()), int(step.max()), int(value.size), float(np.median(value)), shape)


def _bandwidth(finite: Floats) -> float:
    q1, q3 = np.quantile(finite, (0.25, 0.75))
    deviation = float(finite.std(ddof=1))
    # Half of the values may be equal, then the quartiles say nothing.
    spread = min(deviation, (q3 - q1) / 1.34) or deviation
    return float(0.9 * spread * finite.size**-0.2)


def _finite(values: ArrayLike) -> tuple[Floats, int]:
    series = as_floats(values)
    finite = series[np.isfinite(series)]
    return finite, int(series.size - finite.size)
