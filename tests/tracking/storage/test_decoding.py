"""From bytes to entries and columns."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.tracking.storage.decoding import decode_columns, decode_entries, decode_table
from neural.tracking.storage.metrics_format import Block, encode_entry, entry_blocks


def block(*lines: bytes) -> Block:
    """Return the block that these lines make, at the start of a file."""
    data = b",\n".join(lines)
    return Block(1, 3 + len(data), data)


def test_damage_is_placed_at_its_line() -> None:
    """The offset is the one of the line's first byte in the file."""
    good = b'{"timestamp":1.0,"step":0,"x":1}'

    decoded = decode_entries(block(good, b'{"timestamp":1.0,"step"', good))

    assert [damage.offset for damage in decoded.damage] == [3 + len(good) + 2]
    assert decoded.torn_at is None
    assert len(decoded.entries) == 2


def test_a_torn_last_line_is_told() -> None:
    """It may be one that is being written, so the caller learns where it starts."""
    good = b'{"timestamp":1.0,"step":0,"x":1}'

    decoded = decode_entries(block(good, b'{"timest'))

    assert decoded.torn_at == 1 + 2 + len(good)


@pytest.mark.parametrize(
    "line",
    [
        b'{"timestamp":1.0,"x":1}',
        b'{"step":0,"x":1}',
        b'{"timestamp":1.0,"step":0.5,"x":1}',
        b'{"timestamp":1.0,"step":true,"x":1}',
        b'{"timestamp":1.0,"step":9223372036854775808,"x":1}',
        b'{"timestamp":"now","step":0,"x":1}',
        b"[1, 2]",
        b"17",
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_entry_is_left_out(line: bytes) -> None:
    """Entries and columns agree on what has a place in a series."""
    good = b'{"timestamp":1.0,"step":7,"x":1}'

    entries = decode_entries(block(line, good))
    columns = decode_columns(block(line, good), ["x"])

    assert [entry["step"] for entry in entries.entries] == columns.steps == [7]
    assert len(entries.damage) == len(columns.damage) == 1


numbers = st.integers() | st.floats() | st.sampled_from([math.nan, 2**53 + 1, 10**30, -0.0])
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=5).filter(
    lambda name: name not in ("step", "timestamp")
)
entries_logged = st.lists(
    st.tuples(st.floats(0, 2e9), st.integers(-(2**63), 2**63 - 1), st.dictionaries(names, numbers)),
    min_size=1,
    max_size=8,
)


@given(entries_logged)
def test_everything_comes_back(logged: list[tuple[float, int, dict[str, Any]]]) -> None:
    """What was encoded is decoded exactly, as entries and as columns."""
    found = block(*(encode_entry(*entry) for entry in logged))
    wanted = sorted({name for _, _, values in logged for name in values})

    entries, columns = decode_entries(found), decode_columns(found, wanted)

    expected = [{"timestamp": time, "step": step, **values} for time, step, values in logged]
    assert repr(entries.entries) == repr(expected)
    assert columns.steps == [step for _, step, _ in logged]
    for name in wanted:
        assert repr(columns.values[name]) == repr([v.get(name) for _, _, v in logged])


def test_values_of_other_kinds_are_not_logged() -> None:
    """Text and null have no place in a column; a boolean is a number."""
    kinds = ["text", None, True, [1], {"a": 1}, 0.5]
    lines = [
        json.dumps({"timestamp": 1.0, "step": i, "x": v}).encode() for i, v in enumerate(kinds)
    ]

    columns = decode_columns(block(*lines), ["x"])

    assert columns.values["x"] == [None, None, 1, None, None, 0.5]


def test_a_sector_that_was_never_written(tmp_path: Path) -> None:
    """Blanks that a power loss left inside of a name would be JSON: the entry is left out."""
    name = "m" * 1200
    entry = b'{"timestamp":1.5,"step":0,"%b":0.5}' % name.encode()
    whole = b"[ \n" + b",\n".join([entry, entry.replace(b'step":0', b'step":1')]) + b"\n]"
    torn = whole[:512] + b" " * 512 + whole[1024:]
    handle = os.open(tmp_path / "metrics.json", os.O_RDWR | os.O_CREAT)
    os.write(handle, torn)

    (found,) = entry_blocks(handle)
    decoded = decode_entries(found)

    assert [e["step"] for e in decoded.entries] == [1]
    assert [(d.offset, d.reason[:7]) for d in decoded.damage] == [(3, "a piece")]
    assert decode_columns(found, ["other"]).steps == [1]
    assert decode_table(found) is None
    os.close(handle)


def test_many_blanks_in_a_name() -> None:
    """Those of a user do not begin and end with a sector, and are kept."""
    entry = b'{"timestamp":1.5,"step":0,"a%bz":0.5}' % (b" " * 3000)

    decoded = decode_entries(block(entry))

    assert (len(decoded.entries), decoded.damage) == (1, ())


@pytest.mark.parametrize("between", [b"\n\n", b",]"])
def test_half_a_commit(between: bytes) -> None:
    """Where one of its two bytes is on the disk, the entries on both sides are read."""
    first, second = b'{"timestamp":1.5,"step":0}', b'{"timestamp":1.5,"step":1,"x":1}'

    decoded = decode_entries(block(first + between + second))

    assert ([e["step"] for e in decoded.entries], decoded.damage) == ([0, 1], ())
