"""Metrics files of other programs, whole and broken."""

from __future__ import annotations

import json

import pytest

from neural.tracking.storage.foreign_format import parse_entries

ENTRIES = [{"timestamp": 1.5 + i, "step": i, "loss": 1 / (i + 1)} for i in range(4)]
SEED = json.dumps(ENTRIES, indent=2).encode()


@pytest.mark.parametrize(
    "data",
    [
        SEED,
        json.dumps(ENTRIES).encode(),
        b"\xef\xbb\xbf" + SEED,
        SEED.replace(b"\n", b"\r\n"),
        SEED + b"\n\n  ",
    ],
)
def test_spellings_of_the_same_array(data: bytes) -> None:
    """Indentation, a byte order mark and other line ends make no difference."""
    decoded = parse_entries(data)

    assert decoded.entries == ENTRIES
    assert decoded.damage == ()


def test_cut_anywhere() -> None:
    """A file that was caught half-written gives its whole entries, and says so."""
    ends = [i for i in range(len(SEED)) if SEED[i : i + 1] == b"}"]
    for cut in range(len(SEED)):
        decoded = parse_entries(SEED[:cut])

        assert decoded.entries == ENTRIES[: sum(end < cut for end in ends)], cut
        assert decoded.damage, cut


def test_one_bad_entry() -> None:
    """The others are kept, and the place of the bad one is told."""
    data = SEED.replace(b'"step": 1', b'"step": !')

    decoded = parse_entries(data)

    assert [entry["step"] for entry in decoded.entries] == [0, 2, 3]
    assert [damage.offset for damage in decoded.damage] == [data.index(b"{", data.index(b"}"))]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n ",
        b"\0" * 1000,
        bytes(range(256)) * 10,
        b"{}",
        b'"text"',
        b"null",
        b"[1, 2]",
        b"[" * 1_000_000,
        b"[{" * 1_000_000,
        b'[{"a":' * 100_000,
        "[{}]".encode("utf-16"),
        b"[" + b"9" * 100_000 + b"]",
        b'[{"timestamp":1.0,"step":0,"x":"\\ud800"}',
    ],
)
@pytest.mark.timeout(5)
def test_anything_else_is_reported_and_raises_nothing(data: bytes) -> None:
    """No entry comes out of it that was not logged, and the damage is told."""
    decoded = parse_entries(data)

    assert decoded.damage
    assert len(decoded.entries) <= 1
