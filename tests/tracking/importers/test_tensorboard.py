"""Event files, held to the contract of sources and compared with TensorBoard's own reader."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural.testing.run_source_contract import AppendedSourceContract
from neural.tracking.detection import detect
from neural.tracking.importers.crc32c import crc32c, masked
from neural.tracking.importers.tensorboard import TensorBoardSource
from neural.tracking.sources import RunSource

NAME = "events.out.tfevents.1700000000.host.1.0"


def frame(data: bytes) -> bytes:
    """Return a record as event files keep it."""
    length = struct.pack("<Q", len(data))
    checks = [struct.pack("<I", masked(crc32c(part))) for part in (length, data)]
    return length + checks[0] + data + checks[1]


def varint(value: int) -> bytes:
    """Return a number as protocol buffers keep it."""
    value &= 0xFFFF_FFFF_FFFF_FFFF
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def bytes_field(number: int, content: bytes) -> bytes:
    """Return a field of bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def event(step: int, *values: bytes, time: float = 1.5) -> bytes:
    """Return a record of values."""
    stepped = b"" if step == 0 else b"\x10" + varint(step)
    summary = b"".join(bytes_field(1, value) for value in values)
    return frame(b"\x09" + struct.pack("<d", time) + stepped + bytes_field(5, summary))


def simple(tag: str, value: float) -> bytes:
    """Return a scalar as TensorFlow 1 and PyTorch write it."""
    return bytes_field(1, tag.encode()) + b"\x15" + struct.pack("<f", value)


def plugin(name: str, content: bytes = b"") -> bytes:
    """Return metadata that name a plugin."""
    inner = bytes_field(1, name.encode()) + (bytes_field(2, content) if content else b"")
    return bytes_field(9, bytes_field(1, inner))


def tensor(tag: str, value: float) -> bytes:
    """Return a scalar as TensorFlow 2 writes it."""
    inner = b"\x08\x01" + bytes_field(2, b"") + bytes_field(4, struct.pack("<f", value))
    return bytes_field(1, tag.encode()) + bytes_field(8, inner) + plugin("scalars")


START = frame(b"\x09" + struct.pack("<d", 1.0) + bytes_field(3, b"brain.Event:2"))


class EventStock:
    """An event file that grows."""

    kind = "tensorboard"

    def __init__(self, path: Path, value: Any) -> None:
        self.path: Path | None = path
        self._file = path / NAME
        self._file.write_bytes(START)
        self._value = value

    def open(self) -> RunSource:
        """Return a source of the folder."""
        return TensorBoardSource(self._file.parent, self._file.parent)

    def put(self, metric: str, points: Sequence[tuple[int, float]]) -> None:
        """Append records."""
        with self._file.open("ab") as file:
            for step, value in points:
                file.write(event(step, self._value(metric, value)))


class TestTensorBoardSource(AppendedSourceContract):
    """Both dialects of scalars."""

    @pytest.fixture(params=[simple, tensor], ids=["simple_value", "tensor"])
    def stock(self, tmp_path: Path, request: pytest.FixtureRequest) -> EventStock:
        """Return an event file."""
        return EventStock(tmp_path, request.param)


def _read(folder: Path) -> tuple[TensorBoardSource, str]:
    source = TensorBoardSource(folder, folder)
    source.refresh()
    return source, source.runs()[0].source_id


def test_several_files_of_one_run(tmp_path: Path) -> None:
    """They are one after the other, in the order of the times in their names."""
    for time, value in ((1700000002, 2.0), (1700000001, 1.0)):
        path = tmp_path / f"events.out.tfevents.{time}.host"
        path.write_bytes(START + event(0, simple("loss", value)))

    source, run = _read(tmp_path)

    assert source.series(run)["loss"].value.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("step", [0, 1, 127, 128, 2**31, 2**62, -1, -(2**63)])
def test_steps_of_every_size(tmp_path: Path, step: int) -> None:
    """A step is an int64."""
    (tmp_path / NAME).write_bytes(START + event(step, simple("loss", 1.0)))

    source, run = _read(tmp_path)

    assert source.series(run)["loss"].step.tolist() == [step]


def test_order_across_lengths(tmp_path: Path) -> None:
    """Records of different length, and those that are read one by one, stay in their order."""
    steps = [1, 200, 3, 70000, 5, 0, 2**40, 7]
    records = [event(step, simple("loss", step)) for step in steps]
    records[2] = event(3, simple("loss", 3.0), simple("other", 1.0))
    (tmp_path / NAME).write_bytes(START + b"".join(records))

    source, run = _read(tmp_path)

    assert source.series(run)["loss"].step.tolist() == steps


def test_a_record_with_a_wrong_checksum(tmp_path: Path) -> None:
    """It alone is skipped, with its place."""
    records = [event(step, simple("loss", 1.0)) for step in (1, 2, 3)]
    wrong = bytearray(records[1])
    wrong[-6] ^= 1
    (tmp_path / NAME).write_bytes(START + records[0] + bytes(wrong) + records[2])

    source, run = _read(tmp_path)

    assert source.series(run)["loss"].step.tolist() == [1, 3]
    (skipped,) = source.skipped()
    assert skipped.offset == len(START) + len(records[0])


def test_a_damaged_length(tmp_path: Path) -> None:
    """Nobody knows where the next record begins: reading stops there, and says so."""
    records = [event(step, simple("loss", 1.0)) for step in (1, 2, 3)]
    wrong = b"\xff" + records[1][1:]
    (tmp_path / NAME).write_bytes(START + records[0] + wrong + records[2])

    source, run = _read(tmp_path)

    assert source.series(run)["loss"].step.tolist() == [1]
    assert "length" in source.skipped()[0].reason


