"""MLflow's stores in folders and in SQLite, held to the contract of sources."""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from neural.testing.run_source_contract import AppendedSourceContract, FileSourceContract
from neural.tracking.detection import detect
from neural.tracking.importers.mlflow_database import MlflowDatabaseSource
from neural.tracking.importers.mlflow_tree import MlflowTreeSource
from neural.tracking.importers.mlflow_words import artifact_folder
from neural.tracking.sources import RunSource

RUN = "0123456789abcdef0123456789abcdef"
META = f"""artifact_uri: file:///C:/Users/me/mlruns/1/{RUN}/artifacts
end_time: null
experiment_id: '1'
lifecycle_stage: active
run_id: {RUN}
run_name: brave-fish-7
run_uuid: {RUN}
start_time: 1700000000000
status: 1
tags: []
user_id: me
"""


class TreeStock:
    """A run folder whose metrics grow."""

    kind = "mlflow"

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self.run = path / "1" / RUN
        self.run.mkdir(parents=True)
        (path / "1" / "meta.yaml").write_text("experiment_id: '1'\nname: Größen & more\n")
        (self.run / "meta.yaml").write_text(META)
        for name in ("metrics", "params", "tags", "artifacts"):
            (self.run / name).mkdir()

    def open(self) -> RunSource:
        """Return a source of the run."""
        assert self.path is not None
        return MlflowTreeSource(self.run, self.path)

    def put(self, metric: str, points: Sequence[tuple[int, float]]) -> None:
        """Append to the metric's file."""
        path = self.run / "metrics" / metric
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.writelines(f"1700000000500 {value} {step}\n" for step, value in points)


class DatabaseStock:
    """A database that a writer holds open, with its log."""

    kind = "mlflow-db"

    def __init__(self, path: Path, mode: str = "delete") -> None:
        self.path: Path | None = path
        self.file = path / "mlflow.db"
        self.writer = sqlite3.connect(self.file)
        self.writer.execute(f"PRAGMA journal_mode={mode}")
        self.writer.executescript(
            f"""
            CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, status TEXT,
                start_time BIGINT, end_time BIGINT, lifecycle_stage TEXT, artifact_uri TEXT,
                experiment_id INTEGER);
            CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT,
                step BIGINT, is_nan BOOLEAN);
            CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
            CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
            INSERT INTO experiments VALUES (1, 'digits');
            INSERT INTO runs VALUES ('{RUN}', 'brave-fish-7', 'FINISHED', 1700000000000,
                1700000060000, 'active', 'mlflow-artifacts:/1/{RUN}/artifacts', 1);
            INSERT INTO params VALUES ('lr', '0.5', '{RUN}');
            INSERT INTO tags VALUES ('mlflow.note.content', 'a note', '{RUN}');
            """
        )

    def open(self) -> RunSource:
        """Return a source of the database."""
        return MlflowDatabaseSource(self.file, self.file.parent)

    def put(self, metric: str, points: Sequence[tuple[int, float]]) -> None:
        """Insert points as MLflow spells them."""
        for step, value in points:
            stored = 0 if math.isnan(value) else max(-1.7976931348623157e308, value)
            stored = min(1.7976931348623157e308, stored)
            row = (metric, stored, 1700000000500, RUN, step, math.isnan(value))
            self.writer.execute("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", row)
        self.writer.commit()


class TestMlflowTreeSource(AppendedSourceContract):
    """A run folder."""

    @pytest.fixture
    def stock(self, tmp_path: Path) -> TreeStock:
        """Return a run folder."""
        return TreeStock(tmp_path)


class TestMlflowDatabaseSource(FileSourceContract):
    """A database."""

    @pytest.fixture
    def stock(self, tmp_path: Path) -> Iterator[DatabaseStock]:
        """Return a database."""
        stock = DatabaseStock(tmp_path)
        with closing(stock.writer):
            yield stock


def _read(folder: Path) -> RunSource:
    (found,) = detect(folder).detections
    source = found.open()
    source.refresh()
    return source


