"""A metrics file as columns and back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.errors import InvalidInputError
from neural.tracking.report.blocks import BlockReader, BlockWriter
from neural.tracking.report.entries import from_columns, to_columns
from neural.tracking.report.package import Entries, Shape
from neural.tracking.storage.metrics_format import encode_entry

NAMES = st.sampled_from(["loss", "val/acc", "é", 'a"b', "\u2028"])
VALUES = st.one_of(st.floats(), st.integers(-(2**63), 2**63 - 1))
ENTRIES = st.lists(
    st.tuples(st.floats(0, 2e9), st.integers(-5, 2**62), st.dictionaries(NAMES, VALUES))
)


def file_of(entries: list[tuple[float, int, dict[str, Any]]]) -> bytes:
    """Return the metrics file of these entries."""
    lines = [encode_entry(time, step, values) for time, step, values in entries]
    return b"[ \n" + b",\n".join(lines) + b"\n]" if lines else b"[\n]"


def reader_of(blocks: BlockWriter) -> BlockReader:
    """Return the blocks as the reader of a report sees them."""
    return BlockReader(blocks.table, memoryview(b"".join(blocks.data())))


@given(ENTRIES)
def test_columns_are_exact_or_refused(entries: list[tuple[float, int, dict[str, Any]]]) -> None:
    """What becomes columns comes back byte for byte; whatever would not is left as text."""
    data, blocks = file_of(entries), BlockWriter()

    columns = to_columns(data, blocks)

    assert columns is None or from_columns(columns, reader_of(blocks), 1 << 30) == data


def test_what_a_run_logs_becomes_columns() -> None:
    """Entries of two kinds with NaN and infinities do not fall back to text."""
    rows = [
        b'{"timestamp":1795266795.666819,"step":0,"loss":2.4282062894953222}',
        b'{"timestamp":1795266796.5,"step":0,"val":"NaN","n":3}',
        b'{"timestamp":1795266797.0,"step":1,"loss":"-Infinity"}',
    ]
    data, blocks = b"[ \n" + b",\n".join(rows) + b"\n]", BlockWriter()

    columns = to_columns(data, blocks)

    assert columns is not None
    assert from_columns(columns, reader_of(blocks), 1 << 20) == data


@pytest.mark.parametrize(
    "data",
    [
        b'[ \n{"timestamp":1.0,"step":0,"loss":"broken"}\n]',
        b'[ \n{"timestamp":1.0,"step":0,"loss":1e0}\n]',
        b'[ \n{"timestamp":1.0,"step":0,"loss":123456789012345678901234}\n]',
        b'[ \n{"timestamp":1.0,"step":0,"loss":1.0,"loss":2.0}\n]',
        b'[ \n{"timestamp":1.0,"step":true}\n]',
        b'[\n  {"timestamp": 1.0, "step": 0, "loss": NaN}\n]',
        b"[ \n\xff\n]",
        b"",
    ],
)
def test_what_columns_cannot_say(data: bytes) -> None:
    """Damage, other spellings and huge numbers are no columns."""
    assert to_columns(data, BlockWriter()) is None


def test_equal_arrays_are_kept_once() -> None:
    """Twenty runs share the block of their steps; NaN and minus zero keep their bits."""
    blocks = BlockWriter()

    numbers = [blocks.add(np.array([0.0, math.nan])) for _ in range(2)]

    assert numbers == [0, 0]
    assert blocks.add(np.array([-0.0, math.nan])) == 1
    assert np.signbit(reader_of(blocks).get(1)[0])


@pytest.mark.parametrize(
    "entries",
    [
        Entries([Shape(["timestamp", "step"], [0, 9])]),
        Entries([Shape(["timestamp", "step"], [0])]),
        Entries([Shape(["timestamp", "timestamp"], [0, 0])]),
        Entries([Shape(["timestamp", "step"], [0, 1])]),
        Entries([Shape(["timestamp", "step"], [0, 0])] * 2, order=0),
        Entries([Shape(["x" * 5000, "step"], [0, 0])]),
    ],
)
def test_columns_that_do_not_fit(entries: Entries) -> None:
    """Blocks that are missing, of other lengths, or grow into a huge file are refused."""
    blocks = BlockWriter()
    blocks.add(np.arange(3, dtype=np.int64))
    blocks.add(np.arange(4, dtype=np.int64))

    with pytest.raises(InvalidInputError):
        from_columns(entries, reader_of(blocks), 4000)
