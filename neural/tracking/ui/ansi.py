r"""Terminal output as coloured pieces of text; everything else that a terminal obeys is dropped.

What a run printed is a stranger's text. Of the escape sequences only SGR (colours and weight) is
understood; moving the cursor, titles, links, the clipboard, reports, device strings and lone
control characters leave nothing behind. ``\r`` goes back to the start of the line, so that a
progress bar is the one line it looked like. Pieces are text and names of styles, never markup: a
browser shows each as the text of a ``span``.

Reference: ECMA-48, 5th edition, sections 5.4 (control sequences) and 8.3.117 (SGR).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

__all__ = ["AnsiConverter", "Piece", "Style"]

#: Everything that is not text: a sequence to its end, or to the end of the line if it has none.
_CONTROL = re.compile(
    r"(?:\x1b\[|\x9b)(?P<params>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])?"  # CSI
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, …
    r"|\x1b[ -/]*[0-~]?"  # other escapes
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]"
)

#: A sequence sets a handful of things; one with hundreds is an attack on the reader's time.
_MOST_PARAMS = 32
_MOST_DIGITS = 3

#: SGR code to the field of a style it switches, and to what.
_SWITCHES = {
    1: ("bold", True), 2: ("dim", True), 3: ("italic", True), 4: ("underline", True),
    7: ("inverse", True), 9: ("strike", True), 21: ("underline", True), 23: ("italic", False),
    24: ("underline", False), 27: ("inverse", False), 29: ("strike", False),
}  # fmt: skip

_CLASSES = ("bold", "dim", "italic", "underline", "inverse", "strike")


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks; colours are ``"0"`` to ``"15"`` of the palette, or ``"#rrggbb"``."""

    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False
    strike: bool = False
    color: str = ""
    background: str = ""

    def look(self) -> tuple[str, str]:
        """Return class names and CSS of a ``span`` in this style; both empty for plain text."""
        names = [f"ansi-{name}" for name in _CLASSES if getattr(self, name)]
        css = []
        for value, letter, rule in (
            (self.color, "f", "color"),
            (self.background, "g", "background-color"),
        ):
            if value.startswith("#"):
                css.append(f"{rule}:{value}")
            elif value:
                names.append(f"ansi-{letter}{value}")
        return " ".join(names), ";".join(css)


class Piece(NamedTuple):
    """Text in one style.

    Attributes:
        text: As it is read; nothing in it is markup.
        classes: Names from the style sheet, divided by blanks.
        css: Colours that no class has: ``"color:#ff8700"``.
    """

    text: str
    classes: str = ""
    css: str = ""


class AnsiConverter:
    """Turns lines into pieces; a colour that a line leaves on holds for the next one."""

    def __init__(self) -> None:
        self.style = Style()

    def line(self, text: str) -> list[Piece]:
        r"""Return the pieces of one line, which comes without its ``\n``."""
        text = text.removesuffix("\r")
        pieces: list[Piece] = []
        look, start = _look(self.style), 0
        for found in _CONTROL.finditer(text):
            if found.start() > start:
                pieces.append(Piece(text[start : found.start()], *look))
            start = found.end()
            if found[0] == "\r":
                pieces.clear()
            elif found["final"] == "m" and not found["between"]:
                self.style = _changed(self.style, found["params"])
                look = _look(self.style)
        if start < len(text):
            pieces.append(Piece(text[start:], *look))
        return pieces


@lru_cache(maxsize=1024)
def _look(style: Style) -> tuple[str, str]:
    return style.look()


@lru_cache(maxsize=1024)
def _changed(style: Style, params: str) -> Style:
    """Return ``style`` after an SGR sequence with these parameters."""
    if params[:1] in ("<", "=", ">", "?"):  # private: something else in every terminal
        return style
    codes = iter([_group(part) for part in params.split(";")[:_MOST_PARAMS]])
    for group in codes:
        style = _one(style, group, codes)
    return style


def _group(part: str) -> list[int]:
    """Return the numbers of one parameter, which colons may divide; nothing is 0."""
    numbers = [one if len(one) <= _MOST_DIGITS else "" for one in part.split(":")]
    return [int(one) if one.isdecimal() else 0 for one in numbers]


def _one(style: Style, group: list[int], rest: Iterator[list[int]]) -> Style:
    code = group[0]
    if code == 0:
        return Style()
    if code == 22:
        return replace(style, bold=False, dim=False)
    if code in _SWITCHES:
        field, value = _SWITCHES[code]
        on = value and group != [4, 0]  # 4:0 is "no underline"
        return _with(style, field, on)
    if code in (38, 48):
        color = _extended(group[1:], rest)
        return _with(style, "color" if code == 38 else "background", color)
    if code in (39, 49):
        return _with(style, "color" if code == 39 else "background", "")
    return _palette(style, code)


def _with(style: Style, field: str, value: Any) -> Style:
    return replace(style, **{field: value})


def _palette(style: Style, code: int) -> Style:
    for first, field in ((30, "color"), (40, "background")):
        for offset, bright in ((0, 0), (60, 8)):
            place = code - first - offset
            if 0 <= place < 8:
                return _with(style, field, str(place + bright))
    return style


def _extended(given: list[int], rest: Iterator[list[int]]) -> str:
    """Return the colour behind 38 or 48; with semicolons it stands in the next parameters."""

    def following() -> int:
        return next(rest, [0])[0]

    kind = given[0] if given else following()
    if kind == 5:
        return _of_256(given[1] if len(given) > 1 else 0 if given else following())
    if kind == 2:
        # With colons a colour space may stand before the three.
        rgb = given[-3:] if len(given) > 3 else [following() for _ in range(3)]
        return "#{:02x}{:02x}{:02x}".format(*(min(255, part) for part in rgb))
    return ""


def _of_256(number: int) -> str:
    """Return an entry of the palette of 256: 16 named, a cube of 6 x 6 x 6, 24 greys."""
    if number < 16:
        return str(number)
    if number >= 232:
        grey = min(255, 8 + 10 * (number - 232))
        return f"#{grey:02x}{grey:02x}{grey:02x}"
    place = number - 16
    levels = (place // 36, place // 6 % 6, place % 6)
    return "#{:02x}{:02x}{:02x}".format(*(0 if one == 0 else 55 + 40 * one for one in levels))
