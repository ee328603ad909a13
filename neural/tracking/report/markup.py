"""Text as HTML: the only place that makes tags, and it escapes whatever stands between them."""

from __future__ import annotations

import html
from collections.abc import Iterable

__all__ = ["Markup", "join", "tag", "text"]


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: object) -> Markup:
    """Return ``value`` as it is read, with nothing in it that a browser takes for a tag.

    Example:
        >>> text("<b> & 'c'")
        '&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    # A NUL and lone surrogates are no characters of an HTML file.
    clean = str(value).replace("\0", "\N{REPLACEMENT CHARACTER}")
    return Markup(html.escape(clean.encode("utf-8", "replace").decode()))


def join(parts: Iterable[object]) -> Markup:
    """Return parts one behind the other; what is no :class:`Markup` is escaped."""
    return Markup("".join(p if isinstance(p, Markup) else text(p) for p in parts))


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """Return an element.

    Args:
        name: Of the element.
        children: Its content; what is no :class:`Markup` is escaped.
        attributes: Its attributes: ``class_`` is ``class``, ``aria_label`` is ``aria-label``.
            ``True`` is one without a value, ``None`` and ``False`` are none.

    Example:
        >>> tag("a", "R&D", href="#x", aria_label='"', hidden=True)
        '<a href="#x" aria-label="&quot;" hidden>R&amp;D</a>'
    """
    said = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        plain = key.rstrip("_").replace("_", "-")
        said.append(f" {plain}" if value is True else f' {plain}="{text(value)}"')
    return Markup(f"<{name}{''.join(said)}>{join(children)}</{name}>")
