"""Many runs: found, read, annotated, compared, deleted."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from neural.errors import (
    FilterSyntaxError,
    InvalidInputError,
    NotFoundError,
    ReadOnlyError,
    RunIsAliveError,
    StorageError,
)
from neural.tracking import ExperimentManager, ExperimentTracker


def make_run(base: Path, name: str, *, lr: float = 0.1, losses: tuple[float, ...] = (0.5,)) -> str:
    """Make a finished run; returns its id."""
    with ExperimentTracker(name, base, auto_visualize=False, capture_environment=False) as tracker:
        tracker.log_hyperparameters({"optimizer": {"lr": lr}, "seed": 7})
        for step, loss in enumerate(losses):
            tracker.log_metrics({"loss": loss, "acc": 1 - loss}, step=step)
    return tracker.experiment_id


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Folder of two finished runs, ``first`` and then ``second``."""
    return tmp_path / "runs"


@pytest.fixture
def ids(base: Path) -> list[str]:
    """Ids of the two runs in ``base``."""
    return [
        make_run(base, "first", lr=0.1, losses=(0.5, 0.25)),
        make_run(base, "second", lr=0.2, losses=(0.9, math.nan)),
    ]


@pytest.fixture
def manager(base: Path, ids: list[str]) -> ExperimentManager:
    """Manager of ``base``."""
    return ExperimentManager(base)


@pytest.fixture
def live(base: Path) -> Iterator[ExperimentTracker]:
    """A run that is being written."""
    with ExperimentTracker("live", base, auto_visualize=False, capture_environment=False) as run:
        run.log_metrics({"loss": 1.0}, step=0)
        yield run


def names(rows: list[dict[str, Any]]) -> list[str]:
    """Return the experiment names of listed runs."""
    return [row["experiment_name"] for row in rows]


def files(base: Path) -> dict[str, int]:
    """Return every file outside the cache, with its modification time."""
    found = (p for p in base.rglob("*") if p.is_file() and ".aquarium" not in p.parts)
    return {str(p): p.stat().st_mtime_ns for p in found}


def test_looking_makes_no_folder(base: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A folder that does not exist holds no runs, and that is said once, with its path."""
    manager = ExperimentManager(base)

    assert (manager.list_experiments(), manager.count(), manager.trash()) == ([], 0, [])
    assert (manager.param_names(), manager.disk_usage()) == ([], [])
    assert manager.get_experiment("x") is None
    assert (manager.revision(["x"]), manager.compare_experiments(["x"])) == ({}, {})
    assert (manager.delete_experiment("x"), manager.restore_experiment("x")) == (False, False)
    assert manager.purge() == 0
    with pytest.raises(NotFoundError, match=f"no run 'x' in {base}"):
        manager.run("x")
    assert not base.exists()
    assert [record.getMessage() for record in caplog.records] == [
        f"There is no folder {base}, so there are no runs in it"
    ]


@pytest.mark.parametrize("looked_before", [False, True])
def test_the_first_run_makes_the_folder(base: Path, looked_before: bool) -> None:
    """From then on its manager finds the run and keeps an index, as if it had always been there."""
    manager = ExperimentManager(base)
    if looked_before:
        manager.list_experiments()
    manager.create_experiment("new", auto_visualize=False).finish()

    assert names(manager.list_experiments()) == ["new"]
    assert (base / ".aquarium" / "index.sqlite").exists()


def test_reading_makes_nothing_but_the_cache(base: Path) -> None:
    """In a folder that is there and holds no run yet."""
    base.mkdir()
    manager = ExperimentManager(base)
    manager.list_experiments(), manager.trash(), manager.param_names(), manager.purge()

    assert [path.name for path in base.iterdir()] == [".aquarium"]


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    """The message names the path and what should be there."""
    (tmp_path / "runs").write_text("")

    with pytest.raises(StorageError, match="runs is a file; give the folder that holds the runs"):
        ExperimentManager(tmp_path / "runs")


def test_a_listed_run(manager: ExperimentManager, ids: list[str]) -> None:
    """Newest start first, with the seed's keys and ours."""
    second, first = manager.list_experiments()

    assert (first["experiment_name"], first["experiment_id"]) == ("first", ids[0])
    assert first["status"] == "completed"
    assert first["start_time"] < first["end_time"] < second["end_time"]
    assert first["summary"]["latest"] == {"loss": 0.25, "acc": 0.75}
    assert first["summary"]["best"]["loss"] == {"value": 0.25, "step": 1, "mode": "min"}
    assert first["summary"]["best"]["acc"] == {"value": 0.75, "step": 1, "mode": "max"}
    assert first["hyperparameters"] == {"optimizer.lr": 0.1, "seed": 7}
    assert first["duration"] >= 0
    assert first["problems"] == []
    assert math.isnan(second["summary"]["latest"]["loss"])
    assert second["summary"]["best"]["loss"]["value"] == 0.9


def test_one_unreadable_run_hides_nothing(manager: ExperimentManager, base: Path) -> None:
    """It is listed with what is wrong."""
    folder = base / "broken_abc"
    folder.mkdir()
    (folder / "metadata.json").write_text('{"status": "run')

    rows = {row["experiment_name"]: row for row in manager.list_experiments()}

    assert set(rows) == {"first", "second", "broken"}
    assert rows["broken"]["problems"][0].startswith("metadata.json, byte 11")
    assert rows["first"]["problems"] == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", ["second", "first"]),
        ("params.optimizer.lr <= 0.1", ["first"]),
        ("metrics.loss.best < 0.5 and status = 'completed'", ["first"]),
        ("metrics.loss is nan", ["second"]),
        ("name ~ 'sec'", ["second"]),
        ("params.unknown = 1 or not params.unknown = 1", []),
    ],
)
def test_search(manager: ExperimentManager, wanted: str, found: list[str]) -> None:
    """A filter finds the runs it describes."""
    assert names(manager.search(wanted)) == found
    assert manager.count(wanted) == len(found)


