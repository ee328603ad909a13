"""What the fault tests share: sizes, seeds, and workers in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

HERE = Path(__file__).parent


@pytest.fixture(params=["ci", pytest.param("torture", marks=pytest.mark.torture)])
def torture(request: pytest.FixtureRequest) -> bool:
    """Whether to run at full size; `make torture` does."""
    return bool(request.param == "torture")


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Seed of this test: a new one each time, shown when it fails; NEURAL_TEST_SEED replays it."""
    given = os.environ.get("NEURAL_TEST_SEED") or getattr(request.node, "replayed_seed", None)
    found = int(given) if given else int.from_bytes(os.urandom(4), "big")
    request.node.add_report_section("setup", "seed", f"replay with NEURAL_TEST_SEED={found}")
    return found


@pytest.fixture
def rng(seed: int) -> Random:
    """Random numbers that the shown seed replays."""
    return Random(seed)


@pytest.fixture
def iterated(record_property: Callable[[str, object], None]) -> Callable[[int], None]:
    """Return ``iterated(count)``, which tells the table of `make torture` how often."""
    return lambda count: record_property("iterations", count)


@pytest.fixture
def start_worker() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts ``tests/reliability/<name>.py`` with arguments."""
    started: list[subprocess.Popen[str]] = []

    def start(name: str, *prefix: str, **arguments: Any) -> subprocess.Popen[str]:
        command = [*prefix, sys.executable, str(HERE / f"{name}.py")]
        worker = subprocess.Popen(
            [*command, json.dumps(arguments, default=str)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(worker)
        return worker

    yield start
    for worker in started:
        with worker:  # closes its pipes and waits
            worker.kill()


def result_of(worker: subprocess.Popen[str]) -> Any:
    """Return what a worker printed last, as JSON; fail with its errors if it did not end well."""
    out, errors = worker.communicate()
    assert worker.returncode == 0, f"exit code {worker.returncode}\n{errors}"
    return json.loads(out.splitlines()[-1])


@pytest.fixture
def finished() -> Callable[[subprocess.Popen[str]], Any]:
    """Return :func:`result_of`."""
    return result_of


@pytest.fixture(scope="session")
def mount_namespace(require: Callable[[object, str], None]) -> list[str]:
    """Words to put before a command so that it may mount what nobody else sees."""
    ways = [["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]]
    attempt = ["sh", "-c", "mount -t tmpfs none /mnt"]
    works = [way for way in ways if _succeeds([*way, *attempt])]
    require(works, "mounting needs root, or user namespaces that may be made by anybody")
    return works[0]


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
