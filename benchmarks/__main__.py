"""Measure everything, print it and keep it in RESULTS.md: ``python -m benchmarks [--repeats N]``.

``--only NAME`` measures one section and prints it without touching the file.
"""

from __future__ import annotations

import argparse
import compileall
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks import servers
from benchmarks.browsing import browsing_rows
from benchmarks.charts import chart_rows
from benchmarks.foreign import event_rows, export_rows, mirror_rows, tree_rows, wandb_rows
from benchmarks.processes import ROOT, Figures, measured
from benchmarks.report import Row, markdown, median, spread
from benchmarks.same_request import same_request_rows
from benchmarks.table import table_figures

RESULTS = ROOT / "benchmarks" / "RESULTS.md"

#: Calls per repeat; the slow ones get fewer.
CALLS = {"wandb": 5000, "tensorboardX": 5000, "mlflow": 500}
BUSY_CALLS = {"wandb": 300, "tensorboardX": 500, "mlflow": 200}
PEERS = ("sacred", "trackio", "wandb", "tensorboardX", "mlflow")
#: Largest share of the peer's median that ours may take.
SHARES = {"sacred": 3, "trackio": 6, "wandb": 50, "tensorboardX": 80, "mlflow": 1000}


#: Runs one measurement of a tracker.
work = partial(measured, "worker")


def in_turn(names: Sequence[str], repeats: int, measure: Callable[[str], Figures]) -> dict:
    """Measure each name ``repeats`` times, one after the other, so that all meet the same noise."""
    found: dict[str, list[Figures]] = {name: [] for name in names}
    for repeat in range(repeats):
        for name in names:
            print(f"  {name} {repeat + 1}/{repeats}", file=sys.stderr)
            found[name].append(measure(name))
    return found


def logging_rows(repeats: int) -> list[Row]:
    """Time log calls of four floats."""
    names = ("floor", "neural", "neural-pwrite", *PEERS)
    found = in_turn(names, repeats, lambda n: work("calls", n, CALLS.get(n, 20_000), 0, "idle"))
    ours = median(found["neural"], "p50")
    floor = median(found["floor"], "p50")
    rows = [
        Row("floor: `orjson.dumps` + store into a mapping, p50, µs", spread(found["floor"], "p50")),
        Row("`log_metrics`, default writer, p50, µs", spread(found["neural"], "p50")),
        Row("... mean, µs", spread(found["neural"], "mean")),
        Row("... p99, µs", spread(found["neural"], "p99")),
        Row("... against the floor", f"{ours / floor:.2f}", "at most 2.5", ours <= 2.5 * floor),
        Row("`log_metrics`, pwrite writer, p50, µs", spread(found["neural-pwrite"], "p50")),
    ]
    for peer in PEERS:
        times = median(found[peer], "p50") / ours
        text = f"{spread(found[peer], 'p50')}, {times:,.1f} times ours"
        goal = f"at least {SHARES[peer]:,} times ours"
        rows.append(Row(f"{peer}, p50, µs", text, goal, times >= SHARES[peer]))
    return rows


def busy_rows(repeats: int) -> list[Row]:
    """Time log calls, 100 µs apart, beside a Python thread that never yields."""
    names = ("neural", *PEERS)
    measure = lambda n: work("calls", n, BUSY_CALLS.get(n, 2000), 100, "busy")  # noqa: E731
    found = in_turn(names, repeats, measure)
    best = min(PEERS, key=lambda p: median(found[p], "mean"))
    ratio = median(found["neural"], "mean") / median(found[best], "mean")
    rows = [Row(f"{name}, mean, µs", spread(found[name], "mean")) for name in names]
    text = f"{ratio:.2f} of {best}"
    return [*rows, Row("ours against the best peer, mean", text, "at most 0.5", ratio <= 0.5)]


def growth_rows(repeats: int) -> list[Row]:
    """Compare early with late calls of a long run."""
    found = [work("growth") for _ in range(repeats)]
    ratio = median(found, "ratio")
    return [
        Row("call 1,000, p50 of 5,000 around it, µs", spread(found, "early_us")),
        Row("call 1,000,000, the same, µs", spread(found, "late_us")),
        Row("late against early", spread(found, "ratio"), "at most 1.1", ratio <= 1.1),
    ]


