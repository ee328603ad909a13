"""The packed form of a report, also where it is not one of ours."""

from __future__ import annotations

import gzip
import tracemalloc

import numpy as np
import pytest

from neural.errors import InvalidInputError
from neural.tracking.report.blocks import BlockWriter
from neural.tracking.report.package import FORMAT, StoredFile, StoredRun, pack, unpack

RUNS = [StoredRun(folder="a_1", files=[StoredFile(name="metadata.json", text="{}")])]


def packed() -> bytes:
    """Return a small report."""
    blocks = BlockWriter()
    blocks.add(np.arange(5.0))
    return pack(RUNS, blocks, {"runs": []})


def changed(old: bytes, new: bytes) -> bytes:
    """Return a small report with something replaced by as many other bytes."""
    return gzip.compress(gzip.decompress(packed()).replace(old, new))


def test_comes_back_whole() -> None:
    """Runs, blocks and view are what was packed."""
    package, blocks = unpack(packed())

    assert package.runs == RUNS
    assert blocks.get(0).tolist() == [0, 1, 2, 3, 4]


def test_same_runs_make_the_same_bytes() -> None:
    """No clock and no address gets into the packed form."""
    assert packed() == packed()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no gzip",
        packed()[:-9],
        packed() + b"more",
        gzip.compress(b"another file"),
        gzip.compress(b"neural report\n" + (1 << 60).to_bytes(8, "little")),
        gzip.compress(gzip.decompress(packed())[:-1]),
        changed(b'"f8"', b'"O8"'),
        changed(b'["f8",5]', b'["f8",6]'),
        changed(b'"a_1"', b"[[[[["),
    ],
)
def test_damage(data: bytes) -> None:
    """Every kind of damage is refused in words."""
    with pytest.raises(InvalidInputError):
        unpack(data)


def test_later_format() -> None:
    """A report of a later version is told from a damaged one."""
    with pytest.raises(InvalidInputError, match=r"format 9 .*upgrade"):
        unpack(changed(f'"format":{FORMAT}'.encode(), b'"format":9'))


def test_bomb() -> None:
    """Half a gigabyte in half a megabyte is refused before it fills the memory."""
    bomb = gzip.compress(bytes(1 << 29), 6)

    tracemalloc.start()
    with pytest.raises(InvalidInputError, match="no report needs"):
        unpack(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 200_000_000
