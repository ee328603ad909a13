from __future__ import annotations

import numpy as np
import pytest

from neural.tracking.charts.contrast import blend, contrast
from neural.tracking.charts.runs_heatmap import runs_heatmap, runs_heatmap_dict
from neural.tracking.charts.theme import Theme, diverging

METRICS: dict[str, list[float]] = {
    "loss": [3.0, 1.0, 2.0, np.nan],
    "accuracy": [0.5, 0.9, 0.9, 0.1],
    "norm": [1, 1, 1, 1],
}
LABELS = ["a", "b", "c", "d"]


def test_each_metric_has_its_own_scale() -> None:
    """Deviations from the mean of the runs that have it; 0 where nothing varies."""
    heatmap = runs_heatmap(METRICS, LABELS)

    assert heatmap.z[:3, 0] == pytest.approx([1.2247, 0 - 1.2247, 0], abs=1e-4)
    assert np.isnan(heatmap.z[3, 0])
    assert heatmap.z[:, 2].tolist() == [0, 0, 0, 0]


def test_best_is_ringed_by_direction() -> None:
    """Least loss, both that share the best accuracy, and nothing for a norm."""
    assert runs_heatmap(METRICS, LABELS).best == ((1, 0), (1, 1), (2, 1))


def test_goal_of_the_user_wins() -> None:
    """Now a norm has a best, too."""
    heatmap = runs_heatmap(METRICS, LABELS, goals={"accuracy": "min"})

    assert (3, 1) in heatmap.best


def test_where_all_are_equal_nothing_is_ringed() -> None:
    """A ring in every row would say that each of them is the best."""
    heatmap = runs_heatmap({"accuracy": [1.0, 1.0, np.nan]}, ["a", "b", "c"])

    assert heatmap.best == ()


def test_missing_values_are_marked_and_counted() -> None:
    """Not by colour alone."""
    heatmap = runs_heatmap(METRICS, LABELS)

    dashes = runs_heatmap_dict(heatmap)["data"][2]

    assert dashes["text"] == ["–"]
    assert "1 missing" in heatmap.note()


def test_runs_beyond_the_limit_are_counted() -> None:
    """They are not in the mean, either."""
    heatmap = runs_heatmap(METRICS, LABELS, max_runs=2)

    assert heatmap.z[:, 0] == pytest.approx([1, -1])
    assert "2 of 4 runs shown" in heatmap.note()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_rings_can_be_seen(theme: Theme) -> None:
    """On whatever colour they stand."""
    heatmap = runs_heatmap(METRICS, LABELS)

    rings = runs_heatmap_dict(heatmap, theme=theme)["data"][1]

    for (row, column), color in zip(heatmap.best, rings["marker"]["color"], strict=True):
        at = (np.clip(heatmap.z[row, column] / 2.5, -1, 1) + 1) / 2
        assert contrast(color, blend(diverging(theme), float(at))) >= 3


def test_largest_floats() -> None:
    """Their squares are beyond all floats, their deviations are not."""
    assert runs_heatmap({"x": [1e308, -1e308]}, ["a", "b"]).z[:, 0].tolist() == [1, -1]
