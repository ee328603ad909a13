"""Runs of other trackers beside our own."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neural.errors import InvalidInputError, NotFoundError, ReadOnlyError
from neural.tracking import ExperimentTracker
from neural.tracking.lens import opened
from neural.tracking.lens.manager import LensManager
from neural.tracking.source_import import import_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two runs of another tracker."""
    for name, losses in (("a", (0.5, 0.25)), ("b", (1.5, 0.75, 0.125))):
        (tmp_path / "logs" / name).mkdir(parents=True)
        lines = [f"{step},{loss}" for step, loss in enumerate(losses)]
        (tmp_path / "logs" / name / "metrics.csv").write_text("\n".join(["step,loss", *lines, ""]))
    return tmp_path / "logs"


@pytest.fixture
def manager(tmp_path: Path) -> LensManager:
    """A store with one run of our own."""
    with ExperimentTracker("ours", tmp_path / "runs", False, capture_environment=False) as made:
        made.log_hyperparameters({"lr": 0.1})
        made.log_metrics({"loss": 0.2}, step=0)
    return LensManager(tmp_path / "runs")


def ids_of(manager: LensManager) -> dict[str, str]:
    """Return the ids of all runs by what they are called."""
    rows = manager.search()
    return {row["display_name"] or row["experiment_name"]: row["experiment_id"] for row in rows}


def test_they_stand_beside_ours(manager: LensManager, folder: Path) -> None:
    """Filters, sorts, pages and names go over both."""
    before = manager.page().revision
    manager.opened.open(folder)

    rows = manager.search(sort="metrics.loss.last")

    assert [row["summary"]["latest"]["loss"] for row in rows] == [0.125, 0.2, 0.25]
    assert manager.count() == 3
    assert manager.count("tags.source = 'csv'") == 2
    assert manager.count("params.lr = 0.1") == 1
    page = manager.page(sort="-metrics.loss.last", limit=1, offset=1)
    assert ([row["summary"]["latest"]["loss"] for row in page.rows], page.total) == ([0.2], 3)
    assert manager.all_metric_names() == ["loss"]
    assert manager.tag_names() == ["source"]
    assert page.revision != before


def test_what_is_asked_of_one(manager: LensManager, folder: Path) -> None:
    """Curves, figures and files, as of one of ours."""
    manager.opened.open(folder)
    ids = ids_of(manager)

    assert manager.metric(ids["b"], "loss").value.tolist() == [1.5, 0.75, 0.125]
    assert manager.metric(ids["ours"], "loss").value.tolist() == [0.2]
    assert manager.run(ids["b"]).metrics["loss"].count == 3
    assert manager.cells(ids.values(), ["metrics.loss.count"])[ids["b"]] == {
        "metrics.loss.count": 3
    }
    assert set(manager.revision(ids.values())) == set(ids.values())
    assert manager.varying("", ["params.lr", "metrics.loss.last", "archived"]) == {
        "params.lr",
        "metrics.loss.last",
    }
    assert (manager.artifacts(ids["b"]), manager.media(ids["b"])) == ([], [])
    assert (manager.environment(ids["b"]), manager.console(ids["b"])) == ({}, {})
    assert manager.opened_folder(ids["b"]) == folder / "b"
    assert manager.opened_folder(ids["ours"]) is None


def test_nothing_can_be_changed(manager: LensManager, folder: Path) -> None:
    """The message says how to get a run that can be; ours stay as they were to handle."""
    manager.opened.open(folder)
    ids = ids_of(manager)

    with pytest.raises(ReadOnlyError, match="neural import"):
        manager.annotate(ids["b"], notes="mine")
    with pytest.raises(ReadOnlyError):
        manager.delete_experiment(ids["b"])
    manager.annotate(ids["ours"], notes="mine")
    assert manager.run(ids["ours"]).notes == "mine"
    assert manager.delete_experiment(ids["ours"])
    assert sorted(path.name for path in folder.rglob("*")) == [
        "a",
        "b",
        "metrics.csv",
        "metrics.csv",
    ]


