"""The same request to several dashboards: one metric of a hundred runs of 10,000 steps.

Each server is started as its users start it, on the same values, and asked over HTTP as its own
page asks for a chart. It is asked once before, so that what it keeps in memory is there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import Row, median, spread
from benchmarks.servers import cpu_seconds, serving

__all__ = ["same_request", "same_request_rows"]

ROOT = Path(__file__).parents[1]

Figures = dict[str, float]
#: Asks once; the number tells one look from the next.
Ask = Callable[[int], bytes]

METRIC = "val/m0"
#: Seconds that TensorBoard may take until all runs are loaded; it answers before that.
_PATIENCE_S = 300.0


def _walk(run: int, steps: int) -> list[float]:
    values: list[float] = np.random.default_rng(run).normal(size=steps).cumsum().tolist()
    return values


def _aquarium(folder: str, runs: int, steps: int) -> None:
    from neural.tracking import ExperimentTracker

    for run in range(runs):
        with ExperimentTracker(
            "same", folder, auto_visualize=False, capture_environment=False
        ) as tracker:
            for step, value in enumerate(_walk(run, steps)):
                tracker.log_metrics({METRIC: value}, step=step)


def _tensorboard(folder: str, runs: int, steps: int) -> None:
    from tensorboardX import SummaryWriter

    for run in range(runs):
        writer = SummaryWriter(f"{folder}/run{run}")
        for step, value in enumerate(_walk(run, steps)):
            writer.add_scalar(METRIC, value, step)
        writer.close()


def _trackio(folder: str, runs: int, steps: int) -> None:
    os.environ["TRACKIO_DIR"] = folder
    from trackio.sqlite_storage import SQLiteStorage

    for run in range(runs):
        rows = [{METRIC: value} for value in _walk(run, steps)]
        SQLiteStorage.bulk_log("same", f"run{run}", rows, list(range(steps)))


MAKERS: dict[str, Callable[[str, int, int], None]] = {
    "aquarium": _aquarium,
    "tensorboard": _tensorboard,
    "tensorboard-all": _tensorboard,
    "trackio": _trackio,
}
WORDS = {
    "aquarium": "aquarium",
    "tensorboard": "tensorboard (its default: 1,000 points a run, at random)",
    "tensorboard-all": "tensorboard, all points",
    "trackio": "trackio (3,000 points a run)",
}
#: Largest share of the peer's time that ours may take; ``None`` only informs.
SHARES = {"tensorboard": None, "tensorboard-all": 0.1, "trackio": 0.02}


def _make(name: str, folder: str, runs: int, steps: int) -> None:
    """Log the same values with the writer of a dashboard, in a process of its own.

    Raises:
        RuntimeError: That failed; the message ends as its output does.
    """
    command = [sys.executable, "-m", "benchmarks.same_request", name, folder, str(runs), str(steps)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")


def _post(url: str, body: bytes, kind: str = "application/json") -> bytes:
    headers = {"Content-Type": kind, "Accept-Encoding": "identity"}
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:
        found: bytes = answer.read()
        return found


def _ask_aquarium(url: str, folder: str, _runs: int) -> Ask:
    """Return what the page asks when the card of the chart comes into sight."""
    from neural.tracking import ExperimentManager

    rows = ExperimentManager(folder, read_only=True).search()
    with urllib.request.urlopen(f"{url}_dash-dependencies", timeout=30) as answer:
        mount = next(one for one in json.load(answer) if "compare-charts-slot" in one["output"])
    values = {
        "compare-charts-view": {"n": "100"},
        "compare-charts-runs": [[row["experiment_id"], row["experiment_id"], None] for row in rows],
        "compare-charts-shown": {"sections": []},
        "shell-theme": "dark",
    }

    def ask(look: int) -> bytes:
        # Each time wider, or the answer would be there already.
        seen = {"metric": METRIC, "width": 400 + 20 * look}
        body = _dash_body(mount, {**values, "compare-charts-seen": seen})
        return _post(f"{url}_dash-update-component", json.dumps(body).encode())

    return ask


def _dash_body(known: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return what the browser sends for a callback of a chart; what has no value is null."""

    def part(one: dict[str, str]) -> dict[str, Any]:
        found: Any = one["id"]
        if found.startswith("{"):
            found = {**json.loads(found), "index": "x"}
        kind = found["type"] if isinstance(found, dict) else found
        value = found if one["property"] == "id" else values.get(kind)
        return {"id": found, "property": one["property"], "value": value}

    outputs = [
        part({"id": target.rpartition(".")[0], "property": target.rpartition(".")[2]})
        for target in known["output"].strip(".").split("...")
    ]
    seen = {"index": "x", "type": "compare-charts-seen"}
    return {
        "output": known["output"],
        "outputs": outputs,
        "inputs": [part(one) for one in known["inputs"]],
        "state": [part(one) for one in known["state"]],
        "changedPropIds": [f"{json.dumps(seen, separators=(',', ':'))}.data"],
    }


