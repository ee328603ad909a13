"""``neural open``, and ``neural import`` of other trackers' runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neural.cli.app import main


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A folder with one run."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "metrics.csv").write_text("step,loss\n0,0.5\n1,0.25,9\n")
    return folder


def test_open(theirs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs are listed where they lie, and what is left out is told."""
    assert main(["open", str(theirs)]) == 0

    out = capsys.readouterr()
    assert out.out.splitlines()[1].split("\t")[1:4] == ["csv", "theirs", "theirs"]
    assert "left out" in out.err
    assert [path.name for path in theirs.iterdir()] == ["metrics.csv"]


def test_show(theirs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One run by the start of its id."""
    main(["open", str(theirs), "--json"])
    run_id = json.loads(capsys.readouterr().out)["runs"][0]["experiment_id"]

    assert main(["open", str(theirs), "--show", run_id[:6]]) == 0
    assert "loss\t0.25\t1\t0.25\t0.5\t2" in capsys.readouterr().out


def test_import(theirs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs are copied, and then listed as our own."""
    ours = str(tmp_path / "ours")

    assert main(["import", str(theirs), "--base-dir", ours]) == 0
    assert "added\t2\tcsv" in capsys.readouterr().out
    assert main(["ls", "--base-dir", ours]) == 0
    assert "theirs" in capsys.readouterr().out


def test_as(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A kind can be given where the content says nothing."""
    path = tmp_path / "odd.dat"
    path.write_text("x,loss\n0,0.5\n")

    assert main(["open", str(path), "--as", "csv"]) == 0
    assert "csv" in capsys.readouterr().out
    assert main(["open", str(path), "--as", "cvs"]) == 1
    assert "Did you mean 'csv'" in capsys.readouterr().err


def test_a_folder_without_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the folder and what could be said."""
    assert main(["import", str(tmp_path), "--base-dir", str(tmp_path / "ours")]) == 1
    assert "--as" in capsys.readouterr().err
