"""W&B's logs, held to the contract of sources and compared with W&B's own reader."""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural.testing.run_source_contract import AppendedSourceContract
from neural.tracking.detection import detect
from neural.tracking.importers.wandb import WandbSource
from neural.tracking.sources import RunSource

HEADER = b":W&B" + struct.pack("<HB", 0xBEE1, 0)
BLOCK = 32768


def varint(value: int) -> bytes:
    """Return a number as protocol buffers keep it."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def part(number: int, content: bytes) -> bytes:
    """Return a field of bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def item(key: str, value: Any, *, nested: Sequence[str] = ()) -> bytes:
    """Return a name and a value as JSON."""
    name = b"".join(part(2, n.encode()) for n in nested) or part(1, key.encode())
    return part(1, name + part(16, json.dumps(value).encode()))


def history(step: int, values: dict[str, Any]) -> bytes:
    """Return the record of one call of ``log``."""
    counted = b"" if step == 0 else b"\x08" + varint(step)
    said = {**values, "_step": step, "_timestamp": 1.7e9 + step}
    return part(2, b"".join(item(k, v) for k, v in said.items()) + part(2, counted))


def append(path: Path, *records: bytes) -> None:
    """Write records behind those that are there."""
    data = bytearray(path.read_bytes() if path.exists() else HEADER)
    for record in records:
        rest, first = record, True
        while first or rest:
            room = BLOCK - len(data) % BLOCK
            if room < 7:
                data += bytes(room)
                room = BLOCK
            piece, rest = rest[: room - 7], rest[room - 7 :]
            kind = (1 if not rest else 2) if first else (4 if not rest else 3)
            checksum = zlib.crc32(bytes([kind]) + piece)
            data += struct.pack("<IHB", checksum, len(piece), kind) + piece
            first = False
    path.write_bytes(data)


class WandbStock:
    """A log that grows."""

    kind = "wandb"

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self.file = path / "run-abc123.wandb"
        append(self.file)

    def open(self) -> RunSource:
        """Return a source of the folder."""
        return WandbSource(self.file.parent, self.file.parent)

    def put(self, metric: str, points: Sequence[tuple[int, float]]) -> None:
        """Append a record a point."""
        append(self.file, *(history(step, {metric: value}) for step, value in points))


class TestWandbSource(AppendedSourceContract):
    """A log."""

    @pytest.fixture
    def stock(self, tmp_path: Path) -> WandbStock:
        """Return a log."""
        return WandbStock(tmp_path)


def _read(stock: WandbStock) -> tuple[RunSource, str]:
    source = stock.open()
    source.refresh()
    return source, source.runs()[0].source_id


def test_what_a_log_tells(tmp_path: Path) -> None:
    """Names, configuration, tags, times, and how it ended."""
    stock = WandbStock(tmp_path)
    config = item("lr", 0.5) + item("", 3, nested=["model", "depth"])
    about = part(1, b"abc123") + part(2, b"team") + part(3, b"digits") + part(4, config)
    about += part(6, b"g") + part(8, "größe".encode()) + part(9, b"a note") + part(10, b"best")
    about += part(13, b"host") + part(17, b"\x08" + varint(1700000000))
    append(stock.file, part(17, about), part(18, b"\x08\x01"))

    source, _ = _read(stock)

    (run,) = source.runs()
    assert (run.name, run.experiment_name, run.identity) == (
        "größe",
        "digits",
        f"team/digits/abc123/{tmp_path.name}",
    )
    assert run.params == {"lr": 0.5, "model.depth": 3}
    assert (run.group, run.notes, run.host, run.tags) == ("g", "a note", "host", {"best": ""})
    assert (run.start_time, run.status) == (1.7e9, "failed")


def test_records_larger_than_a_block(tmp_path: Path) -> None:
    """They come in parts, and are put together."""
    stock = WandbStock(tmp_path)
    wide = {f"metric_{i}": i / 8 for i in range(3000)}
    append(stock.file, history(0, {"loss": 1.0}), history(1, wide), history(2, {"loss": 2.0}))

    source, run = _read(stock)

    series = source.series(run)
    assert series["metric_2999"].value.tolist() == [2999 / 8]
    assert series["loss"].step.tolist() == [0, 2]
    assert source.skipped() == []


def test_a_wrong_checksum(tmp_path: Path) -> None:
    """The rest of its block is skipped, and reading goes on behind it."""
    stock = WandbStock(tmp_path)
    append(stock.file, *(history(step, {"loss": 0.5, "pad": 1}) for step in range(1500)))
    data = bytearray(stock.file.read_bytes())
    data[20] ^= 1
    stock.file.write_bytes(data)

    source, run = _read(stock)

    steps = source.series(run)["loss"].step.tolist()
    assert steps[0] > 0
    assert steps == list(range(steps[0], 1500))
    assert source.skipped()[0].offset == 7


def test_large_integers_and_truth(tmp_path: Path) -> None:
    """An integer keeps all its digits; true and false are one and zero."""
    stock = WandbStock(tmp_path)
    append(stock.file, history(0, {"big": 2**53 + 1, "yes": True, "text": "hello", "none": None}))

    source, run = _read(stock)

    series = source.series(run)
    assert series["big"].value.tolist() == [2**53 + 1]
    assert series["yes"].value.tolist() == [1]
    assert sorted(series) == ["big", "yes"]
    assert [media.value for media in source.media(run)] == ["hello"]


