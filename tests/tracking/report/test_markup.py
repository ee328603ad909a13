"""Text as HTML."""

from __future__ import annotations

import pytest

from neural.tracking.report.markup import Markup, join, tag


def test_children_are_escaped_once() -> None:
    """Text is, an element is not again."""
    assert tag("p", "a<b", tag("b", "&")) == "<p>a&lt;b<b>&amp;</b></p>"


def test_attribute_cannot_be_left() -> None:
    """Quotes in a value stay in it."""
    assert tag("p", title='" onclick="x') == '<p title="&quot; onclick=&quot;x"></p>'


@pytest.mark.parametrize("value", ["\0", "\ud800"], ids=["nul", "surrogate"])
def test_what_is_no_character(value: str) -> None:
    """It is replaced, so that the file is valid UTF-8."""
    assert join([value]).encode().decode() != value


def test_markup_is_kept() -> None:
    """What is HTML already stays."""
    assert join([Markup("<hr>"), 3]) == "<hr>3"
