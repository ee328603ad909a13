"""R1: SIGKILL at random moments loses nothing that a returned call has logged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]

#: Values per entry: a line within one cache line, around a page, beyond it.
SIZES = (4, 5, 14, 200)


@pytest.mark.parametrize("metrics", SIZES)
def test_killed_while_logging(
    tmp_path: Path,
    seed: int,
    torture: bool,
    metrics: int,
    start_worker: Callable[..., Any],
    finished: Callable[..., dict[str, int]],
    iterated: Callable[[int], None],
) -> None:
    """All acknowledged values are there bit by bit, and at most one that was not."""
    kills = 6_250 if torture else 200
    iterated(2 * kills)
    workers = [
        start_worker(
            "kill_metrics",
            folder=tmp_path / writer,
            seed=seed,
            kills=kills,
            writer=writer,
            metrics=metrics,
        )
        for writer in ("mapped", "pwrite")
    ]

    for worker in workers:
        found = Counter(finished(worker))
        assert found["kills"] == kills, found
        assert found["acknowledged"] > kills, f"the children hardly logged: {found}"
        for fault in (
            "lost",
            "wrong",
            "unreadable",
            "too_many",
            "still_locked",
            "not_mended",
            "not_resumed",
        ):
            assert found[fault] == 0, found
        assert found["resumed"] > 0, found
