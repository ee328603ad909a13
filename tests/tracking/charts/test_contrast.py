from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.tracking.charts.contrast import blend, contrast, ink, luminance

_COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#00143c", "#00b4f0", 7.5)],
)
def test_contrast_of_known_pairs(one: str, other: str, ratio: float) -> None:
    """Ratios agree with the published ones, whichever colour comes first."""
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.05)


@given(_COLORS)
def test_ink_can_always_be_read(background: str) -> None:
    """Black or white has 4.5 to 1 on any colour."""
    assert contrast(ink(background), background) >= 4.5


def test_luminance_of_the_ends() -> None:
    """Black is 0 and white is 1."""
    assert (luminance("#000000"), luminance("#ffffff")) == pytest.approx((0.0, 1.0))


@pytest.mark.parametrize(
    ("at", "color"), [(0.0, "#000000"), (0.25, "#808080"), (0.5, "#ffffff"), (1.0, "#ff0000")]
)
def test_colour_on_a_scale(at: float, color: str) -> None:
    """Between two places the colours are mixed."""
    scale = [(0.0, "#000000"), (0.5, "#ffffff"), (1.0, "#ff0000")]

    assert blend(scale, at) == color
