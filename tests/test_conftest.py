"""A missing tool skips a test at home and fails it under CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
NEEDS_A_TOOL = """
def test_it(require):
    require(None, "no such tool")
"""
NEEDS_A_MODULE = """
import pytest
pytest.importorskip("no_such_module")
"""


def run(folder: Path, test: str, ci: str) -> subprocess.CompletedProcess[str]:
    """Run one test file under our conftest in a pytest of its own."""
    (folder / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "test_it.py").write_text(test, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:dash", "-p", "no:cacheprovider", "-rs", folder],
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("test", [NEEDS_A_TOOL, NEEDS_A_MODULE], ids=["tool", "module"])
def test_at_home_it_is_skipped(tmp_path: Path, test: str) -> None:
    """The run goes on and the reason is printed."""
    result = run(tmp_path, test, ci="")

    assert "1 skipped" in result.stdout
    assert "no such" in result.stdout or "no_such" in result.stdout


@pytest.mark.parametrize("test", [NEEDS_A_TOOL, NEEDS_A_MODULE], ids=["tool", "module"])
def test_under_ci_it_fails(tmp_path: Path, test: str) -> None:
    """What does not run there is a failure with the same reason."""
    result = run(tmp_path, test, ci="true")

    assert result.returncode != 0
    assert "CI skips nothing" in result.stdout
