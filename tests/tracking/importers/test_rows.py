"""Logs in rows, held to the contract of sources: CSV, JSON lines, and the idioms of both."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from neural.testing.run_source_contract import AppendedSourceContract
from neural.tracking.detection import detect
from neural.tracking.importers.csv_logs import CsvSource
from neural.tracking.importers.json_lines import JsonLinesSource
from neural.tracking.importers.rows import number_of, time_of
from neural.tracking.sources import RunSource


class CsvStock:
    """A CSV file that grows."""

    kind = "csv"

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self._file = path / "metrics.csv"
        self._file.write_text("step,loss,timestamp\n")

    def open(self) -> RunSource:
        """Return a source of the file."""
        return CsvSource(self._file, self._file.parent)

    def put(self, metric: str, points: Sequence[tuple[int, float]]) -> None:
        """Append rows."""
        with self._file.open("a") as file:
            for step, value in points:
                cells = (value, "") if metric == "loss" else ("", value)
                file.write(f"{step},{cells[0]},{cells[1]}\n")


class JsonLinesStock:
    """A file of JSON lines that grows."""

    kind = "jsonl"

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self._file = path / "log.txt"

    def open(self) -> RunSource:
        """Return a source of the file."""
        return JsonLinesSource(self._file, self._file.parent)

    def put(self, metric: str, points: Sequence[tuple[int, float]]) -> None:
        """Append objects."""
        with self._file.open("a") as file:
            for step, value in points:
                file.write(json.dumps({"epoch": step, metric: value}) + "\n")


class TestCsvSource(AppendedSourceContract):
    """Rows under names."""

    @pytest.fixture
    def stock(self, tmp_path: Path) -> CsvStock:
        """Return a CSV file."""
        return CsvStock(tmp_path)


class TestJsonLinesSource(AppendedSourceContract):
    """An object a line."""

    @pytest.fixture
    def stock(self, tmp_path: Path) -> JsonLinesStock:
        """Return a file of JSON lines."""
        return JsonLinesStock(tmp_path)


def _read(path: Path, text: str) -> tuple[RunSource, dict[str, list[tuple[int, float]]]]:
    path.write_text(text)
    (found,) = detect(path.parent).detections
    source = found.open()
    source.refresh()
    (run,) = source.runs()
    series = source.series(run.source_id)
    return source, {
        name: list(zip(one.step.tolist(), one.value.tolist(), strict=True))
        for name, one in series.items()
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        (" 1.5 ", 1.5),
        ("1e-3", 0.001),
        ("-Infinity", -math.inf),
        ("tensor(0.25, device='cuda:0')", 0.25),
        ("array(3.)", 3.0),
        ("True", 1),
        ("1_000", None),
        ("0x10", None),
        ("adam", None),
        ("", None),
        (None, None),
        ([1.0], None),
    ],
)
def test_numbers_as_text(text: Any, value: float | None) -> None:
    """Loggers write numbers in many ways; names are none."""
    assert number_of(text) == value


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1700000000, 1.7e9),
        (1700000000000, 1.7e9),
        ("1700000000.5", 1700000000.5),
        ("2023-11-14T22:13:20+00:00", 1.7e9),
        (0.25, None),
        (math.nan, None),
        (10**400, None),
        ("soon", None),
    ],
)
def test_times(value: Any, seconds: float | None) -> None:
    """Seconds, milliseconds and ISO-8601; a small number is a duration, not a time."""
    assert time_of(value) == seconds


def test_lightning_writes_sparse_rows(tmp_path: Path) -> None:
    """Empty cells are no points, and the epoch is a metric beside the step."""
    text = "epoch,step,train_loss,val_loss\n0,49,0.5,\n0,49,,0.75\n1,99,0.25,\n"

    _, found = _read(tmp_path / "metrics.csv", text)

    assert found == {
        "epoch": [(49, 0), (49, 0), (99, 1)],
        "train_loss": [(49, 0.5), (99, 0.25)],
        "val_loss": [(49, 0.75)],
    }


def test_ultralytics_pads_its_names(tmp_path: Path) -> None:
    """Blanks around names and numbers are not part of them."""
    names = "                  epoch,         train/box_loss,  lr/pg0\n"
    text = f"{names}  0,  1.5,  0.1\n  1,  1.25,  0.2\n"

    _, found = _read(tmp_path / "results.csv", text)

    assert found == {"train/box_loss": [(0, 1.5), (1, 1.25)], "lr/pg0": [(0, 0.1), (1, 0.2)]}


def test_keras_counts_epochs(tmp_path: Path) -> None:
    """The epoch is the step where there is no other."""
    _, found = _read(tmp_path / "training.csv", "epoch,accuracy,loss\n0,0.5,1.0\n1,NaN,inf\n")

    assert str(found) == str(
        {"accuracy": [(0, 0.5), (1, math.nan)], "loss": [(0, 1.0), (1, math.inf)]}
    )


def test_ragged_rows(tmp_path: Path) -> None:
    """A row may be short or long; what has no name is listed with its place."""
    source, found = _read(tmp_path / "metrics.csv", "step,loss,acc\n0,1.0\n1,2.0,3.0,4.0\n")

    assert found == {"loss": [(0, 1.0), (1, 2.0)], "acc": [(1, 3.0)]}
    assert [skipped.offset for skipped in source.skipped()] == [20]


def test_names_in_the_middle(tmp_path: Path) -> None:
    """A restarted logger writes its line of names again, perhaps other ones."""
    text = "step,loss\n0,1.0\n1,2.0\nstep,loss\n0,3.0\nstep,acc,loss\n1,0.5,4.0\n"

    source, found = _read(tmp_path / "metrics.csv", text)

    assert found["loss"] == [(0, 1.0), (1, 2.0), (0, 3.0), (1, 4.0)]
    assert source.skipped() == []
    assert "'loss' go back once" in source.runs()[0].remarks[0]


def test_parameters_beside_the_rows(tmp_path: Path) -> None:
    """Lightning's hparams.yaml; objects in it are read as values and never made."""
    (tmp_path / "hparams.yaml").write_text(
        "lr: 0.1\nsize: !!python/tuple [8, 8]\nevil: !!python/object/apply:os.system [echo]\n"
    )

    source, _ = _read(tmp_path / "metrics.csv", "step,loss\n0,1.0\n")

    assert source.runs()[0].params == {"lr": 0.1, "size": [8, 8], "evil": ["echo"]}