def test_what_a_run_folder_tells(tmp_path: Path) -> None:
    """Name, experiment, parameters, tags, notes, artifacts of another machine's address."""
    stock = TreeStock(tmp_path)
    (stock.run / "params" / "model").mkdir()
    (stock.run / "params" / "model" / "lr").write_text("0.5")
    (stock.run / "tags" / "mlflow.note.content").write_text("a note")
    (stock.run / "tags" / "team").write_text("blue")
    (stock.run / "artifacts" / "model.bin").write_bytes(b"weights")
    image = "images/sample%step%7%timestamp%1700000000500%0123.png"
    (stock.run / "artifacts" / "images").mkdir()
    (stock.run / "artifacts" / image).write_bytes(b"\x89PNG\r\n\x1a\n")

    source = _read(tmp_path)

    (run,) = source.runs()
    assert (run.name, run.experiment_name, run.status) == (
        "brave-fish-7",
        "Größen & more",
        "running",
    )
    assert (run.params, run.tags, run.notes) == ({"model/lr": "0.5"}, {"team": "blue"}, "a note")
    assert run.start_time == 1.7e9
    (file,) = source.files(RUN)
    assert source.load(file.place) == b"weights"
    (media,) = source.media(RUN)
    assert (media.key, media.step, media.time) == ("sample", 7, 1700000000.5)


def test_metrics_with_a_slash_and_extra_columns(tmp_path: Path) -> None:
    """Keys are folders, and newer versions add the data set to each line."""
    stock = TreeStock(tmp_path)
    stock.put("val/loss", [(0, 0.5)])
    with (stock.run / "metrics" / "val" / "loss").open("a") as file:
        file.write("1700000000500 0.25 1 train-set 5f3a\nnonsense\n")

    source = _read(tmp_path)

    assert source.series(RUN)["val/loss"].value.tolist() == [0.5, 0.25]
    assert "no time, value and step" in source.skipped()[0].reason


def test_a_run_that_rests(tmp_path: Path) -> None:
    """One that ended long ago is looked at closely now and then; one that goes on, at once."""
    stock = TreeStock(tmp_path)
    (stock.run / "meta.yaml").write_text(META.replace("status: 1", "status: 3"))
    stock.put("loss", [(0, 0.5)])
    for path in (stock.run / "meta.yaml", stock.run / "metrics" / "loss", *stock.run.iterdir()):
        os.utime(path, (1.6e9, 1.6e9))
    source = stock.open()
    source.refresh()
    stock.put("loss", [(1, 0.25)])
    seen = [source.refresh() for _ in range(10)]
    (stock.run / "meta.yaml").write_text(META)

    assert seen.count(True) == 1
    assert source.series(RUN)["loss"].value.tolist() == [0.5, 0.25]
    assert source.refresh()
    assert source.runs()[0].status == "running"


@pytest.mark.parametrize(
    "line",
    ["1 2 3 4", "1 0.5", "1 0.5 x", "1 1_0 3", f"1 0.5 {2**63}", "1  0.5 3", "1 0.5 3\t4"],
)
def test_lines_that_are_not_like_the_others(tmp_path: Path, line: str) -> None:
    """They are read or listed one by one, and the plain ones beside them are read."""
    stock = TreeStock(tmp_path)
    stock.put("loss", [(0, 0.5)])
    with (stock.run / "metrics" / "loss").open("a") as file:
        file.write(f"{line}\n")
    stock.put("loss", [(9, 0.25)])

    source = _read(tmp_path)

    values = source.series(RUN)["loss"].value.tolist()
    assert (values[0], values[-1]) == (0.5, 0.25)
    assert len(values) + len(source.skipped()) == 3


def test_a_meta_yaml_that_is_not_plain(tmp_path: Path) -> None:
    """Lists and quotes take the YAML parser, and mean the same."""
    stock = TreeStock(tmp_path)
    stock.put("loss", [(0, 0.5)])
    text = META.replace("tags: []", "tags:\n- a").replace("brave-fish-7", '"brave fish: 7"')
    (stock.run / "meta.yaml").write_text(text)

    (run,) = _read(tmp_path).runs()

    assert (run.name, run.status, run.start_time) == ("brave fish: 7", "running", 1.7e9)


def test_event_files_among_artifacts(tmp_path: Path) -> None:
    """They are artifacts of the run, not runs of their own."""
    stock = TreeStock(tmp_path)
    events = stock.run / "artifacts" / "events.out.tfevents.1.host"
    events.write_bytes(b"\x18" + bytes(11) + b"\x09" + bytes(8) + b"\x1a\x0dbrain.Event:2")

    assert [found.kind for found in detect(tmp_path).detections] == ["mlflow"]


def test_deleted_runs(tmp_path: Path) -> None:
    """What lies in the trash is read, and marked."""
    stock = TreeStock(tmp_path)
    (tmp_path / ".trash").mkdir()
    (tmp_path / "1").rename(tmp_path / ".trash" / "1")
    assert stock.path is not None

    assert _read(tmp_path).runs()[0].archived


