"""Start dashboards the way their users do, and wait for the first answer of 200."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = [
    "SERVERS",
    "Address",
    "cpu_seconds",
    "first_answer",
    "free_port",
    "serving",
    "wait_for",
]

_PATIENCE_S = 90.0
_BIN = Path(sys.executable).parent


def _aquarium(folder: str, port: int) -> list[str]:
    return [
        sys.executable, "-m", "neural.tracking.aquarium_app",
        "--base-dir", folder, "--port", str(port),
    ]  # fmt: skip


def _tensorboard(folder: str, port: int) -> list[str]:
    return [str(_BIN / "tensorboard"), "--logdir", folder, "--port", str(port)]


def _tensorboard_all(folder: str, port: int) -> list[str]:
    return [*_tensorboard(folder, port), "--samples_per_plugin", "scalars=1000000"]


def _trackio(folder: str, port: int) -> list[str]:
    os.environ["TRACKIO_DIR"] = folder
    os.environ["GRADIO_SERVER_PORT"] = str(port)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    return [str(_BIN / "trackio"), "show"]


def _mlflow(folder: str, port: int) -> list[str]:
    store = f"sqlite:///{folder}/mlflow.db"
    return [str(_BIN / "mlflow"), "server", "--backend-store-uri", store, "--port", str(port)]


SERVERS: dict[str, Callable[[str, int], list[str]]] = {
    "aquarium": _aquarium,
    "tensorboard": _tensorboard,
    "trackio": _trackio,
    "mlflow": _mlflow,
}
#: The same with other settings, for what is not measured in their defaults.
VARIANTS = {"tensorboard-all": _tensorboard_all}


class Address(str):
    """Where a server answers; ``group`` is the group of its processes."""

    group: int = 0


def cpu_seconds(group: int) -> float:
    """Return the processor time that all processes of a group have used; Linux only."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it just ended
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def first_answer(name: str) -> dict[str, float]:
    """Return the seconds from starting the process to its first answer of 200."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        begin = time.perf_counter()
        with serving(name, folder):
            return {"first_s": time.perf_counter() - begin}


@contextmanager
def serving(name: str, folder: str) -> Iterator[Address]:
    """Start a dashboard on ``folder`` and yield its address once it answers.

    Raises:
        RuntimeError: It ended, or took too long.
    """
    port = free_port()
    command = {**SERVERS, **VARIANTS}[name](folder, port)
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[1],
        start_new_session=True,
    )
    try:
        wait_for(port, process)
        address = Address(f"http://127.0.0.1:{port}/")
        address.group = process.pid
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers.

    Raises:
        RuntimeError: It ended, or took too long.
    """
    begin = time.perf_counter()
    while not _answers(port):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        if time.perf_counter() - begin > _PATIENCE_S:
            raise RuntimeError(f"{process.args!r} did not answer within {_PATIENCE_S:.0f} s")
        time.sleep(0.005)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
