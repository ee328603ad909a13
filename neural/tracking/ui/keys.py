"""The keys of the application, in one table: what the help shows is what the browser does.

Pages take part by attributes, so that ``assets/js/keys.js`` knows no page:

- ``data-key="c"`` on a button or link: pressing ``c`` presses it; on a field or round one, the
  key puts the focus into it;
- ``data-row-key="e"`` inside a row of a table: pressing ``e`` presses it in the row in focus;
- ``data-filter`` on or round the field that ``/`` focuses;
- ``data-page-key`` on an entry of the navigation: the letter behind ``g``.
"""

from __future__ import annotations

from collections.abc import Iterable

from neural.tracking.ui.page import Page

__all__ = ["KEYS", "page_keys"]

#: Key and what it does; the keys of the pages come from :func:`page_keys`.
KEYS: tuple[tuple[str, str], ...] = (
    ("Ctrl K", "Find a page, run, metric, view or action"),
    ("/", "Filter, or search"),
    ("j k", "Next and previous row"),
    ("x", "Select the row"),
    ("e", "Show or hide the row's curve"),
    ("p", "Pin the row"),
    ("c", "Compare what is selected"),
    ("s", "Smoothing"),
    ("[ ]", "Less and more smoothing"),
    ("f", "Chart under the pointer in full screen"),
    ("r", "Look for new data now"),
    ("t", "Change the theme"),
    ("?", "Show or hide this help"),
    ("Esc", "Close what is open"),
)


def page_keys(pages: Iterable[Page]) -> dict[str, str]:
    """Return the letter behind ``g`` for each page of the navigation, by its path.

    It is the first letter of the title that no page before has taken.
    """
    keys: dict[str, str] = {}
    for page in pages:
        if page.order is None:
            continue
        free = (one for one in page.title.lower() if one.isalnum() and one not in keys.values())
        keys[page.path] = next(free, "")
    return keys