def test_sorted_pages(manager: ExperimentManager, base: Path) -> None:
    """Pages follow each other in the order that was asked for, and know the total."""
    for i in range(3):
        make_run(base, f"more {i}", losses=(i / 10,))

    pages = [manager.page(sort="metrics.loss.min", limit=2, offset=o) for o in (0, 2, 4, 6)]

    assert [names(page.rows) for page in pages] == [
        ["more 0", "more 1"],
        ["more 2", "first"],
        ["second"],
        [],
    ]
    assert {page.total for page in pages} == {5}


def test_a_filter_that_makes_no_sense(manager: ExperimentManager) -> None:
    """The error points at the place."""
    with pytest.raises(FilterSyntaxError) as caught:
        manager.search("metrics.loss.best > and")

    assert caught.value.position > 0
    with pytest.raises(InvalidInputError, match="limit must be a whole number"):
        manager.page(limit=-1)


def test_series(manager: ExperimentManager, ids: list[str]) -> None:
    """Step, time and value of one metric or several."""
    step, time, value = manager.metric(ids[0], "loss")

    assert (step.tolist(), value.tolist()) == ([0, 1], [0.5, 0.25])
    assert (time > 1e9).all()
    assert manager.metrics(ids[0], ["acc"])["acc"].value.tolist() == [0.5, 0.75]
    assert manager.metric_names(ids[0]) == ["loss", "acc"]


def test_one_run_of_many(base: Path, ids: list[str]) -> None:
    """Who asks for the series of one run does not wait until an index of all is made."""
    manager = ExperimentManager(base)

    assert manager.metric(ids[0], "loss").value.tolist() == [0.5, 0.25]
    assert manager.artifacts(ids[0]) == []
    assert not list(base.glob(".aquarium/*"))
    with pytest.raises(NotFoundError, match="no run 'unknown'"):
        manager.metric("unknown", "loss")


def test_ids_are_exact(manager: ExperimentManager, ids: list[str]) -> None:
    """The start of an id, a name or a path is no id."""
    for wrong in (ids[0][:6], ids[0][1:], "first", "", "*", "../runs", "a\0b", ids[0] + "/"):
        assert manager.get_experiment(wrong) is None
        with pytest.raises(NotFoundError, match="run"):
            manager.run(wrong)
        with pytest.raises(NotFoundError):
            manager.metric(wrong, "loss")


def test_one_run_by_either_keyword(manager: ExperimentManager, ids: list[str]) -> None:
    """``id`` is what the seed's reference calls it, ``experiment_id`` what its code does."""
    tracker = manager.get_experiment(id=ids[0])

    assert tracker is not None
    assert tracker.experiment_id == ids[0]
    assert manager.delete_experiment(id=ids[0])
    assert not manager.delete_experiment(experiment_id=ids[0])
    with pytest.raises(InvalidInputError, match="experiment_id and id are the same"):
        manager.get_experiment(ids[1], id=ids[1])
    with pytest.raises(InvalidInputError, match="must be the id of a run, got None"):
        manager.delete_experiment()


