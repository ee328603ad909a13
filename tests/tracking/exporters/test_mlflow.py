"""MLflow: its own SQLite store, and its own server behind a proxy that breaks requests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neural.errors import ExportError, InvalidInputError
from neural.testing.fault_proxy import Fault, FaultProxy
from neural.testing.sink_contract import BEGIN, MadeRun, RunSinkContract
from neural.tracking.exporters.mlflow import RUN_TAG, MLflowSink
from neural.tracking.sinks import ExportReport, Medium, RunEnd, RunFile, RunSink, Tally, Target
from neural.tracking.sinks import replay as replayed

pytestmark = [
    pytest.mark.platforms,
    pytest.mark.timeout(300),
    # What MLflow itself warns of.
    pytest.mark.filterwarnings("ignore"),
]


def _client(uri: str) -> Any:
    from mlflow.tracking import MlflowClient

    return MlflowClient(uri)


def _copies(uri: str, run_id: str) -> list[Any]:
    client = _client(uri)
    experiments = [e.experiment_id for e in client.search_experiments()]
    return list(client.search_runs(experiments, f"tags.`{RUN_TAG}` = '{run_id}'"))


def _points(uri: str, run_id: str) -> dict[str, list[Any]]:
    (copy,) = _copies(uri, run_id)
    client = _client(uri)
    return {key: client.get_metric_history(copy.info.run_id, key) for key in copy.data.metrics}


class _Stage:
    tolerance = 0.0

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def sink(self, tally: Tally, *, dry_run: bool = False) -> RunSink:
        return MLflowSink(Target(place=self.uri, dry_run=dry_run), tally)

    def points(self, run_id: str) -> dict[str, list[tuple[int, float]]]:
        return {k: [(m.step, m.value) for m in v] for k, v in _points(self.uri, run_id).items()}

    def times(self, run_id: str) -> list[float]:
        return [m.timestamp / 1000 for v in _points(self.uri, run_id).values() for m in v]

    def runs(self) -> int:
        client = _client(self.uri)
        experiments = [e.experiment_id for e in client.search_experiments()]
        return len(client.search_runs(experiments))


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with MLflow's tables, made once: it takes seconds."""
    path = tmp_path_factory.mktemp("mlflow") / "empty.db"
    _client(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def stage(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> _Stage:
    """Return a platform that holds nothing."""
    monkeypatch.chdir(tmp_path)  # artifacts of a bare SQLite file go to ./mlruns
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    return _Stage(f"sqlite:///{tmp_path / 'mlflow.db'}")


class TestMLflowSink(RunSinkContract):
    """Read with MLflow's own client."""

    @pytest.fixture
    def stage(self, stage: _Stage) -> _Stage:
        """Return a platform that holds nothing."""
        return stage


def _send(stage: _Stage, run: MadeRun) -> ExportReport:
    tally = Tally()
    replayed(run, stage.sink(tally))
    return tally.report()


def _full(folder: Path, points: int = 30) -> MadeRun:
    (folder / "model.pt").write_bytes(b"weights")
    run = MadeRun(
        {"loss": [1 / (i + 1) for i in range(points)], "val/acc": [i / 10 for i in range(10)]},
        params={"optimizer": {"lr": 0.1, "betas": [0.9, 0.999]}, "name": "x"},
        tags={"team": "vision"},
        notes="First",
        facts={"group": "g"},
        environment={"python": "3.11"},
    )
    run.made_files.append(
        RunFile(name="model.pt", path=folder / "model.pt", kind="model", size=7, checksum="c0")
    )
    run.made_media.append(Medium(key="say", kind="text", step=1, time=BEGIN, value="hello"))
    return run


def _state(uri: str, run_id: str = "abc123") -> dict[str, Any]:
    (copy,) = _copies(uri, run_id)
    client, remote = _client(uri), copy.info.run_id
    ours = {k: v for k, v in copy.data.tags.items() if not k.startswith("mlflow.")}
    return {
        "params": dict(copy.data.params),
        "tags": ours,
        "status": copy.info.status,
        "times": (copy.info.start_time, copy.info.end_time),
        "points": {
            key: sorted((m.step, m.timestamp, m.value) for m in found)
            for key, found in _points(uri, run_id).items()
        },
        "files": sorted(
            file.path
            for folder in (None, "neural")
            for file in client.list_artifacts(remote, folder)
        ),
    }


def test_all_of_a_run_goes_along(stage: _Stage, tmp_path: Path) -> None:
    """Params flat, tags, notes, times, status, artifacts and documents."""
    report = _send(stage, _full(tmp_path))

    state = _state(stage.uri)
    assert state["params"] == {
        "optimizer.lr": "0.1",
        "optimizer.betas": "[0.9, 0.999]",
        "name": "x",
    }
    assert (state["tags"]["team"], state["tags"]["neural.group"]) == ("vision", "g")
    assert (state["status"], state["times"]) == (
        "FINISHED",
        (int(BEGIN * 1000), int((BEGIN + 1000) * 1000)),
    )
    assert {"model.pt", "neural/run.json", "neural/environment.json", "neural/media.json"} <= set(
        state["files"]
    )
    assert report.failed == ()


@pytest.mark.parametrize(
    ("status", "expected"),
    [("failed", "FAILED"), ("cancelled", "KILLED"), ("crashed", "FAILED"), ("odd", "FINISHED")],
)
def test_status(stage: _Stage, status: str, expected: str) -> None:
    """MLflow knows five; the tag has the text as it is."""
    run = MadeRun({"loss": [1.0]})
    run.status = RunEnd(status=status, end_time=BEGIN + 1)

    _send(stage, run)

    state = _state(stage.uri)
    assert (state["status"], state["tags"]["neural.status"]) == (expected, status)


def test_a_run_that_goes_on_is_running(stage: _Stage) -> None:
    """It gets its end with the export after it."""
    run = MadeRun({"loss": [1.0]})
    run.status = RunEnd(status="running")
    _send(stage, run)
    before = _state(stage.uri)
    run.status = RunEnd(status="completed", end_time=BEGIN + 9)

    _send(stage, run)

    assert (before["status"], before["times"][1]) == ("RUNNING", None)
    assert _state(stage.uri)["times"][1] == (BEGIN + 9) * 1000


def test_a_long_param_is_cut_and_told(stage: _Stage, tmp_path: Path) -> None:
    """The whole text stands in a document beside."""
    report = _send(stage, MadeRun({}, params={"prompt": "x" * 7000}))

    (copy,) = _copies(stage.uri, "abc123")
    whole = _client(stage.uri).download_artifacts(copy.info.run_id, "neural/run.json", tmp_path)
    assert len(copy.data.params["prompt"]) == 6000
    assert "x" * 7000 in Path(whole).read_text()
    assert any("'prompt'" in what for what in report.converted)


def test_a_param_that_changed(stage: _Stage) -> None:
    """MLflow keeps the first value; the new one is in a tag, and told."""
    _send(stage, MadeRun({}, params={"lr": 0.1}))

    report = _send(stage, MadeRun({}, params={"lr": 0.2}))

    state = _state(stage.uri)
    assert (state["params"]["lr"], state["tags"]["changed.lr"]) == ("0.1", "0.2")
    assert any("'lr'" in what for what in report.converted)


def test_nothing_new_is_nothing_written(server: int, tmp_path: Path) -> None:
    """The second export only asks."""
    run = _full(tmp_path)
    run.more["run_id"] = "again"
    _send(_Stage(f"http://127.0.0.1:{server}"), run)

    with FaultProxy(server) as proxy:
        proxy.break_at(None, None)
        _send(_Stage(proxy.address), run)

        writing = ("log-batch", "set-tag", "/update", "/create", "PUT ")
        assert not [r for r in proxy.requests if any(word in r for word in writing)]


def test_more_files_than_a_tag_can_list(stage: _Stage, tmp_path: Path) -> None:
    """Then a document lists them, and the next export still finds them all there."""
    run = MadeRun({"loss": [1.0]})
    for number in range(200):
        path = tmp_path / f"file-{number}.txt"
        path.write_text(str(number))
        run.made_files.append(
            RunFile(name=path.name, path=path, kind="other", size=1, checksum=str(number))
        )
    first = _send(stage, run)

    second = _send(stage, run)

    assert (first.failed, second.sent) == ((), 0)
    assert second.skipped >= 201


def test_a_bare_folder_is_refused() -> None:
    """Current MLflow writes into none; the message says what it does take."""
    with pytest.raises(InvalidInputError, match="sqlite:"):
        MLflowSink(Target(place="./mlruns"), Tally())


# ---------------------------------------------------------------------- a real server


@pytest.fixture(scope="module")
def server(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a real MLflow server with a SQLite store."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(empty_store, folder / "mlflow.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--workers", "1"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process, folder / "log")
        yield port
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            process_wait(process)
    raise AssertionError(log.read_text()[-3000:])


def process_wait(process: subprocess.Popen[bytes]) -> None:
    """Wait a moment, or until the process ends."""
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        return


#: How requests break. Five of them are tried at each request of an export: some fail outright,
#: after others the export goes on.
_FAULTS: tuple[Fault, ...] = ("refuse", "lost", "reset", "500", "503", "429")


@pytest.mark.timeout(600)
def test_a_server_that_breaks_any_request(
    server: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever request is lost, and however: after the next export all is there, and once."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    direct = f"http://127.0.0.1:{server}"
    run = _full(tmp_path, points=1100)  # one batch is full, and is sent from a thread
    run.more |= {"run_id": "whole", "experiment_name": "faults"}
    _send(_Stage(direct), run)
    expected = _state(direct, "whole")
    tried = broken = 0

    with FaultProxy(server) as proxy:
        stage = _Stage(proxy.address)
        run.more["run_id"] = "counted"
        proxy.break_at(10**9, None)
        _send(stage, run)
        for at in range(len(proxy.requests)):
            for fault in (_FAULTS[(at + turn) % len(_FAULTS)] for turn in range(5)):
                tried += 1
                run.more["run_id"] = f"run-{at}-{fault}"
                proxy.break_at(at, fault)
                try:
                    broken += bool(_send(stage, run).failed)
                except ExportError:
                    broken += 1
                proxy.break_at(None, None)
                _send(stage, run)
                assert _same(_state(direct, run.more["run_id"]), expected), (at, fault)

    assert tried >= 50
    assert broken >= tried // 2  # after the others the export goes on by itself


def _same(state: dict[str, Any], expected: dict[str, Any]) -> bool:
    for one in (state, expected):
        for key in (RUN_TAG, "neural.document"):
            one["tags"].pop(key, None)
    return state == expected


def test_a_server_that_stalls(server: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The export gives up with a message, and the next one completes it."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    run = _full(tmp_path)
    run.more["run_id"] = "stalled"

    with FaultProxy(server) as proxy:
        proxy.break_at(3, "stall")
        with pytest.raises(ExportError, match="timed out"):
            _send(_Stage(proxy.address), run)
        proxy.break_at(None, None)
        _send(_Stage(proxy.address), run)

    assert len(_points(f"http://127.0.0.1:{server}", "stalled")["loss"]) == 30


_EXPORT = """
import sys
from neural.testing.sink_contract import MadeRun
from neural.tracking.exporters.mlflow import MLflowSink
from neural.tracking.sinks import Tally, Target, replay
print("go", flush=True)
run = MadeRun({f"m{i}": list(range(600)) for i in range(5)}, run_id=sys.argv[2])
replay(run, MLflowSink(Target(place=sys.argv[1]), Tally()))
"""


@pytest.mark.crash
def test_an_exporter_that_is_killed(server: int) -> None:
    """At whichever request it dies: the next export completes the run, and sends nothing twice."""
    direct = f"http://127.0.0.1:{server}"
    run = MadeRun({f"m{i}": list(range(600)) for i in range(5)})
    for at in (2, 4, 5, 7):
        run.more["run_id"] = f"killed-{at}"
        with FaultProxy(server) as proxy:
            proxy.break_at(at, "stall")
            command = [sys.executable, "-c", _EXPORT, proxy.address, f"killed-{at}"]
            exporting = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            while len(proxy.requests) <= at and exporting.poll() is None:
                process_wait(exporting)
            exporting.kill()
            exporting.wait()
            assert len(proxy.requests) > at  # it was killed in the middle
        _send(_Stage(direct), run)

        points = _points(direct, f"killed-{at}")
        steps = {name: sorted(m.step for m in found) for name, found in points.items()}
        assert steps == {f"m{i}": list(range(600)) for i in range(5)}


def test_two_exporters_at_once(server: int) -> None:
    """Neither knows of the other, as on two machines: then there is one copy, and it is whole."""
    direct = f"http://127.0.0.1:{server}"
    command = [sys.executable, "-c", _EXPORT, direct, "at-once"]
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    ended = [one.wait(120) for one in both]
    run = MadeRun({f"m{i}": list(range(600)) for i in range(5)}, run_id="at-once")
    _send(_Stage(direct), run)

    points = _points(direct, "at-once")  # which fails where there are two copies
    assert {name: sorted(m.step for m in found) for name, found in points.items()} == {
        f"m{i}": list(range(600)) for i in range(5)
    }
    assert 0 in ended


def test_points_go_a_thousand_a_request(server: int) -> None:
    """4,000 points are four batches and one of tags, not 4,000 requests."""
    run = MadeRun({f"m{i}": list(range(1000)) for i in range(4)}, run_id="batched")

    with FaultProxy(server) as proxy:
        proxy.break_at(None, None)
        _send(_Stage(proxy.address), run)

        batches = [r for r in proxy.requests if "log-batch" in r]
        assert (len(batches), len(proxy.requests) <= 13) == (5, True), proxy.requests


def test_secrets_in_the_address_are_never_shown(server: int) -> None:
    """Neither where it works nor where it fails."""
    stage = _Stage(f"http://ada:hunter22@127.0.0.1:{server}")
    report = _send(stage, MadeRun({"loss": [1.0]}, run_id="secret"))

    with pytest.raises(ExportError) as failed:
        _send(_Stage("http://ada:hunter22@127.0.0.1:9"), MadeRun({"loss": [1.0]}))

    assert "hunter22" not in repr(report) + str(failed.value) + repr(failed.value.__cause__)


def test_a_refused_login_is_asked_once(tmp_path: Path) -> None:
    """A wrong token is no reason to ask again."""
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    asked: list[str] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(401)
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - names of http.server

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Refusing) as refusing:
        Thread(target=refusing.serve_forever, daemon=True).start()
        with pytest.raises(ExportError, match="401"):
            _send(_Stage(f"http://127.0.0.1:{refusing.server_port}"), MadeRun({"loss": [1.0]}))
        refusing.shutdown()

    assert len(asked) == 1
