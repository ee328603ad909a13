"""Changing runs from the table, and taking it back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from neural.tracking import ExperimentTracker
from neural.tracking.pages.experiments.edit import (
    BULK,
    apply,
    edit_cell,
    set_tags,
    toggle,
    typed_tags,
    undo,
)
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]


def test_rename_and_back(context: AppContext, make_run: MakeRun) -> None:
    """The name it was started with stays where it was."""
    run = make_run("digits")

    done = edit_cell(context.manager, run, "name", "  the good one ")

    assert context.manager.run(run).display_name == "the good one"
    undo(context.manager, done.back)
    assert context.manager.run(run).display_name is None


def test_notes_and_back(context: AppContext, make_run: MakeRun) -> None:
    """Undo brings back what stood there before."""
    run = make_run()
    edit_cell(context.manager, run, "notes", "first")

    done = edit_cell(context.manager, run, "notes", "second")

    undo(context.manager, done.back)
    assert context.manager.run(run).notes == "first"


def test_tags_of_a_cell(context: AppContext, make_run: MakeRun) -> None:
    """What was taken out is taken away, what is new is set, the rest stays whole."""
    long = "x" * 400
    run = make_run(tags={"keep": long, "drop": ""})
    shown = f"keep: {long}"[:200] + "…"

    done = set_tags(context.manager, run, [shown, "team: vision"])

    assert context.manager.run(run).tags == {"keep": long, "team": "vision"}
    undo(context.manager, done.back)
    assert context.manager.run(run).tags == {"keep": long, "drop": ""}


def test_tags_with_commas_stay_whole() -> None:
    """A comma separates tags, but not the text of one that is there already."""
    assert typed_tags("note: a, b, new", ["note: a, b", "old"]) == ["note: a, b", "new"]


def test_nothing_else_can_be_edited(context: AppContext, make_run: MakeRun) -> None:
    """A status is not set from a table, whatever a browser sends."""
    run = make_run()

    done = edit_cell(context.manager, run, "status", "completed")

    assert done.back == {}
    assert context.manager.run(run).display_name is None


def test_pin_is_a_switch(context: AppContext, make_run: MakeRun) -> None:
    """Pressed twice, nothing is pinned."""
    run = make_run()

    toggle(context.manager, run)
    assert context.manager.run(run).pinned
    toggle(context.manager, run)
    assert not context.manager.run(run).pinned


@pytest.mark.parametrize("act", sorted(BULK))
def test_every_act_on_many_runs_is_taken_back(
    context: AppContext, make_run: MakeRun, act: str
) -> None:
    """Also for runs that were as wished before: they stay so."""
    ids = [make_run(tags={"a": "old", "b": ""}), make_run()]
    context.manager.annotate(ids[0], pinned=True, archived=True)
    before = {row["experiment_id"]: row for row in context.manager.search()}

    done = apply(context.manager, act, ids, "a: new, c")
    between = {row["experiment_id"]: row for row in context.manager.search()}
    undo(context.manager, done.back)

    assert between != before
    after = {row["experiment_id"]: row for row in context.manager.search()}
    for run, row in before.items():
        kept = ("tags", "pinned", "archived")
        assert [after[run][key] for key in kept] == [row[key] for key in kept]


def test_one_that_refuses_stops_no_other(context: AppContext, make_run: MakeRun) -> None:
    """The one that is being written stays, and the answer says why."""
    ended = make_run()
    tracker = ExperimentTracker("live", context.base_dir, auto_visualize=False)
    tracker.log_metrics({"loss": 1.0})
    live = tracker.experiment_id

    done = apply(context.manager, "discard", [live, ended, "unknown"])
    tracker.finish()

    assert [row["experiment_id"] for row in context.manager.search()] == [live]
    assert done.text == "1 run is in the trash."
    assert len(done.failed) == 2


def test_what_a_browser_made_up_is_not_undone(context: AppContext, make_run: MakeRun) -> None:
    """An act that does not exist changes nothing, and an unknown run is an answer."""
    run = make_run()

    assert undo(context.manager, {"act": "status", "values": {run: "failed"}}).failed == ()
    assert undo(context.manager, {"act": "pin", "values": {"unknown": True}}).failed
    assert context.manager.run(run).status == "completed"
