"""Labelled synthetic runs: healthy ones, and ones with a known fault at a known step.

There are two families. Thresholds may be tuned on ``"tuning"``; what is reported comes from
``"held_out"``, whose courses, noise, lengths and strengths of fault are drawn from other
distributions and whose seeds are others too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neural.tracking.analysis.doctor import RunFacts
from neural.tracking.records import Series

__all__ = ["MAKERS", "Case", "Family", "cases"]

Family = Literal["tuning", "held_out"]
Floats = NDArray[np.float64]

START = 1.79e9


@dataclass(frozen=True, slots=True)
class Case:
    """One run and what is wrong with it.

    Attributes:
        kind: Name of its maker.
        series: Its metrics.
        facts: What else is known.
        faults: Rule to the share of the run (0 to 1) at which the fault begins; empty when
            healthy. A finding that begins elsewhere is not the fault.
    """

    kind: str
    series: dict[str, Series]
    facts: RunFacts
    faults: dict[str, float]


class Shape:
    """Draws the course, noise, length and scale of one run."""

    def __init__(self, rng: np.random.Generator, family: Family) -> None:
        self.rng = rng
        self.is_held_out = family == "held_out"
        low, high = (60, 3000) if self.is_held_out else (120, 1500)
        self.points = int(np.exp(rng.uniform(np.log(low), np.log(high))))
        self.scale = float(10 ** rng.uniform(-4, 4))
        self.offset = float(rng.normal(0, 3) * self.scale)
        self.noise = float(
            rng.uniform(0.004, 0.03) if self.is_held_out else rng.uniform(0.005, 0.04)
        )
        self.x = np.linspace(0, 1, self.points)
        every = rng.integers(1, 50)
        self.step = self._steps(int(every))
        self.second = float(10 ** rng.uniform(-2, 1))

    def _steps(self, every: int) -> NDArray[np.int64]:
        if self.is_held_out and self.rng.random() < 0.5:
            return np.cumsum(self.rng.integers(1, 2 * every + 1, self.points)).astype(np.int64)
        return np.arange(self.points, dtype=np.int64) * every

    def falling(self, sharpness: float | None = None) -> Floats:
        """Return a course from 1 to about 0 that still falls at the end, by default."""
        rng = self.rng
        if sharpness is not None:
            return np.exp(-self.x * sharpness)
        if not self.is_held_out:
            power = (1 + self.x * rng.uniform(15, 60)) ** -rng.uniform(0.25, 0.6)
            return power if rng.random() < 0.5 else np.exp(-self.x * rng.uniform(1.2, 3.0))
        late = 1 / (1 + np.exp((self.x - rng.uniform(0.2, 0.5)) / rng.uniform(0.1, 0.2)))
        broken = np.interp(self.x, [0, rng.uniform(0.05, 0.3), 1], [1, rng.uniform(0.5, 0.7), 0])
        two = 0.5 * np.exp(-12 * self.x) + 0.5 * (1 - self.x)
        return (late, broken, two, np.sqrt(np.maximum(1.0 - self.x, 0)))[rng.integers(4)]

    def noisy(self, course: Floats) -> Floats:
        """Return a course with noise, in this run's unit."""
        rng, n = self.rng, course.size
        kind = rng.integers(2)
        if not self.is_held_out:
            noise = rng.normal(size=n) if kind else rng.standard_t(3, size=n) / np.sqrt(3)
        elif kind:  # shrinks with the course, as gradients do
            noise = rng.laplace(size=n) / np.sqrt(2) * (0.4 + np.clip(course, 0, 1))
        else:  # remembers, as running means do
            white, noise = rng.normal(size=n), np.zeros(n)
            memory = rng.uniform(0.2, 0.7)
            for i in range(1, n):
                noise[i] = memory * noise[i - 1] + white[i] * np.sqrt(1 - memory**2)
        return self.offset + self.scale * (course + self.noise * noise)

    def times(self, pace: Floats | float = 1.0) -> Floats:
        """Return timestamps; ``pace`` is the relative duration of each interval."""
        jitter = self.rng.lognormal(0, 0.3 if self.is_held_out else 0.15, self.points)
        gaps = self.second * jitter * pace * np.gradient(self.step.astype(float))
        return START + np.cumsum(gaps)

    def of(self, values: Floats, times: Floats | None = None) -> Series:
        """Return values as a series over this run's steps."""
        return Series(self.step, self.times() if times is None else times, values)

    def pair(self, held_out: Floats, train: Floats) -> dict[str, Series]:
        """Return a training and a validation metric; which names they have is drawn, too."""
        names = [("loss", "val_loss"), ("train/loss", "val/loss"), ("TrainLoss", "ValidLoss")]
        one, other = names[self.rng.integers(len(names))]
        every = max(1, self.points // int(self.rng.integers(20, 60)))
        times = self.times()
        chosen = slice(every - 1, None, every)
        values = self.noisy(held_out)[chosen]
        return {
            one: Series(self.step, times, self.noisy(train)),
            other: Series(self.step[chosen], times[chosen], values),
        }


def healthy(shape: Shape) -> Case:
    """Loss that falls to the end, with or without its validation and a rising accuracy."""
    course = shape.falling()
    series = shape.pair(course * shape.rng.uniform(1.0, 1.3) + 0.05, course)
    series["accuracy"] = shape.of(-shape.noisy(course))
    series["epoch"] = shape.of(np.floor(shape.x * 10))
    return Case("healthy", series, RunFacts(), {})


def healthy_schedule(shape: Shape) -> Case:
    """Step decay of the learning rate, where the loss drops as it should."""
    at = shape.rng.uniform(0.3, 0.7)
    after = shape.x >= at
    course = shape.falling() * np.where(after, 0.75, 1.0)
    rate = np.where(after, 0.01, 0.1)
    return Case(
        "healthy schedule",
        {"loss": shape.of(shape.noisy(course)), "lr": shape.of(rate)},
        RunFacts(),
        {},
    )


def healthy_cosine(shape: Shape) -> Case:
    """A cosine schedule down to nothing, and an accuracy that comes in few sizes."""
    course = shape.falling()
    rate = 1e-3 * (1 + np.cos(np.pi * np.minimum(shape.x, 0.9999))) / 2
    batch = int(shape.rng.integers(16, 257))
    right = shape.rng.binomial(batch, np.clip(0.95 - 0.8 * course, 0, 1)) / batch
    series = {
        "train/loss": shape.of(shape.noisy(course)),
        "train/accuracy": shape.of(right),
        "learning_rate": shape.of(rate),
    }
    return Case("healthy cosine", series, RunFacts(), {})


def healthy_gap(shape: Shape) -> Case:
    """Validation stays above training by a constant gap, and both still improve."""
    course = shape.falling()
    return Case(
        "healthy gap", shape.pair(course + shape.rng.uniform(0.2, 0.8), course), RunFacts(), {}
    )


def healthy_spikes(shape: Shape) -> Case:
    """A few single spikes that recover at once."""
    course = shape.falling()
    course[shape.rng.integers(1, shape.points - 1, 4)] += shape.rng.uniform(0.5, 5, 4)
    return Case("healthy spikes", {"loss": shape.of(shape.noisy(course))}, RunFacts(), {})


def healthy_running(shape: Shape) -> Case:
    """A live run that logged a moment ago."""
    times = shape.times()
    now = float(times[-1] + shape.second * 3)
    facts = RunFacts(status="running", now=now)
    return Case(
        "healthy running", {"loss": shape.of(shape.noisy(shape.falling()), times)}, facts, {}
    )


def becomes_nan(shape: Shape) -> Case:
    """NaN or infinity from some step on."""
    values = shape.noisy(shape.falling())
    at = int(shape.points * shape.rng.uniform(0.1, 0.95))
    values[at:] = shape.rng.choice([np.nan, np.inf])
    return Case("NaN", {"loss": shape.of(values)}, RunFacts(), {"non_finite": shape.x[at]})


def diverges(shape: Shape) -> Case:
    """Falls, then climbs back to where it began or far beyond."""
    at = shape.rng.uniform(0.2, 0.8)
    course = shape.falling()
    after = np.clip((shape.x - at) / (0.95 - at), 0, 1)
    if shape.is_held_out:
        height = shape.rng.uniform(1.0, 50)
        rise = height * np.minimum(1, after * shape.rng.uniform(1, 6))
    else:
        rise = shape.rng.uniform(1.0, 10) * after
    values = shape.noisy(course + rise)
    return Case("divergence", {"loss": shape.of(values)}, RunFacts(), {"divergence": at})


def overfits(shape: Shape) -> Case:
    """Validation turns upwards while training goes on falling."""
    at = shape.rng.uniform(0.25, 0.65)
    train = shape.falling()
    strength = shape.rng.uniform(0.25, 0.6) if shape.is_held_out else shape.rng.uniform(0.25, 1.0)
    after = np.clip((shape.x - at) / (1 - at), 0, 1)
    bent = after**1.3 if shape.is_held_out else after
    lowest = train[np.searchsorted(shape.x, at)]
    # Where little was gained before, a share of it would drown in the noise: no fault to find.
    held_out = np.maximum(train, lowest) + 0.1 + strength * max(1 - lowest, 0.4) * bent
    return Case("over-fitting", shape.pair(held_out, train), RunFacts(), {"overfitting": at})


def flattens(shape: Shape) -> Case:
    """Nothing improves over the last half or more."""
    at = shape.rng.uniform(0.1, 0.4)
    if shape.is_held_out:
        course = np.clip(1 - shape.x / at, 0, None) ** shape.rng.uniform(1, 2)
    else:
        course = shape.falling(4.5 / at)
    return Case("plateau", {"loss": shape.of(shape.noisy(course))}, RunFacts(), {"plateau": at})


def never_learns(shape: Shape) -> Case:
    """Noise around one level."""
    values = shape.noisy(np.zeros(shape.points))
    return Case("never learns", {"loss": shape.of(values)}, RunFacts(), {"plateau": 0.0})


def jumps_with_rate(shape: Shape) -> Case:
    """The rate goes up (a restart, a wrong unit) and the loss jumps at once, then falls again."""
    at = shape.rng.uniform(0.2, 0.8)
    after = shape.x >= at
    fade = shape.rng.uniform(0.1, 0.5) if shape.is_held_out else 0.3
    jump = shape.rng.uniform(0.2, 1.0) * np.exp(-np.clip(shape.x - at, 0, None) / fade)
    course = shape.falling() + np.where(after, jump, 0.0)
    rate = np.where(after, shape.rng.uniform(2, 20), 1.0) * 1e-3
    series = {"loss": shape.of(shape.noisy(course)), "train/lr": shape.of(rate)}
    return Case("learning-rate kink", series, RunFacts(), {"learning_rate_kink": at})


def crashes(shape: Shape) -> Case:
    """The process died."""
    status = "crashed" if shape.rng.random() < 0.5 else "failed"
    series = {"loss": shape.of(shape.noisy(shape.falling()))}
    return Case("crash", series, RunFacts(status=status), {"ended_badly": 1.0})


def hangs(shape: Shape) -> Case:
    """Marked as running, silent for long."""
    times = shape.times()
    usual = float(np.median(np.diff(times)))
    silence = max(60.0, usual * shape.rng.uniform(40, 400), 4 * float(np.diff(times).max()))
    facts = RunFacts(status="running", now=float(times[-1] + silence))
    series = {"loss": shape.of(shape.noisy(shape.falling()), times)}
    return Case("hang", series, facts, {"stalled": 1.0})


def slows_down(shape: Shape) -> Case:
    """Steps take two to five times as long from some point on, at once or bit by bit."""
    at, factor = shape.rng.uniform(0.3, 0.7), shape.rng.uniform(2, 5)
    after = np.clip((shape.x - at) / (1 - at), 0, 1)
    grows = shape.is_held_out and shape.rng.random() < 0.5
    pace = 1 + (factor - 1) * (np.minimum(1, 2 * after) if grows else (after > 0))
    series = {"loss": shape.of(shape.noisy(shape.falling()), shape.times(pace))}
    return Case("slowing", series, RunFacts(), {"slowing": at})


MAKERS: tuple[Callable[[Shape], Case], ...] = (
    healthy,
    healthy,
    healthy_schedule,
    healthy_cosine,
    healthy_gap,
    healthy_spikes,
    healthy_running,
    becomes_nan,
    diverges,
    overfits,
    flattens,
    never_learns,
    jumps_with_rate,
    crashes,
    hangs,
    slows_down,
)


def cases(family: Family, seed: int, each: int) -> list[Case]:
    """Return ``each`` runs of every maker.

    Args:
        family: Which distributions they are drawn from.
        seed: Of the random numbers; the two families never share one.
        each: Runs of a maker.
    """
    rng = np.random.default_rng([seed, family == "held_out"])
    return [make(Shape(rng, family)) for make in MAKERS for _ in range(each)]
