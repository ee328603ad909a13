"""The oracle is strict where JSON is, and reads what a kill may leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural.testing.metrics_oracle import (
    entries_of,
    same_values,
    strict_json,
    surviving_entries,
)


@pytest.mark.parametrize(
    "text", [b"[NaN]", b'[{"a":1,"a":2}]', b"[1]x", b'["\xff"]', b"[1,]", b"[-Infinity]", b""]
)
def test_what_is_not_json_to_the_letter(text: bytes) -> None:
    """Lenient readers take some of these; the oracle takes none."""
    with pytest.raises(ValueError, match=r".+"):
        strict_json(text)


def test_spelled_numbers_are_numbers(tmp_path: Path) -> None:
    """What JSON cannot say stands as a word in the file."""
    path = tmp_path / "metrics.json"
    path.write_bytes(b'[ \n{"a":"NaN","b":"-Infinity","c":1}\n]')

    (entry,) = entries_of(path)

    assert same_values(entry.values(), [float("nan"), float("-inf"), 1])


@pytest.mark.parametrize(
    ("tail", "count"),
    [
        (b"\n]", 2),
        (b'\n]{"step":2}\n]   ', 2),
        (b"", 2),
        (b",]", 2),
        (b",", 2),
        (b',\n{"step":2', 2),
        (b',\n{"step":2}', 3),
        (b"\n", 2),
    ],
)
def test_what_survives_a_kill(tmp_path: Path, tail: bytes, count: int) -> None:
    """Whole entries before the first closing bracket, and nothing behind it."""
    path = tmp_path / "metrics.json"
    path.write_bytes(b'[ \n{"step":0},\n{"step":1}' + tail)

    assert [entry["step"] for entry in surviving_entries(path)] == list(range(count))


def test_damage_in_the_middle_is_not_taken_for_a_torn_tail(tmp_path: Path) -> None:
    """A kill tears the end only."""
    path = tmp_path / "metrics.json"
    path.write_bytes(b'[ \n{"step":0},\n{"st,\n{"step":2}\n]')

    with pytest.raises(ValueError, match="Unterminated"):
        surviving_entries(path)


def test_bits_are_compared() -> None:
    """-0.0 is not 0.0, 1 is not 1.0, and NaN is NaN."""
    assert not same_values([0.0], [-0.0])
    assert not same_values([1], [1.0])
    assert same_values([float("nan"), 2.5], [float("nan"), 2.5])
