"""Exit codes and the one line of an error."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import neural as neural_package
from neural.cli.app import main
from tests.cli.conftest import Command


@pytest.mark.usefixtures("runs")
def test_an_error_the_user_can_mend_is_one_line_and_1(neural: Command) -> None:
    """The line names the thing and what to do next."""
    outcome = neural("show", "zzz")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "neural: No run has an id that starts with 'zzz'. List them: neural ls\n"


@pytest.mark.usefixtures("runs")
def test_a_mistake_in_a_filter_is_one_line_with_its_position(neural: Command) -> None:
    """The caret of the dashboard becomes a number."""
    outcome = neural("ls", "status = ")

    assert outcome.code == 1
    assert outcome.err.count("\n") == 1
    assert "at position" in outcome.err


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The first thing that somebody who helps will ask for."""
    code = main(["--version"])

    assert (code, capsys.readouterr().out) == (0, f"neural {neural_package.__version__}\n")


@pytest.mark.parametrize("arguments", [["no-such-command"], ["show"], ["ls", "--limit", "x"]])
def test_wrong_usage_is_2(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    """As every other command line has it."""
    code = main(arguments)

    assert code == 2
    assert "Usage" in capsys.readouterr().err


def test_a_folder_that_is_missing_is_named_and_not_made(neural: Command, base_dir: Path) -> None:
    """A reading command makes nothing."""
    outcome = neural("ls")

    assert outcome.code == 1
    assert str(base_dir) in outcome.err
    assert not base_dir.exists()


def test_an_id_prefix_must_be_unique(neural: Command, runs: Sequence[str]) -> None:
    """The message lists the runs it could be."""
    outcome = neural("show", "aa")

    assert outcome.code == 1
    assert all(run in outcome.err for run in runs)


def test_a_closed_pipe_ends_it_quietly(base_dir: Path, runs: Sequence[str]) -> None:
    """`neural ls | head -1` shows no traceback."""
    command = f"{sys.executable} -m neural ls --json --base-dir {base_dir} | head -c 1"

    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )

    assert done.stdout == "["
    assert "Traceback" not in done.stderr
