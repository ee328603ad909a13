"""S18: no object is ever made from what a file says, S14, S29: no text is run as a program.

The source is searched for the calls that would, and files that would run something if they were
loaded go through everything that reads files.
"""

from __future__ import annotations

import ast
import functools
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

import neural
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.aquarium_app import create_app
from neural.tracking.report.importing import import_report
from neural.tracking.report.writing import ReportOptions, write_report
from neural.tracking.source_import import import_sources
from tests.security.asking import Request, ask_all

PACKAGE = Path(neural.__file__).parent

#: Modules that make objects from bytes.
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}

#: Calls that run a text, load objects, or hand a line to a shell.
FORBIDDEN = {
    *("eval", "exec", "compile", "os.system", "os.popen", "subprocess.getoutput"),
    *(
        "torch.load",
        "yaml.load",
        "yaml.unsafe_load",
        "yaml.full_load",
        "pandas.read_pickle",
        "pd.read_pickle",
    ),
    *("np.fromregex", "numpy.fromregex"),
}

#: File and call: what stands there by intent, and why nobody else decides what it does.
ALLOWED = {
    # A literal of ours, which raises what a signal would; nothing from outside is in it.
    ("tracking/lifecycle.py", "exec"),
    # A subclass of the safe loader with limits.
    ("tracking/importers/yaml_text.py", "yaml.load"),
}


@functools.cache
def nodes() -> list[tuple[str, ast.AST]]:
    """Return every node of the package that calls or imports something, with its file."""
    wanted = (ast.Call, ast.Import, ast.ImportFrom)
    return [
        (path.relative_to(PACKAGE).as_posix(), node)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, wanted)
    ]


def test_s18_no_module_that_unpickles_is_imported() -> None:
    """Nowhere in the package, also not inside of a function."""
    found = []
    for file, node in nodes():
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [(file, name) for name in names if name.split(".")[0] in UNPICKLERS]

    assert found == []


def test_s14_s18_nothing_runs_a_text() -> None:
    """No eval, no shell, no YAML but by the safe loader, no arrays of objects."""
    called = [(file, node) for file, node in nodes() if isinstance(node, ast.Call)]
    found = {
        (file, name)
        for file, node in called
        if (name := ast.unparse(node.func)) in FORBIDDEN or _asks(node)
    }

    assert found == ALLOWED


def _asks(node: ast.Call) -> bool:
    """Return whether a call asks for a shell or for arrays of objects."""
    return any(
        one.arg in ("shell", "allow_pickle") and ast.unparse(one.value) != "False"
        for one in node.keywords
    )


class Dropper:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Have whoever loads it open the marker for writing."""
        return (open, (str(self.marker), "w"))


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """Return a file that exists once something was unpickled."""
    return tmp_path / "unpickled"


@pytest.fixture
def droppers(marker: Path, tmp_path: Path) -> list[Path]:
    """Return files of all kinds that drop the marker when they are loaded."""
    folder = tmp_path / "droppers"
    folder.mkdir()
    data = pickle.dumps(Dropper(marker))
    for ending in ("pkl", "pickle", "joblib", "pt", "pth", "ckpt", "bin", "h5", "json", "png"):
        (folder / f"model.{ending}").write_bytes(data)
    array = np.empty(1, dtype=object)
    array[0] = Dropper(marker)
    np.save(folder / "array.npy", array, allow_pickle=True)
    with zipfile.ZipFile(folder / "zipped.pt", "w") as packed:
        packed.writestr("archive/data.pkl", data)
    (folder / "params.yaml").write_text(f"!!python/object/apply:builtins.open [{marker}, w]\n")
    (folder / "hparams.yaml").write_text(f"x: !!python/object/apply:os.mkdir [{marker}]\n")
    return sorted(folder.iterdir())


def test_s18_the_droppers_drop(droppers: list[Path], marker: Path) -> None:
    """A control: who does load one leaves the marker."""
    pickle.loads((droppers[0].parent / "model.pkl").read_bytes()).close()

    assert marker.exists()


def test_s18_nothing_that_is_kept_with_a_run_is_loaded(
    droppers: list[Path], marker: Path, tmp_path: Path
) -> None:
    """Neither logged, listed, shown, downloaded, compared, reported nor imported."""
    base_dir = tmp_path / "runs"
    ids = []
    for _ in range(2):
        tracker = ExperimentTracker("m", base_dir, auto_visualize=False)
        tracker.log_metrics({"loss": 1.0}, step=0)
        for path in droppers:
            tracker.log_artifact(path, path.name)
        tracker.finish()
        ids.append(tracker.experiment_id)
    manager = ExperimentManager(base_dir)
    app = create_app(base_dir)
    addresses = [f"/api/v1/runs/{ids[0]}/artifacts/{path.name}" for path in droppers]

    answers = ask_all(app.server, [Request(address) for address in addresses])
    manager.compare_experiments(ids)
    report = tmp_path / "report.html"
    write_report(manager, ids, report, ReportOptions(files_bytes=1_000_000))
    import_report(report, tmp_path / "again")

    assert {answer.status for answer in answers} == {200}
    assert not marker.exists()


def test_s18_nothing_of_another_tracker_is_loaded(
    droppers: list[Path], marker: Path, tmp_path: Path
) -> None:
    """Beside the logs of a run, in the folders that importers look into."""
    folder = droppers[0].parent
    (folder / "metrics.csv").write_text("step,loss\n0,1.0\n1,0.5\n")

    import_sources(folder, tmp_path / "runs")

    assert ExperimentManager(tmp_path / "runs").search()
    assert not marker.exists()
