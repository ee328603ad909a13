"""Terminal output as text: colours stay, whatever else a terminal would obey leaves nothing."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural.tracking.ui.ansi import AnsiConverter

#: Sequences that a terminal obeys, apart from colours: cursor, screen, modes, reports, titles,
#: links, the clipboard, device strings, and what is left of them when they are cut off.
BODIES = (
    "A", "2B", "3C", "4D", "E", "F", "10G", "5;7H", "2J", "3J", "K", "1K", "2L", "2M", "4P",
    "5S", "5T", "3X", "Z", "6n", "5n", "c", ">c", "=c", "0q", "s", "u", "?25l", "?25h", "?1049h",
    "?1049l", "?2004h", "!p", "8;24;80t", "14t", "21t", "1;5r", "4h", "20l", "?6n", " q", "2 q",
    ">4;2m", "?1m", "<0;1;1M", "'|", "1$r", "0i", "5i", "4i", "1#p",
)  # fmt: skip
STRINGS = (
    "0;title", "2;title", "8;;https://evil.example", "8;id=1;javascript:alert(1)", "52;c;ZXZpbA==",
    "4;1;?", "10;?", "11;#000000", "104", "1337;File=name=eA==:AAAA", "133;A", "9;notify",
    "777;notify;a;b", "50;x", "l<script>alert(1)</script>", "P+q544e", "0;a\nb",
)  # fmt: skip
OTHERS = (
    "\x1b7", "\x1b8", "\x1bc", "\x1bD", "\x1bE", "\x1bM", "\x1bH", "\x1bZ", "\x1b=", "\x1b>",
    "\x1b(0", "\x1b)B", "\x1b#8", "\x1b%G", "\x1b N", "\x1b*A", "\x1b+B", "\x1bn", "\x1bo", "\x1b~",
    "\x1b[", "\x1b[1;", "\x1b]0;never ends", "\x1bP1$r", "\x1b_G", "\x1b^x", "\x1bXy",
)  # fmt: skip
CONTROLS = tuple(chr(code) for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n\r")

CORPUS = (
    *(f"\x1b[{body}" for body in BODIES),
    *(f"\x9b{body}" for body in BODIES),
    *(f"{start}{text}{end}" for start, text, end in itertools.product(
        ("\x1b]", "\x9d"), STRINGS, ("\x07", "\x1b\\", "\x9c"))),
    *(f"{start}{text}\x1b\\" for start, text in itertools.product(
        ("\x1bP", "\x90", "\x1b_", "\x9f"), STRINGS[:6])),
    *OTHERS,
    *CONTROLS,
)  # fmt: skip


#: What may stand beside a text: names and colours of our own.
CLASSES = re.compile(r"(ansi-[a-z]+[0-9]*( (?=a))?)*")
CSS = re.compile(r"((background-)?color:#[0-9a-f]{6}(;(?=b))?)*")


def shown(text: str) -> str:
    """Return what is read of a line; styles that are not ours fail."""
    pieces = AnsiConverter().line(text)
    assert all(CLASSES.fullmatch(one.classes) and CSS.fullmatch(one.css) for one in pieces)
    return "".join(one.text for one in pieces)


def test_s28_the_corpus_is_large_enough() -> None:
    """300 sequences or more, none of them twice."""
    assert len(set(CORPUS)) == len(CORPUS) >= 300


@pytest.mark.parametrize("sequence", CORPUS, ids=repr)
def test_s28_a_sequence_leaves_nothing_behind(sequence: str) -> None:
    """No control character of it reaches the page; the text before it does."""
    found = shown(f"before{sequence}")

    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]", found)
    assert found.startswith("before")


@pytest.mark.parametrize("sequence", [f"\x1b[{body}" for body in BODIES], ids=repr)
def test_what_follows_a_sequence_is_text_again(sequence: str) -> None:
    """The end of a control sequence is found; nothing behind it is swallowed."""
    assert shown(f"a{sequence}b") == "ab"


@settings(max_examples=500)
@given(st.text(alphabet=st.sampled_from("\x1b[]0123456789;:mKPX\\\x07\x9b\r\t<>&\"'ab ü學\u2028")))
def test_s28_any_mixture(text: str) -> None:
    """Whatever a run prints, the page gets text in colours."""
    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]", shown(text))


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])))
def test_plain_text_stays_as_it_is(text: str) -> None:
    """Nothing is lost and nothing is added, markup included: it is text to the browser."""
    assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("\x1b[31mred\x1b[0m", ("red", "ansi-f1", "")),
        ("\x1b[1;4;92mx", ("x", "ansi-bold ansi-underline ansi-f10", "")),
        ("\x1b[44mx", ("x", "ansi-g4", "")),
        ("\x1b[44m\x1b[49mx", ("x", "", "")),
        ("\x1b[38;5;9mx", ("x", "ansi-f9", "")),
        ("\x1b[38;5;208mx", ("x", "", "color:#ff8700")),
        ("\x1b[48;5;244mx", ("x", "", "background-color:#808080")),
        ("\x1b[38;2;1;2;300mx", ("x", "", "color:#0102ff")),
        ("\x1b[38:2::1:2:3mx", ("x", "", "color:#010203")),
        ("\x1b[38;5;208;1mx", ("x", "ansi-bold", "color:#ff8700")),
        ("\x1b[1m\x1b[22mx", ("x", "", "")),
        ("\x1b[4m\x1b[4:0mx", ("x", "", "")),
        ("\x1b[mx", ("x", "", "")),
        ("\x1b[99999mx", ("x", "", "")),
        ("\x1b[38mx", ("x", "", "")),
    ],
)
def test_colours(text: str, made: tuple[str, str, str]) -> None:
    """SGR as ECMA-48 has it, with 256 colours and true colour."""
    assert AnsiConverter().line(text) == [made]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("10%\r50%\r100%", "100%"),
        ("windows\r", "windows"),
        ("a\rb\r", "b"),
    ],
)
def test_a_progress_bar_is_one_line(text: str, made: str) -> None:
    """What was printed over is gone."""
    assert shown(text) == made


def test_a_colour_holds_for_what_is_printed_over() -> None:
    """As in a terminal: going back to the start of the line changes no colour."""
    assert AnsiConverter().line("\x1b[31m10%\r90%") == [("90%", "ansi-f1", "")]


def test_a_colour_holds_for_the_next_line() -> None:
    """As in a terminal, until it is switched off."""
    converter = AnsiConverter()
    converter.line("\x1b[32mgreen")

    assert converter.line("still\x1b[0m not") == [("still", "ansi-f2", ""), (" not", "", "")]
