"""CSV, JSON and Parquet."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from neural.testing.sink_contract import MadeRun, RunSinkContract
from neural.tracking.exporters.files import CsvSink, JsonSink, ParquetSink, csv_cell
from neural.tracking.sinks import Medium, RunFile, RunSink, Tally, Target, replay

try:
    import pyarrow.parquet
except ImportError:  # it comes with the platforms
    pyarrow = None

_TRIGGERS = "=+-@\t\r"


def _plain(value: Any) -> float:
    return float(value)


class _Stage:
    tolerance = 0.0

    def __init__(self, place: Path, make: Any) -> None:
        self.place = place
        self._make = make

    def sink(self, tally: Tally, *, dry_run: bool = False) -> RunSink:
        sink: RunSink = self._make(Target(place=str(self.place), dry_run=dry_run), tally)
        return sink

    def rows(self) -> list[tuple[str, int, float, float]]:
        raise NotImplementedError

    def points(self, run_id: str) -> dict[str, list[tuple[int, float]]]:
        found: dict[str, list[tuple[int, float]]] = {}
        for name, step, _, value in self.rows():
            found.setdefault(name, []).append((step, value))
        return found

    def times(self, run_id: str) -> list[float]:
        return [time for _, _, time, _ in self.rows()]

    def runs(self) -> int:
        return len(list(self.place.glob("*"))) if self.place.exists() else 0


class _CsvStage(_Stage):
    def rows(self) -> list[tuple[str, int, float, float]]:
        with (self.place / "made_abc123" / "metrics.csv").open(newline="") as file:
            rows = list(csv.reader(file))[1:]
        return [(name, int(step), float(time), float(value)) for name, step, time, value in rows]


class _JsonStage(_Stage):
    def rows(self) -> list[tuple[str, int, float, float]]:
        text = (self.place / "made_abc123" / "run.json").read_text()
        return [
            (name, step, time, _plain(value))
            for name, columns in json.loads(text)["metrics"].items()
            for step, time, value in zip(*columns.values(), strict=True)
        ]


class _ParquetStage(_Stage):
    def rows(self) -> list[tuple[str, int, float, float]]:
        table = pyarrow.parquet.read_table(self.place / "made_abc123" / "metrics.parquet")
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


class TestCsvSink(RunSinkContract):
    """Read with the csv module."""

    @pytest.fixture
    def stage(self, tmp_path: Path) -> _Stage:
        """Return a platform that holds nothing."""
        return _CsvStage(tmp_path / "out", CsvSink)


class TestJsonSink(RunSinkContract):
    """Read with the json module."""

    @pytest.fixture
    def stage(self, tmp_path: Path) -> _Stage:
        """Return a platform that holds nothing."""
        return _JsonStage(tmp_path / "out", JsonSink)


@pytest.mark.platforms
class TestParquetSink(RunSinkContract):
    """Read with pyarrow."""

    @pytest.fixture
    def stage(self, tmp_path: Path) -> _Stage:
        """Return a platform that holds nothing."""
        return _ParquetStage(tmp_path / "out", ParquetSink)


@pytest.mark.parametrize("trigger", _TRIGGERS)
@pytest.mark.parametrize("text", ["1+1", "cmd|' /C calc'!A0", "SUM(A1)", ""])
def test_no_text_cell_is_a_formula(trigger: str, text: str) -> None:
    """Nothing that a spreadsheet would run begins a cell, and the text can be had back."""
    cell = csv_cell(trigger + text)

    assert cell[0] not in _TRIGGERS
    assert cell.removeprefix("'") == trigger + text


@pytest.mark.parametrize("value", [-0.5, -math.inf, -3, 1e-9])
def test_numbers_stay_numbers(value: float) -> None:
    """A loss below zero is no formula."""
    assert csv_cell(value) is value


def test_formulas_in_names_are_told(tmp_path: Path) -> None:
    """Names of metrics and params come from users, too."""
    tally = Tally()

    replay(
        MadeRun({"=x": [-1.0]}, params={"@y": "+z"}),
        CsvSink(Target(place=str(tmp_path)), tally),
    )

    lines = (tmp_path / "made_abc123" / "params.csv").read_text().splitlines()
    assert lines == ["param,value", "'@y,'+z"]
    assert [what.partition(" ")[0] for what in tally.report().converted] == [
        "'=x'",
        "'@y'",
        "'+z'",
    ]


def test_nothing_of_a_run_is_left_out(tmp_path: Path) -> None:
    """Params, tags, notes, environment, artifacts and media lie beside the metrics."""
    source = tmp_path / "model.pt"
    source.write_bytes(b"weights")
    run = MadeRun(
        {"loss": [1.0]},
        params={"optimizer": {"lr": 0.1}},
        tags={"team": "vision"},
        notes="First try",
        environment={"python": "3.11"},
    )
    run.made_files.append(RunFile(name="model.pt", path=source, kind="model", size=7))
    run.made_media.append(Medium(key="say", kind="text", step=3, time=1.0, value="hello"))

    replay(run, JsonSink(Target(place=str(tmp_path / "out")), Tally()))

    folder = tmp_path / "out" / "made_abc123"
    stored = json.loads((folder / "run.json").read_text())
    assert stored["hyperparameters"] == {"optimizer": {"lr": 0.1}}
    assert (stored["tags"], stored["notes"]) == ({"team": "vision"}, "First try")
    assert stored["environment"] == {"python": "3.11"}
    assert stored["media"][0]["value"] == "hello"
    assert (folder / "files" / "model.pt").read_bytes() == b"weights"
