"""Parts of a log by lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural.tracking.ui import log_file
from neural.tracking.ui.log_file import LogPart, after, before, from_line, last

Write = Callable[[bytes], BinaryIO]


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Return ``write(data)``, which returns the log with it, opened."""
    opened: list[BinaryIO] = []

    def make(data: bytes) -> BinaryIO:
        path = tmp_path / f"{len(opened)}.log"
        path.write_bytes(data)
        opened.append(path.open("rb"))
        return opened[-1]

    yield make
    for file in opened:
        file.close()


def numbered(count: int) -> bytes:
    """Return ``count`` lines that say their number."""
    return b"".join(b"line %d\n" % number for number in range(1, count + 1))


def test_the_end_of_a_log(write: Write) -> None:
    """The last lines with their numbers, and what has no line break yet."""
    part = last(write(numbered(5000) + b"100%"))

    assert (part.line, part.lines[0], part.lines[-1]) == (4001, b"line 4001", b"line 5000")
    assert (part.tail, part.at_end) == (b"100%", True)


def test_an_empty_log(write: Write) -> None:
    """There is nothing, and nothing is wrong."""
    expected = LogPart(start=0, end=0, line=1, lines=(), tail=b"", size=0)

    assert last(write(b"")) == expected
    assert after(write(b""), 0) == expected
    assert before(write(b""), 0) == expected


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.binary(max_size=40).filter(lambda one: b"\n" not in one), max_size=60),
    tail=st.binary(max_size=10).filter(lambda one: b"\n" not in one),
)
def test_forwards_and_backwards_give_every_line_once(
    write: Write, monkeypatch: pytest.MonkeyPatch, lines: list[bytes], tail: bytes
) -> None:
    """However long the lines are beside a part: all lines, in order, with their numbers."""
    monkeypatch.setattr(log_file, "MOST_BYTES", 32)
    monkeypatch.setattr(log_file, "MOST_LINES", 3)
    monkeypatch.setattr(log_file, "_BLOCK", 8)
    file = write(b"".join(one + b"\n" for one in lines) + tail)

    onwards: list[tuple[int, bytes]] = []
    part = after(file, 0)
    while part.lines:
        onwards += enumerate(part.lines, part.line)
        part = after(file, part.end)
    backwards: list[tuple[int, bytes]] = []
    end = last(file).end
    while end > 0:
        earlier = before(file, end)
        backwards = [*enumerate(earlier.lines, earlier.line), *backwards]
        end = earlier.start

    assert onwards == list(enumerate(lines, 1))
    assert backwards == onwards
    assert part.tail == tail == last(file).tail


def test_a_line_that_is_longer_than_a_part(write: Write) -> None:
    """A progress bar without an end costs one line, of which the end is kept."""
    bar = b"\r".join(b"%d%%" % number for number in range(200_000))
    file = write(b"first\n" + bar + b"\nlast\n")

    long = after(file, 6)
    assert (long.line, len(long.lines)) == (2, 1)
    assert long.lines[0].endswith(b"199999%")
    assert len(long.lines[0]) == log_file.LONGEST_LINE
    assert after(file, long.end).lines == (b"last",)
    back = before(file, 6 + len(bar) + 1)
    assert (back.start, back.line, back.lines) == (6, 2, long.lines)


def test_a_line_that_has_not_ended(write: Write) -> None:
    """However long it is, its end is shown and nothing is taken for read."""
    part = after(write(b"a\n" + b"x" * (3 << 20)), 2)

    assert (part.start, part.end, part.lines) == (2, 2, ())
    assert len(part.tail) == log_file.LONGEST_LINE


@pytest.mark.parametrize("number", [1, 2, 251, 2000, 4999, 5000])
def test_a_line_by_its_number(write: Write, number: int) -> None:
    """It is in the part, with some lines before it."""
    part = from_line(write(numbered(5000)), number)

    assert part.lines[number - part.line] == b"line %d" % number
    assert part.line == max(1, number - 250)


def test_a_line_that_does_not_exist(write: Write) -> None:
    """The end of the log is the nearest there is."""
    assert from_line(write(numbered(10)), 5000).lines[-1] == b"line 10"


def test_an_offset_behind_the_end(write: Write) -> None:
    """The file was cut: nothing is returned, and the size says so."""
    part = after(write(b"ab\n"), 1000)

    assert (part.start, part.lines, part.size) == (3, (), 3)
