"""start, log and finish: a run written call by call."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from neural.tracking import ExperimentManager
from tests.cli.conftest import Command


def start(neural: Command, *arguments: str) -> str:
    """Start a run and return its id."""
    return neural("start", "shell", *arguments).out.strip()


def test_a_run_from_the_shell(neural: Command, base_dir: Path) -> None:
    """It runs on between calls, keeps every value and ends when told."""
    run = start(neural, "--param", "lr=0.1", "--param", "name=x", "--tag", "base")
    between = ExperimentManager(base_dir).run(run)
    neural("log", run, "loss=0.5")
    neural("log", run[:6], "loss=0.25", "acc=1", "--step", "7")
    neural("finish", run)
    record = ExperimentManager(base_dir).run(run)

    assert between.status == "running"
    assert record.params == {"lr": 0.1, "name": "x"}
    assert record.tags == {"base": ""}
    assert (record.metrics["loss"].count, record.metrics["loss"].last_step) == (2, 7)
    assert record.status == "completed"


def test_json_lines(neural: Command, base_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line an entry, with its step or the number of entries."""
    run = start(neural)
    monkeypatch.setattr("sys.stdin", io.StringIO('{"loss": 1, "step": 5}\n\n{"loss": NaN}\n'))

    outcome = neural("log", run, "--stdin")

    assert outcome.code == 0
    series = ExperimentManager(base_dir).metric(run, "loss")
    assert series.step.tolist() == [5, 1]
    assert series.value[0] == 1
    assert series.value[1] != series.value[1]


def test_a_bad_line_is_named_and_those_before_it_are_kept(
    neural: Command, base_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that was read is lost."""
    run = start(neural)
    monkeypatch.setattr("sys.stdin", io.StringIO('{"loss": 1}\noops\n{"loss": 2}\n'))

    outcome = neural("log", run, "--stdin")

    assert outcome.code == 1
    assert "Line 2 is not JSON" in outcome.err
    assert ExperimentManager(base_dir).metric(run, "loss").value.tolist() == [1]


def test_what_tail_prints_can_be_logged(
    neural: Command, base_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NaN and infinities are words there."""
    run = start(neural)
    line = '{"a": "NaN", "b": "-Infinity", "c": "Infinity"}\n'
    monkeypatch.setattr("sys.stdin", io.StringIO(line))

    outcome = neural("log", run, "--stdin")

    summaries = ExperimentManager(base_dir).run(run).metrics
    assert outcome.code == 0
    assert str([summaries[name].last for name in "abc"]) == "[nan, -inf, inf]"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"loss": "fast"}', "Line 2: Metric 'loss' must be a real number, got 'fast'"),
        ('{"timestamp": 5}', "Line 2: A metric cannot be called 'timestamp'"),
        ('{"loss": 1, "step": 0.5}', "Line 2: step must be a whole number, got 0.5"),
        ("[1]", "Line 2 should be a JSON object, got '[1]'"),
    ],
)
def test_a_line_that_cannot_be_logged(
    neural: Command, monkeypatch: pytest.MonkeyPatch, line: str, message: str
) -> None:
    """The message tells which one it is."""
    run = start(neural)
    monkeypatch.setattr("sys.stdin", io.StringIO(f'{{"loss": 1}}\n{line}\n'))

    outcome = neural("log", run, "--stdin")

    assert outcome.code == 1
    assert message in outcome.err


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1.0),
        ("1e-3", 0.001),
        (".5", 0.5),
        ("5.", 5.0),
        ("+2", 2.0),
        ("nan", "nan"),
        ("-NaN", "nan"),
        ("-inf", "-inf"),
        ("Infinity", "inf"),
    ],
)
def test_numbers_as_other_programs_write_them(
    neural: Command, base_dir: Path, text: str, value: object
) -> None:
    """Not only those that JSON knows."""
    run = start(neural)
    neural("log", run, f"loss={text}")

    (found,) = ExperimentManager(base_dir).metric(run, "loss").value.tolist()
    assert str(found) == str(value)


@pytest.mark.parametrize("arguments", [[], ["loss=1", "--stdin"], ["--stdin", "--step", "1"]])
def test_wrong_usage(neural: Command, arguments: list[str]) -> None:
    """Values come from one side or the other."""
    run = start(neural)

    assert neural("log", run, *arguments).code == 2


def test_logging_on_after_the_end(neural: Command, base_dir: Path) -> None:
    """The values are kept, and the end moves."""
    run = start(neural)
    neural("log", run, "loss=1")
    neural("finish", run)
    before = ExperimentManager(base_dir).run(run)
    neural("log", run, "loss=2")
    after = ExperimentManager(base_dir).run(run)

    assert (after.status, after.metrics["loss"].count) == ("completed", 2)
    assert before.end_time is not None
    assert after.end_time is not None
    assert after.end_time > before.end_time


def test_what_is_no_number_is_refused(neural: Command) -> None:
    """The message names the metric."""
    run = start(neural)

    outcome = neural("log", run, "loss=fast")

    assert outcome.code == 1
    assert "'loss'" in outcome.err


def test_a_run_of_a_program_is_left_alone(neural: Command, runs: Sequence[str]) -> None:
    """Only runs that were started from the command line are logged to from there."""
    outcome = neural("log", runs[0], "loss=1")

    assert outcome.code == 1
    assert "neural start" in outcome.err


def test_a_status_of_ones_own(neural: Command, base_dir: Path) -> None:
    """Finish takes any final status."""
    run = start(neural)

    neural("finish", run, "--status", "failed")

    assert ExperimentManager(base_dir).run(run).status == "failed"
