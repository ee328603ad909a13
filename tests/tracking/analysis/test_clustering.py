from __future__ import annotations

import sys

import numpy as np
import pytest

from neural.tracking.analysis.clustering import cluster_order

#: Columns 0, 2 and 4 go together, and so do 1 and 3; the signs do not matter.
BLOCKS = np.array(
    [
        [1.0, 0.1, 0.9, 0.0, -0.9],
        [0.1, 1.0, 0.0, -0.8, 0.1],
        [0.9, 0.0, 1.0, 0.1, -0.95],
        [0.0, -0.8, 0.1, 1.0, 0.0],
        [-0.9, 0.1, -0.95, 0.0, 1.0],
    ]
)


@pytest.mark.parametrize("has_scipy", [True, False])
def test_what_goes_together_is_side_by_side(
    has_scipy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With SciPy or without, the two groups are not mixed."""
    if not has_scipy:
        monkeypatch.setitem(sys.modules, "scipy.cluster.hierarchy", None)
        monkeypatch.setitem(sys.modules, "scipy", None)

    order = cluster_order(BLOCKS).tolist()

    assert sorted(order) == [0, 1, 2, 3, 4]
    assert set(order[:3]) == {0, 2, 4} or set(order[2:]) == {0, 2, 4}


@pytest.mark.parametrize("size", [0, 1, 2])
def test_too_few_to_order(size: int) -> None:
    """They stay as they are."""
    assert cluster_order(np.eye(size)).tolist() == list(range(size))


def test_unknown_correlations_are_no_error() -> None:
    """A column that never varies has none at all."""
    table = BLOCKS.copy()
    table[0] = table[:, 0] = np.nan

    assert sorted(cluster_order(table).tolist()) == [0, 1, 2, 3, 4]
