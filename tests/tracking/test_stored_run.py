"""A stored run as records for sinks."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural.errors import NotFoundError
from neural.testing.in_memory_sink import InMemoryPlatform, InMemorySink
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.sinks import Tally, Target, replay
from neural.tracking.stored_run import StoredRun

SECRET = "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH"


def _made(base: Path) -> ExperimentTracker:
    with ExperimentTracker(
        "night", base, False, tags={"team": "vision"}, notes=f"Use {SECRET}", group="g", repeat=2
    ) as run:
        run.log_hyperparameters({"optimizer": {"lr": 0.1}, "hub_token": SECRET})
        run.log_metrics({"loss": 1.0, "acc": 0.5}, step=3)
        run.log_text("say", f"the key is {SECRET}", step=1)
        (base / "model.pt").write_bytes(b"weights")
        run.log_artifact(base / "model.pt")
    return run


def _sent(base: Path, run_id: str) -> tuple[InMemoryPlatform, Tally]:
    platform, tally = InMemoryPlatform(), Tally()
    run = StoredRun(ExperimentManager(base), run_id, tally)
    replay(run, InMemorySink(platform, Target(), tally))
    return platform, tally


def test_all_of_a_run_goes_along(tmp_path: Path) -> None:
    """Params, metrics, tags, facts, status, media, artifacts and environment."""
    run = _made(tmp_path)

    platform, _ = _sent(tmp_path, run.experiment_id)

    kept = platform.runs[run.experiment_id]
    assert kept.params["optimizer.lr"] == 0.1
    assert {name: [(s, v) for s, _, v in p] for name, p in kept.points.items()} == {
        "loss": [(3, 1.0)],
        "acc": [(3, 0.5)],
    }
    assert (kept.start.tags, kept.start.facts["group"]) == ({"team": "vision"}, "g")
    assert kept.end is not None
    assert kept.end.status == "completed"
    assert [medium.key for medium in kept.media] == ["say"]
    assert list(kept.files) == ["model.pt"]
    assert kept.start.environment["python"]


def test_no_secret_leaves(tmp_path: Path) -> None:
    """Neither as a param, nor in notes or texts; the report says which param it was."""
    run = _made(tmp_path)

    platform, tally = _sent(tmp_path, run.experiment_id)

    assert SECRET not in repr(platform.runs[run.experiment_id])
    assert any("hub_token" in what for what in tally.report().converted)


def test_an_artifact_that_is_gone_is_told(tmp_path: Path) -> None:
    """The rest is sent."""
    run = _made(tmp_path)
    (run.experiment_dir / "artifacts" / "model.pt").unlink()

    platform, tally = _sent(tmp_path, run.experiment_id)

    assert [what.partition(":")[0] for what in tally.report().failed] == ["artifact 'model.pt'"]
    assert "loss" in platform.runs[run.experiment_id].points


def test_a_run_without_an_end_goes_on(tmp_path: Path) -> None:
    """A run that is being written has no end on the platform either."""
    run = ExperimentTracker("live", tmp_path, False, capture_environment=False)
    run.log_metrics({"loss": 1.0}, step=0)

    platform, _ = _sent(tmp_path, run.experiment_id)
    run.finish()

    end = platform.runs[run.experiment_id].end
    assert end is not None
    assert (end.status, end.end_time) == ("running", None)


def test_no_such_run(tmp_path: Path) -> None:
    """The message names the id."""
    with pytest.raises(NotFoundError, match="nowhere"):
        StoredRun(ExperimentManager(tmp_path), "nowhere", Tally())