def test_a_store_in_a_store(tmp_path: Path) -> None:
    """Someone moved a store into another one: both are found."""
    TreeStock(tmp_path / "mlruns" / "mlruns")
    inner = tmp_path / "mlruns" / "1" / RUN.replace("0", "f")
    inner.mkdir(parents=True)
    (inner / "meta.yaml").write_text(META)

    assert len(detect(tmp_path).detections) == 2


def test_the_log_of_a_living_writer(tmp_path: Path) -> None:
    """Points that only stand in the write-ahead log are read, beside its writer."""
    stock = DatabaseStock(tmp_path, "wal")
    with closing(stock.writer):
        stock.put("loss", [(0, 0.5)])
        source = stock.open()
        source.refresh()
        stock.put("loss", [(1, math.inf)])
        source.refresh()

        assert source.series(RUN)["loss"].value.tolist() == [0.5, math.inf]
        stock.put("loss", [(2, 1.0)])  # reading has not locked it


def test_the_log_of_a_killed_writer(tmp_path: Path) -> None:
    """It is read from a copy, since SQLite would write beside it."""
    live, left = tmp_path / "live", tmp_path / "left"
    live.mkdir()
    left.mkdir()
    stock = DatabaseStock(live, "wal")
    with closing(stock.writer):
        stock.put("loss", [(0, 0.5)])
        for name in ("mlflow.db", "mlflow.db-wal"):
            (left / name).write_bytes((live / name).read_bytes())

    source = _read(left)

    assert source.series(RUN)["loss"].value.tolist() == [0.5]
    assert sorted(path.name for path in left.iterdir()) == ["mlflow.db", "mlflow.db-wal"]


def test_what_a_database_tells(tmp_path: Path) -> None:
    """Artifacts are found beside it, wherever their address leads."""
    stock = DatabaseStock(tmp_path)
    folder = tmp_path / "mlartifacts" / "1" / RUN / "artifacts"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("x")
    with closing(stock.writer):
        source = stock.open()
        source.refresh()

    (run,) = source.runs()
    assert (run.name, run.experiment_name, run.status) == ("brave-fish-7", "digits", "completed")
    assert (run.params, run.notes, run.end_time) == ({"lr": "0.5"}, "a note", 1700000060.0)
    assert [file.name for file in source.files(RUN)] == ["a.txt"]


@pytest.mark.parametrize(
    "uri",
    [
        "/home/other/mlruns/1/abc/artifacts",
        "file:///C:/Users/me/mlruns/1/abc/artifacts",
        "C:\\Users\\me\\mlruns\\1\\abc\\artifacts",
        "mlflow-artifacts:/1/abc/artifacts",
        "s3://bucket/1/abc/artifacts",
    ],
)
def test_addresses_of_other_machines(tmp_path: Path, uri: str) -> None:
    """The last parts are looked for where the store was found."""
    (tmp_path / "1" / "abc" / "artifacts").mkdir(parents=True)

    assert artifact_folder(uri, tmp_path, 2) == tmp_path / "1" / "abc" / "artifacts"


@pytest.mark.parametrize("uri", ["", None, "/etc", "file:///../../etc", "\0", "1"])
def test_addresses_that_lead_nowhere(tmp_path: Path, uri: object) -> None:
    """No folder outside the store is given."""
    assert artifact_folder(uri, tmp_path / "store", 2) is None


@pytest.mark.platforms
@pytest.mark.timeout(180)
@pytest.mark.filterwarnings("ignore")  # what MLflow itself warns of
def test_equal_to_mlflow(tmp_path: Path) -> None:
    """What MLflow's own client writes to SQLite is read back equal."""
    import mlflow
    from mlflow.entities import Metric

    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = client.create_experiment("digits", artifact_location=str(tmp_path / "files"))
    run_id = client.create_run(experiment, run_name="one").info.run_id
    values = [0.1, math.nan, math.inf, -math.inf, 1e-300]
    points = [Metric("val/loss", v, 1700000000000 + i, i) for i, v in enumerate(values)]
    client.log_batch(run_id, metrics=points)
    client.log_param(run_id, "lr", 0.5)
    client.set_terminated(run_id, "FAILED")

    source = _read(tmp_path)

    (run,) = source.runs()
    series = source.series(run_id)["val/loss"]
    assert str(series.value.tolist()) == str(values)
    assert series.time.tolist() == [point.timestamp / 1000 for point in points]
    assert (run.name, run.status, run.params) == ("one", "failed", {"lr": "0.5"})
