"""A report brings its runs back: equal, once, and over none."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural.errors import InvalidInputError, NeuralError
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.report.importing import Imported, import_report
from neural.tracking.report.writing import ReportOptions, write_report

REPOSITORY = Path(__file__).parents[3]

MakeRun = Callable[..., str]
VALUES = st.one_of(st.floats(), st.integers(-(2**70), 2**70))


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Where a report is written."""
    return tmp_path / "report.html"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A folder to import into."""
    return tmp_path / "store"


def same(one: ExperimentManager, other: ExperimentManager, run_id: str) -> None:
    """Check that a run is the same in two stores."""
    left, right = one.run(run_id), other.run(run_id)
    assert repr(left) == repr(right)  # repr: NaN is itself there
    for view in ("logged", "drawn"):
        for name in left.metrics:
            for a, b in zip(
                one.metric(run_id, name, view=view),
                other.metric(run_id, name, view=view),
                strict=True,
            ):
                assert a.dtype == b.dtype
                np.testing.assert_array_equal(a, b)
    assert one.artifacts(run_id) == other.artifacts(run_id)
    assert one.media(run_id) == other.media(run_id)
    assert one.environment(run_id) == other.environment(run_id)


def test_everything_is_kept(
    manager: ExperimentManager, odd_run: str, report: Path, store: Path
) -> None:
    """NaN, infinities, huge and late values, attempts, nested params, notes, tags, media."""
    write_report(manager, [odd_run], report)

    done = import_report(report, store)

    assert done == Imported(added=(odd_run,), present=())
    same(manager, ExperimentManager(store), odd_run)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.dictionaries(st.text(max_size=5), VALUES)), max_size=9)
)
def test_any_values(
    tmp_path_factory: pytest.TempPathFactory, logged: list[tuple[int, dict[str, float]]]
) -> None:
    """Whatever a tracker takes comes back, whatever the names."""
    place = tmp_path_factory.mktemp("any")
    with ExperimentTracker(
        "any", place / "a", auto_visualize=False, capture_environment=False
    ) as tracker:
        for step, values in logged:
            tracker.log_metrics({f"m{name}": v for name, v in values.items()}, step=step)
    manager = ExperimentManager(place / "a")
    write_report(manager, [tracker.experiment_id], place / "report.html")

    import_report(place / "report.html", place / "b")

    same(manager, ExperimentManager(place / "b"), tracker.experiment_id)


def test_demo_runs(tmp_path: Path, report: Path, store: Path) -> None:
    """Real runs with images, histograms and versions: each file is what it was, byte for byte."""
    source = tmp_path / "demo"
    demo: list[str | Path] = [
        sys.executable,
        REPOSITORY / "examples" / "digits.py",
        "--base-dir",
        source,
    ]
    subprocess.run([*demo, "--runs", "2"], check=True, capture_output=True)
    manager = ExperimentManager(source)
    ids = [row["experiment_id"] for row in manager.search()]
    write_report(manager, ids, report, ReportOptions(files_bytes=100_000_000))

    import_report(report, store)

    for run_id in ids:
        same(manager, ExperimentManager(store), run_id)
    files = [p.relative_to(source) for p in source.glob("digits_*/**/*") if p.is_file()]
    assert len(files) > 10
    for file in files:
        # A run that was killed leaves blanks behind its last entry.
        assert (store / file).read_bytes().rstrip() == (source / file).read_bytes().rstrip()


@settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), min_size=1))
def test_damage_anywhere(
    odd_report: bytes,
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[float, bytes]],
) -> None:
    """Whatever is changed in the data, the answer is a run or a refusal, never a bug."""
    place = tmp_path_factory.mktemp("damage")
    start = odd_report.index(b'id="neural-data">') + len(b'id="neural-data">')
    end = odd_report.index(b"</script>", start)
    data = bytearray(gzip.decompress(base64.b64decode(odd_report[start:end])))
    for where, change in changes:
        at = int(where * len(data))
        data[at : at + len(change)] = change
    packed = base64.b64encode(gzip.compress(bytes(data), 1))
    (place / "report.html").write_bytes(odd_report[:start] + packed + odd_report[end:])

    with contextlib.suppress(NeuralError):
        import_report(place / "report.html", place / "store")

    assert {p.name for p in place.iterdir()} <= {"report.html", "store"}


@pytest.fixture
def odd_report(manager: ExperimentManager, odd_run: str, report: Path) -> bytes:
    """A report of an odd run."""
    write_report(manager, [odd_run], report)
    return report.read_bytes()


def test_twice_adds_nothing(
    manager: ExperimentManager, make_run: MakeRun, report: Path, store: Path
) -> None:
    """The second time the runs are there; what was said of them meanwhile stays."""
    ids = [make_run(), make_run()]
    write_report(manager, ids, report)
    import_report(report, store)
    ExperimentManager(store).annotate(ids[0], notes="mine")

    done = import_report(report, store)

    assert done == Imported(added=(), present=tuple(ids))
    assert ExperimentManager(store).run(ids[0]).notes == "mine"
    assert len(ExperimentManager(store).search()) == 2


def test_back_where_it_came_from(
    manager: ExperimentManager, make_run: MakeRun, base_dir: Path, report: Path
) -> None:
    """A run with a secret among its parameters is still itself, though the report is without."""
    run_id = make_run(params={"api_key": "sk-1234567890abcdef1234567890abcdef"})
    write_report(manager, [run_id], report)

    assert import_report(report, base_dir).present == (run_id,)


def test_another_run_of_the_id(
    manager: ExperimentManager, make_run: MakeRun, base_dir: Path, report: Path, store: Path
) -> None:
    """It is named, nothing is imported, and what is there stays."""
    ids = [make_run(), make_run()]
    write_report(manager, ids, report)
    import_report(report, store)
    folder = next(store.glob(f"*_{ids[0]}"))
    (folder / "hyperparameters.json").write_text('{"lr": 7}')
    next(store.glob(f"*_{ids[1]}")).rename(store.parent / "elsewhere")

    with pytest.raises(InvalidInputError, match=rf"{ids[0]}.*hyperparameters\.json differ"):
        import_report(report, store)

    assert [p.name for p in store.iterdir() if not p.name.startswith(".")] == [folder.name]


def test_something_else_in_its_place(
    manager: ExperimentManager, make_run: MakeRun, report: Path, store: Path
) -> None:
    """A folder that is no run is not written over."""
    run_id = make_run()
    write_report(manager, [run_id], report)
    taken = store / manager.run(run_id).folder
    taken.mkdir(parents=True)

    with pytest.raises(InvalidInputError, match="is there already"):
        import_report(report, store)

    assert list(taken.iterdir()) == []


def test_artifacts(
    manager: ExperimentManager, base_dir: Path, tmp_path: Path, report: Path, store: Path
) -> None:
    """Files come along when they are asked for, and what has no room is said to be left out."""
    (tmp_path / "big.bin").write_bytes(bytes(range(256)) * 8)
    with ExperimentTracker("files", base_dir, auto_visualize=False) as tracker:
        tracker.log_artifact(tmp_path / "big.bin", "big.bin")
        tracker.log_text("note", "hello", step=0)
    run_id = tracker.experiment_id

    full = write_report(manager, [run_id], report, ReportOptions(files_bytes=10_000_000))
    import_report(report, store)
    short = write_report(manager, [run_id], report, ReportOptions(files_bytes=100))

    same(manager, ExperimentManager(store), run_id)
    path = ExperimentManager(store).artifact_path(run_id, "big.bin")
    assert path.read_bytes() == (tmp_path / "big.bin").read_bytes()
    assert full.files >= 1
    assert any("artifacts/big.bin" in note for note in short.notes)


def test_names_that_no_import_takes(
    manager: ExperimentManager, make_run: MakeRun, base_dir: Path, report: Path, store: Path
) -> None:
    """Files of such names are named and left out, so that the rest can be imported."""
    run_id = make_run()
    folder = base_dir / manager.run(run_id).folder / "artifacts"
    for name in (".hidden", "a:b", "Case", "case", "line\nbreak", "fine"):
        (folder / name).write_text(name)
    (folder / "link").symlink_to("/etc/passwd")
    (folder.parent / "logs").symlink_to("/etc")

    made = write_report(manager, [run_id], report, ReportOptions(files_bytes=1000))
    import_report(report, store)

    there = next(store.glob(f"*_{run_id}")) / "artifacts"
    assert sorted(p.name for p in there.iterdir()) == ["Case", "fine"]
    assert len(made.notes) == 5


def test_folder_that_no_import_takes(base_dir: Path, report: Path, store: Path) -> None:
    """A run whose directory has an odd name gets a plain one, and keeps its id."""
    folder = base_dir / "a:b \\ c_77"
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text("[\n]")
    write_report(ExperimentManager(base_dir), ["77"], report)

    assert import_report(report, store).added == ("77",)
    assert [p.name for p in store.iterdir() if p.name[0] != "."] == ["a_b_c_77"]


def test_run_of_another_program(base_dir: Path, report: Path, store: Path) -> None:
    """A run of the first tracker, without ids and with bare NaN, keeps its folder and its id."""
    folder = base_dir / "old name_abc"
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text('[\n  {"timestamp": 1.5, "step": 0, "loss": NaN}\n]')
    (folder / "metadata.json").write_text(json.dumps({"status": "completed"}))
    manager = ExperimentManager(base_dir)
    write_report(manager, ["abc"], report)

    assert import_report(report, store).added == ("abc",)
    same(manager, ExperimentManager(store), "abc")


def test_imported_run_can_be_resumed(
    manager: ExperimentManager, make_run: MakeRun, report: Path, store: Path
) -> None:
    """It is a run like any other."""
    run_id = make_run()
    write_report(manager, [run_id], report)
    import_report(report, store)

    with ExperimentTracker.resume(run_id, store, auto_visualize=False) as tracker:
        tracker.log_metrics({"val/loss": 0.1}, step=9)

    assert ExperimentManager(store).metric(run_id, "val/loss").step.tolist()[-1] == 9
