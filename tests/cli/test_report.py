"""``neural report``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the report goes."""
    return tmp_path / "report.html"


def test_filter(neural: Command, runs: Sequence[str], path: Path) -> None:
    """Only the runs it lets through are in it, and the summary says how many."""
    done = neural("report", "params.lr < 0.05", "-o", str(path), "--json")

    summary = json.loads(done.out)
    assert done.code == 0
    assert summary["experiment_ids"] == [runs[1]]
    assert summary["bytes"] == path.stat().st_size


def test_ids_in_their_order(neural: Command, runs: Sequence[str], path: Path) -> None:
    """Starts of ids are enough."""
    done = neural("report", "--ids", "aa44, aa11", "-o", str(path), "--json", "--title", "T")

    assert done.json["experiment_ids"] == [runs[1], runs[0]]
    assert b"<title>T</title>" in path.read_bytes()


def test_says_what_was_written(neural: Command, runs: Sequence[str], path: Path) -> None:
    """Without --json a line each."""
    done = neural("report", "-o", str(path), "--group-by", "params.lr", "--metrics", "val/loss")

    assert ["runs", "2"] in done.cells
    assert ["points", "4"] in done.cells


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("params.lr > 5",), "neural ls"),
        (("params.lr >",), "position"),
        (("--ids", "zz"), "'zz'"),
        (("--metrics", "nope"), "'nope'"),
        (("--group-by", "colour"), "'colour'"),
    ],
)
def test_mistakes(
    arguments: tuple[str, ...], said: str, neural: Command, runs: Sequence[str], path: Path
) -> None:
    """Each is named, and no file is written."""
    done = neural("report", "-o", str(path), *arguments)

    assert done.code == 1
    assert said in done.err
    assert not path.exists()


def test_filter_and_ids(neural: Command, runs: Sequence[str]) -> None:
    """One of them says which runs."""
    assert neural("report", "mnist", "--ids", "aa44").code == 2