def _ask_tensorboard(url: str, _folder: str, runs: int) -> Ask:
    """Return what its page of time series asks for a card, once all runs are loaded."""
    wanted = urllib.parse.urlencode(
        {"requests": json.dumps([{"plugin": "scalars", "tag": METRIC}])}
    ).encode()

    def ask(_look: int) -> bytes:
        form = "application/x-www-form-urlencoded"
        return _post(f"{url}data/plugin/timeseries/timeSeries", wanted, form)

    began, before = time.perf_counter(), -1
    while True:
        answer = ask(0)
        found = json.loads(answer)[0].get("runToSeries") or {}
        # It answers with what is loaded so far; done when there is no more from look to look.
        if len(found) == runs and len(answer) == before:
            return ask
        before = len(answer)
        if time.perf_counter() - began > _PATIENCE_S:
            raise RuntimeError(f"TensorBoard loaded {len(found)} of {runs} runs")
        time.sleep(1)


def _ask_trackio(url: str, _folder: str, runs: int) -> Ask:
    """Return what its page asks for the curves of the runs that are ticked."""
    names = [{"run": f"run{run}", "run_id": f"run{run}"} for run in range(runs)]
    bodies = [
        {"project": "same", "runs": names[i : i + 64], "max_points": 3000, "scalar_only": True}
        for i in range(0, runs, 64)  # as many as its page asks for at once
    ]

    def ask(_look: int) -> bytes:
        answers = [_post(f"{url}api/get_logs_batch", json.dumps(b).encode()) for b in bodies]
        return b"".join(answers)

    return ask


ASKS: dict[str, Callable[[str, str, int], Ask]] = {
    "aquarium": _ask_aquarium,
    "tensorboard": _ask_tensorboard,
    "tensorboard-all": _ask_tensorboard,
    "trackio": _ask_trackio,
}


def same_request(name: str, folder: str, runs: int, repeats: int) -> list[Figures]:
    """Return ``wall_ms``, ``cpu_ms`` of all processes of the server, and ``bytes`` of each answer.

    Args:
        name: Of the dashboard.
        folder: What the writer of that dashboard filled.
        runs: How many there are.
        repeats: Answers that are timed, after one that is not.

    Raises:
        RuntimeError: The server ended, took too long, or its answer holds less than was asked.
    """
    found = []
    with serving(name, folder) as url:
        ask = ASKS[name](url, folder, runs)
        if len(ask(0)) < 1000 * runs:
            raise RuntimeError(f"{name} did not answer with {runs} runs")
        for look in range(1, repeats + 1):
            began, used = time.perf_counter(), cpu_seconds(url.group)
            answer = ask(look)
            wall = time.perf_counter() - began
            cpu = cpu_seconds(url.group) - used
            found.append({"wall_ms": 1e3 * wall, "cpu_ms": 1e3 * cpu, "bytes": float(len(answer))})
    return found


def same_request_rows(repeats: int, runs: int = 100, steps: int = 10_000) -> list[Row]:
    """Ask each dashboard for one metric of many runs."""
    found: dict[str, list[Figures]] = {}
    for name in MAKERS:
        with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
            _make(name, folder, runs, steps)
            found[name] = same_request(name, folder, runs, repeats)
    rows = []
    for name, figures in found.items():
        what = f"{WORDS[name]}: {runs} runs x {steps:,} steps over HTTP"
        rows += [
            Row(f"{what}, wall ms", spread(figures, "wall_ms", 0)),
            Row("... CPU of the server, ms", spread(figures, "cpu_ms", 0)),
            Row("... bytes", spread(figures, "bytes", 0)),
        ]
    ours = median(found["aquarium"], "wall_ms")
    for name, share in SHARES.items():
        ratio = ours / median(found[name], "wall_ms")
        goal = f"at most {share}" if share else ""
        reached = ratio <= share if share else None
        rows.append(Row(f"ours against {WORDS[name]}, wall", f"{ratio:.3f}", goal, reached))
    return rows


if __name__ == "__main__":
    MAKERS[sys.argv[1]](sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
