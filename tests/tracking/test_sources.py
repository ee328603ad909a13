"""Which kinds of sources there are, and telling them by what they hold."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from neural.errors import InvalidInputError, NotFoundError, UnknownNameError
from neural.tracking._source_tree import open_below
from neural.tracking.sources import detect, sources

ROWS = "step,loss\n0,0.5\n"


def test_every_kind_can_be_loaded() -> None:
    """The table names things that exist, each with a rank of its own."""
    kinds = [sources.load(name) for name in sources]

    assert len({kind.rank for kind in kinds}) == len(kinds) == 10
    assert all(kind.title for kind in kinds)


def test_several_kinds_in_one_folder(tmp_path: Path) -> None:
    """Each file is claimed by one kind."""
    (tmp_path / "metrics.csv").write_text(ROWS)
    (tmp_path / "log.jsonl").write_text('{"step": 0, "loss": 0.5}\n')

    found = detect(tmp_path).detections

    assert sorted((one.kind, one.path.name) for one in found) == [
        ("csv", "metrics.csv"),
        ("jsonl", "log.jsonl"),
    ]


def test_one_file(tmp_path: Path) -> None:
    """A path may be a file; what lies beside it is not looked at."""
    (tmp_path / "a.csv").write_text(ROWS)
    (tmp_path / "b.csv").write_text(ROWS)

    (found,) = detect(tmp_path / "a.csv").detections

    assert found.path == tmp_path.resolve() / "a.csv"


def test_a_kind_that_is_asked_for(tmp_path: Path) -> None:
    """It is taken at its word where nothing is recognised; unknown ones are named."""
    (tmp_path / "odd.dat").write_text(ROWS)

    (found,) = detect(tmp_path / "odd.dat", kind="csv").detections

    assert (found.kind, found.why) == ("csv", "as it was asked for")
    with pytest.raises(UnknownNameError, match="Did you mean 'csv'"):
        detect(tmp_path, kind="cvs")


def test_paths_that_are_no_place(tmp_path: Path) -> None:
    """Nothing, and something that is no file: both are said by name, at once."""
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(NotFoundError, match="gone"):
        detect(tmp_path / "gone")
    with pytest.raises(InvalidInputError, match="neither a file nor a folder"):
        detect(tmp_path / "pipe")


def test_pipes_and_loops_in_a_folder(tmp_path: Path) -> None:
    """A pipe is not waited for, and links that go round are not followed."""
    os.mkfifo(tmp_path / "events.out.tfevents.1")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "out").symlink_to("/")
    (tmp_path / "metrics.csv").write_text(ROWS)

    found = detect(tmp_path)

    assert [one.kind for one in found.detections] == ["csv"]
    assert [Path(one.path).name for one in found.skipped] == ["out"]


def test_json_without_bottom(tmp_path: Path) -> None:
    """A file that is nested 100,000 deep is listed, and stops nothing."""
    deep = "[" * 100_000
    (tmp_path / "trainer_state.json").write_text('{"log_history": ' + deep)
    (found,) = detect(tmp_path).detections
    source = found.open()

    assert source.refresh() is False
    assert len(source.skipped()) == 1


@pytest.mark.parametrize(
    "path", ["../secret", "a/../../secret", "/etc/passwd", "link/x", "file-link", "", "."]
)
def test_no_way_out(tmp_path: Path, path: str) -> None:
    """No path leads out of a place, neither by its name nor by a link."""
    place = tmp_path / "place"
    place.mkdir()
    (tmp_path / "secret").write_text("marker")
    (tmp_path / "x").write_text("marker")
    (place / "link").symlink_to(tmp_path)
    (place / "file-link").symlink_to(tmp_path / "secret")

    with pytest.raises((OSError, ValueError)):
        open_below(place, path)


def test_nothing_is_unpickled() -> None:
    """No reader knows how to: neither the module nor what loads with it is named anywhere."""
    folder = Path(detect.__code__.co_filename).parent / "importers"
    text = "".join(path.read_text() for path in folder.glob("*.py"))

    assert [w for w in ("pickle", "joblib", "torch.load", "allow_pickle") if w in text] == []
