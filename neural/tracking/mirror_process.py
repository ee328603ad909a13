"""A mirror beside a run: a process of its own, which no slow platform can make the loop feel."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from neural.errors import InvalidInputError
from neural.tracking.spellings import several
from neural.tracking.storage.layout import KEPT_DIR

__all__ = ["check_backend", "start_mirror"]


def check_backend(backend: str | Sequence[str] | None) -> list[str]:
    """Return the platforms that a run is mirrored to.

    Args:
        backend: One name, several, or ``None``.

    Raises:
        InvalidInputError: It is neither.
        UnknownNameError: There is no such platform.
    """
    if backend is None:
        return []
    # Knowing the platforms takes longer to import than the whole tracker does.
    from neural.tracking.sinks import sinks

    given = [backend] if isinstance(backend, str) else several("backend", backend, of="names")
    names = list(dict.fromkeys(given))
    for name in names:
        if name not in sinks:
            sinks.load(name)  # raises, and lists close matches
    return names


def start_mirror(run_dir: Path, experiment_id: str, platforms: Sequence[str]) -> int:
    """Start ``neural mirror`` for a run; it ends when the run has ended and all of it is sent.

    What it says goes to ``.neural/mirrors/<id>.log`` beside the runs.

    Args:
        run_dir: Directory of the run, absolute.
        experiment_id: Its id.
        platforms: Where to; each at its own default place.

    Returns:
        Id of the process.

    Raises:
        InvalidInputError: This system cannot start one.
        OSError: It cannot be started.
    """
    if not hasattr(os, "posix_spawn"):
        raise InvalidInputError("backend works on Linux and macOS; elsewhere use neural export")
    base = run_dir.parent
    folder = base / KEPT_DIR / "mirrors"
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "neural", "mirror", experiment_id]
    command += ["--base-dir", str(base), "--to", ",".join(platforms)]
    log = os.fspath(folder / f"{experiment_id}.log")
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    # A group of its own: Ctrl-C in the terminal is for the training, whose last values it sends.
    return os.posix_spawn(
        sys.executable,
        command,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setpgroup=0,
    )
