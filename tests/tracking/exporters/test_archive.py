"""A run as a zip archive, and back."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from neural.errors import InvalidInputError
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.exporters.archive import ZipSink, import_archive, is_archive
from neural.tracking.sinks import ExportReport, Tally, Target, replay
from neural.tracking.stored_run import StoredRun


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _run(base: Path, **params: object) -> ExperimentTracker:
    with ExperimentTracker(
        "night run", base, False, tags=["a"], notes="n", capture_environment=False
    ) as tracker:
        tracker.log_hyperparameters({"optimizer": {"lr": 0.1}, **params})
        for step in range(20):
            tracker.log_metrics({"loss": 1 / (step + 1), "bad": float("nan")}, step=step)
        tracker.log_text("say", "hello")
        (base / "w.bin").write_bytes(b"\0" * 5000)
        tracker.log_artifact(base / "w.bin", "weights é")
    return tracker


def _archive(base: Path, out: Path, run_id: str) -> tuple[Path, ExportReport]:
    tally = Tally()
    replay(
        StoredRun(ExperimentManager(base), run_id, tally), ZipSink(Target(place=str(out)), tally)
    )
    report = tally.report()
    return Path(report.url or ""), report


def test_it_comes_back_byte_for_byte(tmp_path: Path) -> None:
    """Metrics, params, tags, notes, media and artifacts: every file is the same."""
    run = _run(tmp_path / "runs")
    path, _ = _archive(tmp_path / "runs", tmp_path / "out", run.experiment_id)

    done = import_archive(path, tmp_path / "back")

    assert done.added == (run.experiment_id,)
    assert _hashes(tmp_path / "back" / run.experiment_dir.name) == _hashes(run.experiment_dir)


def test_importing_again_adds_nothing(tmp_path: Path) -> None:
    """The run is there already."""
    run = _run(tmp_path / "runs")
    path, _ = _archive(tmp_path / "runs", tmp_path / "out", run.experiment_id)
    import_archive(path, tmp_path / "back")

    assert import_archive(path, tmp_path / "back").present == (run.experiment_id,)


def test_the_same_run_gives_the_same_archive(tmp_path: Path) -> None:
    """The second export finds it and writes nothing."""
    run = _run(tmp_path / "runs")
    path, first = _archive(tmp_path / "runs", tmp_path / "out", run.experiment_id)
    before = path.stat().st_mtime_ns

    _, second = _archive(tmp_path / "runs", tmp_path / "out", run.experiment_id)

    assert path.stat().st_mtime_ns == before
    assert (second.sent, second.skipped) == (0, first.sent)


def test_secrets_are_taken_out(tmp_path: Path) -> None:
    """What leaves the machine holds no key, and the report says so."""
    run = _run(tmp_path / "runs", api_key="sk-live-0123456789abcdef")

    path, report = _archive(tmp_path / "runs", tmp_path / "out", run.experiment_id)

    with zipfile.ZipFile(path) as archive:
        assert not any(b"sk-live" in archive.read(name) for name in archive.namelist())
    assert any("hyperparameters.json" in what for what in report.converted)


@pytest.mark.parametrize("name", ["../evil", "run_1/../../evil", "/etc/passwd", "run_1/evil.py"])
def test_an_archive_that_leads_elsewhere(tmp_path: Path, name: str) -> None:
    """Nothing of it is written."""
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("run_1/metadata.json", "{}")
        archive.writestr(name, "boo")

    with pytest.raises(InvalidInputError, match="no file of a run"):
        import_archive(path, tmp_path / "back")

    assert not (tmp_path / "back").exists()


def test_a_damaged_archive(tmp_path: Path) -> None:
    """It says which file, and nothing is imported."""
    run = _run(tmp_path / "runs")
    path, _ = _archive(tmp_path / "runs", tmp_path / "out", run.experiment_id)
    data = bytearray(path.read_bytes())
    data[200] ^= 0xFF
    path.write_bytes(data)

    with pytest.raises(InvalidInputError, match="damaged"):
        import_archive(path, tmp_path / "back")

    assert not ExperimentManager(tmp_path / "back").list_experiments()


def test_what_is_an_archive(tmp_path: Path) -> None:
    """Its content tells, not its name."""
    (tmp_path / "a.zip").write_text("<html>")

    assert not is_archive(tmp_path / "a.zip")
    assert not is_archive(tmp_path)
