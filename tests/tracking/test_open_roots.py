"""What a page may open and write into."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from neural.errors import InvalidInputError, NotFoundError, RefusedError
from neural.tracking.open_roots import OpenRoots


@pytest.fixture
def roots(tmp_path: Path) -> OpenRoots:
    """A store, and one folder beside it that was opened at the start."""
    (tmp_path / "open" / "mlruns").mkdir(parents=True)
    (tmp_path / "runs" / "digits_1").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (tmp_path / "open" / "way-out").symlink_to(tmp_path / "secret")
    return OpenRoots(tmp_path / "runs", [tmp_path / "open"])


def test_relative_places_are_among_the_exports(roots: OpenRoots) -> None:
    """Whoever types just a name gets a folder in the store, whatever the server was started in."""
    assert roots.inside("csv") == roots.base_dir / "exports" / "csv"


def test_below_an_open_folder(roots: OpenRoots, tmp_path: Path) -> None:
    """Also the folder itself, and what does not exist yet."""
    assert roots.inside(f"{tmp_path}/open") == tmp_path / "open"
    assert roots.inside(f" {tmp_path}/open/new/deeper ") == tmp_path / "open/new/deeper"


@pytest.mark.parametrize(
    "text",
    [
        "/etc/passwd",
        "/",
        "..",
        "../digits_1",
        "../../secret",
        "{tmp}/open/../secret",
        "{tmp}/openly",
        "{tmp}/open/way-out",
        "{tmp}/open/way-out/deeper",
        "{tmp}/runs/digits_1",
        "{tmp}/runs",
        "{tmp}/runs/exports/../.neural",
        "~/x/../../../../../../etc",
    ],
)
def test_everything_else_is_refused(roots: OpenRoots, tmp_path: Path, text: str) -> None:
    """Ways out, links out, names that only begin alike, and the runs themselves."""
    with pytest.raises(RefusedError, match="--open-root"):
        roots.inside(text.format(tmp=tmp_path))


@pytest.mark.parametrize("text", ["", "  ", "a\0b", "a\nb", "x" * 5000])
def test_what_is_no_path(roots: OpenRoots, text: str) -> None:
    """It is told as such."""
    with pytest.raises(InvalidInputError, match="is no folder"):
        roots.inside(text)


def test_a_loop_of_links(roots: OpenRoots, tmp_path: Path) -> None:
    """It leads nowhere, and ends."""
    os.symlink(tmp_path / "open" / "b", tmp_path / "open" / "a")
    os.symlink(tmp_path / "open" / "a", tmp_path / "open" / "b")

    with pytest.raises(RefusedError):
        roots.inside(f"{tmp_path}/open/a")


def test_refused_places_are_not_told_apart(roots: OpenRoots, tmp_path: Path) -> None:
    """Nobody learns from the answer whether a file exists."""
    answers = []
    for name in ("secret", "nothing"):
        with pytest.raises(RefusedError) as refused:
            roots.existing(f"{tmp_path}/{name}")
        answers.append(str(refused.value).replace(name, ""))

    assert answers[0] == answers[1]


def test_an_open_place_without_anything(roots: OpenRoots, tmp_path: Path) -> None:
    """There it is said."""
    with pytest.raises(NotFoundError, match="nothing at"):
        roots.existing(f"{tmp_path}/open/none")


def test_a_root_must_be_a_folder(tmp_path: Path) -> None:
    """A file is told at the start, not when somebody types."""
    (tmp_path / "file").write_text("")

    with pytest.raises(InvalidInputError, match="--open-root must be a folder"):
        OpenRoots(tmp_path / "runs", [tmp_path / "file"])
