"""Many viewers at once: what pages ask is recorded once in a browser, then asked by many clients.

A viewer opens a page, polls as the page does, and goes to another page every five seconds. Clients
are plain HTTP: they parse no script and draw nothing, so that the server is what is measured.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.make_store import make_wide_store
from benchmarks.report import Row
from benchmarks.servers import Address, cpu_seconds, serving
from benchmarks.table import FLAGS

__all__ = ["Asked", "Taken", "Visit", "load_rows", "record", "view"]

VIEWERS = (1, 10, 25, 50)
#: Seconds for each number of viewers.
LASTS_S = float(os.environ.get("NEURAL_LOAD_S", "20"))
#: Seconds between two clicks of a viewer.
CLICK_S = 5.0


@dataclass(frozen=True)
class Asked:
    """One request of a page.

    Attributes:
        method: ``"GET"`` or ``"POST"``.
        path: With its query.
        body: What was sent; ``None`` if nothing was.
    """

    method: str
    path: str
    body: str | None = None


@dataclass
class Visit:
    """What one page asks.

    Attributes:
        opening: Requests until it is at rest, in order.
        polls: Those of the five seconds after that, while nobody touches it.
    """

    opening: list[Asked] = field(default_factory=list)
    polls: list[Asked] = field(default_factory=list)


@dataclass
class Taken:
    """What viewers met.

    Attributes:
        seconds: How long each answer took.
        errors: What went wrong, a line each.
    """

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def percentile_ms(self, share: float) -> float:
        """Return how many milliseconds that share of the answers took at most."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def record(url: str, paths: Sequence[str], *, listens_s: float = CLICK_S) -> list[Visit]:
    """Open each page in a browser and return what it asks.

    Args:
        url: Address of the server.
        paths: Pages to open.
        listens_s: For how long polls are listened to.

    Raises:
        RuntimeError: There is no browser.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise RuntimeError("not measured: playwright is not installed") from error
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        raise RuntimeError("not measured: there is no Chromium on this machine")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=FLAGS)
        visits = [_recorded(browser, url.rstrip("/"), path, listens_s) for path in paths]
        browser.close()
    return visits


def _recorded(browser: Any, url: str, path: str, listens_s: float) -> Visit:
    visit, page = Visit(), browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    into = visit.opening

    def note(request: Any) -> None:
        parts = urlsplit(request.url)
        if request.url.startswith(url) and request.method in ("GET", "POST"):
            asked = f"{parts.path}?{parts.query}" if parts.query else parts.path
            into.append(Asked(request.method, asked, request.post_data))

    page.on("request", note)
    page.goto(url + path)
    page.wait_for_load_state("networkidle")
    into = visit.polls
    page.wait_for_timeout(1000 * listens_s)
    page.context.close()
    return visit


async def view(
    url: str, visits: Sequence[Visit], viewers: int, lasts_s: float, seed: int = 0
) -> Taken:
    """Let so many viewers look at pages for a while; returns what they met."""
    import httpx

    taken = Taken()
    limits = httpx.Limits(max_connections=viewers * 6, max_keepalive_connections=viewers * 6)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as client:
        until = time.monotonic() + lasts_s
        choosers = [random.Random(seed * 1000 + number) for number in range(viewers)]
        await asyncio.gather(*(_look(client, visits, c, until, taken) for c in choosers))
    return taken


async def _look(
    client: Any, visits: Sequence[Visit], chooser: random.Random, until: float, taken: Taken
) -> None:
    """Be one viewer until it is over."""
    await asyncio.sleep(chooser.uniform(0, min(2.0, max(0.0, until - time.monotonic()))))
    while time.monotonic() < until:
        visit, clicked = chooser.choice(visits), time.monotonic()
        for asked in visit.opening:
            await _ask(client, asked, taken)
        pause = CLICK_S / (len(visit.polls) + 1)
        for asked in visit.polls:
            await asyncio.sleep(min(pause, max(0.0, until - time.monotonic())))
            if time.monotonic() < until:
                await _ask(client, asked, taken)
        rest = min(clicked + CLICK_S, until) - time.monotonic()
        await asyncio.sleep(max(0.0, rest))


async def _ask(client: Any, asked: Asked, taken: Taken) -> None:
    import httpx

    headers = {} if asked.body is None else {"Content-Type": "application/json"}
    begin = time.perf_counter()
    try:
        answer = await client.request(asked.method, asked.path, content=asked.body, headers=headers)
    except httpx.HTTPError as exc:
        taken.errors.append(f"{asked.method} {asked.path}: {exc!r}")
        return
    taken.seconds.append(time.perf_counter() - begin)
    if answer.status_code >= 400:
        taken.errors.append(f"{asked.method} {asked.path}: {answer.status_code}")


def pages_of(folder: str) -> list[str]:
    """Return the addresses that viewers go to: the table, a run, a comparison, a filter."""
    from neural.tracking import ExperimentManager

    ids = [row["experiment_id"] for row in ExperimentManager(folder).search(limit=10)]
    return ["/", f"/experiments/{ids[0]}", f"/compare?runs={','.join(ids[:5])}", "/explore"]


def memory_mb(address: Address) -> float:
    """Return the memory of a server's process."""
    text = Path(f"/proc/{address.group}/status").read_text(encoding="ascii")
    return int(next(x for x in text.splitlines() if x.startswith("VmRSS")).split()[1]) / 1024


def load_rows(repeats: int) -> list[Row]:
    """Let 1, 10, 25 and 50 viewers look at 1,000 runs of 20 metrics and 1,000 points each."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        make_wide_store(Path(folder), 1_000, metrics=20, points=1_000)
        with serving("aquarium", folder) as url:
            visits = record(url, pages_of(folder))
            for viewers in VIEWERS:
                rows += _rows_of(viewers, url, visits)
    return rows


def _rows_of(viewers: int, url: Address, visits: Sequence[Visit]) -> list[Row]:
    cpu = cpu_seconds(url.group)
    taken = asyncio.run(view(url, visits, viewers, LASTS_S))
    busy = (cpu_seconds(url.group) - cpu) / LASTS_S
    p50, p99 = taken.percentile_ms(0.5), taken.percentile_ms(0.99)
    for line in sorted(set(taken.errors))[:5]:
        print(f"  {line}")
    goal99 = {25: 500, 50: 1500}.get(viewers)
    name = f"{viewers} viewer{'s' if viewers > 1 else ''}"
    asked = f"{len(taken.seconds):,} requests in {LASTS_S:.0f} s"
    return [
        Row(f"{name}: errors", f"{len(taken.errors):,} of {asked}", "0", not taken.errors),
        Row(
            "... p50, ms",
            f"{p50:,.1f}",
            "at most 100" if viewers == 25 else "",
            p50 <= 100 if viewers == 25 else None,
        ),
        Row(
            "... p99, ms",
            f"{p99:,.1f}",
            f"at most {goal99:,}" if goal99 else "",
            p99 <= goal99 if goal99 else None,
        ),
        Row("... processor of the server, cores; memory, MB", f"{busy:.2f}; {memory_mb(url):.0f}"),
    ]
