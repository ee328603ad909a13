"""The plugin of `make torture`: its table, its time box, its corpus."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
FAILING = """
import pytest

@pytest.fixture
def seed(request):
    found = getattr(request.node, "replayed_seed", None) or 41
    request.node.add_report_section("setup", "seed", f"replay with NEURAL_TEST_SEED={found}")
    return found

@pytest.mark.torture
@pytest.mark.parametrize("size", [1, 2])
def test_it(seed, size, record_property):
    record_property("iterations", 500)
    print("seed", seed)
    assert size == 1
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one test, which fails for one of two sizes."""
    (tmp_path / "tests").mkdir()
    plugin = (REPOSITORY / "tests" / "torture_table.py").read_text()
    (tmp_path / "tests" / "torture_table.py").write_text(plugin)
    (tmp_path / "test_one.py").write_text(FAILING)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = torture: hours\n")
    return tmp_path


def torture(project: Path, **environment: str) -> str:
    """Run it as `make torture` does; returns what is printed."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.torture_table", "-p", "no:dash", "-rs"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "test_one.py"],
        cwd=project,
        env={**os.environ, **environment, "CI": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_the_table(project: Path) -> None:
    """One line a test: how often, failures, seeds."""
    shown = torture(project)

    (line,) = (
        line for line in shown.splitlines() if line.endswith("test_one.py::test_it  seeds 41")
    )
    assert line.split()[:4] == ["2", "1000", "1", "0"]


def test_what_failed_is_replayed_first(project: Path) -> None:
    """With its seed, beside the test itself."""
    torture(project)
    corpus = project / "tests" / "data" / "torture_corpus.json"
    assert json.loads(corpus.read_text()) == {"test_one.py::test_it[2]": [41]}
    corpus.write_text(json.dumps({"test_one.py::test_it[1]": [7]}))

    shown = torture(project)

    assert "1 failed, 2 passed" in shown


def test_the_time_box(project: Path) -> None:
    """What does not fit is skipped, and said to be."""
    shown = torture(project, NEURAL_TORTURE_MINUTES="0.0000001")

    assert "2 skipped" in shown
    assert "minutes are over" in shown
