"""Other trackers' data read, and runs sent to them.

As a program, ``python -m benchmarks.foreign KIND ARGUMENT…``, it makes one measurement and prints
it as JSON, the last line of its output.
"""

from __future__ import annotations

import gc
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.processes import Figures, measured
from benchmarks.report import Row, median, spread

__all__ = ["event_rows", "export_rows", "mirror_rows", "tree_rows", "wandb_rows"]

#: MLflow's directory store has to be asked for.
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def _in_turn(repeats: int, *kinds: str, place: object) -> list[list[Figures]]:
    """Measure each kind ``repeats`` times, one after the other, so that all meet the same noise."""
    found: list[list[Figures]] = [[] for _ in kinds]
    for _ in range(repeats):
        for kind, figures in zip(kinds, found, strict=True):
            figures.append(measured("foreign", kind, place))
    return found


def _ratio_row(what: str, ours: list[Figures], theirs: list[Figures], most: float) -> Row:
    ratio = median(ours, "s") / median(theirs, "s")
    return Row(what, f"{ratio:.3f}", f"at most {most:g}", ratio <= most)


# ---------------------------------------------------------------------- reading


def event_rows(repeats: int, scalars: int = 1_000_000) -> list[Row]:
    """Read TensorBoard's event files with its own reader and with ours."""
    with _folder() as folder:
        measured("foreign", "make-events", folder, scalars)
        ours, theirs = _in_turn(repeats, "events", "events-theirs", place=folder)
    same = ours[0]["digest"] == theirs[0]["digest"]
    return [
        Row(f"ours, {scalars:,} scalars, s", spread(ours, "s")),
        Row("EventAccumulator, all kept, s", spread(theirs, "s")),
        _ratio_row("ours against it", ours, theirs, 0.1),
        Row("steps, times and values equal", "yes" if same else "no", "yes", same),
    ]


def wandb_rows(repeats: int, rows: int = 240_000) -> list[Row]:
    """Read a log of W&B with its own messages and with ours."""
    with _folder() as folder:
        measured("foreign", "make-wandb", folder, rows)
        ours, theirs = _in_turn(repeats, "wandb", "wandb-theirs", place=folder)
    same = ours[0]["digest"] == theirs[0]["digest"]
    return [
        Row(f"ours, {rows:,} rows of four metrics, s", spread(ours, "s")),
        Row("W&B's messages, frame by frame, s", spread(theirs, "s")),
        _ratio_row("ours against it", ours, theirs, 1.0),
        Row("values equal", "yes" if same else "no", "yes", same),
    ]


def tree_rows(repeats: int, runs: int = 10_000) -> list[Row]:
    """List an MLflow directory store with MLflow and with ours."""
    with _folder() as folder:
        measured("foreign", "make-tree", folder, runs)
        ours, theirs = _in_turn(repeats, "tree", "tree-theirs", place=folder)
    again = median(ours, "again_ms")
    return [
        Row(f"ours, {runs:,} runs, params and metrics, first open, s", spread(ours, "s")),
        Row("MLflow's search_runs, one page, s", spread(theirs, "s")),
        _ratio_row("ours against it", ours, theirs, 0.5),
        Row(
            "ours again, a filtered page, ms",
            spread(ours, "again_ms", 0),
            "at most 300",
            again <= 300,
        ),
    ]


def _events(folder: str) -> Figures:
    from neural.tracking.importers.tensorboard import TensorBoardSource

    begin = time.perf_counter()
    source = TensorBoardSource(Path(folder), Path(folder))
    source.refresh()
    (run,) = source.runs()
    series = source.series(run.source_id)
    taken = time.perf_counter() - begin
    points = {n: (s.step.tolist(), s.time.tolist(), s.value.tolist()) for n, s in series.items()}
    return {"s": taken, "digest": _digest(points)}


def _events_theirs(folder: str) -> Figures:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    begin = time.perf_counter()
    found = EventAccumulator(folder, size_guidance={"scalars": 0})
    found.Reload()
    tags = {tag: found.Scalars(tag) for tag in found.Tags()["scalars"]}
    taken = time.perf_counter() - begin
    points = {
        tag: ([p.step for p in all_], [p.wall_time for p in all_], [p.value for p in all_])
        for tag, all_ in tags.items()
    }
    return {"s": taken, "digest": _digest(points)}


def _digest(points: Any) -> str:
    import hashlib

    return hashlib.sha256(repr(sorted(points.items())).encode()).hexdigest()