def test_get_experiment_only_reads(manager: ExperimentManager, ids: list[str]) -> None:
    """The tracker knows the run, and refuses to log to it."""
    tracker = manager.get_experiment(ids[0])

    assert tracker is not None
    assert tracker.get_metrics("loss") == [0.5, 0.25]
    with pytest.raises(ReadOnlyError, match="resume"):
        tracker.log_metrics({"loss": 1.0})


def test_create_experiment(base: Path) -> None:
    """The run is in the manager's folder, wherever the process went meanwhile."""
    manager = ExperimentManager(os.path.relpath(base))
    before = Path.cwd()
    try:
        os.chdir(base.parent)
        tracker = manager.create_experiment("new", auto_visualize=False)
        tracker.finish()
    finally:
        os.chdir(before)

    assert names(manager.list_experiments()) == ["new"]
    assert tracker.experiment_dir.parent == base


def test_reading_changes_nothing(manager: ExperimentManager, ids: list[str], base: Path) -> None:
    """No reading method writes into a run, makes one or leaves anything beside them."""
    before = files(base)
    manager.list_experiments(), manager.search("status = 'completed'"), manager.count()
    tracker = manager.get_experiment(ids[0])
    assert tracker is not None
    tracker.get_metrics(), tracker.get_best_metric("loss")
    manager.run(ids[0]), manager.metric(ids[0], "loss"), manager.revision(ids)
    manager.artifacts(ids[0]), manager.media(ids[0]), manager.environment(ids[0])
    manager.console(ids[0]), manager.trash(), manager.disk_usage(), manager.param_names()
    manager.compare_experiments(ids)

    assert files(base) == before
    assert {p.name for p in base.iterdir()} - {".aquarium"} == {
        p.name for p in map(Path, _runs(base))
    }


def _runs(base: Path) -> list[str]:
    return [str(p) for p in base.iterdir() if (p / "metadata.json").exists()]


def test_the_revision_tells_every_change(
    manager: ExperimentManager, ids: list[str], live: ExperimentTracker
) -> None:
    """New values of a live run, its end, and each annotation; otherwise it stays."""
    run_id = live.experiment_id
    seen = [manager.revision([run_id])[run_id], manager.revision([run_id])[run_id]]
    live.log_metrics({"loss": 0.5}, step=1)
    seen.append(manager.revision([run_id])[run_id])
    manager.annotate(run_id, notes="n")
    seen.append(manager.revision([run_id])[run_id])
    live.finish()
    seen.append(manager.revision([run_id])[run_id])

    assert seen[0] == seen[1]
    assert len(set(seen)) == 4
    assert manager.revision(["unknown", ids[0]]).keys() == {ids[0]}


def test_a_live_run_is_up_to_date(manager: ExperimentManager, live: ExperimentTracker) -> None:
    """Each call sees what was logged before it."""
    run_id = live.experiment_id
    for step in range(1, 5):
        live.log_metrics({"loss": 1 / step}, step=step)

        assert manager.run(run_id).metrics["loss"].last == 1 / step
        assert manager.search("status = 'running'")[0]["summary"]["latest"]["loss"] == 1 / step
        assert len(manager.metric(run_id, "loss").value) == step + 1


