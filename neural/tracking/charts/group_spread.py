"""Box or violin by group: how the values of each group are spread, every run as a point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.tracking.analysis.spread import Box, Density, box, density
from neural.tracking.charts.figures import (
    FigureDict,
    compact_floats,
    empty_figure,
    encode,
)
from neural.tracking.charts.group_labels import group_ticks
from neural.tracking.charts.log_axis import is_log, log_axis, log_words
from neural.tracking.charts.noted_layout import noted_layout
from neural.tracking.charts.theme import RUN_COLORS, TOKENS, Theme, escape_text
from neural.tracking.smoothing import as_floats

__all__ = ["MAX_GROUPS", "Group", "GroupSpread", "Kind", "group_spread", "group_spread_dict"]

Kind = Literal["box", "violin"]

#: Groups in one chart.
MAX_GROUPS = 40
#: Up to this many values of a group are drawn as points; of more only the outliers.
_MOST_POINTS = 200
_HALF: Final = 0.32
#: Characters of a line of a label, and the pixels that a group needs for it.
_TICK, _GROUP_PX = 13, 100


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The values of one group.

    Attributes:
        label: Name of the group.
        box: Its box.
        density: Its density; ``None`` for a single or repeated value.
        values: What is drawn as points: all values, or the outliers of many.
    """

    label: str
    box: Box
    density: Density | None
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupSpread:
    """All groups side by side.

    Attributes:
        metric: What the values are of.
        groups: Those with a finite value, in the order given.
        kind: ``"box"`` or ``"violin"``.
        total: Groups there are; more than ``groups`` when some were left out.
        log_y: Whether the axis of the values is logarithmic.
        nonpositive: Values that such an axis cannot show.
    """

    metric: str
    groups: tuple[Group, ...]
    kind: Kind
    total: int
    log_y: bool = False
    nonpositive: int = 0

    def note(self) -> str:
        """Return in words what is drawn, and what is not."""
        parts = [
            "box: quartiles, median and (dashed) mean; whiskers: values within 1.5 box heights"
        ]
        if self.kind == "violin":
            parts = ["width: density (Gaussian kernel); line: median and quartiles"]
        if hidden := sum(one.box.hidden for one in self.groups) - self.nonpositive:
            parts.append(f"{hidden:,} not finite")
        if self.nonpositive:
            parts.append(f"{self.nonpositive:,} ≤ 0 hidden by the log axis")
        if self.log_y:
            parts.append(log_words(self._ends()))
        if any(one.values.size < one.box.n for one in self.groups):
            parts.append(f"of groups over {_MOST_POINTS} values only outliers are points")
        if len(self.groups) < self.total:
            parts.append(f"{len(self.groups)} of {self.total:,} groups shown")
        return "; ".join(parts)

    def _ends(self) -> NDArray[np.float64]:
        """Return values that reach from the smallest to the largest."""
        whiskers = [end for one in self.groups for end in (one.box.low, one.box.high)]
        return np.concatenate([whiskers, *(one.values for one in self.groups)])


def group_spread(
    metric: str,
    groups: Mapping[str, ArrayLike],
    *,
    kind: Kind = "box",
    log_y: bool | None = False,
    max_groups: int = MAX_GROUPS,
) -> GroupSpread:
    """Return the data of the chart.

    Args:
        metric: What the values are of.
        groups: Values by name of the group, in any order, shape ``(T,)`` each.
        kind: ``"box"`` or ``"violin"``.
        log_y: Whether the axis of the values is logarithmic; ``None`` follows the values. What
            is not above zero is then counted in the note.
        max_groups: Groups at most; those left out are counted in the note.
    """
    series = {label: as_floats(values) for label, values in groups.items()}
    by_size = is_log(np.concatenate([[], *series.values()]), log_y)
    hidden = 0
    if by_size:
        with np.errstate(invalid="ignore"):
            hidden = sum(int(np.count_nonzero(np.isfinite(v) & (v <= 0))) for v in series.values())
            series = {label: np.where(v > 0, v, np.nan) for label, v in series.items()}
    found = [_group(label, values, log_y=by_size) for label, values in series.items()]
    filled = [one for one in found if one is not None]
    return GroupSpread(
        metric=metric,
        groups=tuple(filled[:max_groups]),
        kind=kind,
        total=len(filled),
        log_y=by_size,
        nonpositive=hidden,
    )


