"""What is folded away on a narrow screen, so that what it is about begins near the top."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from neural.tracking.ui.attributes import attributes

__all__ = ["fold"]


def fold(name: str, words: str, children: Sequence[Component]) -> html.Details:
    """Return parts that a narrow screen shows under a line to press, and a wide one as they are.

    It stands open; ``assets/js/folds.js`` closes it where the screen is narrow, and keeps what
    somebody opened there open as long as the page is.

    Args:
        name: Tells it from others of the application.
        words: What the line says: "Runs (9)".
        children: What is folded.
    """
    return html.Details(
        [html.Summary(words), *children],
        open=True,
        className="aq-fold",
        **attributes(data_fold=name),
    )
