from __future__ import annotations

import numpy as np
import pytest

from neural.tracking.analysis.surface import surface

pytest.importorskip("scipy")


def test_a_plane_comes_back() -> None:
    """Linear interpolation is exact for it, on a logarithmic axis as well."""
    rng = np.random.default_rng(0)
    rate, width = 10 ** rng.uniform(-4, -1, 40), rng.uniform(16, 512, 40)

    found = surface(rate, width, 3 * np.log10(rate) + width / 100, log_x=True)

    assert found is not None
    x, y = np.meshgrid(found.x, found.y)
    inside = np.isfinite(found.z)
    assert found.z[inside] == pytest.approx((3 * np.log10(x) + y / 100)[inside])
    assert 0.5 < inside.mean() < 1


def test_runs_at_one_place_are_averaged() -> None:
    """Seeds differ at the same params."""
    found = surface([0, 0, 1, 0, 1], [0, 0, 0, 1, 1], [1.0, 3.0, 2.0, 2.0, 2.0])

    assert found is not None
    assert found.z == pytest.approx(np.full((40, 40), 2.0))


@pytest.mark.parametrize(
    ("x", "y"),
    [([1, 2, 3], [1, 2, 4]), ([1, 2, 3, 4], [2, 4, 6, 8]), ([1, 1, 1, 1], [1, 2, 3, 4]), ([], [])],
)
def test_no_surface_of_a_line(x: list[float], y: list[float]) -> None:
    """Too few places, or all on a line: there is nothing between them."""
    assert surface(x, y, [1.0] * len(x)) is None
