from __future__ import annotations

import pytest

from neural.tracking.charts.contrast import contrast
from neural.tracking.charts.mark_scale import mark_scale
from neural.tracking.charts.theme import TOKENS, Theme


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_mark_stands_out(theme: Theme) -> None:
    """From little to much, on the panel of the theme."""
    scale = mark_scale(theme)

    assert (scale[0][0], scale[-1][0]) == (0.0, 1.0)
    assert len(scale) >= 5
    assert all(contrast(color, TOKENS[theme]["panel"]) >= 2.4 for _, color in scale)
