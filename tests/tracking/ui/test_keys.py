"""Keys: the help and the browser agree, and no two pages share a letter."""

from __future__ import annotations

import re
from pathlib import Path

from dash import html

from neural.tracking.ui import shell
from neural.tracking.ui.keys import KEYS, page_keys
from neural.tracking.ui.page import Page


def page(title: str, order: int | None = 1) -> Page:
    """Return a page that only has a name."""
    return Page(
        path=f"/{title.lower()}",
        title=title,
        layout=lambda context, location: html.Div(),
        register=lambda app, context: None,
        order=order,
    )


def test_each_page_has_a_letter_of_its_own() -> None:
    """The first letter of its title that is still free, in the order of the navigation."""
    pages = [page(title) for title in ("Experiments", "Compare", "Explore", "Export", "Views")]

    assert list(page_keys(pages).values()) == ["e", "c", "x", "p", "v"]


def test_a_page_outside_the_navigation_has_none() -> None:
    """It needs an id that no key can give."""
    assert page_keys([page("Run", order=None)]) == {}


def test_more_pages_than_letters() -> None:
    """The last of them has no key, and nothing else happens."""
    assert list(page_keys([page("Aa"), page("A")]).values()) == ["a", ""]


def test_the_help_shows_what_the_browser_does() -> None:
    """Every single key of the help is in the table of the script, and the other way round."""
    script = (Path(shell.ASSETS) / "js" / "keys.js").read_text()
    table = script[script.index("var KEYS = {") : script.index("var went")]
    bound = set(re.findall(r'^    "(.)":', table, re.MULTILINE))
    # "c" is pressed by the button that says so; the palette and Escape have no letter.
    shown = {one for keys, _ in KEYS for one in keys.split() if len(one) == 1} - {"c", "K"}

    assert bound == shown
