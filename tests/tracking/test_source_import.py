"""Runs of other trackers copied into a store."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from neural.errors import NotFoundError
from neural.tracking.run_library import RunLibrary
from neural.tracking.source_import import import_sources
from neural.tracking.storage.fsck import check
from neural.tracking.storage.layout import RunPaths


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A folder with a file of JSON lines."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "log.jsonl").write_text("")
    return folder


def _write(log: Path, *rows: dict[str, object]) -> None:
    with (log / "log.jsonl").open("a") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_all_of_a_run(log: Path, tmp_path: Path) -> None:
    """Steps, times, values that are no numbers, parameters, and where it came from."""
    (log / "hparams.yaml").write_text("lr: 0.5\nmodel: {depth: 3}\n")
    for step, loss in ((3, 0.5), (4, math.nan), (2, math.inf)):
        _write(log, {"step": step, "loss": loss, "timestamp": 1.7e9 + step, "n": 2**60})

    (run,) = import_sources(log, tmp_path / "ours").runs

    library = RunLibrary(tmp_path / "ours")
    record = library.run(run.experiment_id)
    series = library.metric(run.experiment_id, "loss")
    assert (run.outcome, run.points, record.problems) == ("added", 6, ())
    assert series.step.tolist() == [3, 4, 2]
    assert series.time.tolist() == [1.7e9 + 3, 1.7e9 + 4, 1.7e9 + 2]
    assert str(series.value.tolist()) == str([0.5, math.nan, math.inf])
    assert library.metric(run.experiment_id, "n").value.tolist() == [2**60] * 3
    assert record.params == {"lr": 0.5, "model": {"depth": 3}}
    metadata = json.loads((tmp_path / "ours" / record.folder / "metadata.json").read_text())
    assert metadata["source"]["path"] == str(log / "log.jsonl")


def test_again(log: Path, tmp_path: Path) -> None:
    """Nothing is added twice, and what grew is added alone."""
    ours = tmp_path / "ours"
    _write(log, {"step": 0, "loss": 0.5, "acc": 1})
    first = import_sources(log, ours).runs[0]
    second = import_sources(log, ours).runs[0]
    _write(log, {"step": 1, "loss": 0.25, "new": 7})

    third = import_sources(log, ours).runs[0]

    outcomes = [(one.outcome, one.points) for one in (first, second, third)]
    assert outcomes == [("added", 2), ("unchanged", 0), ("extended", 2)]
    series = RunLibrary(ours).metrics(third.experiment_id, ["loss", "acc", "new"])
    assert [one.value.tolist() for one in series.values()] == [[0.5, 0.25], [1], [7]]
    assert len(RunLibrary(ours).list_experiments()) == 1


def test_a_source_that_was_written_anew(log: Path, tmp_path: Path) -> None:
    """It is another run than what was imported: refused, and nothing is changed."""
    ours = tmp_path / "ours"
    _write(log, {"step": 0, "loss": 0.5}, {"step": 1, "loss": 0.25})
    first = import_sources(log, ours).runs[0]
    (log / "log.jsonl").write_text("")
    _write(log, {"step": 0, "loss": 7.0}, {"step": 1, "loss": 8.0}, {"step": 2, "loss": 9.0})

    second = import_sources(log, ours).runs[0]

    assert second.outcome == "refused"
    assert "'loss'" in second.reason
    values = RunLibrary(ours).metric(first.experiment_id, "loss").value
    assert values.tolist() == [0.5, 0.25]


def test_the_store_is_sound(log: Path, tmp_path: Path) -> None:
    """What is written is a run as any other: it passes the checks of the store."""
    _write(log, {"step": 0, "loss": math.nan, "timestamp": 5, "a\ud800": 1})

    (run,) = import_sources(log, tmp_path / "ours").runs

    folder = tmp_path / "ours" / RunLibrary(tmp_path / "ours").run(run.experiment_id).folder
    json.loads(RunPaths(folder).metrics.read_text(), parse_constant=lambda word: pytest.fail(word))
    assert list(check(tmp_path / "ours")) == []
    assert "source_timestamp" in run.reason


def test_nothing_there(tmp_path: Path) -> None:
    """A path that leads nowhere is named."""
    with pytest.raises(NotFoundError, match="nowhere"):
        import_sources(tmp_path / "nowhere", tmp_path / "ours")


def test_images_texts_and_files(tmp_path: Path) -> None:
    """Media keep their steps; artifacts are copied; neither comes twice."""
    theirs = tmp_path / "theirs"
    images = theirs / "plots" / "images" / "sample"
    images.mkdir(parents=True)
    (theirs / "plots" / "metrics").mkdir()
    (theirs / "metrics.json").write_text("{}")
    (images / "7.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    ours = tmp_path / "ours"

    outcomes = [import_sources(theirs, ours).runs[0] for _ in range(2)]

    (media,) = RunLibrary(ours).media(outcomes[0].experiment_id)
    assert (media["key"], media["step"], media["kind"]) == ("sample", 7, "image")
    assert [one.outcome for one in outcomes] == ["added", "unchanged"]
