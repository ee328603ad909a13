"""R16: a network file system that shows new names late, and old ones for a while."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from neural.tracking import ExperimentManager, ExperimentTracker

pytestmark = [pytest.mark.crash]


class StaleListing:
    """Shows the names of each folder, and its time, as they were some looks ago."""

    def __init__(self, base: Path, rng: Random) -> None:
        self.base = os.fspath(base)
        self.rng = rng
        self.is_over = False
        self.hidden = 0
        self._listdir: Callable[..., list[str]] = os.listdir
        self._names: dict[str, list[str]] = {}

    def listdir(self, path: Any = ".") -> list[str]:
        """Return the names of now or, more often, those of the last time they were true."""
        now = self._listdir(path)
        place = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
        if self.is_over or not str(place).startswith(self.base):
            return now
        before = self._names.get(str(place))
        if before is None or self.rng.random() < 0.3:
            self._names[str(place)] = before = now
        self.hidden += set(before) != set(now)
        return before


@pytest.fixture
def listing(tmp_path: Path, rng: Random, monkeypatch: pytest.MonkeyPatch) -> Iterator[StaleListing]:
    """All listings below ``tmp_path`` come late."""
    stale = StaleListing(tmp_path, rng)
    monkeypatch.setattr(os, "listdir", stale.listdir)
    yield stale
    stale.is_over = True


def make(base: Path, number: int) -> ExperimentTracker:
    """Log a run that ends."""
    with ExperimentTracker(
        f"run{number}", base, auto_visualize=False, capture_environment=False
    ) as tracker:
        for step in range(5):
            tracker.log_metrics({"loss": step / 3}, step=step)
    return tracker


def test_runs_come_and_go_behind_a_late_listing(
    tmp_path: Path, listing: StaleListing, rng: Random, torture: bool
) -> None:
    """Nothing raises, no run is shown with a wrong value, and in the end all are right."""
    manager = ExperimentManager(tmp_path)
    alive: dict[str, ExperimentTracker] = {}
    for number in range(500 if torture else 40):
        if not alive or rng.random() < 0.7:
            tracker = make(tmp_path, number)
            alive[tracker.experiment_id] = tracker
        else:
            run_id = rng.choice(list(alive))
            if manager.delete_experiment(run_id):  # unless it is not listed yet
                del alive[run_id]
        for row in manager.list_experiments():
            assert row["summary"]["latest"] in ({}, {"loss": 4 / 3}), row
    assert listing.hidden > 0, "every listing was up to date"

    listing.is_over = True
    os.utime(tmp_path)
    fresh = ExperimentManager(tmp_path)
    for known in (fresh, manager):
        rows = known.list_experiments()
        assert {row["experiment_id"] for row in rows} == set(alive)
        assert all(row["status"] == "completed" for row in rows)


def test_a_run_is_found_by_its_id_before_its_name_is_listed(
    tmp_path: Path, listing: StaleListing
) -> None:
    """Who has the tracker can read the run, whatever the listing says."""
    make(tmp_path, 0)
    manager = ExperimentManager(tmp_path)
    manager.list_experiments()
    listing.rng.random = lambda: 1.0  # type: ignore[method-assign]  # from now on nothing is new
    tracker = make(tmp_path, 1)

    assert tracker.get_best_metric("loss") == (0.0, 0)