def start_rows(repeats: int) -> list[Row]:
    """Time import, first tracker and the end of a run."""
    found = [work("start") for _ in range(repeats)]
    together, finish = median(found, "together_ms"), median(found, "finish_ms")
    return [
        Row("import, ms above Python with numpy", spread(found, "import_ms", 1)),
        Row("first tracker, ms", spread(found, "create_ms", 1), "at most 20 (design)"),
        Row("both, ms", spread(found, "together_ms", 1), "at most 60", together <= 60),
        Row(
            "`finish()` after 1,000 calls, ms",
            spread(found, "finish_ms", 1),
            "at most 10",
            finish <= 10,
        ),
    ]


def series_rows(repeats: int) -> list[Row]:
    """Read one metric of a million points, without and with the column cache."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        work("make-series", folder)
        cold, cached = [], []
        for _ in range(repeats):
            _forget_caches(Path(folder))
            cold.append(work("read-series", folder))
            cached.append(work("read-series", folder))
    without, within = median(cold, "process_s"), median(cached, "process_s")
    warm, memory = median(cached, "warm_ms"), max(f["rss_mb"] for f in (*cold, *cached))
    return [
        Row("fresh process, no cache, s", spread(cold, "process_s"), "at most 1.2", without <= 1.2),
        Row("fresh process, cache, s", spread(cached, "process_s"), "at most 0.4", within <= 0.4),
        Row("again in the same process, ms", spread(cached, "warm_ms"), "at most 20", warm <= 20),
        Row("largest memory of any, MB", f"{memory:.0f}", "under 200", memory < 200),
    ]


def _forget_caches(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder / ".aquarium", ignore_errors=True)


def listing_rows(repeats: int, runs: int = 10_000) -> list[Row]:
    """List many runs, and get one filtered and sorted page."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        command = [sys.executable, "-m", "benchmarks.make_store", folder, str(runs)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        built, found = [], []
        for _ in range(repeats):
            _forget_caches(Path(folder))
            built.append(work("listing", folder))
            found.append(work("listing", folder))
    first = median(built, "list_ms") / 1000
    listed, page = median(found, "list_ms"), median(found, "page_ms")
    text = spread([{"s": f["list_ms"] / 1000} for f in built], "s")
    return [
        Row(f"first index of {runs:,} runs, s", text, "at most 3", first <= 3),
        Row(f"list {runs:,} runs, ms", spread(found, "list_ms", 0), "at most 150", listed <= 150),
        Row(
            "page of 50, filtered, sorted, ms",
            spread(found, "page_ms", 0),
            "at most 60",
            page <= 60,
        ),
    ]


