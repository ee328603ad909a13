"""What is installed is what is declared and was tested."""

from __future__ import annotations

import configparser
import fnmatch
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def setup() -> configparser.ConfigParser:
    """The settings in setup.cfg."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    return parser


def requirements(setup: configparser.ConfigParser) -> Iterator[Requirement]:
    """Yield what the core and all extras ask of other distributions."""
    lists = [setup["options"]["install_requires"], *setup["options.extras_require"].values()]
    for line in "\n".join(lists).split():
        requirement = Requirement(line)
        if requirement.name != "neural-aquarium":
            yield requirement


def test_every_requirement_has_a_tested_version(setup: configparser.ConfigParser) -> None:
    """constraints.txt pins each of them, and no older than its floor."""
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    tested = {canonicalize_name(name): version for name, version in pins.items()}

    for requirement in requirements(setup):
        assert requirement.specifier.contains(tested[canonicalize_name(requirement.name)])


def test_every_file_is_packaged(setup: configparser.ConfigParser) -> None:
    """A style sheet or a font that no pattern names would be missing once installed."""
    patterns = [
        f"{package.replace('.', '/')}/{pattern}"
        for package, listed in setup["options.package_data"].items()
        for pattern in listed.split()
    ]
    files = [
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "neural").rglob("*.*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    ]

    assert files
    assert [f for f in files if not any(fnmatch.fnmatch(f, p) for p in patterns)] == []


def test_every_folder_of_modules_is_a_package() -> None:
    """Without an __init__.py a folder is left out of what is installed."""
    folders = {path.parent for path in (REPOSITORY / "neural").rglob("*.py")}

    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []
