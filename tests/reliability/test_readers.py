"""R15: what readers see of a run that is being written is right at every moment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]


@pytest.mark.parametrize("writer", ["mapped", "pwrite"])
def test_readers_follow_a_writer(
    tmp_path: Path,
    writer: str,
    torture: bool,
    start_worker: Callable[..., Any],
    finished: Callable[..., Any],
) -> None:
    """Four readers and a list at 20 Hz: points only get more, all are right, none comes late."""
    worker = start_worker(
        "watch",
        scenario="readers",
        folder=tmp_path,
        writer=writer,
        seconds=900 if torture else 5,
        count=4,
    )

    found = finished(worker)

    assert found["logged"] == found["stored"] == found["seen_while_open"] > 10_000
    for reader in found["readers"]:
        assert reader["looks"] >= 5, found
        assert reader["wrong"] == [], found
        assert reader.get("seen", found["logged"]) == found["logged"], found


def test_a_commit_that_is_seen_in_two_halves(
    tmp_path: Path,
    torture: bool,
    start_worker: Callable[..., Any],
    finished: Callable[..., Any],
) -> None:
    """A reader on another processor may see one byte of a commit first: nothing wrong is read."""
    rounds = 60 if torture else 20
    torn = 0
    for number in range(rounds):
        folder = tmp_path / str(number)
        folder.mkdir()
        worker = start_worker(
            "watch", scenario="line_crossings", folder=folder, writer="mapped", seconds=2
        )

        found = finished(worker)

        assert found["logged"] == found["stored"], found
        assert found["reader"]["wrong"] == [], found
        torn += found["reader"]["torn"]
        if torn and not torture:
            break
    assert torn > 0, "no half of a commit was ever seen"
