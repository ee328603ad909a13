from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neural.tracking.charts.group_spread import group_spread, group_spread_dict

Decoded = Callable[[dict[str, str]], NDArray[np.float64]]


def test_boxes_have_the_numbers_of_their_values(decoded: Decoded) -> None:
    """They are worked out here, not in the browser."""
    data = group_spread("acc", {"a": [1.0, 2.0, 3.0], "b": [5.0, np.nan]})

    figure = group_spread_dict(data)

    boxes, dots = figure["data"]
    assert decoded(boxes["median"]).tolist() == [2.0, 5.0]
    assert decoded(dots["y"]).tolist() == [1.0, 2.0, 3.0, 5.0]
    assert figure["layout"]["xaxis"]["ticktext"] == ["a<br>n = 3", "b<br>n = 1"]
    assert "1 not finite" in data.note()


def test_large_groups_show_their_outliers() -> None:
    """A thousand points would be a blot."""
    values = np.append(np.linspace(0, 1, 500), 9.0)

    data = group_spread("acc", {"a": values})

    assert data.groups[0].values.tolist() == [9.0]
    assert "only outliers are points" in data.note()


def test_violin_of_a_single_value() -> None:
    """It has no width, and its median is there."""
    figure = group_spread_dict(group_spread("acc", {"a": [2.0]}, kind="violin"))

    assert [trace["uid"] for trace in figure["data"]] == ["quartiles-0", "points"]


def test_no_values() -> None:
    """The figure says so."""
    figure = group_spread_dict(group_spread("acc", {"a": [np.nan]}))

    assert "no finite values of 'acc'" in figure["layout"]["annotations"][0]["text"]
