"""F1: logs of other trackers that hold anything are imported, or what is wrong is listed."""

from __future__ import annotations

import itertools
import shutil
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural.errors import NeuralError
from neural.tracking import ExperimentManager
from neural.tracking.source_import import import_sources
from neural.tracking.sources import sources
from tests.fuzz.corpus import kept
from tests.fuzz.mutating import Edit, edits, spoiled_bytes
from tests.tracking.importers.test_documents import DvcliveStock, SacredStock, TrainerStock
from tests.tracking.importers.test_mlflow import DatabaseStock, TreeStock
from tests.tracking.importers.test_rows import CsvStock, JsonLinesStock
from tests.tracking.importers.test_tensorboard import EventStock, tensor
from tests.tracking.importers.test_trackio import TrackioStock
from tests.tracking.importers.test_wandb import WandbStock

#: No input takes longer, on however slow a machine.
SLOWEST_S = 30.0

MAKERS: dict[str, Any] = {
    "csv": CsvStock,
    "dvclive": DvcliveStock,
    "hf-trainer": TrainerStock,
    "jsonl": JsonLinesStock,
    "mlflow": TreeStock,
    "mlflow-db": DatabaseStock,
    "sacred": SacredStock,
    "tensorboard": lambda path: EventStock(path, tensor),
    "trackio": TrackioStock,
    "wandb": WandbStock,
}

Tree = dict[str, bytes]


def test_f1_every_kind_of_source_is_spoiled() -> None:
    """A kind that is added is in the list, or this fails."""
    assert set(MAKERS) == set(sources)


def tree_of(kind: str, folder: Path) -> Tree:
    """Return the files of a source of this kind with two metrics."""
    folder.mkdir()
    stock = MAKERS[kind](folder)
    stock.put("loss", [(step, 1 / (step + 1)) for step in range(6)])
    stock.put("acc", [(step, step / 6) for step in range(6)])
    if hasattr(stock, "writer"):
        with closing(stock.writer):
            stock.writer.commit()
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def hold(tree: Tree, place: Path) -> None:
    """Check that a source is imported or refused in words; only the store is written to."""
    shutil.rmtree(place, ignore_errors=True)
    for name, content in tree.items():
        (place / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "source" / name).write_bytes(content)
    started = time.monotonic()

    try:
        done = import_sources(place / "source", place / "runs")
        manager = ExperimentManager(place / "runs")
        for run in done.runs:
            if run.outcome == "added":
                manager.metrics(run.experiment_id, manager.metric_names(run.experiment_id))
        assert all(str(one) for one in done.skipped)
    except NeuralError:
        pass

    assert time.monotonic() - started < SLOWEST_S
    assert {path.name for path in place.iterdir()} <= {"source", "runs"}
    found = {p.relative_to(place / "source"): p for p in (place / "source").rglob("*")}
    assert {str(k): p.read_bytes() for k, p in found.items() if p.is_file()} == tree


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("examples", [3, pytest.param(3_000, marks=pytest.mark.torture)])
@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_f1_a_spoiled_source(kind: str, tmp_path: Path, examples: int) -> None:
    """Only our own errors, in bounded time, and not a file beside the store is touched."""
    whole = tree_of(kind, tmp_path / "whole")

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(name=st.sampled_from(sorted(whole)), made=edits)
    def holds(name: str, made: list[Edit]) -> None:
        hold({**whole, name: spoiled_bytes(whole[name], made)}, tmp_path / "spoiled")

    holds()


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_f1_a_whole_source(kind: str, tmp_path: Path) -> None:
    """A control: the same files unspoiled give their runs."""
    whole = tree_of(kind, tmp_path / "whole")
    hold(whole, tmp_path / "place")

    assert len(ExperimentManager(tmp_path / "place" / "runs").search()) == 1


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_f1_what_once_failed(kind: str, tmp_path: Path) -> None:
    """Each kept input, in the place of one file of a source after the other, in one tree."""
    whole = tree_of(kind, tmp_path / "whole")
    cases = enumerate(zip(kept("sources"), itertools.cycle(whole), strict=False))
    trees = [(number, {**whole, name: content}) for number, (content, name) in cases]

    hold({f"{n}/{name}": data for n, tree in trees for name, data in tree.items()}, tmp_path / "k")
