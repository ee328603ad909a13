"""Which runs an export is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural.errors import FilterSyntaxError
from neural.tracking import ExperimentTracker
from neural.tracking.lens.manager import LensManager
from neural.tracking.pages.export.chosen import chosen_runs, described, group_options
from neural.tracking.ui.page import AppContext
from tests.tracking.pages.conftest import MakeRun


def test_by_ids(context: AppContext, make_run: MakeRun) -> None:
    """In the order given, each once; what is gone is counted."""
    first, second = make_run("b", {"loss": [1.0]}), make_run("a", {"loss": [1.0]})

    chosen = chosen_runs(context.manager, "runs", [second, "0" * 12, first, second], "")

    assert list(chosen.names) == [second, first]
    assert chosen.names[first] == f"b_{first}"
    assert described(context.manager, chosen) == [
        "2 runs, no artifacts.",
        "1 more are not in this store.",
    ]


def test_by_filter(context: AppContext, make_run: MakeRun) -> None:
    """The filter language of the table; an empty one is all."""
    wide = make_run("a", {"loss": [1.0]}, {"width": 64})
    make_run("b", {"loss": [1.0]}, {"width": 16})

    assert list(chosen_runs(context.manager, "filter", [], "params.width > 20").names) == [wide]
    assert len(chosen_runs(context.manager, "filter", ["ignored"], "").names) == 2
    with pytest.raises(FilterSyntaxError):
        chosen_runs(context.manager, "filter", [], "params.width >")


def test_groups_are_filters(context: AppContext, make_run: MakeRun) -> None:
    """A group or a name fills in the filter, whatever signs are in it."""
    odd = make_run("it's", {"loss": [1.0]}, group="lr=0.1")
    make_run("other", {"loss": [1.0]})

    options = {one["label"]: one["value"] for one in group_options(context.manager)}

    for label in ("Group: lr=0.1", "Name: it's"):
        assert list(chosen_runs(context.manager, "filter", [], options[label]).names) == [odd]


def test_sizes(context: AppContext, tmp_path: Path) -> None:
    """Artifacts are what makes an export large."""
    (tmp_path / "weights.bin").write_bytes(b"x" * 4200)
    with ExperimentTracker("a", tmp_path, False, capture_environment=False) as tracker:
        tracker.log_artifact(tmp_path / "weights.bin", "weights.bin")
    chosen = chosen_runs(context.manager, "runs", [tracker.experiment_id], "")

    assert described(context.manager, chosen) == ["1 run, 4.2 kB of artifacts."]


def test_runs_of_opened_folders(make_run: MakeRun, tmp_path: Path) -> None:
    """They are only shown: said, and left out."""
    own = make_run("a", {"loss": [1.0]})
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "metrics.csv").write_text("step,loss\n0,0.5\n")
    manager = LensManager(tmp_path)
    manager.opened.open(tmp_path / "logs")

    chosen = chosen_runs(manager, "filter", [], "")

    assert list(chosen.names) == [own]
    assert "1 more are of opened folders: import them first." in described(manager, chosen)


def test_none(context: AppContext) -> None:
    """It is said."""
    nothing = chosen_runs(context.manager, "runs", [], "")

    assert described(context.manager, nothing) == ["No runs chosen."]
