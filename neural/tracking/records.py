"""What a stored run is, as frozen values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "FINAL_STATUSES",
    "SYSTEM_PREFIX",
    "Artifact",
    "Goal",
    "MetricSummary",
    "RunRecord",
    "RunStatus",
    "Series",
    "flatten",
]

#: Names of metrics begin with it that tell of the machine, not of the training.
SYSTEM_PREFIX = "system/"

#: Which direction of a metric is better.
Goal = Literal["min", "max"]


class RunStatus(StrEnum):
    """The statuses the product sets itself; ``set_status`` accepts any other text too."""

    CREATED = "created"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    #: Never stored: shown for a run that has no end and no living writer.
    CRASHED = "crashed"


#: Statuses that end a run.
FINAL_STATUSES = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})


class Series(NamedTuple):
    """One metric of one run; three arrays of the same length ``T``."""

    #: Zero-based steps, int64 of shape ``(T,)``, in logging order.
    step: NDArray[np.int64]
    #: Seconds since the Unix epoch, float64 of shape ``(T,)``.
    time: NDArray[np.float64]
    #: Values of shape ``(T,)``: float64 where that is exact, else int64, else Python objects.
    value: NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSummary:
    """Figures of one metric over all its logged values.

    NaN is counted and otherwise left out; a metric that only ever was NaN has NaN extremes.

    Attributes:
        count: Number of logged values, NaN included.
        nan_count: How many of them are NaN.
        last: Value logged last, NaN included.
        last_step: Its step.
        min: Smallest value.
        min_step: Step at which it was logged first.
        max: Largest value.
        max_step: Step at which it was logged first.
        mean: Arithmetic mean of the values that are not NaN.
    """

    count: int
    nan_count: int
    last: float | int
    last_step: int
    min: float | int
    min_step: int
    max: float | int
    max_step: int
    mean: float

    def best(self, goal: Goal) -> tuple[float | int, int] | tuple[None, None]:
        """Return ``(value, step)`` of the best value; ``(None, None)`` when all were NaN."""
        if self.count == self.nan_count:
            return None, None
        return (self.min, self.min_step) if goal == "min" else (self.max, self.max_step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One file or directory kept with a run.

    Attributes:
        name: Name as it was given, any Unicode.
        path: Relative to the run directory, with ``/``.
        type: ``model``, ``image``, ``table``, ``config``, ``text``, ``figure``, ``directory``
            or ``other``.
        size: In bytes; of a directory, the sum of its files.
        timestamp: When it was logged: seconds since the Unix epoch, ``None`` if unknown.
        checksum: SHA-256 in hex; ``None`` where another writer kept none.
        framework: Of models: what they were saved with.
    """

    name: str
    path: str
    type: str
    size: int
    timestamp: float | None = None
    checksum: str | None = None
    framework: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """All that is known of a run without reading its series point by point.

    Attributes:
        experiment_id: Id of the run.
        experiment_name: Groups runs.
        folder: Name of its directory under ``base_dir``.
        status: As shown: the stored text, or ``crashed``.
        stored_status: As its writer left it.
        alive: Whether a process holds it open; ``None`` where locks do not tell.
        start_time: Seconds since the Unix epoch; ``None`` if not recorded.
        end_time: The same; ``None`` while it runs.
        updated: When its metrics last changed, seconds since the Unix epoch.
        tags: Name to text; a tag without text has ``""``.
        goals: Direction by metric, where the user set one.
        step_metrics: Metric on the x axis by metric, where the user set one.
        params: Hyperparameters as given, possibly nested.
        metrics: Figures by metric name, in order of first logging.
        entries: Number of ``log_metrics`` calls on record.
        problems: What could not be read: file, byte offset and reason, a sentence each.
    """

    experiment_id: str
    experiment_name: str
    folder: str
    status: str
    stored_status: str
    alive: bool | None = None
    start_time: float | None = None
    end_time: float | None = None
    updated: float | None = None
    group: str | None = None
    repeat: int | None = None
    parent: str | None = None
    host: str | None = None
    pid: int | None = None
    display_name: str | None = None
    notes: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    archived: bool = False
    pinned: bool = False
    goals: Mapping[str, Goal] = field(default_factory=dict)
    step_metrics: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, MetricSummary] = field(default_factory=dict)
    entries: int = 0
    problems: tuple[str, ...] = ()

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, or to the last sign of life; never negative."""
        end = self.end_time if self.end_time is not None else self.updated
        if self.start_time is None or end is None:
            return None
        return max(0.0, end - self.start_time)


def flatten(params: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield ``(dotted name, value)`` of nested params; NaN and infinities come back as floats.

    An empty mapping is kept as a value, so that no name is lost.
    """
    for name, value in params.items():
        if type(value) not in _SCALARS and isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _NON_FINITE.get(value, value) if type(value) is str else value


_SCALARS = frozenset({str, float, int, bool, type(None)})
_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