def test_aliases_without_end(tmp_path: Path) -> None:
    """A YAML file of nine lines that means a thousand million values is refused."""
    lines = ['a0: &a0 ["x", "x"]']
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 20)}]" for i in range(1, 9)]
    (tmp_path / "hparams.yaml").write_text("\n".join(lines))

    source, _ = _read(tmp_path / "metrics.csv", "step,loss\n0,1.0\n")

    assert source.runs()[0].params == {}
    assert "aliases" in source.skipped()[0].reason


def test_detectron2(tmp_path: Path) -> None:
    """The iteration is the step, and ``time`` is a duration."""
    rows = [{"iteration": i, "total_loss": 1.0, "time": 0.25, "roi/num": 3} for i in (19, 39)]

    _, found = _read(tmp_path / "metrics.json", "".join(json.dumps(row) + "\n" for row in rows))

    assert found == {
        "total_loss": [(19, 1.0), (39, 1.0)],
        "time": [(19, 0.25), (39, 0.25)],
        "roi/num": [(19, 3), (39, 3)],
    }


def test_detr_logs_lists(tmp_path: Path) -> None:
    """Numbers in lists and objects get names of several parts."""
    row = {"train_loss": 1.5, "test_coco_eval_bbox": [0.25, 0.5], "x": {"y": 2}, "epoch": 0}

    _, found = _read(tmp_path / "log.txt", json.dumps(row) + "\n")

    assert found == {
        "train_loss": [(0, 1.5)],
        "test_coco_eval_bbox/0": [(0, 0.25)],
        "test_coco_eval_bbox/1": [(0, 0.5)],
        "x/y": [(0, 2)],
    }


def test_a_long_first_line(tmp_path: Path) -> None:
    """A step behind hundreds of other numbers is found all the same."""
    row = {f"train_loss_{i}": i / 7 for i in range(400)}
    lines = [json.dumps(row | {"epoch": epoch}) for epoch in range(2)]
    (tmp_path / "log.txt").write_text("\n".join([*lines, ""]))

    (found,) = detect(tmp_path).detections
    source = found.open()
    source.refresh()

    (run,) = source.runs()
    assert source.series(run.source_id)["train_loss_7"].step.tolist() == [0, 1]


def test_steps_that_are_no_whole_numbers(tmp_path: Path) -> None:
    """Then rows are counted, what stood there is a metric, and it is said once."""
    rows = [{"epoch": epoch, "loss": 1.0} for epoch in (0.5, 1.0, 1.5)]

    source, found = _read(tmp_path / "log.jsonl", "".join(json.dumps(r) + "\n" for r in rows))

    assert [step for step, _ in found["loss"]] == [0, 1, 2]
    assert "no whole number" in source.skipped()[0].reason


def test_a_time_of_each_row(tmp_path: Path) -> None:
    """A column of plausible times gives the times, and is no metric."""
    row = {"step": 1, "loss": 0.5, "timestamp": 1700000000.25}

    source, found = _read(tmp_path / "log.jsonl", json.dumps(row) + "\n")

    assert found == {"loss": [(1, 0.5)]}
    assert source.series(source.runs()[0].source_id)["loss"].time.tolist() == [1700000000.25]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "numpy\ntorch\n"),
        ("data.csv", "x,y\n1,2\n"),
        ("words.csv", "step,meaning\nfirst,begin\n"),
        ("package.json", '{"name": "x", "version": 1}\n'),
        ("metrics.json", '[\n{"timestamp":1.0,"step":0,"loss":0.5}\n]'),
        ("notes.txt", '{"step": "one", "x": 1}\n'),
    ],
)
def test_what_is_no_log(tmp_path: Path, name: str, text: str) -> None:
    """A file without steps is not taken for a run."""
    (tmp_path / name).write_text(text)

    assert detect(tmp_path).detections == ()