def test_closed_again(manager: LensManager, folder: Path) -> None:
    """They are gone from every table, and pages see that something changed."""
    key = manager.opened.open(folder)
    there, theirs = manager.page().revision, ids_of(manager)["a"]

    manager.opened.close(key)

    assert manager.count() == 1
    assert manager.page().revision != there
    with pytest.raises(NotFoundError):
        manager.run(theirs)
    with pytest.raises(NotFoundError, match="not open"):
        manager.opened.close(key)


def test_an_imported_run_is_ours(manager: LensManager, folder: Path, tmp_path: Path) -> None:
    """It is listed once, and can be changed."""
    manager.opened.open(folder)
    import_sources(folder / "a", tmp_path / "runs")

    ids = ids_of(manager)

    assert manager.count() == 3
    assert not manager.is_opened(ids["a"])
    assert manager.is_opened(ids["b"])
    manager.annotate(ids["a"], notes="mine")
    assert manager.run(ids["a"]).notes == "mine"


def test_a_folder_that_grows(
    manager: LensManager, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New points are there at the next look."""
    monkeypatch.setattr(opened, "_LOOK_S", 0.0)
    monkeypatch.setattr(opened, "_SHARE", 0)
    manager.opened.open(folder)
    run = ids_of(manager)["a"]
    with (folder / "a" / "metrics.csv").open("a") as file:
        file.write("2,0.0625\n")

    manager.page()

    assert manager.metric(run, "loss").value.tolist() == [0.5, 0.25, 0.0625]


def test_a_folder_that_vanishes(
    manager: LensManager, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its runs are gone and its line says why; ours are listed as ever."""
    monkeypatch.setattr(opened, "_LOOK_S", 0.0)
    monkeypatch.setattr(opened, "_SHARE", 0)
    manager.opened.open(folder)
    shutil.rmtree(folder)

    assert manager.count() == 1
    assert manager.search()[0]["experiment_name"] == "ours"
    assert "nothing at" in manager.opened.folders()[0].problem


def test_what_is_open(manager: LensManager, folder: Path) -> None:
    """Kinds with their numbers, and what was left out with file and reason; once, if twice."""
    (folder / "away").symlink_to("/etc")

    key = manager.opened.open(folder)

    assert manager.opened.open(folder) == key
    (one,) = manager.opened.folders()
    assert (one.key, one.path, dict(one.runs)) == (key, folder, {"csv": 2})
    assert any("away" in skipped.path for skipped in one.skipped)


def test_a_folder_without_runs(manager: LensManager, tmp_path: Path) -> None:
    """It is said, and not opened."""
    (tmp_path / "empty").mkdir()

    with pytest.raises(NotFoundError, match="no runs of other trackers"):
        manager.opened.open(tmp_path / "empty")
    assert manager.opened.folders() == []


def test_too_many(manager: LensManager, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At some point they belong into a store."""
    monkeypatch.setattr(opened, "MOST_FOLDERS", 1)
    manager.opened.open(folder / "a")

    with pytest.raises(InvalidInputError, match="At most 1"):
        manager.opened.open(folder / "b")


def test_images(manager: LensManager, tmp_path: Path) -> None:
    """They are found under the path that the page asks for, and no other."""
    live = tmp_path / "dvclive"
    (live / "plots" / "metrics").mkdir(parents=True)
    (live / "plots" / "images").mkdir()
    (live / "metrics.json").write_text('{"loss": 0.5, "step": 0}')
    (live / "plots" / "metrics" / "loss.tsv").write_text("step\tloss\n0\t0.5\n")
    picture = as_png(np.zeros((2, 2, 3), np.uint8))
    (live / "plots" / "images" / "digit.png").write_bytes(picture)
    manager.opened.open(live)
    (run,) = (row["experiment_id"] for row in manager.search("tags.source = 'dvclive'"))

    (entry,) = manager.media(run)
    path = entry["path"].removeprefix("media/")

    assert (entry["kind"], entry["key"]) == ("image", "digit")
    assert manager.opened_image(run, path) == picture
    assert manager.opened_image(ids_of(manager)["ours"], path) is None
    with pytest.raises(NotFoundError, match="no image"):
        manager.opened_image(run, "../../metrics.json")


def as_png(pixels: np.ndarray) -> bytes:
    """Return a picture of an array ``(H, W, 3)``."""
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()
