"""``neural export``."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the exports go."""
    return tmp_path / "out"


def test_json_says_all(neural: Command, runs: Sequence[str], out: Path) -> None:
    """A result a run, with its figures."""
    done = neural("export", runs[0], "--to", "csv", "-o", str(out), "--json")

    (row,) = json.loads(done.out)
    assert done.code == 0
    assert (row["experiment_id"], row["platform"], row["ok"]) == (runs[0], "csv", True)
    assert row["sent"] > 0
    assert Path(row["url"]).is_dir()


def test_filter(neural: Command, runs: Sequence[str], out: Path) -> None:
    """An empty one is all runs."""
    done = neural("export", "--filter", "", "-o", str(out), "--json")

    assert {row["experiment_id"] for row in done.json} == set(runs)
    assert all(zipfile.is_zipfile(row["url"]) for row in done.json)


def test_a_dry_run_writes_nothing(neural: Command, runs: Sequence[str], out: Path) -> None:
    """It counts what would be sent."""
    done = neural("export", runs[0], "--to", "json", "-o", str(out), "--dry-run", "--json")

    assert done.json[0]["sent"] > 0
    assert not out.exists()


def test_parts_that_stay_here(neural: Command, runs: Sequence[str], out: Path) -> None:
    """They are not sent; an archive is always whole, and no other word is a part."""
    done = neural(
        "export", runs[0], "--to", "csv", "-o", str(out), "--without", "metrics", "--json"
    )

    (table,) = out.glob("*/metrics.csv")
    assert done.code == 0
    assert len(table.read_text().splitlines()) == 1
    assert neural("export", runs[0], "-o", str(out), "--without", "metrics").code == 1
    assert "media" in neural("export", runs[0], "--to", "csv", "--without", "images").err


def test_there_and_back(neural: Command, runs: Sequence[str], base_dir: Path, out: Path) -> None:
    """What was archived comes back with ``neural import``."""
    archive = neural("export", runs[0], "-o", str(out), "--json").json[0]["url"]
    base_dir.rename(out / "gone")

    done = neural("import", archive)

    assert done.out.split() == [runs[0], "added"]


def test_which_runs(neural: Command, runs: Sequence[str]) -> None:
    """Neither none nor both."""
    assert neural("export").code == 1
    assert neural("export", runs[0], "--filter", "").code == 1


def test_an_unknown_platform(neural: Command, runs: Sequence[str]) -> None:
    """The message knows better ones."""
    done = neural("export", runs[0], "--to", "mlfow")

    assert done.code == 1
    assert "mlflow" in done.err


def test_a_failed_export_fails(neural: Command, runs: Sequence[str], tmp_path: Path) -> None:
    """The table is printed all the same."""
    (tmp_path / "file").touch()

    done = neural("export", runs[0], "--to", "csv", "-o", str(tmp_path / "file"))

    assert done.code == 1
    assert "1 of 1" in done.err
    assert runs[0] in done.out
