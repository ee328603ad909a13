"""Both writers of a metrics file: one contract, and what each alone can get wrong."""

from __future__ import annotations

import mmap
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.testing.metrics_oracle import entries_of, strict_json, surviving_entries
from neural.testing.metrics_writer_contract import MetricsWriterContract, OpenedWriter
from neural.tracking.storage.metrics_format import FIRST_OFFSET
from neural.tracking.storage.metrics_writer import (
    MappedWriter,
    MetricsWriter,
    PwriteWriter,
    close_file,
    mapping_is_safe,
    mend,
)

Writer = Callable[[int, int], MetricsWriter]


@contextmanager
def open_new(path: Path) -> Iterator[int]:
    """A new metrics file, open for writing."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    mend(handle)
    yield handle
    os.close(handle)


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Let the kernel refuse bytes behind ``size``: the last write before it comes out short."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    earlier = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, earlier)


class OnDisk(MetricsWriterContract):
    """The contract over a real file and a real limit of its size."""

    writer: Writer

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Iterator[OpenedWriter]:
        """A writer on a file in a new directory."""
        path = tmp_path / "metrics.json"
        with open_new(path) as handle:
            yield OpenedWriter(
                type(self).writer(handle, FIRST_OFFSET),
                path.read_bytes,
                lambda room: no_file_longer_than(path.stat().st_size + room),
            )


class TestMappedWriter(OnDisk):
    """All of the contract."""

    writer = MappedWriter


class TestPwriteWriter(OnDisk):
    """All of the contract."""

    writer = PwriteWriter


del OnDisk  # it is not a test of its own


@pytest.fixture(params=[MappedWriter, PwriteWriter])
def writer_class(request: pytest.FixtureRequest) -> Writer:
    """Each of the writers in turn."""
    found: Writer = request.param
    return found


def test_both_write_the_same_bytes(tmp_path: Path) -> None:
    """But for the blanks that the mapped one keeps ready."""
    found = []
    writers: list[Writer] = [MappedWriter, PwriteWriter]
    for number, make in enumerate(writers):
        path = tmp_path / f"metrics.{number}.json"
        with open_new(path) as handle:
            writer = make(handle, FIRST_OFFSET)
            for step in range(1_000):
                writer.append(b'{"timestamp":1.5,"step":%d,"loss":0.5}' % step)
        found.append(path.read_bytes().rstrip(b" "))

    assert found[0] == found[1]


def test_one_writer_goes_on_where_another_stopped(tmp_path: Path) -> None:
    """The offset is all that a writer needs to know."""
    path = tmp_path / "metrics.json"
    with open_new(path) as handle:
        end = FIRST_OFFSET
        for number in range(40):
            writer = (MappedWriter if number % 2 else PwriteWriter)(handle, end)
            writer.append(b'{"timestamp":1.5,"step":%d}' % number)
            end = writer.end

        assert [entry["step"] for entry in entries_of(path)] == list(range(40))


def test_resync_finds_an_entry_that_was_committed_but_not_counted(
    tmp_path: Path, writer_class: Writer
) -> None:
    """Ctrl-C may come between the last store and the return."""
    path = tmp_path / "metrics.json"
    with open_new(path) as handle:
        interrupted = writer_class(handle, FIRST_OFFSET)
        interrupted.append(b'{"timestamp":1.5,"step":0}')
        PwriteWriter(handle, interrupted.end).append(b'{"timestamp":1.5,"step":1}')

        interrupted.resync()
        interrupted.append(b'{"timestamp":1.5,"step":2}')

        assert [entry["step"] for entry in entries_of(path)] == [0, 1, 2]


def test_the_mapped_writer_takes_room_in_growing_steps(tmp_path: Path) -> None:
    """A short run costs little disk, a long one few system calls."""
    path = tmp_path / "metrics.json"
    sizes: list[int] = []
    with open_new(path) as handle:
        writer = MappedWriter(handle, FIRST_OFFSET)
        for number in range(30_000):
            writer.append(b'{"timestamp":1.5,"step":%d,"loss":0.123456789}' % number)
            size = path.stat().st_size
            if not sizes or size != sizes[-1]:
                sizes.append(size)

    steps = [b - a for a, b in zip([0, *sizes], sizes, strict=False)]
    assert steps == sorted(steps)
    assert sizes[0] <= 1 << 20
    assert len(sizes) < 10


def append_many(writer: MetricsWriter, entry: bytes, count: int) -> None:
    """Append the same entry again and again."""
    for _ in range(count):
        writer.append(entry)


def test_a_full_disk_is_used_to_the_last_entry_and_no_further(tmp_path: Path) -> None:
    """Blanks are not worth the room that metadata and parameters may need."""
    path = tmp_path / "metrics.json"
    limit, size = 50_000, 100
    with open_new(path) as handle, no_file_longer_than(limit):
        writer = MappedWriter(handle, FIRST_OFFSET)
        with pytest.raises(OSError, match="File too large"):
            append_many(writer, b'{"step":0,"%s":1}' % (b"m" * (size - 20)), 1_000)

        assert limit - writer.end < size + 10
        assert path.stat().st_size <= limit


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"[",
        b"[\n",
        b"[ ",
        b"[ \n",
        b'[ \n{"timestamp":1',
        b"[\n]" + b" " * 500,
        b'[\n]{"timestamp":1,"step":0}\n]  ',
        b'[\n]{"timestamp":1,"st',
    ],
)
def test_a_file_without_a_whole_entry_is_mended_to_an_empty_one(
    tmp_path: Path, damage: bytes
) -> None:
    """A kill at birth leaves nothing that the next writer could stumble over."""
    path = tmp_path / "metrics.json"
    path.write_bytes(damage)
    with path.open("r+b") as file:
        assert mend(file.fileno()) == (FIRST_OFFSET, 0)

    assert path.read_bytes() == b"[\n]"


@pytest.mark.parametrize(
    "tail",
    [b"", b"\n", b"\n]", b",", b",\n", b',\n{"timest', b'\n]{"step":1}\n]', b"\n]    ", b"\n" * 3],
)
def test_mending_cuts_the_tail_off_and_nothing_else(tmp_path: Path, tail: bytes) -> None:
    """The whole entry stays as it is, and mending twice is mending once."""
    path = tmp_path / "metrics.json"
    entry = b'{"timestamp":1.5,"step":0,"loss":0.5}'
    path.write_bytes(b"[ \n" + entry + tail)
    with path.open("r+b") as file:
        once = mend(file.fileno())
        bytes_then = path.read_bytes()

        assert mend(file.fileno()) == once == (3 + len(entry), 1)

    assert path.read_bytes() == bytes_then == b"[ \n" + entry + b"\n]"


def test_mending_a_whole_file_writes_nothing(tmp_path: Path) -> None:
    """A run that ended well is opened for reading and for writing alike."""
    path = tmp_path / "metrics.json"
    path.write_bytes(b'[ \n{"timestamp":1.5,"step":0}\n]')
    handle = os.open(path, os.O_RDONLY)  # a write would raise

    mend(handle)

    os.close(handle)


def test_closing_cuts_off_the_blanks(tmp_path: Path) -> None:
    """A file at rest ends in its closing bracket."""
    path = tmp_path / "metrics.json"
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    mend(handle)
    writer = MappedWriter(handle, FIRST_OFFSET)
    writer.append(b'{"timestamp":1.5,"step":0}')
    end = writer.end
    writer.release()

    close_file(handle, end)

    assert path.read_bytes() == b'[ \n{"timestamp":1.5,"step":0}\n]'
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(handle)


def test_mapping_is_for_known_file_systems_only(tmp_path: Path) -> None:
    """/proc is none that holds the pages of a written block for good."""
    assert not mapping_is_safe(Path("/proc/self"))
    assert not mapping_is_safe(tmp_path / "not-there")


class TornWindow:
    """A mapping whose copies are cut short anywhere, in any order of bytes, to be looked at.

    Memory is not copied in order, and a kill may come in the middle. Two bytes are stored by one
    machine instruction, which happens or does not.
    """

    def __init__(self, window: mmap.mmap, rng: Random, look: Callable[[], None]) -> None:
        self._window = window
        self._rng = rng
        self._look = look

    def __setitem__(self, place: slice, data: bytes) -> None:
        before = self._window[place]
        for _ in range(20 if len(data) > 2 else 0):
            arrived = [self._rng.random() < 0.5 for _ in data]
            self._window[place] = bytes(
                new if here else old for new, old, here in zip(data, before, arrived, strict=True)
            )
            self._look()
        self._window[place] = data
        self._look()


def test_a_copy_cut_short_shows_no_wrong_value(tmp_path: Path) -> None:
    """Whatever part of the bytes has arrived, a reader finds all earlier entries and no more."""
    path = tmp_path / "metrics.json"
    with open_new(path) as handle:
        writer = MappedWriter(handle, FIRST_OFFSET)
        writer.append(b'{"step":0,"loss":0.5}')
        real = writer._window
        assert real is not None
        steps: list[list[int]] = []
        writer._window = TornWindow(  # type: ignore[assignment]
            real, Random(5), lambda: steps.append([e["step"] for e in surviving_entries(path)])
        )
        for number in range(1, 30):
            looked = len(steps)
            writer.append(b'{"step":%d,"loss":0.125,"accuracy":0.75}' % number)

            assert steps[looked:-1] == [list(range(number))] * (len(steps) - looked - 1)
            assert steps[-1] == list(range(number + 1))
            assert len(steps) - looked > 20, "no copy was cut short"


@given(st.lists(st.integers(min_value=27, max_value=9_000), max_size=30), st.booleans())
def test_any_sizes_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], mapped: bool
) -> None:
    """Property: the file is strict JSON, and all entries are there, after every call."""
    path = tmp_path_factory.mktemp("sizes") / "metrics.json"
    with open_new(path) as handle:
        writer = (MappedWriter if mapped else PwriteWriter)(handle, FIRST_OFFSET)
        for number, size in enumerate(sizes):
            entry = b'{"step":%d,"%s":1}' % (number, b"m" * size)
            writer.append(entry)

            assert len(strict_json(path.read_bytes())) == number + 1
