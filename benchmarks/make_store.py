"""Make a store of many realistic runs, quickly: ``python -m benchmarks.make_store FOLDER RUNS``.

Each run is what a tracker leaves of 20 calls with 4 metrics and 8 params, without its environment.
"""

from __future__ import annotations

import math
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from neural._clock import to_iso
from neural._files import to_json
from neural.tracking.storage.layout import FORMAT_VERSION, METADATA, METRICS, folder_name
from neural.tracking.storage.metrics_format import encode_entry

__all__ = ["ENTRIES", "make_series", "make_store", "make_wide_store"]

ENTRIES = 20
_NAMES = ("resnet", "vit", "unet", "mlp", "digits")
#: Of 1,000 runs, how many failed, were cancelled, or were killed.
_ENDINGS = ("failed",) * 40 + ("cancelled",) * 10 + (None,) * 10 + ("completed",) * 940


def make_store(base_dir: Path, runs: int, seed: int = 0) -> None:
    """Fill ``base_dir`` with ``runs`` runs that ended, the newest a minute ago."""
    chooser = random.Random(seed)
    base_dir.mkdir(parents=True, exist_ok=True)
    newest = time.time() - 60
    for number in range(runs):
        _make_run(base_dir, chooser, number, newest - 100 * (runs - number))


def make_series(base_dir: Path, points: int, seed: int = 0) -> None:
    """Fill ``base_dir`` with one run that ended, of one metric ``loss`` and ``points`` points.

    The values wander and have spikes; they come from a thousand texts, written over and over, so
    that ten million take seconds.
    """
    chooser = random.Random(seed)
    run_id, start = f"{chooser.getrandbits(48):012x}", time.time() - points
    root = base_dir / folder_name("series", run_id)
    root.mkdir(parents=True)
    texts = [repr(math.exp(-i / 500) + chooser.random() / 10) for i in range(1000)]
    texts[chooser.randrange(1000)] = "1000.0"
    with (root / METRICS).open("wb") as file:
        for first in range(0, points, 1000):
            entries = [
                f'{{"timestamp":{start + step:.3f},"step":{step},"loss":{text}}}'
                for step, text in enumerate(texts[: points - first], first)
            ]
            file.write(b",\n" if first else b"[ \n")
            file.write(",\n".join(entries).encode())
        file.write(b"\n]")
    metadata = _metadata(chooser, "series", run_id, 0, start)
    metadata |= {"status": "completed", "end_time": to_iso(start + points)}
    _write(root / METADATA, to_json(metadata))


def make_wide_store(base_dir: Path, runs: int, *, metrics: int, points: int, seed: int = 0) -> None:
    """Fill ``base_dir`` with runs that ended, of ``metrics`` metrics and ``points`` points each.

    Of the curves there are ten different sets, so that making them takes seconds.
    """
    chooser = random.Random(seed)
    base_dir.mkdir(parents=True, exist_ok=True)
    start = time.time() - 60 - 100 * runs
    curves = [_curves(chooser, metrics, points, start) for _ in range(min(10, runs))]
    for number in range(runs):
        name, run_id = _NAMES[number % len(_NAMES)], f"{chooser.getrandbits(48):012x}"
        root = base_dir / folder_name(name, run_id)
        root.mkdir()
        _write(root / METRICS, curves[number % len(curves)])
        _write(root / "hyperparameters.json", to_json(_params(chooser, number)))
        metadata = _metadata(chooser, name, run_id, number, start + 100 * number)
        _write(root / METADATA, to_json(metadata))


def _curves(chooser: random.Random, metrics: int, points: int, start: float) -> bytes:
    slopes = [chooser.uniform(1, 50) / points for _ in range(metrics)]
    entries = [
        encode_entry(
            start + step,
            step,
            {f"group{i % 4}/metric{i}": math.exp(-step * s) for i, s in enumerate(slopes)},
        )
        for step in range(points)
    ]
    return b"[ \n" + b",\n".join(entries) + b"\n]"


def _make_run(base_dir: Path, chooser: random.Random, number: int, start: float) -> None:
    name, run_id = _NAMES[number % len(_NAMES)], f"{chooser.getrandbits(48):012x}"
    root = base_dir / folder_name(name, run_id)
    for folder in (root, root / "artifacts", root / "plots", root / "versions"):
        folder.mkdir()
    params = _params(chooser, number)
    _write(root / METRICS, _metrics(chooser, params, start))
    _write(root / "hyperparameters.json", to_json(params))
    _write(root / METADATA, to_json(_metadata(chooser, name, run_id, number, start)))


def _params(chooser: random.Random, number: int) -> dict[str, Any]:
    return {
        "lr": 10 ** chooser.uniform(-4, 0),
        "batch_size": chooser.choice([32, 64, 128, 256]),
        "optimizer": chooser.choice(["adam", "sgd", "lion"]),
        "dropout": round(chooser.random() / 2, 3),
        "layers": chooser.randrange(2, 24),
        "width": chooser.choice([128, 256, 512]),
        "augment": chooser.random() < 0.5,
        "seed": number,
    }


def _metrics(chooser: random.Random, params: dict[str, Any], start: float) -> bytes:
    quality, entries = chooser.random(), []
    for step in range(ENTRIES):
        loss = math.exp(-step * quality / 5) + chooser.random() / 10
        values = {
            "loss": loss,
            "acc": 1 - loss / 2,
            "val_loss": loss * (1 + params["dropout"]),
            "val_acc": max(0.0, 1 - loss * (0.5 + params["dropout"])),
        }
        entries.append(encode_entry(start + 4 * step, step, values))
    return b"[ \n" + b",\n".join(entries) + b"\n]"


def _metadata(
    chooser: random.Random, name: str, run_id: str, number: int, start: float
) -> dict[str, Any]:
    ending = chooser.choice(_ENDINGS)
    return {
        "experiment_name": name,
        "experiment_id": run_id,
        "format_version": FORMAT_VERSION,
        "status": ending or "running",
        "start_time": to_iso(start),
        "end_time": to_iso(start + 4 * ENTRIES) if ending else None,
        "group": f"sweep {number // 50}",
        "repeat": number % 5,
        "parent": None,
        "host": "bench",
        "pid": 4242,
        "attempts": [],
    }


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        os.write(handle, data)
    finally:
        os.close(handle)


if __name__ == "__main__":
    begin = time.perf_counter()
    make_store(Path(sys.argv[1]), int(sys.argv[2]))
    print(f"{sys.argv[2]} runs in {time.perf_counter() - begin:.1f} s")
