"""F5: whatever is called in whatever order, the store holds what a plain model says.

Runs are begun, logged to, finished, resumed, deleted and restored; their processes are killed
between calls and in the middle of one. After each step everything is read and compared.
"""

from __future__ import annotations

import copy
import math
import multiprocessing
import shutil
import tempfile
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from neural.errors import RunIsAliveError
from neural.tracking import ExperimentManager
from tests.fuzz import sdk_worker

#: Forked from a process that has imported everything: a run begins in milliseconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.fuzz.sdk_worker"])

MOST_RUNS = 3
PATIENCE_S = 60.0

names = st.sampled_from(["loss", "acc", "val/loss", "ä b", "Loss", "x" * 150])
numbers = (
    st.floats(width=64)
    | st.integers(-(2**70), 2**70)
    | st.booleans()
    | st.sampled_from([0.0, -0.0])
)
values = st.dictionaries(names, numbers, min_size=1, max_size=4)
steps = st.none() | st.integers(0, 8) | st.sampled_from([2**40, 2**62])
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
params = st.dictionaries(
    st.sampled_from(["lr", "model", "data"]),
    texts | st.integers(-5, 5) | st.dictionaries(st.sampled_from(["a", "b"]), texts, max_size=2),
    min_size=1,
    max_size=3,
)
calls = st.one_of(
    st.tuples(st.just("metrics"), st.fixed_dictionaries({"values": values, "step": steps})),
    st.tuples(st.just("params"), params),
    st.tuples(st.just("tags"), st.dictionaries(st.sampled_from(["t", "u"]), texts, min_size=1)),
    st.tuples(st.just("notes"), texts),
    st.tuples(
        st.just("artifact"),
        st.fixed_dictionaries(
            {"name": st.sampled_from(["m.bin", "n.txt"]), "content": st.binary(max_size=20)}
        ),
    ),
)


@dataclass
class Model:
    """What one run must hold.

    Attributes:
        entries: Step and values of every call, in order.
        status: As it is shown.
        deleted: Whether it is in the trash.
    """

    entries: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    notes: str = ""
    artifacts: dict[str, bytes] = field(default_factory=dict)
    status: str = "created"
    deleted: bool = False

    def call(self, name: str, given: Any) -> None:
        """Take a call that has returned."""
        if name == "metrics":
            step = len(self.entries) if given["step"] is None else given["step"]
            self.entries.append((step, given["values"]))
            self.status = "running"
        elif name == "params":
            self.params |= given
        elif name == "tags":
            self.tags |= given
        elif name == "notes":
            self.notes = given
        else:
            self.artifacts[given["name"]] = given["content"]


class Writer:
    """The process of one run."""

    def __init__(self, base: Path, run_id: str, *, resumes: bool) -> None:
        self._pipe, theirs = PROCESSES.Pipe()
        self._process = PROCESSES.Process(
            target=sdk_worker.keep, args=(theirs, str(base), run_id, resumes), daemon=True
        )
        self._process.start()
        theirs.close()
        self._answered(self._pipe)

    @staticmethod
    def _answered(pipe: Connection) -> None:
        assert pipe.poll(PATIENCE_S), "the run's process hangs"
        pipe.recv()

    def call(self, name: str, given: Any) -> None:
        """Make a call and wait for it to return."""
        self._pipe.send((name, given))
        self._answered(self._pipe)

    def end(self, status: str) -> None:
        """Finish the run and wait for the process to end."""
        self.call("finish", status)
        self._process.join(PATIENCE_S)
        self._pipe.close()

    def kill(self, in_call: tuple[str, Any] | None = None) -> None:
        """Kill the process; in the middle of a call, if one is given."""
        if in_call is not None:
            self._pipe.send(in_call)
        self._process.kill()
        self._process.join(PATIENCE_S)
        self._pipe.close()


