"""Readers that are kept, and let go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from neural.tracking.storage.metrics_format import encode_entry
from neural.tracking.storage.metrics_reader import RunMetrics
from neural.tracking.storage.run_cache import RunCache

Append = Callable[..., None]


def make(base: Path, number: int, points: int = 10) -> Path:
    """Make a run of one metric."""
    run_dir = base / f"run_{number}"
    run_dir.mkdir()
    entries = [encode_entry(1.0, i, {"x": i}) for i in range(points)]
    (run_dir / "metrics.json").write_bytes(b"[ \n" + b",\n".join(entries) + b"\n]")
    return run_dir


def test_the_same_reader_comes_back(tmp_path: Path) -> None:
    """So that it reads only what is new."""
    cache, run_dir = RunCache(), make(tmp_path, 0)

    assert cache.metrics(run_dir) is cache.metrics(run_dir)


def test_those_not_asked_for_longest_go_first(tmp_path: Path) -> None:
    """There are never more than allowed."""
    cache = RunCache(most_runs=3)
    folders = [make(tmp_path, i) for i in range(4)]
    first = [cache.metrics(folder) for folder in folders[:3]]
    cache.metrics(folders[0])
    cache.metrics(folders[3])

    assert len(cache) == 3
    assert cache.metrics(folders[0]) is first[0]
    assert cache.metrics(folders[1]) is not first[1]


def test_memory_is_bounded(tmp_path: Path) -> None:
    """By the points that all of them hold; the one in use stays, however large."""
    cache = RunCache(most_points=500)
    for number in range(100):
        cache.metrics(make(tmp_path, number, points=50)).series("x")
    kept = len(cache)
    large = cache.metrics(make(tmp_path, 100, points=5000))
    large.series("x")
    for _ in range(40):
        cache.metrics(tmp_path / "run_100")

    assert kept < 50
    assert (len(cache), cache.metrics(tmp_path / "run_100")) == (1, large)


def test_a_run_that_grows_is_counted_anew(tmp_path: Path, append_metrics: Append) -> None:
    """However long it has been kept, and also once it was let go and came back."""
    cache = RunCache(most_points=400)
    grown = make(tmp_path, 0)
    for number in range(1, 4):
        cache.metrics(make(tmp_path, number)).series("x")
    for step in range(10, 500):
        append_metrics(grown / "metrics.json", [(2.0, step, {"x": step})])
        if step % 10 == 0:
            cache.metrics(grown).series("x")
    for _ in range(40):
        cache.metrics(grown).series("x")

    assert len(cache) == 1


def test_asking_costs_the_same_however_many_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only runs that were asked for since the last count are counted."""
    counted: list[int] = []
    real = vars(RunMetrics)["points_held"]

    def counting(reader: RunMetrics) -> int:
        counted.append(1)
        return int(real.fget(reader))

    monkeypatch.setattr(RunMetrics, "points_held", property(counting))
    cache = RunCache()
    for number in range(256):
        cache.metrics(tmp_path / f"run_{number}")
    counted.clear()

    for _ in range(64):
        cache.metrics(tmp_path / "run_0")

    assert 0 < len(counted) <= 64


def test_a_reader_in_use_goes_on(tmp_path: Path, append_metrics: Append) -> None:
    """Letting go of one takes nothing from who still has it."""
    cache = RunCache(most_runs=1)
    reader = cache.metrics(make(tmp_path, 0))
    cache.metrics(make(tmp_path, 1))
    append_metrics(tmp_path / "run_0" / "metrics.json", [(2.0, 10, {"x": 10})])

    assert len(reader.series("x").value) == 11
