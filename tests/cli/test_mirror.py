"""``neural mirror``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Command = Callable[..., Any]


def test_a_run_that_has_ended(neural: Command, runs: Sequence[str], tmp_path: Path) -> None:
    """It is sent once, and the command ends."""
    done = neural("mirror", runs[0], "--to", "csv", "-o", str(tmp_path / "out"))

    assert done.code == 0
    assert done.cells[0][0] == "csv"
    assert list((tmp_path / "out").glob("*/metrics.csv"))


def test_an_unknown_platform(neural: Command, runs: Sequence[str]) -> None:
    """The message knows better ones."""
    done = neural("mirror", runs[0], "--to", "mlfow")

    assert done.code == 1
    assert "mlflow" in done.err
