"""The seed's ExportManager."""

from __future__ import annotations

import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from neural.errors import InvalidInputError, UnknownNameError
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.export_manager import ExportManager, ExportResult
from neural.tracking.sinks import ExportReport, Target


@pytest.fixture
def run(tmp_path: Path) -> ExperimentTracker:
    """A run that has ended."""
    with ExperimentTracker("night", tmp_path / "runs", False, capture_environment=False) as made:
        made.log_hyperparameters({"lr": 0.1})
        for step in range(5):
            made.log_metrics({"loss": 1 / (step + 1)}, step=step)
    return made


@pytest.fixture
def exporter(run: ExperimentTracker) -> ExportManager:
    """An exporter of the store that holds it."""
    return ExportManager(ExperimentManager(run.base_dir))


def test_a_result_is_a_text_with_figures(
    exporter: ExportManager, run: ExperimentTracker, tmp_path: Path
) -> None:
    """The seed's callers print it; ours look at the figures."""
    done = exporter.export([run.experiment_id], "csv", Target(place=str(tmp_path / "out")))

    result = done[run.experiment_id]
    assert isinstance(result, str)
    assert "Successfully exported" in result
    assert (result.sent, result.skipped, result.failed) == (5, 0, ())
    assert Path(result.url or "").is_dir()


def test_again_is_skipped(exporter: ExportManager, run: ExperimentTracker, tmp_path: Path) -> None:
    """The second export sends nothing."""
    target = Target(place=str(tmp_path / "out"))
    exporter.export([run.experiment_id], "csv", target)

    result = exporter.export([run.experiment_id], "csv", target)[run.experiment_id]

    assert (result.sent, result.skipped) == (0, 5)


def test_a_run_that_is_not_there(exporter: ExportManager, tmp_path: Path) -> None:
    """It is told in its result; the others are sent."""
    done = exporter.export(["nowhere"], "csv", Target(place=str(tmp_path / "out")))

    assert "nowhere not found" in done["nowhere"]
    assert not done["nowhere"].ok


def test_an_unknown_platform(exporter: ExportManager, run: ExperimentTracker) -> None:
    """It is not ignored; the message knows better ones."""
    with pytest.raises(UnknownNameError, match="tensorboard"):
        exporter.export_batch([run.experiment_id], ["tensorbord"])


def test_several_platforms(
    exporter: ExportManager,
    run: ExperimentTracker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each gets the runs, whatever becomes of the others."""
    monkeypatch.chdir(tmp_path)

    done = exporter.export_batch(experiment_ids=[run.experiment_id], platforms=["zip", "json"])

    assert {name: found[run.experiment_id].ok for name, found in done.items()} == {
        "zip": True,
        "json": True,
    }
    assert zipfile.is_zipfile(done["zip"][run.experiment_id].url or "")


@pytest.mark.parametrize(
    ("method", "package"),
    [("export_to_mlflow", "mlflow"), ("export_to_wandb", "wandb")],
)
def test_a_platform_that_is_not_installed(
    exporter: ExportManager,
    run: ExperimentTracker,
    method: str,
    package: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The result says what to install."""
    for name in [n for n in sys.modules if n.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Missing(package), *sys.meta_path])

    done = getattr(exporter, method)(ids=[run.experiment_id])

    assert f"pip install 'neural-aquarium[{package}]'" in done[run.experiment_id]
    assert "Failed to initialize" in done[run.experiment_id]


class _Missing:
    """Finds no package of one name."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.partition(".")[0] == self._package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_both_spellings(exporter: ExportManager) -> None:
    """One of them is a mistake."""
    with pytest.raises(InvalidInputError, match="ids"):
        exporter.export_to_tensorboard(["a"], ids=["b"])


def test_a_text_in_place_of_a_list(exporter: ExportManager) -> None:
    """Its letters are no ids."""
    with pytest.raises(InvalidInputError, match="experiment_ids"):
        exporter.export_to_mlflow("abc")


def test_stopping(exporter: ExportManager, run: ExperimentTracker, tmp_path: Path) -> None:
    """What was stopped is said, and taken up by the next export."""
    answers = iter([True, False])
    target = Target(place=str(tmp_path / "out"))

    stopped = exporter.export([run.experiment_id], "csv", target, go_on=lambda: next(answers))
    result = exporter.export([run.experiment_id], "csv", target)[run.experiment_id]

    assert not stopped[run.experiment_id].ok
    assert result.sent == 5


def test_a_result_crosses_processes() -> None:
    """A worker's results come back whole."""
    made = ExportResult("done", ExportReport(sent=3, converted=("a",), url="x"))

    back = pickle.loads(pickle.dumps(made))

    assert (back, back.sent, back.converted, back.url, back.ok) == ("done", 3, ("a",), "x", True)


_EXPORT = """
import sys
from neural.tracking import ExperimentManager
from neural.tracking.export_manager import ExportManager
from neural.tracking.sinks import Target
exporter = ExportManager(ExperimentManager(sys.argv[1]))
done = exporter.export([sys.argv[2]], "csv", Target(place=sys.argv[3]))
print(done[sys.argv[2]].sent)
"""


def test_two_processes_at_once(run: ExperimentTracker, tmp_path: Path) -> None:
    """They take turns: one sends everything and the other nothing."""
    command = [sys.executable, "-c", _EXPORT, str(run.base_dir), run.experiment_id]
    started = [
        subprocess.Popen([*command, str(tmp_path / "out")], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    sent = sorted(process.communicate()[0].strip() for process in started)

    assert sent == ["0", "5"]
