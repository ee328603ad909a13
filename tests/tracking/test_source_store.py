"""The lens: runs of other trackers as a store that is only read."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from neural.errors import NotFoundError, ReadOnlyError
from neural.tracking.query import parse, parse_sort
from neural.tracking.source_store import SourceStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two runs."""
    for name, losses in (("a", (0.5, 0.25)), ("b", (math.nan, 0.75, 0.5))):
        (tmp_path / name).mkdir()
        lines = [f"{step},{loss}" for step, loss in enumerate(losses)]
        (tmp_path / name / "metrics.csv").write_text("\n".join(["step,loss", *lines, ""]))
    return tmp_path


def test_filters_and_sorts(folder: Path) -> None:
    """They work as on runs of our own."""
    store = SourceStore([folder])

    page = store.page(parse("metrics.loss.count > 1"), parse_sort("metrics.loss.best"))

    assert [row["display_name"] for row in page.rows] == ["a", "b"]
    assert store.count(parse("metrics.loss.nan_count = 1")) == 1
    assert store.names("metrics") == ["loss"]


def test_a_run_that_grows(folder: Path) -> None:
    """The next look sees what was added, and new runs."""
    store = SourceStore([folder])
    with (folder / "a" / "metrics.csv").open("a") as file:
        file.write("1,0.125\n")
    (folder / "c").mkdir()
    (folder / "c" / "metrics.csv").write_text("step,loss\n0,1.0\n")

    page = store.page(parse(""))

    assert page.total == 3
    (run_id,) = (r["experiment_id"] for r in page.rows if r["display_name"] == "a")
    assert store.metrics(run_id).series("loss").value.tolist() == [0.5, 0.25, 0.125]
    assert store.metrics(run_id).series("loss", "drawn").value.tolist() == [0.5, 0.125]


def test_a_run_that_is_gone(folder: Path) -> None:
    """It is not listed any more."""
    store = SourceStore([folder])
    (folder / "a" / "metrics.csv").unlink()

    assert store.page(parse("")).total == 1


def test_nothing_is_changed(folder: Path) -> None:
    """What would change a run says how to copy it first."""
    store = SourceStore([folder])
    run_id = store.page(parse("")).rows[0]["experiment_id"]

    for refused in (
        lambda: store.annotate(run_id, {}, {}),
        lambda: store.delete(run_id),
        lambda: store.restore(run_id),
        lambda: store.purge([run_id]),
    ):
        with pytest.raises(ReadOnlyError, match="neural import"):
            refused()


def test_unknown_ids(folder: Path) -> None:
    """They lead nowhere."""
    with pytest.raises(NotFoundError, match="no run"):
        SourceStore([folder]).record("0123")


@pytest.mark.parametrize("count", [3, 100, 101])
def test_figures_of_short_and_long_series(tmp_path: Path, count: int) -> None:
    """They mean the same, however many points there are."""
    values = [math.nan, 0.5, *(1.0 + i for i in range(count - 2))]
    lines = [f"{step},{value}" for step, value in enumerate(values)]
    (tmp_path / "metrics.csv").write_text("\n".join(["step,loss", *lines, ""]))
    store = SourceStore([tmp_path])
    (row,) = store.page(parse("")).rows

    told = store.record(row["experiment_id"]).metrics["loss"]

    assert (told.count, told.nan_count) == (count, 1)
    assert (told.min, told.min_step, told.max_step, told.last_step) == (
        0.5,
        1,
        count - 1,
        count - 1,
    )
    assert told.mean == pytest.approx(sum(values[1:]) / (count - 1))


def test_no_numbers_at_all(tmp_path: Path) -> None:
    """A metric that is NaN from the first to the last has no extremes."""
    (tmp_path / "metrics.csv").write_text("step,loss\n0,nan\n1,nan\n")
    store = SourceStore([tmp_path])
    (row,) = store.page(parse("")).rows

    told = store.record(row["experiment_id"]).metrics["loss"]

    assert (told.nan_count, told.min_step, math.isnan(told.min), math.isnan(told.mean)) == (
        2,
        0,
        True,
        True,
    )
