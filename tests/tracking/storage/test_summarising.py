"""Figures of metrics, kept up to date entry by entry."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural.tracking.storage.metrics_file import MetricsFile
from neural.tracking.storage.metrics_reader import RunMetrics
from neural.tracking.storage.summarising import FileFigures, merged, update

Write = Callable[..., Path]


def test_figures_of_a_series(run_dir: Path, write_metrics: Write) -> None:
    """NaN is counted and otherwise left out; extremes name the step that had them first."""
    values = [3.0, math.nan, 1.0, 5.0, 1.0, 5.0, math.nan]
    write_metrics([(1.0, i * 10, {"x": v}) for i, v in enumerate(values)])

    x = RunMetrics(run_dir).summaries()["x"]

    assert (x.count, x.nan_count, x.mean) == (7, 2, 3.0)
    assert (x.min, x.min_step, x.max, x.max_step) == (1.0, 20, 5.0, 30)
    assert (str(x.last), x.last_step) == ("nan", 60)


def test_a_metric_that_only_was_nan(run_dir: Path, write_metrics: Write) -> None:
    """It has no extremes, and no best value."""
    write_metrics([(1.0, 0, {"x": math.nan})])

    x = RunMetrics(run_dir).summaries()["x"]

    assert str([x.min, x.max, x.mean]) == "[nan, nan, nan]"
    assert x.best("min") == (None, None)


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([math.inf, 1.0], math.inf),
        ([-math.inf, 1.0], -math.inf),
        ([10**400, 0.5], math.inf),
        ([10**400], math.inf),
        ([2**53 + 1, 2**53 + 3], float(2**53 + 2)),
    ],
)
def test_values_beyond_floats(
    run_dir: Path, write_metrics: Write, values: list[Any], mean: float
) -> None:
    """Extremes stay exact, whatever the mean can still say."""
    write_metrics([(1.0, i, {"x": v}) for i, v in enumerate(values)])

    x = RunMetrics(run_dir).summaries()["x"]

    assert (x.min, x.max, x.mean) == (min(values), max(values), mean)


def test_infinities_of_both_signs(run_dir: Path, write_metrics: Write) -> None:
    """They are extremes like any others; only a mean there is none."""
    write_metrics([(1.0, i, {"x": v}) for i, v in enumerate([math.inf, -math.inf, 0.0])])

    x = RunMetrics(run_dir).summaries()["x"]

    assert (x.min, x.max, x.nan_count) == (-math.inf, math.inf, 0)
    assert math.isnan(x.mean)


def test_files_of_several_writers(run_dir: Path, write_metrics: Write) -> None:
    """The last value is the one logged last; of equal extremes the earlier one counts."""
    write_metrics([(1.0, 0, {"x": 5.0}), (9.0, 1, {"x": 1.0})])
    write_metrics([(0.5, 7, {"z": 0, "x": 5.0}), (2.0, 8, {"x": 2.0})], "metrics.h-1-ab.json")

    figures = RunMetrics(run_dir).summaries()

    assert list(figures) == ["z", "x"]
    x = figures["x"]
    assert (x.count, x.last, x.last_step, x.mean) == (4, 1.0, 1, 3.25)
    assert (x.max, x.max_step, x.min, x.min_step) == (5.0, 7, 1.0, 1)


numbers = st.integers() | st.floats()
entries = st.lists(
    st.tuples(st.floats(0, 9), st.integers(0, 9), st.dictionaries(st.sampled_from("abc"), numbers)),
    min_size=1,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(entries, st.integers(0, 100))
def test_reading_on_is_like_reading_at_once(
    run_dir: Path, write_metrics: Write, logged: list[Any], at: int
) -> None:
    """Figures brought up to date, even through a file and back, equal those of one pass."""
    path = write_metrics(logged[: at % len(logged)])
    with MetricsFile(path) as file:
        early = update(FileFigures(), file)
    path.write_bytes(write_metrics(logged, "other.json").read_bytes())

    with MetricsFile(path) as file:
        later, at_once = update(early, file), update(FileFigures(), file)

    assert later.entries == at_once.entries == len(logged)
    for name, figures in merged([at_once]).items():
        found, expected = asdict(merged([later])[name]), asdict(figures)
        assert found.pop("mean") == pytest.approx(
            expected.pop("mean"), nan_ok=True, rel=1e-9, abs=1e290
        )
        assert str(found) == str(expected)


def test_figures_survive_a_file(run_dir: Path, write_metrics: Write) -> None:
    """An index keeps them as bytes and reads on from there."""
    path = write_metrics([(1.0, 0, {"x": math.nan, "y": math.inf})])
    with MetricsFile(path) as file:
        figures = update(FileFigures(), file)

    back = msgspec.msgpack.decode(msgspec.msgpack.encode(figures), type=FileFigures)

    assert str(back) == str(figures)
