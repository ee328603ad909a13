"""Columns kept between processes: quick, and dropped at the first doubt."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural.tracking.storage import column as column_module
from neural.tracking.storage.columns import ColumnCache
from neural.tracking.storage.metrics_reader import RunMetrics

Write = Callable[..., Path]
Append = Callable[[Path, Iterable[Any]], None]
COUNT = 60


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Folder for columns."""
    return tmp_path / "columns"


@pytest.fixture
def cache(place: Path) -> ColumnCache:
    """Cache that also keeps short columns."""
    return ColumnCache(place, shortest=10)


def logged(count: int = COUNT, start: int = 0) -> list[Any]:
    """Return entries with values of every kind that float64 keeps."""
    values = [0.1, -0.0, math.nan, math.inf, 5e-324, 7]
    numbers = range(start, start + count)
    return [(float(i), i // 2, {"x": values[i % 6], "y": i}) for i in numbers]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes of each chunk that was parsed for a column."""
    sizes: list[int] = []
    read_on = column_module.read_on

    def noting(file: Any, columns: Any) -> None:
        before = {name: column.mark.offset for name, column in columns.items()}
        read_on(file, columns)
        sizes.extend(column.mark.offset - before[name] for name, column in columns.items())

    monkeypatch.setattr("neural.tracking.storage.metrics_reader.read_on", noting)
    return sizes


def same(first: RunMetrics, second: RunMetrics, name: str = "x") -> bool:
    """Tell whether two readers give the same series, bit for bit and in both views."""
    return all(
        a.dtype == b.dtype and a.tobytes() == b.tobytes()
        for view in ("logged", "drawn")
        for a, b in zip(first.series(name, view), second.series(name, view), strict=True)
    )


def test_a_second_process_parses_nothing(
    run_dir: Path, write_metrics: Write, cache: ColumnCache, parsed: list[int]
) -> None:
    """What the first reader kept is the same to the bit."""
    write_metrics(logged())
    plain = RunMetrics(run_dir)
    RunMetrics(run_dir, cache).series("x")
    parsed.clear()
    again = RunMetrics(run_dir, cache)
    again.series("x")

    assert parsed == [0]
    assert same(again, plain)


def test_only_the_tail_is_parsed(
    run_dir: Path,
    write_metrics: Write,
    append_metrics: Append,
    cache: ColumnCache,
    parsed: list[int],
) -> None:
    """A run that went on is read on from where the column ends."""
    path = write_metrics(logged())
    RunMetrics(run_dir, cache).series("x")
    append_metrics(path, logged(3, start=COUNT))
    parsed.clear()
    again = RunMetrics(run_dir, cache)
    again.series("x")

    assert 0 < parsed[0] < 200
    assert same(again, RunMetrics(run_dir))


def test_a_column_is_kept_again_when_it_has_grown(
    run_dir: Path,
    write_metrics: Write,
    append_metrics: Append,
    cache: ColumnCache,
    parsed: list[int],
) -> None:
    """By a quarter; not at each new value."""
    path = write_metrics(logged())
    metrics = RunMetrics(run_dir, cache)
    metrics.series("x")
    for i in range(4):
        append_metrics(path, logged(5, start=COUNT + 5 * i))
        metrics.series("x")
    parsed.clear()
    again = RunMetrics(run_dir, cache)
    again.series("x")

    assert 0 < parsed[0] < 400
    assert same(again, RunMetrics(run_dir))


def test_attempts_are_told_from_kept_columns(
    run_dir: Path, write_metrics: Write, append_metrics: Append, cache: ColumnCache
) -> None:
    """The offset where an attempt begins leads to the same point as without the cache."""
    path = write_metrics(logged())
    offset = path.read_bytes().index(b"\n]")
    append_metrics(path, [(99.0, 5, {"x": 1.5})])
    RunMetrics(run_dir, cache).series("x")
    (run_dir / "metadata.json").write_text(
        json.dumps({"attempts": [{"offsets": {"metrics.json": offset}}]})
    )

    drawn = RunMetrics(run_dir, cache).series("x", "drawn")

    assert drawn.step.tolist() == [0, 1, 2, 3, 4, 5]
    assert same(RunMetrics(run_dir, cache), RunMetrics(run_dir))


def test_where_an_attempt_began_is_counted_once(
    run_dir: Path, write_metrics: Write, append_metrics: Append, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resumed run that goes on is not read from its beginning at every look."""
    path = write_metrics(logged(20))
    offset = path.stat().st_size // 2
    (run_dir / "metadata.json").write_text(
        json.dumps({"attempts": [{"offsets": {"metrics.json": offset}}]})
    )
    counted: list[int] = []
    count = column_module._counted
    monkeypatch.setattr(
        column_module, "_counted", lambda *where: counted.append(where[-1]) or count(*where)
    )
    reader = RunMetrics(run_dir)
    for step in range(20, 23):
        append_metrics(path, [(float(step), step, {"x": 1.5})])
        reader.series("x", "drawn")

    assert counted.count(offset) == 1
    assert same(reader, RunMetrics(run_dir))


def test_a_clock_that_went_back(run_dir: Path, write_metrics: Write, cache: ColumnCache) -> None:
    """What several files are merged on is kept beside the times."""
    entries = logged()
    entries[0] = (30.5, 0, {"x": 1.0})
    write_metrics(entries)
    write_metrics(logged(20), "metrics.host-1-ab.json")
    RunMetrics(run_dir, cache).series("x")

    assert same(RunMetrics(run_dir, cache), RunMetrics(run_dir))


def test_large_integers(
    run_dir: Path, write_metrics: Write, cache: ColumnCache, place: Path
) -> None:
    """Those of 64 bits are kept; larger ones are not, and read from the file."""
    big = [(1.0, i, {"x": 2**53 + i, "y": 10**30 + i}) for i in range(20)]
    write_metrics(big)
    RunMetrics(run_dir, cache).series_of(["x", "y"])

    again = RunMetrics(run_dir, cache)
    assert again.series("x").value.tolist() == [2**53 + i for i in range(20)]
    assert again.series("y").value.tolist() == [10**30 + i for i in range(20)]
    assert len(list(place.iterdir())) == 1


def edit(path: Path) -> None:
    """Change a value in the middle without changing size or inode."""
    data = path.read_bytes()
    at = data.index(b'"y":', len(data) // 2) + 4
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"8" if data[at : at + 1] != b"8" else b"9")


def shift(path: Path) -> None:
    """Take the first entry out, in place."""
    data = path.read_bytes()
    path.write_bytes(b"[ \n" + data[data.index(b",\n") + 2 :])


def replace(path: Path) -> None:
    """Put another file with the same bytes and other values in its place."""
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data.replace(b'"step":7', b'"step":8'))


def cut(path: Path) -> None:
    """Cut the file short."""
    path.write_bytes(path.read_bytes()[:500] + b"\n]")


@pytest.mark.parametrize("change", [edit, shift, replace, cut, Path.unlink])
def test_a_file_that_is_another_now(
    run_dir: Path, write_metrics: Write, cache: ColumnCache, change: Callable[[Path], None]
) -> None:
    """The column is dropped, and the file is what counts."""
    path = write_metrics(logged())
    RunMetrics(run_dir, cache).series_of(["x", "y"])

    change(path)

    assert same(RunMetrics(run_dir, cache), RunMetrics(run_dir), "y")


@pytest.mark.parametrize("at", [0, 20, 30, 60, -1])
def test_a_damaged_column(
    run_dir: Path, write_metrics: Write, cache: ColumnCache, place: Path, at: int
) -> None:
    """It is dropped, whether it was cut off, is empty, or its head was changed."""
    write_metrics(logged())
    RunMetrics(run_dir, cache).series("x")
    (path,) = place.iterdir()
    data = bytearray(path.read_bytes())
    if at < 0:
        del data[-8:]
    else:
        data[at] ^= 0xFF
    path.write_bytes(data)

    assert same(RunMetrics(run_dir, cache), RunMetrics(run_dir))


def test_columns_may_be_deleted_at_any_time(
    run_dir: Path, write_metrics: Write, append_metrics: Append, cache: ColumnCache, place: Path
) -> None:
    """What was mapped stays good, and the next reader makes them anew."""
    path = write_metrics(logged())
    RunMetrics(run_dir, cache).series("x")
    metrics = RunMetrics(run_dir, cache)
    before = metrics.series("x")
    shutil.rmtree(place)
    append_metrics(path, logged(100, start=COUNT))

    assert same(metrics, RunMetrics(run_dir))
    assert len(before.value) == COUNT
    assert len(list(place.iterdir())) == 1


def test_what_was_not_used_for_longest_goes_first(
    run_dir: Path, write_metrics: Write, place: Path
) -> None:
    """All columns together stay below the limit."""
    names = [f"m{i}" for i in range(6)]
    write_metrics([(1.0, i, dict.fromkeys(names, i)) for i in range(COUNT)])
    one = 24 * COUNT + 192
    cache = ColumnCache(place, largest=3 * one + 100, shortest=10)
    for number, name in enumerate(names):
        RunMetrics(run_dir, cache).series(name)
        newest = max(place.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (1000 + number, 1000 + number))
    RunMetrics(run_dir, cache).series(names[3])
    RunMetrics(run_dir, cache).series(names[0])

    kept = [name for name in names if _is_kept(run_dir, place, name)]
    assert kept == ["m0", "m3", "m5"]


def _is_kept(run_dir: Path, place: Path, name: str) -> bool:
    from neural.tracking.storage.metrics_file import MetricsFile

    with MetricsFile(run_dir / "metrics.json") as file:
        return ColumnCache(place)._path(file, name).exists()


def test_no_room_for_columns(run_dir: Path, write_metrics: Write, tmp_path: Path) -> None:
    """Reading goes on without them."""
    (tmp_path / "blocked").write_text("a file")
    cache = ColumnCache(tmp_path / "blocked" / "columns", shortest=10)
    write_metrics(logged())

    assert same(RunMetrics(run_dir, cache), RunMetrics(run_dir))


def test_short_columns_are_not_kept(run_dir: Path, write_metrics: Write, place: Path) -> None:
    """They are parsed as quickly as they would be found."""
    write_metrics(logged())
    RunMetrics(run_dir, ColumnCache(place)).series("x")

    assert not place.exists()


def test_kept_arrays_cannot_be_written_to(
    run_dir: Path, write_metrics: Write, cache: ColumnCache
) -> None:
    """A caller cannot damage the cache of others."""
    write_metrics(logged())
    RunMetrics(run_dir, cache).series("x")
    series = RunMetrics(run_dir, cache).series("x")

    assert not any(array.flags.writeable for array in series)
    assert isinstance(series.value, np.ndarray)
