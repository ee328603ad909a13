"""Logged histograms as ridges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.spread import Density, Ridge

__all__ = ["histogram_names", "histogram_ridges"]

#: Places at which each ridge is given.
_PLACES = 160


def histogram_names(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names under which histograms were logged."""
    kinds = (one for one in entries if one.get("kind") == "histogram")
    return list(dict.fromkeys(str(one.get("key")) for one in kinds))


def histogram_ridges(entries: Sequence[Mapping[str, Any]], *, most: int = 24) -> list[Ridge]:
    """Return one ridge a logged histogram, on the same places; damaged ones are left out.

    Args:
        entries: Entries of one name: ``{"step", "value": {"edges", "counts"}}``.
        most: Ridges at most, evenly chosen, the first and the last among them.
    """
    usable = [found for one in entries if (found := _read(one)) is not None]
    if not usable:
        return []
    usable.sort(key=lambda one: one[0])
    if len(usable) > most:
        usable = [usable[int(i)] for i in np.linspace(0, len(usable) - 1, most)]
    low = min(float(edges[0]) for _, edges, _ in usable)
    high = max(float(edges[-1]) for _, edges, _ in usable)
    if not high > low:
        return []
    places = np.linspace(low, high, _PLACES)
    return [_ridge(step, edges, counts, places) for step, edges, counts in usable]


def _read(
    entry: Mapping[str, Any],
) -> tuple[int, NDArray[np.float64], NDArray[np.float64]] | None:
    try:
        edges = np.asarray(entry["value"]["edges"], dtype=np.float64)
        counts = np.asarray(entry["value"]["counts"], dtype=np.float64)
        step = int(entry["step"])
    except (KeyError, TypeError, ValueError):
        return None
    is_whole = edges.ndim == counts.ndim == 1 and edges.size == counts.size + 1 and counts.size
    if not is_whole or not np.isfinite(edges).all() or not counts.sum() > 0:
        return None
    return step, edges, counts


def _ridge(
    step: int,
    edges: NDArray[np.float64],
    counts: NDArray[np.float64],
    places: NDArray[np.float64],
) -> Ridge:
    widths = np.diff(edges)
    heights = counts / counts.sum() / np.where(widths > 0, widths, np.inf)
    bins = np.searchsorted(edges, places, side="right") - 1
    is_inside = (bins >= 0) & (bins < counts.size)
    density = np.where(is_inside, heights[np.clip(bins, 0, counts.size - 1)], 0.0)
    # So narrow that no place lies in it: all of it stands at the nearest place.
    if not density.any():
        centre = float(np.average((edges[:-1] + edges[1:]) / 2, weights=counts))
        density[int(np.argmin(np.abs(places - centre)))] = 1 / (places[1] - places[0])
    share = np.cumsum(counts) / counts.sum()
    median = float(edges[1:][int(np.searchsorted(share, 0.5))])
    return Ridge(step, step, int(counts.sum()), median, Density(places, density))
