from __future__ import annotations

import numpy as np
import pytest

from neural.tracking.analysis.run_columns import column
from neural.tracking.charts.contour import contour, contour_dict

pytest.importorskip("scipy")

RNG = np.random.default_rng(0)
X, Y = column("lr", 10.0 ** RNG.uniform(-4, 0, 20)), column("drop", RNG.uniform(0, 1, 20))
SCORE = column("acc", RNG.uniform(0, 1, 20))


def test_area_and_runs_share_one_scale() -> None:
    """A run has the colour of the area at its place."""
    area, marks = contour_dict(contour(X, Y, SCORE))["data"]

    assert area["colorscale"] == marks["marker"]["colorscale"]
    assert (area["zmin"], area["zmax"]) == (marks["marker"]["cmin"], marks["marker"]["cmax"])
    assert not marks["marker"]["showscale"]


def test_note_says_how_it_was_interpolated() -> None:
    """What is between the runs was not measured."""
    note = contour_dict(contour(X, Y, SCORE))["layout"]["meta"]["note"]

    assert "linear between runs, blank beyond them" in note


def test_names_have_nothing_between_them() -> None:
    """Only the runs are drawn, with the scale of their colours."""
    names = column("opt", ["a", "b"] * 10)

    (marks,) = contour_dict(contour(X, names, SCORE))["data"]

    assert marks["marker"]["showscale"]
