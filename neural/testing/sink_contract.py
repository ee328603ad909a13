"""What every sink must do, as tests to inherit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest

from neural.tracking.records import Series
from neural.tracking.sinks import (
    ExportReport,
    Medium,
    RunEnd,
    RunFile,
    RunSink,
    RunStart,
    Stretch,
    Tally,
    replay,
)

__all__ = ["MadeRun", "RunSinkContract", "SinkStage"]

#: Times of points begin here: seconds since the Unix epoch.
BEGIN = 1_700_000_000.0


class SinkStage(Protocol):
    """A platform, and the means to see what it holds that a sink does not have."""

    #: Relative error of values and times that the platform cannot avoid.
    tolerance: float

    def sink(self, tally: Tally, *, dry_run: bool = False) -> RunSink:
        """Return a sink that sends to the platform."""
        ...

    def points(self, run_id: str) -> dict[str, list[tuple[int, float]]]:
        """Return ``(step, value)`` of every point the platform holds, by its name of the metric."""
        ...

    def times(self, run_id: str) -> list[float]:
        """Return the times of all points the platform holds, in any order; without a run, none."""
        ...

    def runs(self) -> int:
        """Return how many runs the platform holds."""
        ...


class MadeRun:
    """A run made up for a test.

    Args:
        values: Metrics: their values at steps 0, 1, …, or ``(step, value)``.
        more: Further fields of :class:`~neural.tracking.sinks.RunStart`.
    """

    def __init__(self, values: dict[str, Sequence[Any]], **more: Any) -> None:
        self.root = Path()
        self.values = values
        self.more = more
        self.made_media: list[Medium] = []
        self.made_files: list[RunFile] = []
        self.status = RunEnd(status="completed", end_time=BEGIN + 1000)

    def start(self) -> RunStart:
        """Return what is known of it."""
        made: dict[str, Any] = {
            "run_id": "abc123",
            "experiment_name": "made",
            "folder": "made_abc123",
            "title": "made",
            "start_time": BEGIN,
            **self.more,
        }
        return RunStart(**made)

    def stretches(self) -> Iterator[Stretch]:
        """Yield its metrics."""
        for name, values in self.values.items():
            pairs = [v if isinstance(v, tuple) else (i, v) for i, v in enumerate(values)]
            steps, numbers = zip(*pairs, strict=True)
            times = BEGIN + np.arange(len(pairs), dtype=np.float64)
            yield Stretch(
                name=name, series=Series(np.array(steps), times, np.array(numbers, np.float64))
            )

    def media(self) -> Iterator[Medium]:
        """Yield what was made."""
        yield from self.made_media

    def files(self) -> Iterator[RunFile]:
        """Yield what was made."""
        yield from self.made_files

    def end(self) -> RunEnd:
        """Return its end."""
        return self.status


def _send(stage: SinkStage, run: MadeRun, **options: Any) -> ExportReport:
    tally = Tally()
    replay(run, stage.sink(tally, **options))
    return tally.report()


@pytest.mark.contract
class RunSinkContract:
    """What every sink must do: subclass it and give a ``stage`` fixture."""

    def test_points_arrive_with_their_steps(self, stage: SinkStage) -> None:
        """Steps need neither begin at zero nor be the same for all metrics."""
        run = MadeRun({"loss": [(5, 0.5), (10, 0.25)], "val": [(7, 1.0)]})

        report = _send(stage, run)

        assert stage.points("abc123") == {"loss": [(5, 0.5), (10, 0.25)], "val": [(7, 1.0)]}
        assert (report.skipped, report.failed) == (0, ())

    def test_points_keep_their_times(self, stage: SinkStage) -> None:
        """They were logged when they were logged, not when they were sent."""
        _send(stage, MadeRun({"loss": [1.0, 0.5]}))

        assert sorted(stage.times("abc123")) == pytest.approx([BEGIN, BEGIN + 1], abs=0.002)

    def test_values_stay(self, stage: SinkStage) -> None:
        """Up to what the platform says it cannot hold."""
        values = [0.1, -1e-30, 1e30, math.pi]

        _send(stage, MadeRun({"loss": values}))

        sent = [value for _, value in stage.points("abc123")["loss"]]
        assert sent == pytest.approx(values, rel=stage.tolerance, abs=0)

    def test_nan_is_sent(self, stage: SinkStage) -> None:
        """A diverged run is still a run."""
        _send(stage, MadeRun({"loss": [1.0, math.nan]}))

        sent = [value for _, value in stage.points("abc123")["loss"]]
        assert sent[0] == 1.0
        assert math.isnan(sent[1])

    def test_infinity_is_sent_or_told(self, stage: SinkStage) -> None:
        """Where a platform knows no infinity, the largest number stands for it, and is told."""
        report = _send(stage, MadeRun({"loss": [1.0, math.inf, -math.inf]}))

        sent = [value for _, value in stage.points("abc123")["loss"]]
        assert sent[1] >= 1e300
        assert sent[2] <= -1e300
        assert math.isinf(sent[1]) or report.converted

    def test_twice_is_once(self, stage: SinkStage) -> None:
        """The second export finds everything there."""
        run = MadeRun({"loss": [1.0, 0.5], "acc": [0.1]}, params={"lr": 0.1})
        first = _send(stage, run)
        held = stage.points("abc123")

        second = _send(stage, run)

        assert (stage.points("abc123"), stage.runs()) == (held, 1)
        assert second.sent < first.sent
        assert second.skipped >= 3

    def test_new_points_are_added(self, stage: SinkStage) -> None:
        """A run that went on meanwhile is sent on, not sent again."""
        _send(stage, MadeRun({"loss": [1.0]}))

        _send(stage, MadeRun({"loss": [1.0, 0.5], "late": [3.0]}))

        expected = {"loss": [(0, 1.0), (1, 0.5)], "late": [(0, 3.0)]}
        assert (stage.points("abc123"), stage.runs()) == (expected, 1)

    def test_an_export_that_was_cut_off_is_taken_up(self, stage: SinkStage) -> None:
        """What had arrived is not sent twice, and what had not is sent."""
        run = MadeRun({"loss": [1.0, 0.5], "acc": [0.1, 0.2]})
        answers = iter([True, False])
        replay(run, stage.sink(Tally()), go_on=lambda: next(answers))

        _send(stage, run)

        held = stage.points("abc123")
        assert held["loss"] == [(0, 1.0), (1, 0.5)]
        assert [step for step, _ in held["acc"]] == [0, 1]
        assert stage.runs() == 1

    @pytest.mark.parametrize("names", [("a/b", "a_b"), ("a%b", "a?b"), ("ä", "a\n"), ("x" * 300,)])
    def test_names_stay_apart(self, stage: SinkStage, names: tuple[str, ...]) -> None:
        """Two metrics never become one, whatever a platform's names may hold."""
        run = MadeRun({name: [float(i)] for i, name in enumerate(names)})

        _send(stage, run)

        held = sorted(values for values in stage.points("abc123").values())
        assert held == [[(0, float(i))] for i in range(len(names))]

    def test_every_value_of_a_step_is_sent(self, stage: SinkStage) -> None:
        """A step that was logged twice is there twice."""
        run = MadeRun({"loss": [(0, 1.0), (0, 2.0), (0, 2.0), (1, 3.0)]})

        _send(stage, run)
        _send(stage, run)

        assert sorted(value for _, value in stage.points("abc123")["loss"]) == [1.0, 2.0, 2.0, 3.0]

    def test_steps_that_go_back(self, stage: SinkStage) -> None:
        """No point is dropped because of its place."""
        run = MadeRun({"loss": [(2, 2.0), (1, 1.0)], "acc": [(0, 0.5)]})

        _send(stage, run)

        assert sorted(value for _, value in stage.points("abc123")["loss"]) == [1.0, 2.0]
        assert [value for _, value in stage.points("abc123")["acc"]] == [0.5]

    def test_a_run_without_points(self, stage: SinkStage) -> None:
        """A run that failed at once is sent, too."""
        report = _send(stage, MadeRun({}, params={"lr": 0.1}, notes="It broke.", tags={"x": ""}))

        assert report.failed == ()
        assert stage.points("abc123") == {}

    def test_a_dry_run_writes_nothing(self, stage: SinkStage) -> None:
        """It only counts what would be sent."""
        report = _send(stage, MadeRun({"loss": [1.0, 0.5]}), dry_run=True)

        assert report.sent >= 2
        assert stage.runs() == 0

    def test_a_dry_run_warns_as_the_real_one_does(self, stage: SinkStage) -> None:
        """Whoever looks first is told what will be converted."""
        run = MadeRun({"a%\nb": [0.1]}, params={"long": "x" * 7000, "näme%": 1})

        told = _send(stage, run, dry_run=True).converted

        assert set(told) == set(_send(stage, run).converted)

    def test_a_file_that_is_gone_stops_no_other(self, stage: SinkStage, tmp_path: Path) -> None:
        """It is named in the report, or was only counted."""
        run = MadeRun({"loss": [1.0]})
        run.made_files.append(RunFile(name="gone", path=tmp_path / "gone", kind="other", size=1))

        _send(stage, run)

        assert stage.points("abc123") == {"loss": [(0, 1.0)]}
