"""TensorBoard, read with its own reader."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from neural.testing.sink_contract import BEGIN, MadeRun, RunSinkContract
from neural.tracking.exporters import tensorboard as exporter
from neural.tracking.sinks import Medium, RunEnd, RunFile, RunSink, Tally, Target, replay

pytestmark = pytest.mark.platforms


def _accumulator(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    everything = dict.fromkeys(("scalars", "tensors", "images", "histograms"), 0)
    found = EventAccumulator(str(folder), size_guidance=everything)
    found.Reload()
    return found


class _Stage:
    tolerance = 1e-7

    def __init__(self, place: Path) -> None:
        self.place = place

    def sink(self, tally: Tally, *, dry_run: bool = False) -> RunSink:
        return exporter.TensorBoardSink(Target(place=str(self.place), dry_run=dry_run), tally)

    def points(self, run_id: str) -> dict[str, list[tuple[int, float]]]:
        found = _accumulator(self.place / "made_abc123")
        return {
            tag: [(event.step, event.value) for event in found.Scalars(tag)]
            for tag in found.Tags()["scalars"]
        }

    def times(self, run_id: str) -> list[float]:
        found = _accumulator(self.place / "made_abc123")
        return [e.wall_time for tag in found.Tags()["scalars"] for e in found.Scalars(tag)]

    def runs(self) -> int:
        return len(list(self.place.glob("*"))) if self.place.exists() else 0


class TestTensorBoardSink(RunSinkContract):
    """Read with the official ``EventAccumulator``."""

    @pytest.fixture
    def stage(self, tmp_path: Path) -> _Stage:
        """Return a platform that holds nothing."""
        return _Stage(tmp_path / "logs")


def _send(stage: _Stage, run: MadeRun) -> Tally:
    tally = Tally()
    replay(run, stage.sink(tally))
    return tally


def _png(path: Path) -> Path:
    from PIL import Image

    Image.new("RGB", (4, 3), "red").save(path)
    return path


def test_hparams_texts_images_and_histograms(tmp_path: Path) -> None:
    """TensorBoard's own plugins find each of them."""
    from tensorboard.plugins.hparams import metadata

    stage = _Stage(tmp_path / "logs")
    run = MadeRun({"loss": [1.0]}, params={"optimizer": {"lr": 0.5}, "layers": [1, 2]}, notes="Hi")
    run.made_media += [
        Medium(key="pic", kind="image", step=1, time=BEGIN, path=_png(tmp_path / "a.png")),
        Medium(key="say", kind="text", step=2, time=BEGIN, value="hello"),
        Medium(
            key="w", kind="histogram", step=3, time=BEGIN, value={"edges": [0, 1], "counts": [7]}
        ),
    ]
    figure = _png(tmp_path / "fig.png")
    run.made_files.append(RunFile(name="fig.png", path=figure, kind="figure", size=1, checksum="x"))

    _send(stage, run)

    found = _accumulator(stage.place / "made_abc123")
    tags = found.Tags()
    assert tags["images"] == ["pic", "figures/fig.png"]
    assert found.Histograms("w")[0].histogram_value.num == 7
    assert found.Tensors("say")[0].tensor_proto.string_val == [b"hello"]
    content = found.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    hparams = metadata.parse_session_start_info_plugin_data(content).hparams
    assert hparams["optimizer.lr"].number_value == 0.5
    assert hparams["layers"].string_value == "[1, 2]"


def test_what_32_bits_cannot_hold_is_told(tmp_path: Path) -> None:
    """How many values were rounded, and which became infinite."""
    run = MadeRun({"loss": [0.5, 0.1, 1e300]})

    tally = _send(_Stage(tmp_path / "logs"), run)

    assert set(tally.report().converted) == {
        "'loss': values rounded to 32 bits",
        "'loss': values too large for 32 bits are infinite",
    }


def test_artifacts_are_named(tmp_path: Path) -> None:
    """Their content cannot be held, which the report says."""
    run = MadeRun({"loss": [1.0]})
    run.made_files.append(
        RunFile(name="model.pt", path=tmp_path, kind="model", size=7, checksum="c0ffee")
    )
    stage = _Stage(tmp_path / "logs")

    tally = _send(stage, run)

    text = _accumulator(stage.place / "made_abc123").Tensors("artifacts")[0]
    assert b"c0ffee" in text.tensor_proto.string_val[0]
    assert any("model.pt" in what for what in tally.report().converted)


def test_two_runs_of_one_name_stay_two(tmp_path: Path) -> None:
    """Each has a directory of its own."""
    stage = _Stage(tmp_path / "logs")

    _send(stage, MadeRun({"loss": [1.0]}))
    _send(stage, MadeRun({"loss": [2.0]}, run_id="other", folder="made_other"))

    assert stage.runs() == 2
    assert stage.points("abc123") == {"loss": [(0, 1.0)]}


def test_an_export_again_adds_no_file(tmp_path: Path) -> None:
    """Nothing new is nothing written."""
    stage = _Stage(tmp_path / "logs")
    _send(stage, MadeRun({"loss": [1.0]}))
    before = sorted(path.name for path in (stage.place / "made_abc123").iterdir())

    _send(stage, MadeRun({"loss": [1.0]}))

    assert sorted(path.name for path in (stage.place / "made_abc123").iterdir()) == before


def test_the_end_of_a_run_that_went_on(tmp_path: Path) -> None:
    """The status comes with the export after it."""
    from tensorboard.plugins.hparams import metadata

    stage, run = _Stage(tmp_path / "logs"), MadeRun({"loss": [1.0]})
    run.status = RunEnd(status="running")
    _send(stage, run)
    run.status = RunEnd(status="failed", end_time=BEGIN + 5)

    _send(stage, run)

    found = _accumulator(stage.place / "made_abc123")
    content = found.SummaryMetadata(metadata.SESSION_END_INFO_TAG).plugin_data.content
    ending = metadata.parse_session_end_info_plugin_data(content)
    assert ending.end_time_secs == BEGIN + 5


_KILLED = """
import sys
from neural.testing.sink_contract import MadeRun
from neural.tracking.exporters.tensorboard import TensorBoardSink
from neural.tracking.sinks import Tally, Target, replay
print("go", flush=True)
while True:
    for n in range(1, 60):
        sink = TensorBoardSink(Target(place=sys.argv[1]), Tally())
        replay(MadeRun({"loss": list(range(n))}), sink)
"""


@pytest.mark.crash
def test_killed_at_any_moment(tmp_path: Path) -> None:
    """The official reader finds each step once, and the next export completes the run."""
    for round_ in range(12):
        place = tmp_path / str(round_)
        exporting = subprocess.Popen(
            [sys.executable, "-c", _KILLED, str(place)], stdout=subprocess.PIPE
        )
        assert exporting.stdout is not None
        exporting.stdout.readline()
        for _ in range(2000 * round_):  # a little later each time, whatever the machine
            os.getpid()
        exporting.send_signal(signal.SIGKILL)
        exporting.wait()
        exporting.stdout.close()
        stage = _Stage(place)

        _send(stage, MadeRun({"loss": [float(i) for i in range(60)]}))

        assert stage.points("abc123") == {"loss": [(i, float(i)) for i in range(60)]}
