"""Logs that other people's trainings wrote, read by us and by the vendors' own readers.

``NEURAL_REAL_INPUTS`` names a folder of them: ``tb``, ``mlruns``, ``wandb`` and ``logs``. They are
not part of the repository; without it ``conftest.py`` leaves these tests out.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural.tracking.detection import Detection, detect
from neural.tracking.source_import import import_sources
from neural.tracking.sources import RunSource

_FOLDER = Path(os.environ["NEURAL_REAL_INPUTS"])

pytestmark = [
    pytest.mark.platforms,
    pytest.mark.timeout(240),
    pytest.mark.filterwarnings("ignore"),
]


def _opened(below: str, kind: str) -> Iterator[tuple[Detection, RunSource]]:
    for found in detect(_FOLDER / below).detections:
        if found.kind == kind:
            source = found.open()
            source.refresh()
            yield found, source


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def test_event_files() -> None:
    """Scalars are those of the official reader: steps, times and values, to the bit."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    compared = 0
    for found, source in _opened("tb", "tensorboard"):
        (run,) = source.runs()
        theirs = EventAccumulator(str(found.path), size_guidance={"scalars": 0, "tensors": 0})
        theirs.Reload()
        ours = source.series(run.source_id)
        for tag in theirs.Tags()["scalars"]:
            points = theirs.Scalars(tag)
            assert ours[tag].step.tolist() == [point.step for point in points], (found.path, tag)
            assert ours[tag].time.tolist() == [point.wall_time for point in points]
            assert ours[tag].value.tobytes() == np.array([p.value for p in points]).tobytes()
            compared += len(points)
        for tag in theirs.Tags()["tensors"]:
            events = theirs.Tensors(tag)
            if events[0].tensor_proto.tensor_shape.dim or events[0].tensor_proto.dtype != 1:
                continue
            assert ours[tag].step.tolist() == [event.step for event in events], (found.path, tag)
            compared += len(events)

    assert compared


def test_mlflow_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Params, tags and every point are those of MLflow's own store."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    from mlflow.store.tracking.file_store import FileStore

    compared = 0
    for found, source in _opened("mlruns", "mlflow"):
        (run,) = source.runs()
        store = FileStore(str(found.path.parent.parent))
        theirs = _read_run(store, found.path)
        if theirs is None:
            continue
        assert dict(run.params) == dict(theirs.data.params), found.path
        for key, value in theirs.data.metrics.items():
            ours = source.series(run.source_id)[key]
            history = store.get_metric_history(theirs.info.run_id, key)
            assert sorted(zip(ours.step.tolist(), ours.value.tolist(), strict=True)) == sorted(
                (m.step, m.value) for m in history
            )
            assert value in ours.value.tolist()
            compared += len(history)

    assert compared


def _read_run(store: Any, path: Path) -> Any:
    """Return a run as MLflow reads it; ``None`` where it says that it cannot."""
    from mlflow.exceptions import MlflowException

    try:
        return store.get_run(path.name)
    except MlflowException:  # no meta.yaml of the experiment, or another one there
        return None


def test_wandb_logs() -> None:
    """Numbers of the history are those that W&B's own messages say."""
    from wandb.proto import wandb_internal_pb2 as messages

    compared = 0
    for found, source in _opened("wandb", "wandb"):
        (run,) = source.runs()
        for log in found.path.glob("*.wandb"):
            theirs: dict[str, list[Any]] = {}
            for data in _frames(log.read_bytes()):
                record = messages.Record.FromString(data)
                for item in record.history.item:
                    value = json.loads(item.value_json)
                    if isinstance(value, int | float) and not isinstance(value, bool):
                        name = item.key or ".".join(item.nested_key)
                        theirs.setdefault(name, []).append(float(value))
            ours = source.series(run.source_id)
            for name, values in theirs.items():
                if name in ("_step", "_timestamp") or "._" in name or name.endswith(_MEDIA_FACTS):
                    continue
                mine = np.asarray(ours[name].value, np.float64).tolist()
                assert repr(mine) == repr(values), (log, name)
                compared += len(values)

    assert compared


def _frames(data: bytes) -> Iterator[bytes]:
    """Yield the records of a log up to a torn one: LevelDB's format behind 7 bytes."""
    at, whole = 7, b""
    while at + 7 <= len(data):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        if at + 7 + length > len(data):
            return
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            yield whole
            whole = b""


#: Of images and the like W&B's history has these as items of their own.
_MEDIA_FACTS = (".width", ".height", ".size", ".count", ".nrows", ".ncols")


@pytest.mark.parametrize("below", ["tb", "mlruns", "wandb", "logs"])
def test_everything_opens_and_is_copied(tmp_path: Path, below: str) -> None:
    """Each place is recognised, importing again adds nothing, and nothing of it is changed."""
    before = _hash(_FOLDER / below)

    first = import_sources(_FOLDER / below, tmp_path)
    second = import_sources(_FOLDER / below, tmp_path)

    assert first.runs
    assert {run.outcome for run in first.runs} == {"added"}
    assert {run.outcome for run in second.runs} == {"unchanged"}
    assert _hash(_FOLDER / below) == before


def test_no_log_is_left_out() -> None:
    """Whatever has rows is taken for a log; a single object of last values is none."""
    claimed = {found.path for found in detect(_FOLDER / "logs").detections}
    for path in (_FOLDER / "logs").rglob("*"):
        if path.suffix in (".csv", ".tsv", ".json", ".jsonl", ".txt") and _has_rows(path):
            assert any(path.is_relative_to(place) for place in claimed), path


def _has_rows(path: Path) -> bool:
    return path.is_file() and len(path.read_bytes().splitlines()) > 1