class TrackerMachine(RuleBasedStateMachine):
    """The SDK and its model, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.base = self.place / "runs"
        self.manager = ExperimentManager(self.base)
        self.models: dict[str, Model] = {}
        self.writers: dict[str, Writer] = {}
        self.touched: set[str] = set()

    def teardown(self) -> None:
        """Leave no process and no file."""
        for writer in self.writers.values():
            writer.kill()
        shutil.rmtree(self.place)

    # ---- choosing --------------------------------------------------------------

    def _one(self, which: int, *, alive: bool, deleted: bool = False) -> str | None:
        fitting = [
            run_id
            for run_id, model in self.models.items()
            if (run_id in self.writers) is alive and model.deleted is deleted
        ]
        return fitting[which % len(fitting)] if fitting else None

    # ---- rules -----------------------------------------------------------------

    @initialize()
    def first(self) -> None:
        """There is a run."""
        self.begin()

    @precondition(lambda self: len(self.models) < MOST_RUNS)
    @rule()
    def begin(self) -> None:
        """A run is begun."""
        run_id = f"{len(self.models):012x}"
        self.writers[run_id] = Writer(self.base, run_id, resumes=False)
        self.models[run_id] = Model()
        self.touched.add(run_id)

    @rule(which=st.integers(0, 9), several=st.lists(calls, min_size=1, max_size=8))
    def call(self, which: int, several: list[tuple[str, Any]]) -> None:
        """Calls that return have happened."""
        run_id = self._one(which, alive=True)
        if run_id is not None:
            for call in several:
                self.writers[run_id].call(*call)
                self.models[run_id].call(*call)
            self.touched.add(run_id)

    @rule(which=st.integers(0, 9), status=st.sampled_from(["completed", "failed", "phase 2"]))
    def finish(self, which: int, status: str) -> None:
        """A run ends, and says how."""
        run_id = self._one(which, alive=True)
        if run_id is not None:
            self.writers.pop(run_id).end(status)
            self.models[run_id].status = status
            self.touched.add(run_id)

    @rule(which=st.integers(0, 9))
    def kill(self, which: int) -> None:
        """A process dies between two calls: nothing is lost."""
        run_id = self._one(which, alive=True)
        if run_id is not None:
            self.writers.pop(run_id).kill()
            self.models[run_id].status = "crashed"
            self.touched.add(run_id)

    @rule(which=st.integers(0, 9), call=calls)
    def kill_in_a_call(self, which: int, call: tuple[str, Any]) -> None:
        """A process dies in a call: it has happened, or it has not."""
        run_id = self._one(which, alive=True)
        if run_id is None:
            return
        self.writers.pop(run_id).kill(call)
        self.models[run_id].status = "crashed"
        happened = copy.deepcopy(self.models[run_id])
        happened.call(*call)
        happened.status = "crashed"
        if self._differences(run_id, self.models[run_id]):
            self.models[run_id] = happened
        self.touched.add(run_id)

    @rule(which=st.integers(0, 9))
    def resume(self, which: int) -> None:
        """A run that has ended or crashed goes on."""
        run_id = self._one(which, alive=False)
        if run_id is not None:
            self.writers[run_id] = Writer(self.base, run_id, resumes=True)
            self.models[run_id].status = "running"
            self.touched.add(run_id)

    @rule(which=st.integers(0, 9))
    def delete(self, which: int) -> None:
        """A run at rest goes to the trash."""
        run_id = self._one(which, alive=False)
        if run_id is not None:
            assert self.manager.delete_experiment(run_id)
            self.models[run_id].deleted = True

    @rule(which=st.integers(0, 9))
    def delete_what_lives(self, which: int) -> None:
        """A run that is being written is not deleted."""
        run_id = self._one(which, alive=True)
        if run_id is not None:
            with pytest.raises(RunIsAliveError):
                self.manager.delete_experiment(run_id)

    @rule(which=st.integers(0, 9))
    def restore(self, which: int) -> None:
        """A run comes back from the trash."""
        run_id = self._one(which, alive=False, deleted=True)
        if run_id is not None:
            assert self.manager.restore_experiment(run_id)
            self.models[run_id].deleted = False
            self.touched.add(run_id)

    @rule()
    def reopen(self) -> None:
        """A reader that begins anew sees the same."""
        self.manager = ExperimentManager(self.base)
        self.touched |= self.models.keys()

    # ---- comparing ----------------------------------------------------------------

    @invariant()
    def the_list_is_right(self) -> None:
        """The runs that are there, with their statuses, and no others."""
        wanted = {k: m.status for k, m in self.models.items() if not m.deleted}
        found = {row["experiment_id"]: row["status"] for row in self.manager.search()}
        assert found == wanted

    @invariant()
    def the_runs_are_right(self) -> None:
        """Every value of every run that something was done to."""
        for run_id in sorted(self.touched):
            if not self.models[run_id].deleted:
                assert self._differences(run_id, self.models[run_id]) == {}
        self.touched.clear()

    def _differences(self, run_id: str, model: Model) -> dict[str, Any]:
        record = self.manager.run(run_id)
        found = {
            "series": self._series(run_id),
            "params": record.params,
            "tags": record.tags,
            "notes": record.notes,
            "artifacts": self._artifacts(run_id),
        }
        wanted = {
            "series": _series_of(model),
            "params": model.params,
            "tags": model.tags,
            "notes": model.notes,
            "artifacts": model.artifacts,
        }
        return {
            key: (found[key], wanted[key]) for key in wanted if not _same(found[key], wanted[key])
        }

    def _series(self, run_id: str) -> dict[str, list[tuple[int, Any]]]:
        series = self.manager.metrics(run_id, self.manager.metric_names(run_id))
        return {
            name: list(zip(one.step.tolist(), one.value.tolist(), strict=True))
            for name, one in sorted(series.items())
        }

    def _artifacts(self, run_id: str) -> dict[str, bytes]:
        return {
            one.name: self.manager.artifact_path(run_id, one.name).read_bytes()
            for one in self.manager.artifacts(run_id)
        }


def _series_of(model: Model) -> dict[str, list[tuple[int, Any]]]:
    found: dict[str, list[tuple[int, Any]]] = {}
    for step, logged in model.entries:
        for name, value in logged.items():
            found.setdefault(name, []).append((step, value))
    return dict(sorted(found.items()))


def _same(found: Any, wanted: Any) -> bool:
    """Compare to the last bit; whether a whole number comes as a float is the reader's choice."""
    if isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(_same(found[k], wanted[k]) for k in wanted)
    if isinstance(wanted, list | tuple):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(wanted, float) and isinstance(found, float):
        same_sign = math.copysign(1, found) == math.copysign(1, wanted)
        return (found == wanted and same_sign) or (math.isnan(found) and math.isnan(wanted))
    return bool(found == wanted)


@pytest.mark.timeout(7_200)
@pytest.mark.parametrize(
    ("examples", "steps"), [(8, 12), pytest.param(5_000, 50, marks=pytest.mark.torture)]
)
def test_f5_the_store_is_what_its_model_says(examples: int, steps: int) -> None:
    """After each of many calls, kills and readings, in any order."""
    run_state_machine_as_test(
        TrackerMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
