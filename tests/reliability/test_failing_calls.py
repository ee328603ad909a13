"""R7: let the first, second, … system call of a kind fail, until a run is not touched any more."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]

CALLS = ["write", "pwrite64", "fdatasync", "rename", "openat", "mkdir", "unlink", "ftruncate"]
ERRORS = ["EIO", "ENOSPC", "EROFS", "EMFILE", "EACCES", "EINTR"]
WRITERS = ["mapped", "pwrite"]
NEVER = "65535"
ENTRIES = [[step, step / 3] for step in range(40)]

Fail = Callable[[str, list[tuple[str, str, str, str]]], list[dict[str, Any]]]


@pytest.fixture
def fail(
    tmp_path: Path,
    require: Callable[[object, str], None],
    start_worker: Callable[..., Any],
    finished: Callable[..., Any],
) -> Fail:
    """Return a function that plays cases ``(system call, error, when, writer)``."""
    require(shutil.which("strace"), "strace lets system calls fail; install it")

    def play(name: str, cases: list[tuple[str, str, str, str]]) -> list[dict[str, Any]]:
        results = finished(start_worker("fail_calls", folder=tmp_path / name, cases=cases))
        assert len(results) == len(cases)
        return list(results)

    return play


def is_undisturbed(found: dict[str, Any]) -> bool:
    """Whether nothing raised, and the process ended as it would have."""
    return found["exit"] == 0 and "raised" not in found


def is_whole(left: dict[str, Any]) -> bool:
    """Whether no file is half of one, and no dead run looks alive."""
    return (
        not left["json"] and not left["partial"] and not left["locked"] and left["artifacts_right"]
    )


def missing(left: dict[str, Any]) -> list[str]:
    """What a run lacks of what was logged, but for its metrics."""
    lacks = {
        "params": left["params"] != {"lr": 0.1},
        "tag at start": "begun" not in left["tags"],
        "tag": "done" not in left["tags"],
        "notes": left["notes"] != "notes",
        "artifact": left["artifacts"] != ["a"],
    }
    return [what for what, lacking in lacks.items() if lacking]


@pytest.mark.parametrize("call", CALLS)
def test_one_call_fails(fail: Fail, call: str, torture: bool) -> None:
    """All values are kept, the end is right, and at most the one call that failed left no trace."""
    counts = {
        writer: found["calls"]
        for writer, found in zip(
            WRITERS, fail("count", [(call, "EIO", NEVER, w) for w in WRITERS]), strict=True
        )
    }
    errors = itertools.cycle(ERRORS)
    cases = [
        (call, error, str(n), writer)
        for writer in WRITERS
        for n in range(1, counts[writer] + 1)
        for error in (ERRORS if torture else [next(errors)])
    ]

    for found in fail("play", cases):
        left = found["left"]
        assert len(found["injected"]) == 1, found
        assert is_undisturbed(found), found
        assert is_whole(left), found
        assert (found["dropped"], left["entries"]) == (0, ENTRIES), found
        assert left["status"] == "completed", found
        # Without a directory for the run, nothing but metrics can wait for one.
        assert len(missing(left)) <= 1 or call == "mkdir", found
        assert len(left["temporary"]) <= (call == "unlink"), found
    assert len(cases) > 2 or call == "unlink"  # which nothing needs while all goes well


@pytest.mark.parametrize("call", CALLS)
def test_all_calls_fail_from_one_on(fail: Fail, call: str, torture: bool) -> None:
    """A disk that breaks for good: what was acknowledged before is there, and all is whole."""
    starts = range(1, 50) if torture else (1, 2, 3, 5, 8, 13, 21, 34)
    cases = [
        (call, error, f"{start}+", writer)
        for start, error, writer in zip(
            starts, itertools.cycle(ERRORS[:-1]), itertools.cycle(WRITERS), strict=False
        )
    ]

    for found in fail("play", cases):
        entries = found["left"]["entries"] or []
        assert is_undisturbed(found), found
        assert is_whole(found["left"]), found
        assert entries == ENTRIES[: len(entries)], found
        assert len(entries) + found["dropped"] == len(ENTRIES), found


@pytest.mark.parametrize("call", CALLS)
def test_every_third_call_fails(fail: Fail, call: str, torture: bool) -> None:
    """A disk that comes and goes: nothing is glued together, nothing is there twice."""
    errors = ERRORS if torture else ERRORS[:3]
    cases = [(call, error, f"{n}+3", w) for n, error in enumerate(errors, 1) for w in WRITERS]

    for found in fail("play", cases):
        entries = found["left"]["entries"] or []
        assert is_undisturbed(found), found
        assert is_whole(found["left"]), found
        assert entries == ENTRIES[: len(entries)], found
        assert len(entries) + found["dropped"] == len(ENTRIES), found