def _log_of(folder: str) -> Path:
    (log,) = Path(folder).glob("wandb/offline-run-*/*.wandb")
    return log


def _wandb(folder: str) -> Figures:
    from neural.tracking.importers.wandb import WandbSource

    log = _log_of(folder)
    begin = time.perf_counter()
    source = WandbSource(log.parent, log.parent)
    source.refresh()
    (run,) = source.runs()
    series = source.series(run.source_id)
    taken = time.perf_counter() - begin
    points = {n: s.value.tolist() for n, s in series.items() if n.startswith("m")}
    return {"s": taken, "digest": _digest(points)}


def _wandb_theirs(folder: str) -> Figures:
    """Read with W&B's messages; its own reader of the frames is no longer in the package."""
    from wandb.proto import wandb_internal_pb2 as messages

    log = _log_of(folder)
    begin = time.perf_counter()
    points: dict[str, list[float]] = {}
    for data in _frames(log.read_bytes()):
        record = messages.Record()
        record.ParseFromString(data)
        if record.WhichOneof("record_type") == "history":
            for item in record.history.item:
                name = item.key or ".".join(item.nested_key)
                points.setdefault(name, []).append(json.loads(item.value_json))
    taken = time.perf_counter() - begin
    return {"s": taken, "digest": _digest({n: v for n, v in points.items() if n.startswith("m")})}


def _frames(data: bytes) -> Iterator[bytes]:
    """Yield the records of a log, checked as W&B's reader checked them."""
    at, whole = 7, b""
    while at + 7 <= len(data):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        checksum, length, kind = struct.unpack_from("<IHB", data, at)
        part = data[at + 7 : at + 7 + length]
        if zlib.crc32(part, zlib.crc32(bytes([kind]))) != checksum:
            raise ValueError(f"wrong checksum at {at}")
        whole += part
        at += 7 + length
        if kind in (1, 4):
            yield whole
            whole = b""


def _tree(folder: str) -> Figures:
    from neural.tracking.query import parse, parse_sort
    from neural.tracking.source_store import SourceStore

    begin = time.perf_counter()
    store = SourceStore([Path(folder)])
    page = store.page(parse(""), parse_sort("-metrics.accuracy.last"))
    taken = time.perf_counter() - begin
    begin = time.perf_counter()
    store.page(parse("metrics.loss.last < 0.5"), parse_sort("-metrics.accuracy.last"), limit=50)
    again = time.perf_counter() - begin
    return {"s": taken, "again_ms": again * 1000, "runs": page.total}


def _tree_theirs(folder: str) -> Figures:
    from mlflow.entities import ViewType
    from mlflow.store.tracking.file_store import FileStore

    store = FileStore(folder)
    begin = time.perf_counter()
    found = store.search_runs(
        ["1"], "", ViewType.ACTIVE_ONLY, max_results=50_000, order_by=["metrics.accuracy DESC"]
    )
    return {"s": time.perf_counter() - begin, "runs": len(found)}


# ---------------------------------------------------------------------- sending


def export_rows(repeats: int, runs: int = 100, steps: int = 1000, metrics: int = 4) -> list[Row]:
    """Send runs to an MLflow server on SQLite, beside a bare loop of its batches."""
    found = [measured("foreign", "export", runs, steps, metrics) for _ in range(min(repeats, 3))]
    ratio = median(found, "ratio")
    return [
        Row(f"ours, {runs} runs x {steps:,} steps x {metrics} metrics, s", spread(found, "ours_s")),
        Row("bare loop of `log_batch`, 1,000 points each, s", spread(found, "bare_s")),
        Row("ours against it", spread(found, "ratio", 3), "at most 1.1", ratio <= 1.1),
    ]


def _export(runs: str, steps: str, metrics: str) -> Figures:
    """Send each run both ways in turn, so that a server that becomes slower is so for both."""
    from neural.tracking import ExperimentManager
    from neural.tracking.export_manager import ExportManager

    with _folder() as folder:
        ids = _make_runs(folder / "runs", int(runs), int(steps), int(metrics))
        with _server(folder) as address:
            manager = ExperimentManager(folder / "runs")
            exporter = ExportManager(manager)
            bare = _Bare(address)
            ours_s = bare_s = 0.0
            for run_id in ids:
                begin = time.perf_counter()
                bare.send(manager, run_id)
                middle = time.perf_counter()
                result = exporter.export_to_mlflow([run_id], tracking_uri=address)[run_id]
                ours_s += time.perf_counter() - middle
                bare_s += middle - begin
                if not result.ok or result.failed:
                    raise RuntimeError(f"{result}: {result.failed}")
    return {"ours_s": ours_s, "bare_s": bare_s, "ratio": ours_s / bare_s}


