r"""What every writer of a metrics file must do, as tests to inherit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from neural.testing.metrics_oracle import strict_json
from neural.tracking.storage.metrics_writer import MetricsWriter, WouldWaitError

__all__ = ["MetricsWriterContract", "OpenedWriter"]

#: Around the sizes at which memory pages, windows and growth steps of real writers end.
_SIZES = (26, 27, 4_090, 4_096, 4_100, 16_380, 16_384, 16_390, 70_000, 1_100_000)


@dataclass(frozen=True)
class OpenedWriter:
    """A writer on a new file, and the two things a test must be able to do with that file.

    Attributes:
        writer: Under test.
        contents: Returns the bytes of the file now.
        full: Context manager: inside it, the file cannot grow by more than so many bytes.
    """

    writer: MetricsWriter
    contents: Callable[[], bytes]
    full: Callable[[int], AbstractContextManager[None]]


def entry_of_size(number: int, size: int = 0) -> bytes:
    """Return an entry of ``size`` bytes, or of as few as possible."""
    start = b'{"timestamp":%d.5,"step":%d' % (number, number)
    missing = size - len(start) - len(b',"":1}')
    name = b'"' + b"m" * max(missing, 1) + b'"'
    return start + b"," + name + b":1}"


def _steps(contents: bytes) -> list[Any]:
    return [entry["step"] for entry in strict_json(contents)]


@pytest.mark.contract
class MetricsWriterContract:
    """What every metrics writer must do: subclass it and give an ``opened`` fixture."""

    def test_a_new_file_is_an_empty_array(self, opened: OpenedWriter) -> None:
        """Nothing logged is nothing read, not an error."""
        assert strict_json(opened.contents()) == []

    def test_the_file_is_json_after_every_call(self, opened: OpenedWriter) -> None:
        """Any strict parser reads it at any moment between two calls."""
        for number in range(300):
            opened.writer.append(entry_of_size(number))

            assert _steps(opened.contents()) == list(range(number + 1))

    @pytest.mark.parametrize("size", _SIZES)
    def test_entries_of_any_size(self, opened: OpenedWriter, size: int) -> None:
        """An entry may be longer than any block a writer thinks in."""
        for number in range(4):
            opened.writer.append(entry_of_size(number, size))

            assert _steps(opened.contents()) == list(range(number + 1))

    def test_no_name_is_too_long_for_bytes_that_are_not_ascii(self, opened: OpenedWriter) -> None:
        """What goes in comes out, byte for byte."""
        entry = '{"timestamp":1.5,"step":0,"Verlust ⚡ 損失":0.1}'.encode()

        opened.writer.append(entry)

        assert entry in opened.contents()

    def test_the_end_is_behind_the_last_entry(self, opened: OpenedWriter) -> None:
        r"""There, and nowhere before, stands the closing ``\n]``; blanks may follow."""
        for number in range(5):
            opened.writer.append(entry_of_size(number))
            contents, end = opened.contents(), opened.writer.end

            assert contents.find(b"\n]") == end
            assert contents[end:].rstrip(b" ") == b"\n]"

    def test_what_was_written_is_never_touched_again(self, opened: OpenedWriter) -> None:
        """The bytes of earlier entries stay where and what they are."""
        earlier = b"["
        for number in range(50):
            opened.writer.append(entry_of_size(number, 700))
            contents, end = opened.contents(), opened.writer.end

            assert contents.startswith(earlier)
            earlier = contents[:end]

    def test_resync_after_a_whole_call_changes_nothing(self, opened: OpenedWriter) -> None:
        """It is asked after an exception, which may have come too late to cut anything short."""
        opened.writer.append(entry_of_size(0))
        end = opened.writer.end

        opened.writer.resync()

        assert opened.writer.end == end
        opened.writer.append(entry_of_size(1))
        assert _steps(opened.contents()) == [0, 1]

    def test_an_entry_in_a_hurry_is_committed_or_refused(self, opened: OpenedWriter) -> None:
        """A refusal leaves the file as it was, and the same entry can then be appended."""
        for number in range(300):
            before = opened.contents()
            try:
                opened.writer.append_promptly(entry_of_size(number, 300))
            except WouldWaitError:
                assert opened.contents() == before
                opened.writer.append(entry_of_size(number, 300))

            assert _steps(opened.contents()) == list(range(number + 1))

    def test_release_changes_no_byte(self, opened: OpenedWriter) -> None:
        """A forked child calls it on a file that belongs to its parent."""
        opened.writer.append(entry_of_size(0))
        before = opened.contents()

        opened.writer.release()

        assert opened.contents() == before

    @pytest.mark.parametrize("room", [0, 1, 2, 17, 26, 30, 47, 100, 4_096, 5_000])
    def test_an_entry_that_does_not_fit(self, opened: OpenedWriter, room: int) -> None:
        """It raises, the file is whole without it, and earlier entries are all there."""
        opened.writer.append(entry_of_size(0))
        with opened.full(room):
            written = 1 + _append_until_full(opened.writer)

            assert _steps(opened.contents()) == list(range(written))

    def test_writing_goes_on_when_there_is_room_again(self, opened: OpenedWriter) -> None:
        """No piece of the entry that did not fit gets in the way of the next."""
        with opened.full(40):
            written = _append_until_full(opened.writer, first=0)

        opened.writer.append(entry_of_size(1_000_000))

        assert _steps(opened.contents()) == [*range(written), 1_000_000]

    def test_a_full_disk_may_be_asked_again_and_again(self, opened: OpenedWriter) -> None:
        """Each refusal leaves the file as it was."""
        with opened.full(40):
            written = _append_until_full(opened.writer, first=0)
            for _ in range(5):
                with pytest.raises(OSError, match=r".+"):
                    opened.writer.append(entry_of_size(7, 100_000))

                assert _steps(opened.contents()) == list(range(written))


def _append_until_full(writer: MetricsWriter, first: int = 1) -> int:
    """Append numbered entries of growing size until one is refused; returns how many went in."""
    sizes: Sequence[int] = [60 + 37 * i for i in range(1_000)]
    for done, size in enumerate(sizes):
        try:
            writer.append(entry_of_size(first + done, size))
        except OSError:
            return done
    raise AssertionError("the disk never got full")
