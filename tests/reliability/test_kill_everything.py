"""R1: SIGKILL while logging parameters, tags, files, texts and statuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]


def test_killed_in_any_call(
    tmp_path: Path,
    seed: int,
    torture: bool,
    start_worker: Callable[..., Any],
    finished: Callable[..., dict[str, int]],
    iterated: Callable[[int], None],
) -> None:
    """What was acknowledged is there, and no file under its final name is half of one."""
    kills = 6_250 if torture else 200
    iterated(2 * kills)
    workers = [
        start_worker(
            "kill_everything", folder=tmp_path / writer, seed=seed, kills=kills, writer=writer
        )
        for writer in ("mapped", "pwrite")
    ]

    for worker in workers:
        found = Counter(finished(worker))
        assert found["kills"] == kills, found
        assert found["half_done"] > kills / 20, f"hardly any call was cut short: {found}"
        for fault in ("lost", "too_many", "partial_files", "wrong_checksum"):
            assert found[fault] == 0, found