def test_a_killed_run_has_crashed(manager: ExperimentManager, base: Path) -> None:
    """The next look tells, though no file has changed."""
    code = (
        "import sys, time; from neural.tracking import ExperimentTracker\n"
        "t = ExperimentTracker('killed', sys.argv[1], capture_environment=False)\n"
        "t.log_metrics({'loss': 0.5}, step=0); print(t.experiment_id, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, base], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        run_id = child.stdout.readline().decode().strip()
        before = manager.run(run_id).status
        listed = manager.count("status = 'running'")
        child.kill()

    assert (before, listed) == ("running", 1)
    assert manager.run(run_id).status == "crashed"
    assert names(manager.search("status = 'crashed'")) == ["killed"]


def test_names_in_the_store(manager: ExperimentManager, ids: list[str]) -> None:
    """What can be asked for, over all runs."""
    manager.annotate(ids[0], tags={"team": "a"})

    assert manager.param_names() == ["optimizer.lr", "seed"]
    assert manager.all_metric_names() == ["acc", "loss"]
    assert manager.tag_names() == ["team"]


def test_annotations(manager: ExperimentManager, ids: list[str]) -> None:
    """What is given changes, empty texts and None take away, and all else stays."""
    manager.annotate(ids[0], tags={"a": "1", "b": ""}, notes="n", display_name="d", pinned=True)
    manager.annotate(ids[0], tags={"a": None}, display_name="")

    run = manager.run(ids[0])
    assert (run.tags, run.notes, run.display_name, run.pinned) == ({"b": ""}, "n", None, True)
    assert names(manager.search("pinned = true")) == ["first"]
    with pytest.raises(NotFoundError):
        manager.annotate("unknown", notes="n")


def test_a_live_run_can_be_annotated(manager: ExperimentManager, live: ExperimentTracker) -> None:
    """Its own process keeps writing, and both changes are there."""
    manager.annotate(live.experiment_id, tags={"from": "outside"})
    live.add_tags("inside")
    live.log_metrics({"loss": 0.1}, step=1)

    assert manager.run(live.experiment_id).tags == {"from": "outside", "inside": ""}


def test_delete_and_restore(manager: ExperimentManager, ids: list[str]) -> None:
    """A deleted run is in the trash, whole, and comes back as it was."""
    before = manager.run(ids[0])

    assert manager.delete_experiment(ids[0])
    assert not manager.delete_experiment(ids[0])
    assert names(manager.list_experiments()) == ["second"]
    (row,) = manager.trash()
    assert (row["experiment_id"], row["deleted"] > row["end_time"]) == (ids[0], True)
    assert manager.restore_experiment(ids[0])
    assert not manager.restore_experiment(ids[0])

    assert manager.run(ids[0]) == before
    assert manager.trash() == []


def test_purge(manager: ExperimentManager, ids: list[str]) -> None:
    """Only what is in the trash is deleted, and what it frees is told."""
    with pytest.raises(NotFoundError, match="in the trash"):
        manager.purge([ids[0]])
    manager.delete_experiment(ids[0])

    assert manager.purge([ids[0]]) > 0
    assert manager.purge() == 0
    assert manager.trash() == []
    assert names(manager.list_experiments()) == ["second"]


def test_a_live_run_is_not_deleted(manager: ExperimentManager, live: ExperimentTracker) -> None:
    """The message names the process, and the run goes on."""
    with pytest.raises(RunIsAliveError, match=f"by process {os.getpid()} on"):
        manager.delete_experiment(live.experiment_id)

    live.log_metrics({"loss": 0.5}, step=1)
    assert manager.run(live.experiment_id).metrics["loss"].count == 2


def test_a_live_run_of_this_process_is_not_deleted(
    manager: ExperimentManager, live: ExperimentTracker
) -> None:
    """Nobody is told to stop the program that they are writing."""
    with pytest.raises(RunIsAliveError, match=r"Call finish\(\) on its tracker first"):
        manager.delete_experiment(live.experiment_id)


def test_a_manager_that_only_reads(base: Path, ids: list[str]) -> None:
    """Every method that would change something refuses."""
    manager = ExperimentManager(base, read_only=True)

    for change in (
        lambda: manager.create_experiment("x"),
        lambda: manager.annotate(ids[0], notes="n"),
        lambda: manager.delete_experiment(ids[0]),
        lambda: manager.restore_experiment(ids[0]),
        lambda: manager.purge(),
    ):
        with pytest.raises(ReadOnlyError, match="only reads"):
            change()


def test_artifacts_and_paths(manager: ExperimentManager, base: Path, tmp_path: Path) -> None:
    """What was kept is listed and found, inside the run."""
    (tmp_path / "model.bin").write_bytes(b"weights")
    with ExperimentTracker("a", base, auto_visualize=False) as tracker:
        tracker.log_artifact(tmp_path / "model.bin", "the model")
        tracker.log_text("note", "hello", step=3)
    run_id = tracker.experiment_id

    (artifact,) = manager.artifacts(run_id)
    (medium,) = manager.media(run_id)

    assert (artifact.name, artifact.size) == ("the model", 7)
    assert manager.artifact_path(run_id, "the model").read_bytes() == b"weights"
    assert (medium["key"], medium["step"], medium["value"]) == ("note", 3, "hello")
    with pytest.raises(NotFoundError, match="no artifact"):
        manager.artifact_path(run_id, "../../secret")


def test_comparison_figures(manager: ExperimentManager, ids: list[str]) -> None:
    """One for each metric, by default all; unknown runs are left out."""
    assert set(manager.compare_experiments(ids)) == {
        "comparison_loss",
        "comparison_acc",
        "hyperparameter_comparison",
    }
    assert set(manager.compare_experiments(ids=[ids[0], "x"], metrics=["loss"])) == {
        "comparison_loss"
    }
    assert manager.compare_experiments(["x"]) == {}
    with pytest.raises(InvalidInputError, match="only one"):
        manager.compare_experiments(ids, ids=ids)
    with pytest.raises(InvalidInputError, match="list of ids"):
        manager.compare_experiments()


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda m: m.compare_experiments("abc"), "experiment_ids"),
        (lambda m: m.compare_experiments(ids="abc"), "experiment_ids"),
        (lambda m: m.compare_experiments([], "loss"), "metric_names"),
        (lambda m: m.export_comparison("abc"), "experiment_ids"),
        (lambda m: m.metrics("abc", "loss"), "names"),
        (lambda m: m.revision("abc"), "experiment_ids"),
        (lambda m: m.disk_usage("abc"), "ids"),
        (lambda m: m.purge("abc"), "ids"),
    ],
)
def test_a_text_is_no_list(
    base: Path, call: Callable[[ExperimentManager], object], argument: str
) -> None:
    """It would be taken letter by letter; the message says how to give one alone."""
    with pytest.raises(InvalidInputError, match=rf"^{argument} must be a list of .*write \['"):
        call(ExperimentManager(base))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, i: m.search(None), "A filter must be a text, got None; '' finds every run"),
        (lambda m, i: m.count(5), "A filter must be a text, got 5"),
        (lambda m, i: m.search(sort=3), "sort must be a list of texts, got 3"),
        (lambda m, i: m.search(sort=["name", 3]), "sort must be a list of texts, got ['name', 3]"),
        (lambda m, i: m.search(limit="3"), "limit must be a whole number from 0 on, got '3'"),
        (lambda m, i: m.page(limit=-1), "limit must be a whole number from 0 on, got -1"),
        (lambda m, i: m.page(offset=-1), "offset must be a whole number from 0 on, got -1"),
        (lambda m, i: m.metric(i, "loss", view="x"), "view must be 'logged' or 'drawn', got 'x'"),
        (lambda m, i: m.annotate(i, notes=5), "'notes' must be a text, got 5"),
        (lambda m, i: m.annotate(i, tags={"a": 1, 3: "b"}), "tag name must be a text, got 3"),
        (lambda m, i: m.annotate(i, tags=4), "tags must be names, or map names to texts; got 4"),
        (lambda m, i: m.annotate(i, pinned="yes"), "pinned must be True or False, got 'yes'"),
    ],
)
def test_what_makes_no_sense(
    manager: ExperimentManager,
    ids: list[str],
    base: Path,
    call: Callable[[ExperimentManager, str], object],
    message: str,
) -> None:
    """The message names the argument, what it should be and what came; nothing is changed."""
    before = files(base)

    with pytest.raises(InvalidInputError, match=re.escape(message)):
        call(manager, ids[0])

    assert files(base) == before