def group_spread_dict(
    data: GroupSpread, *, theme: Theme = "dark", compact: bool = False
) -> FigureDict:
    """Draw the groups as a plain dict with typed arrays.

    Args:
        data: What to draw.
        theme: Theme.
        compact: For a card that shows title and note (``layout.meta["note"]``) itself.
    """
    title = f"{data.metric} by group"
    if not data.groups:
        return empty_figure(
            f"There are no finite values of {data.metric!r}",
            title="" if compact else title,
            theme=theme,
        )
    ticks = group_ticks([one.label for one in data.groups], _TICK)
    labels = [f"{tick}<br>n = {one.box.n:,}" for tick, one in zip(ticks, data.groups, strict=True)]
    layout = noted_layout(theme, title, data.note(), compact=compact) | {
        "xaxis": {
            "tickmode": "array",
            "tickvals": list(range(len(labels))),
            "ticktext": labels,
            "tickangle": 0,
            "range": [-0.6, len(labels) - 0.4],
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": {"title": {"text": escape_text(data.metric)}, "zeroline": False}
        | (log_axis(data._ends()) if data.log_y else {}),
        "showlegend": False,
        "hovermode": "closest",
    }
    layout["meta"]["min_width"] = 110 + _GROUP_PX * len(labels)
    draw = _boxes if data.kind == "box" else _violins
    figure: FigureDict = encode(
        {"data": [*draw(data, theme), _dots(data, theme)], "layout": layout}
    )
    return figure


def _group(label: str, values: NDArray[np.float64], *, log_y: bool) -> Group | None:
    found = box(values)
    if found is None:
        return None
    few = found.n <= _MOST_POINTS
    points = values[np.isfinite(values)] if few else found.outliers
    return Group(label, found, _density(values, log_y=log_y), points)


def _density(values: NDArray[np.float64], *, log_y: bool) -> Density | None:
    """Return the density along the axis: of logarithms where that is logarithmic."""
    found = density(np.log10(values) if log_y else values)
    return Density(np.power(10.0, found.x), found.height) if found and log_y else found


def _boxes(data: GroupSpread, theme: Theme) -> list[dict[str, Any]]:
    boxes = [one.box for one in data.groups]
    parts = {"q1": "q1", "median": "median", "q3": "q3", "lowerfence": "low"}
    parts |= {"upperfence": "high", "mean": "mean"}
    numbers = {key: np.array([getattr(one, name) for one in boxes]) for key, name in parts.items()}
    color = RUN_COLORS[theme][0]
    return [
        {
            "type": "box",
            "uid": "boxes",
            "x": np.arange(len(boxes), dtype=np.int32),
            **numbers,
            "width": 2 * _HALF,
            "fillcolor": _faint(color, 0.25),
            "line": {"color": color, "width": 1.5},
            "hoverinfo": "y",
            "yhoverformat": ".5~g",
        }
    ]


def _violins(data: GroupSpread, theme: Theme) -> list[dict[str, Any]]:
    color = RUN_COLORS[theme][0]
    traces = []
    for place, one in enumerate(data.groups):
        if one.density is not None:
            traces.append(_violin(one.density, place, color))
        traces.append(_quartiles(one.box, place, TOKENS[theme]["text"]))
    return traces


def _violin(shape: Density, place: int, color: str) -> dict[str, Any]:
    width = shape.height / shape.height.max() * _HALF
    return {
        "type": "scatter",
        "uid": f"violin-{place}",
        "mode": "lines",
        "x": np.concatenate((place - width, (place + width)[::-1])).astype(np.float32),
        "y": compact_floats(np.concatenate((shape.x, shape.x[::-1]))),
        "fill": "toself",
        "fillcolor": _faint(color, 0.25),
        "line": {"color": color, "width": 1.5},
        "hoverinfo": "skip",
    }


def _quartiles(one: Box, place: int, color: str) -> dict[str, Any]:
    """Return a line over the box with marks at its ends and middle."""
    heights = np.array([one.q1, one.median, one.q3])
    return {
        "type": "scatter",
        "uid": f"quartiles-{place}",
        "mode": "lines+markers",
        "x": np.full(3, place, dtype=np.int32),
        "y": heights,
        "line": {"color": color, "width": 2},
        "marker": {"color": color, "symbol": "line-ew-open", "size": [8, 18, 8]},
        "text": ["lower quartile", "median", "upper quartile"],
        "hovertemplate": "%{text} %{y:.5~g}<extra></extra>",
    }


def _dots(data: GroupSpread, theme: Theme) -> dict[str, Any]:
    places = [
        place + ((np.arange(one.values.size) * 0.618) % 1.0 - 0.5) * _HALF
        for place, one in enumerate(data.groups)
    ]
    return {
        "type": "scatter",
        "uid": "points",
        "mode": "markers",
        "x": np.concatenate(places).astype(np.float32),
        "y": compact_floats(np.concatenate([one.values for one in data.groups])),
        "marker": {
            "size": 6,
            "color": RUN_COLORS[theme][1],
            "line": {"width": 1, "color": TOKENS[theme]["panel"]},
        },
        "hovertemplate": "%{y:.6~g}<extra></extra>",
    }


def _faint(color: str, share: float) -> str:
    red, green, blue = bytes.fromhex(color[1:])
    return f"rgba({red},{green},{blue},{share})"
