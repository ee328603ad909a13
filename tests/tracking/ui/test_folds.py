"""What a narrow screen folds away."""

from __future__ import annotations

from typing import Any

from dash import html

from neural.tracking.ui.folds import fold


def test_it_stands_open_without_a_script() -> None:
    """Nothing is out of reach where the script that closes it did not run."""
    part: Any = fold("runs", "Runs (3)", [html.Div(id="inside")])

    assert part.open
    assert part["inside"] is part.children[1]
    assert part.children[0].children == "Runs (3)"
    assert getattr(part, "data-fold") == "runs"
