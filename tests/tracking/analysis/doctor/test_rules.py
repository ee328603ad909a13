"""Each rule fires where a fault was planted and is silent elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from neural.tracking.analysis.doctor import Finding, RunFacts, diagnose
from neural.tracking.records import Series

SeriesOf = Callable[..., Series]
Floats = NDArray[np.float64]

X = np.linspace(0, 1, 400)
FALLING = np.exp(-2 * X)
NAN = float("nan")


def _only(found: list[Finding], rule: str) -> Finding:
    """Return the one finding there is, which has to be of ``rule``."""
    assert [one.rule for one in found] == [rule]
    return found[0]


def test_healthy_run_has_no_findings(series_of: SeriesOf, noise: Floats) -> None:
    """Loss falls, accuracy rises, a counter counts: nothing to say."""
    series = {
        "loss": series_of(FALLING + noise),
        "val_loss": series_of(FALLING + 0.2 + noise[::-1]),
        "accuracy": series_of(1 - FALLING + noise),
        "epoch": series_of(np.floor(X * 9)),
    }

    assert diagnose(series) == []


def test_first_nan_and_the_step_before(series_of: SeriesOf, noise: Floats) -> None:
    """The sentence holds both steps and the last number."""
    values = FALLING + noise
    values[300:] = NAN

    found = _only(diagnose({"loss": series_of(values, np.arange(400) * 10)}), "non_finite")

    assert found.severity == "error"
    assert found.region == (2990, 3990)
    assert "NaN from step 3,000 on" in found.text
    assert found.numbers["value_before"] == pytest.approx(values[299])
    assert found.numbers["step_before"] == 2990


def test_metrics_that_break_together_are_one_finding(series_of: SeriesOf) -> None:
    """The first to break is named first."""
    broken = {
        "norm": series_of([1, 1, np.inf, np.inf]),
        "loss": series_of([1, NAN, NAN, NAN]),
    }

    found = _only(diagnose(broken), "non_finite")

    assert found.metrics == ("loss", "norm")
    assert "norm followed" in found.text


def test_nan_that_passes_is_a_warning(series_of: SeriesOf, noise: Floats) -> None:
    """One skipped step does not end a run."""
    values = FALLING + noise
    values[100] = NAN

    found = _only(diagnose({"loss": series_of(values)}), "non_finite")

    assert (found.severity, found.numbers["count"]) == ("warning", 1)


def test_metric_that_was_never_defined_is_left_out(series_of: SeriesOf, noise: Floats) -> None:
    """AUC of a single class is NaN in every run and no fault of this one."""
    series = {"loss": series_of(FALLING + noise), "auc": series_of(np.full(400, NAN))}

    assert diagnose(series) == []


def test_run_without_a_single_number(series_of: SeriesOf) -> None:
    """NaN from the first step on is named as that."""
    found = _only(diagnose({"loss": series_of([NAN, NAN])}), "non_finite")

    assert found.title == "Never a number"


@pytest.mark.parametrize("goal", ["min", "max"])
def test_divergence(series_of: SeriesOf, noise: Floats, goal: str) -> None:
    """A loss that climbs beyond its start diverged, and so did an accuracy that falls back."""
    course = np.where(X < 0.6, FALLING, FALLING[240] + 4 * (X - 0.6)) + noise
    name, values = ("loss", course) if goal == "min" else ("accuracy", -course)

    found = _only(diagnose({name: series_of(values)}), "divergence")

    assert found.region is not None
    assert 220 <= found.region[0] <= 300
    assert found.region[1] == 399


def test_spike_is_no_divergence(series_of: SeriesOf, noise: Floats) -> None:
    """What recovers at once is not an end."""
    values = FALLING + noise
    values[200] = 50.0
    values[398] = 50.0

    assert diagnose({"loss": series_of(values)}) == []


def test_metric_without_a_direction_is_not_judged(series_of: SeriesOf) -> None:
    """Nobody knows which way a norm should go, until the user says it."""
    series = {"grad_norm": series_of(1 + 4 * X)}

    assert diagnose(series) == []
    found = _only(diagnose(series, RunFacts(goals={"grad_norm": "min"})), "divergence")
    assert found.metrics == ("grad_norm",)


def test_over_fitting(series_of: SeriesOf, noise: Floats) -> None:
    """Validation turns at 40 % while training goes on."""
    held_out = np.where(X < 0.4, FALLING, FALLING[160] + 0.5 * (X - 0.4))
    series = {"loss": series_of(FALLING + noise), "val_loss": series_of(held_out + noise[::-1])}

    found = _only(diagnose(series), "overfitting")

    assert found.metrics == ("val_loss", "loss")
    assert found.region is not None
    assert 120 <= found.region[0] <= 220
    assert found.numbers["end"] > found.numbers["best"] + 0.2
    assert found.numbers["train_end"] < found.numbers["train_at_best"] - 0.2


def test_held_out_metric_of_another_name(series_of: SeriesOf, noise: Floats) -> None:
    """Accuracy on one of several sets falls from the start on, while the training loss falls too.

    That is no divergence: the run learns, but not what it is tested on.
    """
    series = {
        "loss": series_of(FALLING + noise),
        "eval_german_accuracy": series_of(0.7 - 0.3 * X + noise[::-1]),
    }

    found = _only(diagnose(series), "overfitting")

    assert found.metrics == ("eval_german_accuracy", "loss")


def test_constant_gap_is_no_over_fitting(series_of: SeriesOf, noise: Floats) -> None:
    """Training is nearly always better than validation."""
    series = {
        "train/acc": series_of(1 - FALLING + noise),
        "val/acc": series_of(0.6 - 0.6 * FALLING + noise[::-1]),
    }

    assert diagnose(series) == []


def test_loss_jumps_where_the_rate_does(series_of: SeriesOf, noise: Floats) -> None:
    """Both values and both rates are in the sentence."""
    rate = np.where(np.arange(400) < 150, 0.001, 0.01)
    values = FALLING + noise + np.where(np.arange(400) < 150, 0, 0.5 * (1 - X))

    found = _only(
        diagnose({"loss": series_of(values), "lr": series_of(rate)}), "learning_rate_kink"
    )

    assert found.numbers["step"] == 150
    assert "from 0.001 to 0.01" in found.text


def test_drop_at_a_step_of_the_schedule_is_healthy(series_of: SeriesOf, noise: Floats) -> None:
    """That is what the schedule is for."""
    is_late = np.arange(400) >= 150
    series = {
        "loss": series_of(FALLING * np.where(is_late, 0.7, 1) + noise),
        "lr": series_of(np.where(is_late, 0.01, 0.1)),
    }

    assert diagnose(series) == []


def test_end_of_a_smooth_schedule_is_no_jump(series_of: SeriesOf) -> None:
    """There every change of the rate is by a large factor, and accuracy comes in few sizes."""
    rate = (1 + np.cos(np.pi * X * 0.999)) / 2
    accuracy = np.random.default_rng(1).binomial(32, 0.9 - 0.6 * FALLING) / 32

    assert diagnose({"acc": series_of(accuracy), "lr": series_of(rate)}) == []


def test_plateau(series_of: SeriesOf, noise: Floats) -> None:
    """Flat from 30 % on: the region says since when."""
    found = _only(diagnose({"loss": series_of(np.maximum(1 - 3 * X, 0) + noise)}), "plateau")

    assert found.severity == "info"
    assert found.region is not None
    assert 110 <= found.region[0] <= 160


def test_slow_progress_is_no_plateau(series_of: SeriesOf, noise: Floats) -> None:
    """A power law is nearly flat, and still worth its time."""
    course = (1 + 40 * X) ** -0.4

    assert diagnose({"loss": series_of(course + noise)}) == []


def test_metric_that_never_improved(series_of: SeriesOf, noise: Floats) -> None:
    """Noise around one level is told from a plateau that was reached."""
    found = _only(diagnose({"loss": series_of(0.69 + noise)}), "plateau")

    assert found.title == "loss never improved"
    assert found.region == (0, 399)


def test_constant_metric_never_improved(series_of: SeriesOf) -> None:
    """Without any noise, too."""
    found = _only(diagnose({"loss": series_of(np.full(50, 0.693))}), "plateau")

    assert found.title == "loss never improved"


@pytest.mark.parametrize(("status", "reason"), [("crashed", "killed"), ("failed", "traceback")])
def test_bad_end(series_of: SeriesOf, noise: Floats, status: str, reason: str) -> None:
    """How far it came, and what is known of why."""
    found = _only(
        diagnose({"loss": series_of(FALLING + noise)}, RunFacts(status=status)), "ended_badly"
    )

    assert found.title == f"The run {status} after step 399"
    assert reason in found.text


def test_crash_before_the_first_point() -> None:
    """Nothing to highlight, still a finding."""
    found = _only(diagnose({}, RunFacts(status="crashed")), "ended_badly")

    assert found.region is None


def test_silence_of_a_running_run(series_of: SeriesOf, noise: Floats) -> None:
    """Ten minutes without a point, where one came every second."""
    series = {"loss": series_of(FALLING + noise)}
    last = 1e9 + 399

    found = _only(diagnose(series, RunFacts(status="running", now=last + 600)), "stalled")

    assert found.title == "Nothing logged for 10 min 0 s"
    assert diagnose(series, RunFacts(status="running", now=last + 20)) == []
    assert diagnose(series, RunFacts(status="completed", now=last + 600)) == []


def test_silence_no_longer_than_earlier_pauses(series_of: SeriesOf, noise: Floats) -> None:
    """A run that validates for minutes now and then is not stalled in its next validation."""
    times = 1e9 + np.cumsum(np.where(np.arange(400) % 50 == 49, 300.0, 1.0))
    series = {"loss": series_of(FALLING + noise, None, times)}

    assert diagnose(series, RunFacts(status="running", now=float(times[-1]) + 400)) == []


def test_long_pause_of_a_run_that_went_on(series_of: SeriesOf, noise: Floats) -> None:
    """The region is the hole."""
    times = 1e9 + np.cumsum(np.where(np.arange(400) == 200, 5000.0, 1.0))

    found = _only(diagnose({"loss": series_of(FALLING + noise, None, times)}), "stalled")

    assert (found.severity, found.region) == ("info", (199, 200))


def test_slowing_throughput(series_of: SeriesOf, noise: Floats) -> None:
    """Three times as long a step from the middle on."""
    times = 1e9 + np.cumsum(np.where(X < 0.5, 1.0, 3.0))

    found = _only(diagnose({"loss": series_of(FALLING + noise, None, times)}), "slowing")

    assert found.numbers["factor"] == pytest.approx(3.0)
    assert found.region is not None
    assert 180 <= found.region[0] <= 220


def test_busy_minute_is_no_slowing(series_of: SeriesOf, noise: Floats) -> None:
    """A few slow steps at the end are not a trend."""
    times = 1e9 + np.cumsum(np.where((X > 0.9) & (X < 0.95), 3.0, 1.0))

    assert diagnose({"loss": series_of(FALLING + noise, None, times)}) == []


def test_slow_start_is_no_speed_to_compare_with(series_of: SeriesOf, noise: Floats) -> None:
    """Compiling takes its time in every run."""
    times = 1e9 + np.cumsum(np.where(X < 0.04, 9.0, 1.0))

    assert diagnose({"loss": series_of(FALLING + noise, None, times)}) == []


@given(
    kind=st.sampled_from(["healthy", "diverged", "flat", "kink", "overfit"]),
    scale=st.floats(-6, 6).map(lambda e: 10.0**e),
    offset=st.floats(-1e3, 1e3),
    stride=st.integers(1, 10_000),
)
def test_unit_and_offset_do_not_matter(kind: str, scale: float, offset: float, stride: int) -> None:
    """The same curve in another unit, around another level, at other steps: the same findings."""
    plain = _planted(kind, 1.0, 0.0, 1)
    changed = _planted(kind, scale, offset * scale, stride)

    expected = [(one.rule, one.metrics, one.region) for one in diagnose(plain)]
    found = [(one.rule, one.metrics, _over(one.region, stride)) for one in diagnose(changed)]

    assert found == expected
    assert bool(found) == (kind != "healthy")


def _over(region: tuple[int, int] | None, stride: int) -> tuple[int, int] | None:
    return None if region is None else (region[0] // stride, region[1] // stride)


def _planted(kind: str, scale: float, offset: float, stride: int) -> dict[str, Series]:
    noise = np.random.default_rng(11).normal(0, 0.02, 400)
    course = {
        "diverged": np.where(X < 0.6, FALLING, FALLING[240] + 4 * (X - 0.6)),
        "flat": np.maximum(1 - 3 * X, 0),
        "kink": FALLING + np.where(X < 0.5, 0, 0.6 * (1 - X)),
    }.get(kind, FALLING)
    turned = np.where(X < 0.4, FALLING, FALLING[160] + 0.5 * (X - 0.4))
    held_out = turned if kind == "overfit" else course
    steps, times = np.arange(400) * stride, 1e9 + np.arange(400.0)
    return {
        "loss": Series(steps, times, offset + scale * (course + noise)),
        "val_loss": Series(steps, times, offset + scale * (held_out + 0.1 + noise[::-1])),
        "lr": Series(steps, times, np.where(X < 0.5, 1e-3, 1e-2)),
    }


@given(st.lists(st.tuples(st.integers(0, 2**40), st.floats(), st.floats()), max_size=60))
def test_whatever_was_logged_can_be_examined(points: list[tuple[int, float, float]]) -> None:
    """NaN, infinities, any times and steps in any order: no error, and regions are steps."""
    step = np.array([p[0] for p in points], dtype=np.int64)
    one = Series(step, np.array([p[1] for p in points]), np.array([p[2] for p in points]))

    found = diagnose({"loss": one, "val_loss": one, "lr": one}, RunFacts(status="running", now=0.0))

    for finding in found:
        assert finding.region is None or finding.region[0] <= finding.region[1]
        assert all(np.isscalar(number) for number in finding.numbers.values())


def test_findings_come_worst_first(series_of: SeriesOf, noise: Floats) -> None:
    """What ruins the run is read first."""
    values = np.maximum(1 - 3 * X, 0) + noise
    broken = np.where(X > 0.9, NAN, 1.0)

    found = diagnose({"loss": series_of(values), "norm": series_of(broken)})

    assert [one.severity for one in found] == ["error", "info"]
