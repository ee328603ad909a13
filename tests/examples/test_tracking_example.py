"""The example of every call runs, without a warning."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from neural.tracking import ExperimentManager

EXAMPLE = Path(__file__).parents[2] / "examples" / "tracking_example.py"


def test_it_runs(tmp_path: Path) -> None:
    """It leaves six finished runs, one of them with two attempts, and its figures."""
    command: list[str | Path] = [sys.executable, "-W", "error", EXAMPLE, "--base-dir", "runs"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=50)
    rows = ExperimentManager(tmp_path / "runs", read_only=True).list_experiments()

    assert [row["status"] for row in rows] == ["completed"] * 6
    assert {"curves.png", "importance.png"} <= {path.name for path in (tmp_path / "runs").iterdir()}