def table_rows(repeats: int, runs: int = 10_000) -> list[Row]:
    """Open the table of many runs in a browser, and filter it."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "benchmarks.make_store", folder, str(runs)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        found = table_figures(Path(folder), repeats)
    rows, trip = median(found, "rows_ms"), median(found, "filter_ms")
    return [
        Row(
            f"table of {runs:,} runs, first rows, ms",
            spread(found, "rows_ms", 0),
            "at most 1,200",
            rows <= 1200,
        ),
        Row("... with the trends of the rows on screen, ms", spread(found, "trends_ms", 0)),
        Row("filter round trip, ms", spread(found, "filter_ms", 0), "at most 150", trip <= 150),
    ]


def analysis_rows(repeats: int) -> list[Row]:
    """Draw a group of runs as its mean with a 95 % bootstrap band, each time in a new process."""
    found = [work("group", 50, 10_000) for _ in range(repeats)]
    drawn = median(found, "drawn_ms")
    points = f"{median(found, 'points'):,.0f}"
    return [
        Row(
            "50 seeds x 10,000 steps, mean and bootstrap band for a chart, ms",
            spread(found, "drawn_ms", 0),
            "at most 300",
            drawn <= 300,
        ),
        Row("... points drawn, every extreme of the line among them", points),
        Row("... the band at every step, ms", spread(found, "whole_ms", 0)),
    ]


def server_rows(repeats: int) -> list[Row]:
    """Time from starting a dashboard to its first answer of 200."""
    found = in_turn(tuple(servers.SERVERS), repeats, servers.first_answer)
    ours = median(found["aquarium"], "first_s")
    rows = [Row(f"{name}, s", spread(found[name], "first_s")) for name in found]
    goals = {"tensorboard": 1.5, "trackio": 1.0, "mlflow": 1.0}
    for name, share in goals.items():
        ratio = ours / median(found[name], "first_s")
        goal = f"at most {share}"
        rows.append(Row(f"aquarium against {name}", f"{ratio:.2f}", goal, ratio <= share))
    return rows


def kill_rows(repeats: int, kills: int = 2000) -> list[Row]:
    """Kill a logging process at random moments."""
    from benchmarks.kills import kill_often

    found = kill_often(kills)
    lost, unreadable = int(found["lost"]), int(found["unreadable"])
    return [
        Row("kills", f"{kills:,}"),
        Row("acknowledged values", f"{int(found['acknowledged']):,}"),
        Row("acknowledged values lost", f"{lost:,}", "0", lost == 0),
        Row("runs unreadable", f"{unreadable:,}", "0", unreadable == 0),
    ]


def scale_rows(repeats: int) -> list[Row]:
    """Let the number of runs and of points grow."""
    from benchmarks.scale import scale_rows as grow

    return grow(repeats)


def load_rows(repeats: int) -> list[Row]:
    """Let many viewers look at Aquarium at once."""
    from benchmarks.load import load_rows as crowd

    return crowd(repeats)


def doctor_rows(repeats: int) -> list[Row]:
    """Score the doctor's rules on synthetic runs whose faults are known."""
    from benchmarks.doctor import doctor_rows as score

    return score(repeats)


SECTIONS: dict[str, tuple[str, Callable[[int], list[Row]]]] = {
    "logging": ("Logging four floats a call", logging_rows),
    "busy": ("The same with one busy Python thread", busy_rows),
    "growth": ("Cost over a long run", growth_rows),
    "start": ("Start and end of a run", start_rows),
    "kills": ("SIGKILL at random moments", kill_rows),
    "series": ("Reading one metric of 1,000,000 points", series_rows),
    "listing": ("Listing runs", listing_rows),
    "scale": ("Growth with runs and points", scale_rows),
    "load": ("Many viewers at once", load_rows),
    "table": ("The table of runs in a browser", table_rows),
    "charts": ("Charts: server and browser", chart_rows),
    "browsing": ("Pages in a browser, visited and left open", browsing_rows),
    "same-request": ("The same curves from several dashboards", same_request_rows),
    "doctor": ("The doctor on labelled synthetic runs it was not tuned on", doctor_rows),
    "analysis": ("Numbers over many runs", analysis_rows),
    "events": ("Reading TensorBoard's event files", event_rows),
    "wandb-log": ("Reading W&B's logs", wandb_rows),
    "mlflow-tree": ("Opening MLflow's directory store", tree_rows),
    "mlflow-export": ("Sending runs to an MLflow server on SQLite", export_rows),
    "mirror": ("A mirror beside a run", mirror_rows),
    "servers": ("Dashboards: process start to first 200", server_rows),
}


def _have_bytecode() -> None:
    """Compile our own source, as installers did with the peers', and let processes find that."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(ROOT / "neural", quiet=1)


def main() -> int:
    """Measure what was asked for; returns 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=SECTIONS, action="append")
    arguments = parser.parse_args()
    _have_bytecode()
    found = {}
    for name in arguments.only or SECTIONS:
        title, measure = SECTIONS[name]
        print(title, file=sys.stderr)
        try:
            found[title] = measure(arguments.repeats)
        except RuntimeError as exc:  # the other sections are worth having all the same
            print(exc, file=sys.stderr)
            found[title] = [Row("not measured", str(exc).splitlines()[-1], "", False)]
    text = markdown(found, arguments.repeats)
    print(text)
    if not arguments.only:
        RESULTS.write_text(text, encoding="utf-8")
    return int(any(row.reached is False for rows in found.values() for row in rows))


if __name__ == "__main__":
    sys.exit(main())
