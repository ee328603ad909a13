"""``neural import``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from neural.cli.app import main

Command = Callable[..., Any]


@pytest.fixture
def report(neural: Command, runs: Sequence[str], tmp_path: Path) -> Path:
    """A report of two runs."""
    path = tmp_path / "report.html"
    assert neural("report", "-o", str(path), "--ids", ",".join(runs)).code == 0
    return path


def test_into_another_store(
    report: Path, runs: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The runs keep their ids; the second time nothing is added."""
    other = tmp_path / "other"
    words = ["import", str(report), "--base-dir", str(other)]

    assert main(words) == 0
    first = capsys.readouterr().out
    assert main(words) == 0
    second = capsys.readouterr().out

    assert first.splitlines() == [f"{one}\tadded" for one in runs]
    assert second.splitlines() == [f"{one}\tis there already" for one in runs]


def test_json(neural: Command, report: Path, runs: Sequence[str]) -> None:
    """For programs."""
    assert neural("import", str(report), "--json").json == {"added": [], "present": list(runs)}


def test_no_report(neural: Command, tmp_path: Path) -> None:
    """Another file is refused by name."""
    (tmp_path / "page.html").write_text("<html></html>")

    done = neural("import", str(tmp_path / "page.html"))

    assert done.code == 1
    assert "page.html" in done.err
