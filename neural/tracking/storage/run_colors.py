"""Colours that people gave to runs, in ``<base_dir>/.neural/colors.json``."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from pathlib import Path

from neural.errors import InvalidInputError, StorageError
from neural.tracking.storage.documents import read_object, update_object
from neural.tracking.storage.kept import kept_dir, writing

__all__ = ["SLOTS", "RunColors"]

#: How many colours there are to choose from; see ``charts.theme.RUN_COLORS``.
SLOTS = 8


class RunColors:
    """The chosen colours of one store of runs.

    A run without one has the colour of its id, see ``charts.theme.run_color``.

    Args:
        base_dir: Directory that holds the runs. Nothing is made before a colour is chosen.
    """

    def __init__(self, base_dir: Path) -> None:
        self.path = kept_dir(base_dir) / "colors.json"
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._slots: dict[str, int] = {}

    def load(self) -> Mapping[str, int]:
        """Return the slot of each run that has a chosen colour; a damaged file holds none."""
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                self._slots, self._seen = self._read(), stamp
            return self._slots

    def choose(self, experiment_id: str, slot: int | None) -> None:
        """Give a run a colour, or with ``None`` back the one of its id.

        Raises:
            InvalidInputError: There is no such slot.
            StorageError: It cannot be kept.
        """
        if slot is not None and not 0 <= slot < SLOTS:
            raise InvalidInputError(f"a colour is a slot from 0 to {SLOTS - 1}, got {slot!r}")

        def change(kept: dict[str, object]) -> None:
            kept.pop(experiment_id, None)
            if slot is not None:
                kept[experiment_id] = slot

        with writing("The colour", self.path.parent):
            update_object(self.path, change)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            state = self.path.stat()
        except OSError:
            return None
        return state.st_ino, state.st_mtime_ns

    def _read(self) -> dict[str, int]:
        with contextlib.suppress(StorageError):
            found = read_object(self.path)
            return {k: v for k, v in found.items() if type(v) is int and 0 <= v < SLOTS}
        return {}