def test_media(tmp_path: Path) -> None:
    """Images lie below ``files``; a path out of it is refused."""
    stock = WandbStock(tmp_path)
    (tmp_path / "files" / "media").mkdir(parents=True)
    (tmp_path / "files" / "media" / "a.png").write_bytes(b"\x89PNG")
    (tmp_path / "files" / "output.log").write_text("hello")
    image = {"_type": "image-file", "path": "media/a.png"}
    outside = {"_type": "image-file", "path": "../../secret.png"}
    bars = {"_type": "histogram", "bins": [0, 1, 2], "values": [3, 4]}
    append(stock.file, history(3, {"i": image, "o": outside, "h": bars}))

    source, run = _read(stock)

    picture, histogram = source.media(run)
    assert picture.place is not None
    assert (picture.key, picture.step, source.load(picture.place)) == ("i", 3, b"\x89PNG")
    assert histogram.value == {"edges": [0, 1, 2], "counts": [3, 4]}
    assert [file.name for file in source.files(run)] == ["output.log"]
    assert "outside" in source.skipped()[0].reason


def test_media_in_items_of_their_own(tmp_path: Path) -> None:
    """Some versions write each fact of a gallery as an item."""
    stock = WandbStock(tmp_path)
    items = item("", "images/separated", nested=["g", "_type"])
    items += item("", ["media/0.png", "media/1.png"], nested=["g", "filenames"])
    append(stock.file, part(2, items + part(2, b"")))

    source, run = _read(stock)

    assert [media.key for media in source.media(run)] == ["g", "g"]
    assert list(source.series(run)) == []


def test_system_metrics(tmp_path: Path) -> None:
    """They are told from those of the training by their names."""
    stock = WandbStock(tmp_path)
    stats = part(2, b"\x08" + varint(1700000000)) + part(3, part(1, b"cpu") + part(16, b"42.5"))
    append(stock.file, part(7, stats))

    source, run = _read(stock)

    series = source.series(run)["system/cpu"]
    assert (series.value.tolist(), series.time.tolist()) == ([42.5], [1.7e9])


@pytest.mark.platforms
@pytest.mark.timeout(180)
def test_equal_to_wandb(tmp_path: Path) -> None:
    """What W&B writes offline is read back equal, one point a value."""
    import wandb

    values = [0.1, math.nan, math.inf, -math.inf, 1e-300, 3]
    run = wandb.init(
        mode="offline", dir=str(tmp_path), project="digits", config={"lr": 0.5, "m": {"d": 3}}
    )
    for step, value in enumerate(values):
        run.log({"loss": value, "val/acc": step / 8})
    run.finish()

    (found,) = detect(tmp_path).detections
    source = found.open()
    source.refresh()

    (told,) = source.runs()
    series = source.series(told.source_id)
    assert str(series["loss"].value.tolist()) == str([float(value) for value in values])
    assert series["val/acc"].step.tolist() == list(range(6))
    assert (told.experiment_name, told.status, told.params["lr"]) == ("digits", "completed", 0.5)


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=200), kind=st.sampled_from([2, 3, 5, 7, 17, 18]))
def test_any_record_is_read_or_listed(tmp_path: Path, data: bytes, kind: int) -> None:
    """A whole frame may hold anything."""
    path = tmp_path / "run-x.wandb"
    path.unlink(missing_ok=True)
    append(path, part(kind, data), data, history(1, {"checked": 1.0}))
    source = WandbSource(tmp_path, tmp_path)
    source.refresh()

    (run,) = source.runs()
    assert source.series(run.source_id)["checked"].value.tolist() == [1.0]


def test_names_in_every_order(tmp_path: Path) -> None:
    """W&B begins each row with another name; steps, times and values stay together."""
    stock = WandbStock(tmp_path)
    names = ["a", "b", "c"]
    for step in range(60):
        turned = names[step % 3 :] + names[: step % 3]
        append(stock.file, history(step, {name: step + names.index(name) / 4 for name in turned}))

    source, run = _read(stock)

    for place, name in enumerate(names):
        series = source.series(run)[name]
        assert series.step.tolist() == list(range(60))
        assert series.value.tolist() == [step + place / 4 for step in range(60)]


def test_summaries_that_change(tmp_path: Path) -> None:
    """The last word on each name counts, and a name that was taken back is gone."""
    stock = WandbStock(tmp_path)
    append(stock.file, history(0, {"loss": 1.0}))

    def said(**values: float) -> bytes:
        items = (
            part(1, part(1, n.encode()) + part(16, str(v).encode())) for n, v in values.items()
        )
        return part(3, b"".join(items))

    for step in range(20):
        append(stock.file, said(best=step, worst=-step), said(other=step % 2))
    append(stock.file, part(3, part(2, part(1, b"worst"))), said(best=7.5, late=1))

    source, _ = _read(stock)

    (told,) = [remark for remark in source.runs()[0].remarks if "summary" in remark]
    assert told == "Its summary also says: best = 7.5, other = 1, late = 1"


def test_rows_of_changing_kinds(tmp_path: Path) -> None:
    """However rows with the same names are read together, each metric keeps its order."""
    stock = WandbStock(tmp_path)
    rows: list[dict[str, Any]] = []
    for step in range(300):
        row: dict[str, Any] = {"loss": step / 8}
        if step % 7 == 0:
            row["val"] = -step
        if step % 50 == 3:
            row = {"loss": "text"} if step == 153 else {"loss": math.inf, "big": 2**60 + step}
        rows.append(row)
    append(stock.file, *(history(step, row) for step, row in enumerate(rows)))

    source, run = _read(stock)

    series = source.series(run)
    for name in ("loss", "val", "big"):
        expected = [(s, r[name]) for s, r in enumerate(rows) if type(r.get(name)) in (int, float)]
        found = series[name]
        assert list(zip(found.step.tolist(), found.value.tolist(), strict=True)) == expected
        assert found.time.tolist() == [1.7e9 + step for step, _ in expected]
