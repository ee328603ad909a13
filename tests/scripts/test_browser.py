"""The browser that the browser tests drive is looked for where people have one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "browser.sh"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that is all of PATH, with no browser in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "grep", "uname"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return folder


def find(programs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Look for a browser with nothing but ``programs``."""
    return subprocess.run(
        [programs / "bash", SCRIPT],
        env={"PATH": str(programs), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["chromium", "google-chrome"])
def test_browser_on_the_path(programs: Path, name: str) -> None:
    """Chromium and Chrome both do."""
    browser = programs / name
    browser.symlink_to(programs / "bash")

    assert find(programs).stdout.strip() == str(browser)


def test_own_browser_wins(programs: Path) -> None:
    """CHROMIUM names one that is not on PATH, or another one."""
    (programs / "chromium").symlink_to(programs / "bash")
    own = programs.parent / "my-browser"
    own.symlink_to(programs / "bash")

    assert find(programs, CHROMIUM=str(own)).stdout.strip() == str(own)


def test_library_of_the_driver_is_missing(programs: Path) -> None:
    """Minimal systems lack the one library that Playwright does not bring."""
    (programs / "chromium").symlink_to(programs / "bash")
    ldconfig = programs / "ldconfig"
    ldconfig.write_text("#!/bin/sh\necho libc.so.6\n", encoding="utf-8")
    ldconfig.chmod(0o755)

    result = find(programs)

    assert (result.returncode, result.stdout) == (1, "")
    assert "apt-get install libatomic1" in result.stderr


def test_no_browser(programs: Path) -> None:
    """The message says what would help."""
    result = find(programs)

    assert (result.returncode, result.stdout) == (1, "")
    assert "set CHROMIUM" in result.stderr
