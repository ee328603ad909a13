"""The results of two groups side by side."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from neural.tracking.analysis.samples import Sample
from neural.tracking.charts.theme import Theme
from neural.tracking.charts.two_groups import two_groups, two_groups_dict

A = Sample("<b>base</b>", (1.0, 2.0, float("nan")), (0, 1, 2))
B = Sample("wide", (3.0, 4.0, 5.0), (1, 0, 2))
NAMES = (("a0", "a1", "a2"), ("b1", "b0", "b2"))


def test_pairs_join_runs_of_one_seed() -> None:
    """A run that failed has no partner, and order makes no difference."""
    data = two_groups("acc", A, B, NAMES, paired=True)

    joined = [(data.sides[0].values[i], data.sides[1].values[j]) for i, j in data.pairs]
    assert joined == [(1.0, 4.0), (2.0, 3.0)]


def test_names_stay_with_their_values() -> None:
    """A failed run takes its name with it."""
    data = two_groups("acc", A, B, NAMES, paired=False)

    assert data.sides[0].names == ("a0", "a1")
    assert data.failed == 1
    assert not len(data.pairs)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_figure_is_valid(theme: Theme) -> None:
    """Plotly takes it, and a group's name is text and no markup."""
    figure = go.Figure(two_groups_dict(two_groups("acc", A, B, NAMES, paired=True), theme=theme))

    assert "&lt;b&gt;" in figure.layout.xaxis.ticktext[0]


def test_nothing_to_draw() -> None:
    """Groups without a finite result say so."""
    empty = Sample("a", (None, float("inf")))

    figure = two_groups_dict(two_groups("acc", empty, empty, (("x", "y"),) * 2, paired=False))

    assert figure["data"] == []
    assert "No run of either group" in figure["layout"]["annotations"][0]["text"]


def test_points_spread_the_same_each_time() -> None:
    """Two runs of one value do not cover each other."""
    same = Sample("a", (1.0, 1.0))
    data = two_groups("acc", same, same, (("x", "y"),) * 2, paired=False)

    assert len(np.unique(data.sides[0].places)) == 2