def _make_runs(base: Path, runs: int, steps: int, metrics: int) -> list[str]:
    from neural.tracking import ExperimentTracker

    chooser = random.Random(8)
    ids = []
    for number in range(runs):
        tracker = ExperimentTracker("bench", base, False, capture_environment=False)
        tracker.log_hyperparameters({"lr": chooser.random(), "seed": number})
        for step in range(steps):
            tracker.log_metrics({f"m{i}": chooser.random() for i in range(metrics)}, step=step)
        tracker.finish()
        ids.append(tracker.experiment_id)
    return ids


class _Bare:
    """Sends points and nothing else, 1,000 in each request."""

    def __init__(self, address: str) -> None:
        from mlflow import MlflowClient
        from mlflow.entities import Metric

        self._metric = Metric
        self._client = MlflowClient(address)
        self._experiment = self._client.create_experiment("bare")

    def send(self, manager: Any, run_id: str) -> None:
        run = self._client.create_run(self._experiment)
        waiting = []
        for name in manager.run(run_id).metrics:
            series = manager.metric(run_id, name)
            columns = (column.tolist() for column in series)
            for step, moment, value in zip(*columns, strict=True):
                waiting.append(self._metric(name, value, round(moment * 1000), step))
                if len(waiting) == 1000:
                    self._client.log_batch(run.info.run_id, metrics=waiting)
                    waiting = []
        if waiting:
            self._client.log_batch(run.info.run_id, metrics=waiting)
        self._client.set_terminated(run.info.run_id)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    import signal

    from benchmarks import servers

    port = servers.free_port()
    command = [
        sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination", str(folder / "artifacts"),
    ]  # fmt: skip
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        servers.wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def mirror_rows(repeats: int) -> list[Row]:
    """Time log calls with and without a mirror beside the run."""
    plain, mirrored = [], []
    for _ in range(repeats):
        plain.append(measured("foreign", "mirror", "none"))
        mirrored.append(measured("foreign", "mirror", "tensorboard"))
    more = median(mirrored, "p50") - median(plain, "p50")
    return [
        Row("`log_metrics`, four floats, p50, µs", spread(plain, "p50")),
        Row("... mirrored to TensorBoard, p50, µs", spread(mirrored, "p50")),
        Row("overhead, p50, µs", f"{more:.2f}", "at most 1", more <= 1.0),
    ]


def _mirror(platform: str, calls: int = 20_000, pause_us: int = 100) -> Figures:
    """Log for some seconds, at a pace that lets rounds of the mirror fall into them."""
    from neural.tracking import ExperimentTracker

    chooser = random.Random(9)
    values = [{f"m{i}": chooser.random() for i in range(4)} for _ in range(1000)]
    clock, taken = time.perf_counter_ns, []
    with _folder() as folder:
        os.chdir(folder)  # the default place of an export is below it
        tracker = ExperimentTracker(
            "mirror", folder / "runs", False, backend=None if platform == "none" else platform
        )
        gc.disable()
        for step in range(calls):
            begin = clock()
            tracker.log_metrics(values[step % 1000], step=step)
            taken.append(clock() - begin)
            until = clock() + pause_us * 1000
            while clock() < until:
                pass
        tracker.finish()
    taken.sort()
    return {"p50": taken[calls // 2] / 1000, "p99": taken[int(calls * 0.99)] / 1000}


def _make(what: Callable[..., object]) -> Callable[..., Figures]:
    def make(folder: str, count: str) -> Figures:
        what(Path(folder), int(count))
        return {}

    return make


def _kinds() -> dict[str, Callable[..., Figures]]:
    from benchmarks.foreign_stores import make_events, make_mlflow_tree, make_wandb_log

    return {
        "make-events": _make(make_events),
        "make-tree": _make(make_mlflow_tree),
        "make-wandb": _make(make_wandb_log),
        "events": _events,
        "events-theirs": _events_theirs,
        "wandb": _wandb,
        "wandb-theirs": _wandb_theirs,
        "tree": _tree,
        "tree-theirs": _tree_theirs,
        "export": _export,
        "mirror": _mirror,
    }


if __name__ == "__main__":
    print(json.dumps(_kinds()[sys.argv[1]](*sys.argv[2:])))