def test_hyperparameters_in_a_folder_of_their_own(tmp_path: Path) -> None:
    """They belong to the run above, with the metrics beside them."""
    number = bytes_field(1, b"lr") + bytes_field(2, b"\x11" + struct.pack("<d", 0.125))
    word = bytes_field(1, b"opt") + bytes_field(2, bytes_field(3, b"adam"))
    start = bytes_field(3, bytes_field(1, number) + bytes_field(1, word))
    end = bytes_field(4, b"\x08\x01")
    below = tmp_path / "1700000000.5"
    below.mkdir()
    (tmp_path / NAME).write_bytes(START + event(0, simple("loss", 1.0)))
    (below / NAME).write_bytes(
        START
        + event(0, bytes_field(1, b"_hparams_/session_start_info") + plugin("hparams", start))
        + event(0, bytes_field(1, b"_hparams_/session_end_info") + plugin("hparams", end))
        + event(0, simple("hparam/accuracy", 0.5))
    )

    (found,) = detect(tmp_path).detections
    source = found.open()
    source.refresh()

    (run,) = source.runs()
    assert run.params == {"lr": 0.125, "opt": "adam"}
    assert run.status == "completed"
    assert sorted(source.series(run.source_id)) == ["hparam/accuracy", "loss"]


def test_images_texts_and_histograms(tmp_path: Path) -> None:
    """Large things stay in the file until they are asked for."""
    png = b"\x89PNG\r\n\x1a\n" + bytes(600)
    image = bytes_field(1, b"sample") + bytes_field(4, bytes_field(4, png))
    strings = b"\x08\x07" + bytes_field(8, "größe".encode())
    text = bytes_field(1, b"note") + bytes_field(8, strings) + plugin("text")
    doubles = {1: 0.5, 2: 2.5}
    proto = b"".join(varint(n << 3 | 1) + struct.pack("<d", v) for n, v in doubles.items())
    proto += bytes_field(6, struct.pack("<3d", 0.0, 1.0, 1e308))
    proto += bytes_field(7, struct.pack("<3d", 0.0, 3.0, 4.0))
    histogram = bytes_field(1, b"weights") + bytes_field(5, proto)
    (tmp_path / NAME).write_bytes(START + event(7, image) + event(8, text) + event(9, histogram))

    source, run = _read(tmp_path)

    picture, note, weights = source.media(run)
    assert (picture.kind, picture.step, picture.ending) == ("image", 7, ".png")
    assert picture.place is not None
    assert source.load(picture.place) == png
    assert (note.kind, note.value) == ("text", "größe")
    assert weights.value == {"edges": [0.5, 1.0, 2.5], "counts": [3.0, 4.0]}


def test_what_is_not_shown_is_listed(tmp_path: Path) -> None:
    """Each tag once, with its plugin."""
    strings = bytes_field(1, b"mesh") + bytes_field(8, b"\x08\x07") + plugin("mesh")
    (tmp_path / NAME).write_bytes(START + event(0, strings) + event(1, strings))

    source, _ = _read(tmp_path)

    assert [skipped.reason for skipped in source.skipped()] == ["'mesh' of mesh is not shown"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    """An event file that is a link to elsewhere is not read."""
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / NAME).write_bytes(START + event(0, simple("secret", 1.0)))
    (inside / NAME).symlink_to(outside / NAME)

    found = detect(inside)

    assert found.detections == ()
    assert "link" in found.skipped[0].reason


def test_a_name_alone_is_no_proof(tmp_path: Path) -> None:
    """A file that is called like an event file and is none is not taken for one."""
    (tmp_path / NAME).write_bytes(b"something else altogether")

    assert detect(tmp_path).detections == ()


@pytest.mark.platforms
def test_equal_to_the_official_reader(tmp_path: Path) -> None:
    """What TensorBoard's own writer writes, both read alike."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.compat.proto import event_pb2, summary_pb2
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(tmp_path))
    values = [0.1, math.nan, math.inf, -math.inf, -0.0, 1e-40, 3.5]
    for step, value in enumerate(values * 300):
        scalars = [summary_pb2.Summary.Value(tag=tag, simple_value=value) for tag in ("a", "b/c")]
        chosen = scalars if step % 7 == 0 else scalars[step % 2 : step % 2 + 1]
        summary = summary_pb2.Summary(value=chosen)
        writer.add_event(event_pb2.Event(wall_time=step / 3, step=step, summary=summary))
    writer.close()
    theirs = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0})
    theirs.Reload()

    source, run = _read(tmp_path)

    ours = source.series(run)
    assert sorted(ours) == sorted(theirs.Tags()["scalars"])
    for tag, series in ours.items():
        points = theirs.Scalars(tag)
        assert series.step.tolist() == [point.step for point in points]
        assert series.time.tolist() == [point.wall_time for point in points]
        expected = np.array([point.value for point in points])
        assert series.value.tobytes() == expected.tobytes()


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=200))
def test_any_record_is_read_or_listed(tmp_path: Path, data: bytes) -> None:
    """A whole frame may hold anything."""
    (tmp_path / NAME).write_bytes(START + frame(data) + event(1, simple("loss", 1.0)))

    source, run = _read(tmp_path)

    assert source.series(run)["loss"].value.tolist()[-1] == 1.0
