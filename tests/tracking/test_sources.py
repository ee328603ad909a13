"""Which kinds of sources there are, and telling them by what they hold."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from neural.errors import InvalidInputError, NotFoundError, UnknownNameError
from neural.tracking._source_tree import open_below, open_files
from neural.tracking.detection import Watch, detect
from neural.tracking.sources import sources

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


def _mlflow_run(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "meta.yaml").write_text(f"run_id: {folder.name}\nstatus: 3\n")
    _make_old(folder)


def _make_old(path: Path) -> None:
    """Let a folder have rested for long: a change of it that is seen is not a change of now."""
    os.utime(path, (1.6e9, 1.6e9))


def test_looking_again(tmp_path: Path) -> None:
    """Runs that come and go are seen, though folders that rest are not listed again."""
    for name in ("a" * 32, "b" * 32):
        _mlflow_run(tmp_path / "1" / name)
    watch = Watch(tmp_path)
    first = watch.look().detections
    again = watch.look().detections
    _mlflow_run(tmp_path / "1" / ("c" * 32))
    (tmp_path / "1" / ("a" * 32) / "meta.yaml").unlink()

    assert [found.path.name[0] for found in first] == ["a", "b"]
    assert set(map(id, again)) == set(map(id, first))  # nothing was looked up anew
    assert sorted(found.path.name[0] for found in watch.look().detections) == ["b", "c"]


def test_a_folder_that_became_something_else(tmp_path: Path) -> None:
    """What was known of it is forgotten when its content changes."""
    run = tmp_path / ("a" * 32)
    _mlflow_run(run)
    watch = Watch(tmp_path)
    watch.look()
    (run / "meta.yaml").unlink()
    (run / "metrics.csv").write_text(ROWS)

    assert [found.kind for found in watch.look().detections] == ["csv"]


def test_files_one_after_the_other(tmp_path: Path) -> None:
    """Links and pipes are passed over; what has its stamp is not opened again."""
    (tmp_path / "m" / "val").mkdir(parents=True)
    for name in ("b", "a", "val/c"):
        (tmp_path / "m" / name).write_text(name)
    (tmp_path / "m" / "link").symlink_to(tmp_path / "m" / "a")
    os.mkfifo(tmp_path / "m" / "pipe")
    told: list[str] = []

    def names(**options: Any) -> dict[str, Any]:
        found = {}
        for name, handle, stamp in open_files(
            tmp_path, "m", lambda *why: told.extend(why), **options
        ):
            os.close(handle)
            found[name] = stamp
        return found

    first = names()
    (tmp_path / "m" / "a").write_text("longer")

    assert list(first) == ["m/a", "m/b", "m/val/c"]
    assert list(names(known=first)) == ["m/a"]
    assert list(names(wanted=lambda path: path.endswith("c"))) == ["m/val/c"]
    assert not list(open_files(tmp_path, "gone", print))
    assert not told


def test_nothing_is_unpickled() -> None:
    """No reader knows how to: neither the module nor what loads with it is named anywhere."""
    folder = Path(detect.__code__.co_filename).parent / "importers"
    text = "".join(path.read_text() for path in folder.glob("*.py"))

    assert [w for w in ("pickle", "joblib", "torch.load", "allow_pickle") if w in text] == []
