"""L1 to L5: Aquarium in a process of its own, under more viewers than are likely.

Nothing here asks for times: those are measured by ``make bench BENCH_ARGS="--only load"``.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import websockets

from benchmarks.load import Visit, pages_of, record, view
from benchmarks.make_store import make_wide_store
from neural.tracking import ExperimentManager, ExperimentTracker

pytestmark = [pytest.mark.crash, pytest.mark.timeout(240)]

PATIENCE_S = 60.0


class Aquarium:
    """The dashboard as its users start it, on a port that it keeps over restarts."""

    def __init__(self, base: Path) -> None:
        self.base = base
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "neural.tracking.aquarium_app"]
        command += ["--base-dir", str(self.base), "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self.answers)

    def answers(self) -> bool:
        """Whether the first page is there."""
        assert self.process.poll() is None, "the server has ended"
        with suppress(OSError):
            return urllib.request.urlopen(self.url, timeout=PATIENCE_S).status == 200
        return False

    def stop(self) -> None:
        """End it at once, as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def held(self) -> dict[str, int]:
        """How many descriptors and threads it has."""
        place = Path(f"/proc/{self.process.pid}")
        return {kind: len(os.listdir(place / kind)) for kind in ("fd", "task")}


def wait_until(holds: Callable[[], bool]) -> None:
    """Ask over and over until something holds."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def aquarium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aquarium]:
    """A server on a hundred runs."""
    base = tmp_path_factory.mktemp("load")
    make_wide_store(base, 100, metrics=8, points=100)
    found = Aquarium(base)
    yield found
    found.stop()


@pytest.fixture(scope="module")
def visits(aquarium: Aquarium, browser_executable: str) -> list[Visit]:
    """What the pages ask, as a browser does it."""
    assert browser_executable
    table, _, compare, _ = pages_of(str(aquarium.base))
    return record(aquarium.url, [table, compare], listens_s=2.5)


def crowd(aquarium: Aquarium, visits: list[Visit], torture: bool) -> Any:
    """Let viewers look for a while."""
    viewers, lasts_s = (25, 120.0) if torture else (8, 3.0)
    return asyncio.run(view(aquarium.url, visits, viewers, lasts_s))


def test_l1_viewers(aquarium: Aquarium, visits: list[Visit], torture: bool) -> None:
    """Every request is answered, those of polls too."""
    assert any(visit.polls for visit in visits), "no page polls"

    taken = crowd(aquarium, visits, torture)

    assert taken.errors == []
    assert len(taken.seconds) > 100


def test_l2_viewers_while_runs_log(aquarium: Aquarium, visits: list[Visit], torture: bool) -> None:
    """Nobody meets an error, no call is dropped, and what was logged is seen at once."""
    over = threading.Event()
    trackers = [
        ExperimentTracker("live", aquarium.base, False, capture_environment=False) for _ in range(8)
    ]
    logged = [0] * len(trackers)

    def train(number: int) -> None:
        while not over.wait(0.02):
            trackers[number].log_metrics({"loss": logged[number] / 3}, step=logged[number])
            logged[number] += 1

    threads = [threading.Thread(target=train, args=(n,)) for n in range(len(trackers))]
    for thread in threads:
        thread.start()
    taken = crowd(aquarium, visits, torture)
    over.set()
    for thread in threads:
        thread.join()

    assert taken.errors == []
    manager = ExperimentManager(aquarium.base, read_only=True)
    for tracker, count in zip(trackers, logged, strict=True):
        assert tracker.dropped_points == 0
        assert manager.metric(tracker.experiment_id, "loss").step.tolist() == list(range(count))
        tracker.finish()
    assert min(logged) > 50


def test_l3_followers_of_a_log(aquarium: Aquarium, torture: bool) -> None:
    """Each gets every line once, also who comes back; who reads nothing holds up nobody."""
    tracker = ExperimentTracker("printing", aquarium.base, False, capture_environment=False)
    tracker.log_metrics({"loss": 1.0}, step=0)
    path = tracker.experiment_dir / "logs" / "stdout.log"
    path.parent.mkdir(exist_ok=True)
    path.touch()
    lines = 20_000 if torture else 1_000
    address = f"ws://127.0.0.1:{aquarium.port}/ws/logs/{tracker.experiment_id}"

    async def follow(comes_back: bool) -> list[str]:
        seen: list[str] = []
        offset, is_over = 0, False
        while not is_over:
            url = f"{address}?offset={offset}"
            async with websockets.connect(url, origin=aquarium.url) as ws:  # type: ignore[arg-type]
                while not is_over:
                    said = json.loads(await asyncio.wait_for(ws.recv(), PATIENCE_S))
                    is_over = "ended" in said
                    seen += ["".join(p[0] for p in line) for line in said.get("lines", [])]
                    offset = said.get("end", offset)
                    if comes_back and len(seen) > lines // 4:
                        comes_back = False
                        break
        return seen

    async def write() -> None:
        with path.open("a") as file:
            for number in range(lines):
                file.write(f"line {number} {'x' * 80}\n")
                if number % 50 == 0:
                    file.flush()
                    await asyncio.sleep(0.005)
        await asyncio.to_thread(tracker.finish)

    async def all_of_them() -> list[list[str]]:
        async with websockets.connect(address, origin=aquarium.url):  # type: ignore[arg-type]
            followers = [follow(number % 4 == 0) for number in range(200 if torture else 20)]
            writing = asyncio.create_task(write())
            found = await asyncio.gather(*followers)
            await writing
        return list(found)

    for seen in asyncio.run(all_of_them()):
        assert [line.split()[1] for line in seen] == [str(number) for number in range(lines)]


def test_l4_a_storm_of_clients(aquarium: Aquarium, torture: bool) -> None:
    """Cut, half-said and unread requests leave nothing behind, and others are answered."""
    before = aquarium.held()
    address = ("127.0.0.1", aquarium.port)
    request = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{aquarium.port}\r\n".encode()
    with ExitStack() as stack:
        for number in range(2_000 if torture else 200):
            client = socket.create_connection(address, timeout=PATIENCE_S)
            client.sendall(request + (b"\r\n" if number % 2 else b""))
            if number % 10:
                client.close()
            else:
                stack.callback(client.close)  # says no more, and does not go
        assert aquarium.answers()

    def is_calm() -> bool:
        now = aquarium.held()
        return all(now[kind] <= before[kind] + 5 for kind in now)

    wait_until(is_calm)


def test_l5_the_server_is_started_again(
    aquarium: Aquarium, visits: list[Visit], torture: bool
) -> None:
    """What pages go on asking is answered as before: the server keeps nothing about them."""
    for _ in range(10 if torture else 1):
        aquarium.stop()
        aquarium.start()

        taken = crowd(aquarium, visits, torture=False)

        assert taken.errors == []
