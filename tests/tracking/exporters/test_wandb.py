"""W&B offline; its records are read with its own messages."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neural.errors import InvalidInputError
from neural.testing.sink_contract import BEGIN, MadeRun, RunSinkContract
from neural.tracking.exporters.wandb import WandbSink
from neural.tracking.exporters.wandb_history import STEP_METRIC
from neural.tracking.sinks import ExportReport, Medium, RunFile, RunSink, Tally, Target, replay

pytestmark = [
    pytest.mark.platforms,
    pytest.mark.timeout(120),
    # What W&B itself warns of.
    pytest.mark.filterwarnings("ignore"),
]

_BLOCK_BYTES = 32768


def _records(path: Path) -> Iterator[Any]:
    """Yield the records of a ``.wandb`` log, which are in LevelDB's format behind 7 bytes."""
    from wandb.proto import wandb_internal_pb2 as messages

    data, at, whole = path.read_bytes(), 7, b""
    while at + 7 <= len(data):
        left = _BLOCK_BYTES - at % _BLOCK_BYTES
        if left < 7:
            at += left
            continue
        _, length, kind = struct.unpack("<IHB", data[at : at + 7])
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            record = messages.Record()
            record.ParseFromString(whole)
            yield record
            whole = b""


class _Stage:
    tolerance = 0.0

    def __init__(self, place: Path) -> None:
        self.place = place

    def sink(self, tally: Tally, *, dry_run: bool = False) -> RunSink:
        options = {"mode": "offline", "dir": str(self.place)}
        return WandbSink(Target(place="demo", dry_run=dry_run, options=options), tally)

    def folders(self) -> list[Path]:
        return sorted(self.place.glob("wandb/offline-run-*"))

    def records(self, kind: str) -> list[Any]:
        (folder,) = self.folders()
        (log,) = folder.glob("*.wandb")
        return [getattr(r, kind) for r in _records(log) if r.WhichOneof("record_type") == kind]

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "/".join(item.nested_key) or item.key: json.loads(item.value_json)
                for item in history.item
            }
            for history in self.records("history")
        ]

    def points(self, run_id: str) -> dict[str, list[tuple[int, float]]]:
        found: dict[str, list[tuple[int, float]]] = {}
        for row in self.rows():
            step = row.pop(STEP_METRIC, row["_step"])
            for name, value in row.items():
                if not name.startswith("_") and isinstance(value, int | float | str):
                    found.setdefault(name, []).append((step, float(value)))
        return found

    def times(self, run_id: str) -> list[float]:
        return [row["_timestamp"] for row in self.rows()]

    def runs(self) -> int:
        return len(self.folders())


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Stage:
    """Return a platform that holds nothing."""
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "out").mkdir()
    return _Stage(tmp_path / "out")


class TestWandbSink(RunSinkContract):
    """Written by W&B's own service."""

    @pytest.fixture
    def stage(self, stage: _Stage) -> _Stage:
        """Return a platform that holds nothing."""
        return stage


def _send(stage: _Stage, run: MadeRun) -> ExportReport:
    tally = Tally()
    replay(run, stage.sink(tally))
    return tally.report()


def test_all_of_a_run_goes_along(stage: _Stage, tmp_path: Path) -> None:
    """Config, tags, notes, an artifact a file, images, histograms, texts, how it ended."""
    from PIL import Image

    Image.new("RGB", (4, 3), "red").save(tmp_path / "a.png")
    (tmp_path / "model.pt").write_bytes(b"weights")
    run = MadeRun(
        {"loss": [1.0, 0.5]},
        params={"optimizer": {"lr": 0.1}},
        tags={"team": "vision"},
        notes="First",
        facts={"group": "g"},
        environment={"python": "3.11"},
    )
    run.made_files.append(
        RunFile(name="model.pt", path=tmp_path / "model.pt", kind="model", size=7, checksum="c0")
    )
    run.made_media += [
        Medium(key="pic", kind="image", step=1, time=BEGIN, path=tmp_path / "a.png"),
        Medium(key="say", kind="text", step=1, time=BEGIN, value="hello"),
        Medium(
            key="w", kind="histogram", step=2, time=BEGIN, value={"edges": [0, 1], "counts": [7]}
        ),
    ]

    report = _send(stage, run)

    (about,) = stage.records("run")
    config = {item.key: json.loads(item.value_json) for item in about.config.update}
    assert config["optimizer"] == {"lr": 0.1}
    assert (list(about.tags), about.notes, about.run_group) == (["team: vision"], "First", "g")
    keys = {name.partition("/")[0] for row in stage.rows() for name in row}
    assert {"loss", "pic", "say", "w"} <= keys
    assert report.failed == ()


def test_a_longer_run_takes_the_place_of_the_shorter(stage: _Stage) -> None:
    """There is one offline run to sync, and it is whole."""
    _send(stage, MadeRun({"loss": [1.0]}))

    report = _send(stage, MadeRun({"loss": [1.0, 0.5]}))

    assert len(stage.folders()) == 1
    assert (report.sent, report.skipped) == (1, 1)


def test_what_was_synced_is_kept(stage: _Stage) -> None:
    """Then only what is new is written, as a further offline run of the same id."""
    _send(stage, MadeRun({"loss": [1.0]}))
    (first,) = stage.folders()
    (first / "run-abc123.wandb.synced").touch()

    _send(stage, MadeRun({"loss": [1.0, 0.5]}))

    (second,) = [folder for folder in stage.folders() if folder != first]
    stage.place = second.parent.parent
    (log,) = second.glob("*.wandb")
    steps = [
        json.loads(item.value_json)
        for record in _records(log)
        if record.WhichOneof("record_type") == "history"
        for item in record.history.item
        if list(item.nested_key) == ["_step"]
    ]
    assert steps == [1]


def test_without_a_key_it_is_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No network is asked for."""
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.delenv("WANDB_MODE", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    tally = Tally()

    replay(MadeRun({"loss": [1.0]}), WandbSink(Target(options={"dir": str(tmp_path)}), tally))

    assert Path(tally.report().url or "").name.startswith("offline-run-")


def test_a_mode_that_is_none() -> None:
    """The message names both."""
    with pytest.raises(InvalidInputError, match=r"online.*offline"):
        WandbSink(Target(options={"mode": "sometimes"}), Tally())
