"""The results of two groups of runs side by side: boxes, every run, lines between pairs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.samples import Sample
from neural.tracking.analysis.spread import Box, box
from neural.tracking.charts.figures import FigureDict, compact_floats, empty_figure, encode
from neural.tracking.charts.noted_layout import noted_layout
from neural.tracking.charts.theme import RUN_COLORS, TOKENS, Theme, escape_text, short_label

__all__ = ["Side", "TwoGroups", "two_groups", "two_groups_dict"]

_HALF: Final = 0.28
#: Shapes of the points of the two groups, the second cue beside their colour.
_SYMBOLS: Final = ("circle", "diamond")


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One group.

    Attributes:
        label: Name of the group.
        values: Finite results, shape ``(n,)``.
        places: Where each stands across the width of the group, from -1 to 1, shape ``(n,)``.
        names: What to call each run.
        box: Its quartiles; ``None`` for a group without results.
    """

    label: str
    values: NDArray[np.float64]
    places: NDArray[np.float64]
    names: tuple[str, ...]
    box: Box | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoGroups:
    """Both groups, and which of their runs belong together.

    Attributes:
        metric: What the values are of.
        sides: The first group and the second.
        pairs: Places in ``values`` of runs with the same seed, shape ``(P, 2)``.
        failed: Runs without a finite result, of both.
    """

    metric: str
    sides: tuple[Side, Side]
    pairs: NDArray[np.int64]
    failed: int

    def note(self) -> str:
        """Return in words what is drawn, and what is not."""
        parts = ["box: quartiles and median; every point is a run"]
        if len(self.pairs):
            parts.append(f"{len(self.pairs):,} lines join runs of the same seed")
        if self.failed:
            parts.append(f"{self.failed:,} failed runs have no point")
        return "; ".join(parts)


def two_groups(
    metric: str, a: Sample, b: Sample, names: Sequence[Sequence[str]], *, paired: bool
) -> TwoGroups:
    """Return the data of the chart.

    Args:
        metric: What the values are of.
        a: The first group.
        b: The second.
        names: What to call the runs of each group, in the order of its values.
        paired: Whether runs of the same seed belong together.
    """
    sides = (_side(a, names[0]), _side(b, names[1]))
    pairs = _pairs(a, b) if paired else np.zeros((0, 2), dtype=np.int64)
    return TwoGroups(metric=metric, sides=sides, pairs=pairs, failed=a.failed + b.failed)


def _side(sample: Sample, names: Sequence[str]) -> Side:
    values = sample.finite
    # The same spread each time: runs that follow one another stand well apart.
    places = np.asarray(2 * ((np.arange(values.size) * 0.618 + 0.5) % 1.0) - 1, dtype=np.float64)
    kept = tuple(name for name, is_there in zip(names, _there(sample), strict=True) if is_there)
    return Side(sample.label, values, places, kept, box(values))


def _there(sample: Sample) -> list[bool]:
    return [value is not None and bool(np.isfinite(value)) for value in sample.values]


def _pairs(a: Sample, b: Sample) -> NDArray[np.int64]:
    left, right = _seed_places(a), _seed_places(b)
    found = [(place, right[seed]) for seed, place in left.items() if seed in right]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _seed_places(sample: Sample) -> dict[Hashable, int]:
    """Return where the finite result of each seed stands; seeds that come twice pair with none."""
    seeds = [seed for seed, there in zip(sample.seeds, _there(sample), strict=False) if there]
    return {
        seed: place
        for place, seed in enumerate(seeds)
        if seed is not None and seeds.count(seed) == 1
    }


def two_groups_dict(data: TwoGroups, *, theme: Theme = "dark", compact: bool = False) -> FigureDict:
    """Draw the groups as a plain dict with typed arrays.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    title = f"{data.metric} of two groups"
    if not any(side.values.size for side in data.sides):
        reason = f"No run of either group has a finite value of {data.metric!r}"
        return empty_figure(reason, title="" if compact else title, theme=theme)
    texts = [f"{short_label(s.label, 24)}<br>n = {s.values.size:,}" for s in data.sides]
    layout = noted_layout(theme, title, data.note(), compact=compact) | {
        "xaxis": {
            "tickmode": "array",
            "tickvals": [0, 1],
            "ticktext": texts,
            "tickangle": 0,
            "range": [-0.6, 1.6],
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": {"title": {"text": escape_text(data.metric)}, "zeroline": False},
        "showlegend": False,
        "hovermode": "closest",
    }
    traces = [
        *_boxes(data, theme),
        *_lines(data, theme),
        *(_points(side, place, theme) for place, side in enumerate(data.sides)),
    ]
    figure: FigureDict = encode({"data": traces, "layout": layout})
    return figure


def _boxes(data: TwoGroups, theme: Theme) -> list[dict[str, Any]]:
    return [
        _box(side.box, place, RUN_COLORS[theme][place])
        for place, side in enumerate(data.sides)
        if side.box is not None and side.values.size > 1
    ]


def _box(found: Box, place: int, color: str) -> dict[str, Any]:
    numbers: Mapping[str, float] = {
        "q1": found.q1,
        "median": found.median,
        "q3": found.q3,
        "lowerfence": found.low,
        "upperfence": found.high,
    }
    red, green, blue = bytes.fromhex(color[1:])
    return {
        "type": "box",
        "uid": f"box-{place}",
        "x": np.array([place], dtype=np.int32),
        **{key: np.array([value]) for key, value in numbers.items()},
        "width": 2 * _HALF,
        "fillcolor": f"rgba({red},{green},{blue},0.16)",
        "line": {"color": color, "width": 1.5},
        "hoverinfo": "skip",
    }


def _lines(data: TwoGroups, theme: Theme) -> list[dict[str, Any]]:
    if not len(data.pairs):
        return []
    left, right = data.sides
    gap = np.full(len(data.pairs), np.nan)
    x = [left.places[data.pairs[:, 0]] * _HALF, 1 + right.places[data.pairs[:, 1]] * _HALF, gap]
    y = [left.values[data.pairs[:, 0]], right.values[data.pairs[:, 1]], gap]
    return [
        {
            "type": "scatter",
            "uid": "pairs",
            "mode": "lines",
            "x": np.column_stack(x).ravel(),
            "y": np.column_stack(y).ravel(),
            "line": {"color": TOKENS[theme]["muted"], "width": 1.5, "dash": "dot"},
            "hoverinfo": "skip",
        }
    ]


def _points(side: Side, place: int, theme: Theme) -> dict[str, Any]:
    return {
        "type": "scatter",
        "uid": f"points-{place}",
        "mode": "markers",
        "x": (place + side.places * _HALF).astype(np.float32),
        "y": compact_floats(side.values),
        "text": [short_label(name, 48) for name in side.names],
        "marker": {
            "size": 9,
            "symbol": _SYMBOLS[place],
            "color": RUN_COLORS[theme][place],
            "line": {"width": 1, "color": TOKENS[theme]["panel"]},
        },
        "hovertemplate": "%{text}: %{y:.6~g}<extra></extra>",
    }
