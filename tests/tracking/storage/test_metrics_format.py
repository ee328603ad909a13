"""The bytes of metrics.json: any entry comes back, and any cut leaves the entries before it."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural.testing.metrics_oracle import entries_of, same_values, strict_json
from neural.tracking.storage.metrics_format import (
    EMPTY,
    FIRST_OFFSET,
    encode_entry,
    end_of_entries,
    entry_blocks,
    is_line_format,
    separator_at,
)
from neural.tracking.storage.metrics_writer import PwriteWriter, mend

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.floats() | st.integers() | st.integers(min_value=-(10**60), max_value=10**60)
ENTRIES = st.dictionaries(NAMES.filter(lambda n: n not in ("timestamp", "step")), NUMBERS)


def file_with(path: Path, entries: list[bytes]) -> list[int]:
    """Write a metrics file; returns the offset behind each entry."""
    ends = []
    data = bytearray(b"[")
    for entry in entries:
        data += separator_at(len(data)) + entry
        ends.append(len(data))
    path.write_bytes(bytes(data) + b"\n]")
    return ends


def read(path: Path, start: int = FIRST_OFFSET, **options: Any) -> list[Any]:
    """Entries of a file, as the product finds them."""
    handle = os.open(path, os.O_RDONLY)
    try:
        blocks = list(entry_blocks(handle, start, **options))
    finally:
        os.close(handle)
    return [strict_json(line) for b in blocks for line in b.data.split(b",\n")]


@given(st.lists(ENTRIES, max_size=8), st.integers(min_value=8, max_value=400))
def test_any_entries_round_trip(
    tmp_path_factory: pytest.TempPathFactory, entries: list[dict[str, float]], block: int
) -> None:
    """Property: names and values come back exactly, whatever the size of a block."""
    path = tmp_path_factory.mktemp("format") / "metrics.json"
    file_with(path, [encode_entry(1.5, i, values) for i, values in enumerate(entries)])

    found = entries_of(path)

    assert read(path, block_bytes=block) == strict_json(path.read_bytes())
    for number, (entry, values) in enumerate(zip(found, entries, strict=True)):
        assert list(entry) == ["timestamp", "step", *values]
        assert same_values(entry.values(), [1.5, number, *values.values()])


@given(ENTRIES)
def test_an_entry_is_one_line(values: dict[str, float]) -> None:
    """No raw newline ever stands inside, or the first closing bracket would not be the end."""
    assert b"\n" not in encode_entry(0.0, 0, values)


def test_a_name_may_look_like_the_file_around_it(tmp_path: Path) -> None:
    """Brackets, commas and line breaks in a name are no structure."""
    names = ["\n]", ",\n", "},]{", '"},\n{"', "]\u2028["]
    path = tmp_path / "metrics.json"
    file_with(path, [encode_entry(0.0, i, {name: 1}) for i, name in enumerate(names)])

    assert [list(entry)[2] for entry in read(path)] == names


@pytest.mark.parametrize("value", [10**4_299, -(10**4_299)])
def test_huge_integers(value: int) -> None:
    """Exact up to the digits that Python itself writes and reads."""
    assert strict_json(encode_entry(0.0, 0, {"big": value}))["big"] == value


def test_a_lone_surrogate_is_refused() -> None:
    """No file can keep it."""
    with pytest.raises(ValueError, match="surrogates"):
        encode_entry(0.0, 0, {"\ud800": 1})


@pytest.fixture(scope="module")
def log_of_200(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[bytes], list[int]]:
    """A file of 200 entries of all shapes, its entries and where they end."""
    rng = random.Random(3)
    path = tmp_path_factory.mktemp("log") / "metrics.json"
    pool = [0.1, -0.0, 5e-324, 1e308, float("nan"), float("-inf"), 2**70, 3, -7]
    entries = [
        encode_entry(
            1_795_250_005.25 + i,
            i,
            {f"µ{j}": rng.choice(pool) for j in range(rng.choice([0, 1, 4, 5]))},
        )
        for i in range(200)
    ]
    ends = file_with(path, entries)
    return path.read_bytes(), entries, ends


def test_any_prefix_is_readable(
    tmp_path: Path, log_of_200: tuple[bytes, list[bytes], list[int]]
) -> None:
    """R3: cut at every offset, the entries before the cut are all there and equal."""
    data, entries, ends = log_of_200
    path = tmp_path / "metrics.json"
    path.write_bytes(data)
    handle = os.open(path, os.O_RDWR)
    for cut in range(len(data), -1, -1):
        os.ftruncate(handle, cut)
        found = b",\n".join(block.data for block in entry_blocks(handle))
        whole = [entry for entry, end in zip(entries, ends, strict=True) if end <= cut]

        assert found == b",\n".join(whole), f"cut at byte {cut}"
    os.close(handle)


def test_writing_goes_on_after_any_cut(
    tmp_path: Path, log_of_200: tuple[bytes, list[bytes], list[int]]
) -> None:
    """R3: after mending, the file is strict JSON with one entry more."""
    data, _, ends = log_of_200
    path = tmp_path / "metrics.json"
    for cut in range(0, len(data) + 1, 7):
        path.write_bytes(data[:cut])
        with path.open("r+b") as file:
            end, count = mend(file.fileno())
            PwriteWriter(file.fileno(), end).append(b'{"timestamp":1.5,"step":-1}')

        steps = [entry["step"] for entry in strict_json(path.read_bytes())]
        assert steps == [*range(sum(end <= cut for end in ends)), -1], f"cut at byte {cut}"
        assert count == len(steps) - 1


@given(st.data())
@settings(max_examples=300)
def test_any_tail_of_an_uncommitted_entry_is_skipped(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Property: what a killed mapped writer leaves behind the end is never read."""
    count = data.draw(st.integers(min_value=0, max_value=5))
    path = tmp_path_factory.mktemp("tail") / "metrics.json"
    file_with(path, [encode_entry(0.5, i, {"loss": i / 3}) for i in range(count)])
    written = encode_entry(0.5, count, {"loss": 0.25}) + b"\n]"
    present = data.draw(st.lists(st.booleans(), min_size=len(written), max_size=len(written)))
    torn = bytes(b if here else 32 for b, here in zip(written, present, strict=True))
    path.write_bytes(path.read_bytes() + torn + b" " * 100)

    assert [entry["step"] for entry in read(path)] == list(range(count))


