"""The process that writes a run: what it owns, and what it finds when it goes on with one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from neural.tracking.lifecycle import ending_of
from neural.tracking.run_writer import RunWriter, is_detached


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Directory of a run; not made yet."""
    return tmp_path / "base" / "my_run_0123abcd"


def stored(root: Path) -> dict[str, Any]:
    """What metadata.json says."""
    found: dict[str, Any] = json.loads((root / "metadata.json").read_bytes())
    return found


def seed_run(root: Path, metadata: str) -> None:
    """A run whose metadata another program wrote."""
    root.mkdir(parents=True)
    (root / "metadata.json").write_text(metadata, encoding="utf-8")


def opened(root: Path, **options: Any) -> RunWriter:
    """A writer that holds the run's file."""
    writer = RunWriter(root, **options)
    writer.log.open()
    return writer


def test_a_run_without_a_name_in_its_metadata(root: Path) -> None:
    """Name and id are those of the folder; what stood there stays."""
    seed_run(root, '{"start_time": "2024-05-01T10:00:00", "status": "running", "more": 1}')
    opened(root)
    found = stored(root)

    assert (found["experiment_name"], found["experiment_id"]) == ("my_run", "0123abcd")
    assert (found["start_time"], found["more"]) == ("2024-05-01T10:00:00", 1)
    assert found["format_version"] == 1


@pytest.mark.parametrize("damage", ["", '{"status": ', "[1]", "[" * 100_000])
def test_damaged_metadata_do_not_keep_a_run_from_going_on(
    root: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The file is set aside and told of."""
    seed_run(root, damage)
    opened(root).log.append(b'{"timestamp":1.5,"step":0}', 1.5)

    assert (root / "metadata.json.damaged").read_text(encoding="utf-8") == damage
    assert (stored(root)["status"], stored(root)["experiment_id"]) == ("running", "0123abcd")
    assert "metadata.json was damaged" in caplog.text


def test_metadata_that_are_missing_are_no_damage(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder with nothing but metrics is a run too."""
    root.mkdir(parents=True)
    opened(root)

    assert stored(root)["status"] == "running"
    assert not caplog.text


def test_metadata_that_cannot_be_read_are_left_alone(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """That is no damage: another program may still read them. Values are logged all the same."""
    root.mkdir(parents=True)
    (root / "metadata.json").symlink_to("metadata.json")
    writer = opened(root)
    writer.log.append(b'{"timestamp":1.5,"step":0}', 1.5)

    assert (root / "metadata.json").is_symlink()
    assert (writer.owns_run, writer.log.dropped) == (False, 0)
    assert "metadata.json" in caplog.text


def test_metadata_are_written_by_the_owner_alone(root: Path) -> None:
    """A second writer may ask for what it likes."""
    owner = opened(root, created={"status": "created"})
    other = opened(root)
    other.start()
    other.end(ending_of(None))
    refused = other.set_status("failed")
    other.detach()
    other.close()

    assert (owner.owns_run, other.owns_run, refused) == (True, False, False)
    assert stored(root) == {"status": "created"}


def test_one_that_joins_owns_nothing(root: Path) -> None:
    """Also if nobody writes the run."""
    opened(root, created={"status": "created"}).close()
    writer = opened(root, join=True)

    assert not writer.owns_run
    assert not writer.set_status("failed")


@pytest.mark.parametrize(
    ("before", "after"), [("created", "completed"), ("running", "completed"), ("mine", "mine")]
)
def test_the_end_of_the_process_keeps_a_text_of_the_user(
    root: Path, before: str, after: str
) -> None:
    """It replaces the statuses that the product set itself."""
    writer = opened(root, created={"status": before})
    writer.end(ending_of(None))

    assert stored(root)["status"] == after
    assert stored(root)["end_time"] is not None


def test_the_first_end_counts(root: Path) -> None:
    """A later one changes neither status nor error."""
    writer = opened(root, created={"status": "running"})
    writer.end(ending_of(None))
    writer.end(ending_of(ValueError("late")))

    assert stored(root)["status"] == "completed"
    assert "error" not in stored(root)


def test_a_detached_run_is_ended_by_no_process(root: Path) -> None:
    """Until it is ended for good, it goes on without one."""
    writer = opened(root, created={"status": "created"})
    writer.detach()
    writer.end(ending_of(None))

    assert is_detached(stored(root))
    assert (stored(root)["status"], stored(root)["end_time"]) == ("running", None)


def test_a_status_is_kept_until_there_is_a_disk(root: Path) -> None:
    """What could not be written is written with the next thing that can."""
    root.parent.parent.mkdir(exist_ok=True)
    root.parent.write_text("in the way", encoding="utf-8")
    writer = opened(root, created={"status": "created"})
    accepted = writer.set_status("phase 1")
    root.parent.unlink()
    writer.log._next_try = 0.0  # as if the second between two tries had passed
    writer.log.open()

    assert accepted
    assert stored(root) == {"status": "phase 1", "end_time": None}


def test_what_a_disk_prevents_is_told_of(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The caller gets nothing, and no exception."""
    writer = RunWriter(root, created={"status": "created"})
    found = writer.attempt("Artifact", os.stat, root / "missing")

    assert found is None
    assert "Artifact of run" in caplog.text


def test_a_bug_is_not_mistaken_for_a_broken_disk(root: Path) -> None:
    """It keeps its traceback."""
    writer = RunWriter(root, created={"status": "created"})

    with pytest.raises(ZeroDivisionError):
        writer.attempt("Artifact", divmod, 1, 0)
