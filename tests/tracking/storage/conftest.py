"""Hand-made run directories: what other programs, kills and disks leave behind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from neural.tracking.storage import metrics_writer
from neural.tracking.storage.locks import try_lock
from neural.tracking.storage.metrics_format import EMPTY, encode_entry

Entry = tuple[float, int, dict[str, Any]]
WriteMetrics = Callable[..., Path]
Locked = Callable[[Path], Any]


def metrics_bytes(entries: Iterable[Entry], tail: bytes = b"\n]") -> bytes:
    """Return a metrics file of our own format; an entry is ``(timestamp, step, values)``."""
    encoded = [encode_entry(*entry) for entry in entries]
    return b"[ \n" + b",\n".join(encoded) + tail if encoded else EMPTY


@pytest.fixture
def grows_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a mapped file grow after a few entries, so that a fault of growing comes soon."""
    monkeypatch.setattr(metrics_writer, "_FIRST_GROWTH", 16 * 1024)


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """Directory of an empty run."""
    path = tmp_path / "store" / "mnist_0123456789ab"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def write_metrics(run_dir: Path) -> WriteMetrics:
    """Return ``write(entries, name=…, tail=…)``, which makes a metrics file of the run."""

    def write(entries: Iterable[Entry], name: str = "metrics.json", tail: bytes = b"\n]") -> Path:
        path = run_dir / name
        path.write_bytes(metrics_bytes(entries, tail))
        return path

    return write


@pytest.fixture
def append_metrics() -> Callable[[Path, Iterable[Entry]], None]:
    """Return ``append(path, entries)``, which does what a writer's calls do to the file."""

    def append(path: Path, entries: Iterable[Entry]) -> None:
        data = path.read_bytes()
        end = data.index(b"\n]")
        new = metrics_bytes(entries).removeprefix(b"[ \n")
        path.write_bytes(data[:end] + (b",\n" if end > 1 else b" \n") + new)

    return append


@pytest.fixture
def locked() -> Locked:
    """Return ``locked(path)``: a context in which a writer seems to hold the file."""

    @contextmanager
    def hold(path: Path) -> Iterator[int]:
        handle = os.open(path, os.O_RDWR)
        try:
            assert try_lock(handle)
            yield handle
        finally:
            os.close(handle)

    return hold