def test_reading_on_from_an_offset(tmp_path: Path) -> None:
    """A reader that comes back takes what is new, once."""
    path = tmp_path / "metrics.json"
    with path.open("w+b") as file:
        mend(file.fileno())
        writer = PwriteWriter(file.fileno(), FIRST_OFFSET)
        offset, steps = FIRST_OFFSET, []
        for number in range(30):
            writer.append(b'{"step":%d}' % number)
            if number % 4 == 0:
                for block in entry_blocks(file.fileno(), offset):
                    assert block.start == offset
                    offset = block.end
                    steps += [json.loads(line)["step"] for line in block.data.split(b",\n")]

    assert steps == list(range(29))


def test_reading_stops_where_it_is_told_to(tmp_path: Path) -> None:
    """A reader bounded by one look at the size never sees half of what came later."""
    path = tmp_path / "metrics.json"
    ends = file_with(path, [b'{"step":0}', b'{"step":1}'])

    assert read(path, stop=ends[0] + 5) == [{"step": 0}]


def test_the_end_and_the_count(tmp_path: Path) -> None:
    """Counted from any entry on."""
    path = tmp_path / "metrics.json"
    ends = file_with(path, [b'{"step":%d}' % i for i in range(7)])
    with path.open("rb") as file:
        assert end_of_entries(file.fileno()) == (ends[-1], 7)
        assert end_of_entries(file.fileno(), ends[2]) == (ends[-1], 4)


@pytest.mark.parametrize("junk", [b"", b"x", b"\n]", b"null", b"\0" * 40, b"\n\n", b",", b"}{"])
def test_an_offset_that_leads_nowhere_gives_nothing(tmp_path: Path, junk: bytes) -> None:
    """The file was replaced since the offset was taken: no error, no wrong entry."""
    path = tmp_path / "metrics.json"
    path.write_bytes(junk)

    assert read(path, 1) == []
    assert read(path, 5_000) == []


@pytest.mark.parametrize(
    ("head", "ours"),
    [
        (b"", True),
        (EMPTY, True),
        (b"[", True),
        (b'[ \n{"timestamp":1}\n]', True),
        (b'[\n  {\n    "timestamp": 1', False),
        (b"[]", False),
        (b"{}", False),
        (b"\xef\xbb\xbf[\n]", False),
        (b"\0\0\0\0", False),
    ],
)
def test_our_files_are_told_from_others(tmp_path: Path, head: bytes, ours: bool) -> None:
    """A file of the seed's own tracker is never appended to."""
    path = tmp_path / "metrics.json"
    path.write_bytes(head)
    with path.open("rb") as file:
        assert is_line_format(file.fileno()) is ours