def test_tags_by_name_alone(manager: ExperimentManager, ids: list[str]) -> None:
    """As a tracker takes them."""
    manager.annotate(ids[0], tags=["a", "b"])
    manager.annotate(ids[0], tags={"a": None, "c": "text"})

    assert manager.run(ids[0]).tags == {"b": "", "c": "text"}


def test_how_it_is_shown(base: Path) -> None:
    """As one would make it."""
    assert repr(ExperimentManager(base)) == f"ExperimentManager({str(base)!r})"


def test_an_exported_comparison(manager: ExperimentManager, ids: list[str], base: Path) -> None:
    """The seed's file, in a folder that is no run and is not listed."""
    folder = Path(manager.export_comparison(ids))
    summary = json.loads((folder / "comparison_summary.json").read_text())

    assert folder.parent == base
    assert [run["experiment_id"] for run in summary["experiments"]] == ids
    assert summary["experiments"][0]["metrics_latest"] == {"loss": 0.25, "acc": 0.75}
    assert summary["experiments"][0]["hyperparameters"]["optimizer"] == {"lr": 0.1}
    assert summary["experiments"][0]["metadata"]["status"] == "completed"
    assert "comparison_date" in summary
    assert len(manager.list_experiments()) == 2
    with pytest.raises(NotFoundError, match="None of these runs"):
        manager.export_comparison(["x"])


def test_a_table(manager: ExperimentManager, ids: list[str]) -> None:
    """A row for each run, columns named as in filters, times in UTC."""
    pytest.importorskip("pandas")

    table = manager.to_dataframe("", sort="metrics.loss.min")

    assert table["experiment_id"].tolist() == ids
    assert table["params.optimizer.lr"].tolist() == [0.1, 0.2]
    assert table["metrics.acc.best"].tolist() == [0.75, pytest.approx(0.1)]
    assert str(table["start_time"].dtype).endswith("UTC]")


def test_disk_usage(manager: ExperimentManager, ids: list[str]) -> None:
    """Every run, or those that were named."""
    assert {row["experiment_id"] for row in manager.disk_usage()} == set(ids)
    (row,) = manager.disk_usage([ids[0], "x"])
    assert row["bytes"] > 0
