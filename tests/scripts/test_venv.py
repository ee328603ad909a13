"""The set-up says what is missing and how to get it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "venv.sh"
NEEDED = ("bash", "dirname", "cat", "cksum")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that is all of PATH, with no Python in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return folder


def add(programs: Path, name: str, script: str) -> None:
    """Add a program that does what ``script`` says."""
    program = programs / name
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def set_up(programs: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Make an environment with nothing but ``programs``."""
    return subprocess.run(
        [programs / "bash", SCRIPT, tmp_path / "venv", "dev"],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_python(programs: Path, tmp_path: Path) -> None:
    """It asks for Python in the version that is needed."""
    result = set_up(programs, tmp_path)

    assert result.returncode == 1
    assert "Python 3.11 or newer is needed" in result.stderr


def test_python_is_too_old(programs: Path, tmp_path: Path) -> None:
    """It says which version there is, and installs nothing with it."""
    add(programs, "python3", '[ "$1" = --version ] && echo Python 3.9.2 && exit; exit 1')

    result = set_up(programs, tmp_path)

    assert result.returncode == 1
    assert "this machine has Python 3.9.2" in result.stderr


def test_python_without_venv(programs: Path, tmp_path: Path) -> None:
    """Debian keeps venv in a package of its own: it is named with the command that installs it."""
    add(programs, "apt-get", "exit 1")
    add(programs, "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac; exit 0')

    result = set_up(programs, tmp_path)

    assert result.returncode == 1
    assert "sudo apt-get install python3-venv" in result.stderr
    assert not (tmp_path / "venv").exists()


def test_a_later_python_is_found(programs: Path, tmp_path: Path) -> None:
    """An old `python3` does not hide a `python3.12`; what that one does is not our doing."""
    add(programs, "python3", "exit 1")
    add(programs, "python3.12", 'if [ "$1" = -m ]; then echo "made by 3.12" >&2; exit 3; fi')

    result = set_up(programs, tmp_path)

    assert (result.returncode, result.stderr.strip()) == (3, "made by 3.12")
