"""The runs of the page as columns: read once for each state of the store."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from neural._clock import from_iso
from neural.tracking.analysis.doctor.names import known_goal
from neural.tracking.analysis.run_columns import Column, column
from neural.tracking.pages.metric_sections import telling
from neural.tracking.records import Goal
from neural.tracking.run_library import RunLibrary
from neural.tracking.summary import infer_goal

__all__ = [
    "DURATION",
    "MOST_RUNS",
    "STARTED",
    "RunTable",
    "Runs",
    "label_of",
    "metric_key",
    "param_key",
]

T = TypeVar("T")

#: Runs that are looked at; of more the newest.
MOST_RUNS = 10_000
#: States of the store and filters that are kept.
_KEPT = 6

#: Keys of what is neither a param nor a metric.
DURATION, STARTED = "duration", "created"
_FACTS = {DURATION: "duration (s)", STARTED: "started (s)"}


def metric_key(name: str) -> str:
    """Return what a metric is called where its figure is not said."""
    return f"metrics.{name}"


def param_key(name: str) -> str:
    """Return the name of the column of a param."""
    return f"params.{name}"


@dataclass(frozen=True, eq=False)
class RunTable:
    """Runs that a filter finds, and their columns.

    A column has the name that a fact has in filters: ``params.lr``, ``metrics.loss.best``,
    or is :data:`DURATION` or :data:`STARTED`.

    Attributes:
        rows: As ``RunLibrary.search`` returns them, newest first.
        total: How many the filter finds; more than rows when some were left out.
        revision: Of the store, when they were read.
        store: Where figures are read from.
    """

    rows: Sequence[Mapping[str, Any]]
    total: int
    revision: str
    store: RunLibrary
    _columns: dict[str, Column] = field(default_factory=dict)
    _kept: dict[Any, Any] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids of the runs."""
        return tuple(row["experiment_id"] for row in self.rows)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What to call each run; namesakes have the start of their id behind it."""
        names = [str(row.get("display_name") or row["experiment_name"]) for row in self.rows]
        shared = Counter(names)
        return tuple(
            name if shared[name] == 1 else f"{name} {row['experiment_id'][:8]}"
            for name, row in zip(names, self.rows, strict=True)
        )

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics, those that say most first, then those of most runs."""
        uses: Counter[str] = Counter()
        for row in self.rows:
            uses.update(dict.fromkeys((row.get("summary") or {}).get("latest") or (), 1))
        common = [name for name, _ in uses.most_common()]
        most = max(uses.values(), default=0)
        first = telling([name for name in common if 2 * uses[name] >= most], self.goals)
        return tuple(dict.fromkeys([*first, *common]))

    @cached_property
    def goals(self) -> dict[str, Goal]:
        """Directions that somebody set, by metric; what most runs say counts."""
        said = Counter(
            (name, best.get("mode"))
            for row in self.rows[:200]
            for name, best in ((row.get("summary") or {}).get("best") or {}).items()
            if best.get("mode") in ("min", "max") and best["mode"] != infer_goal(name)
        )
        return {name: goal for (name, goal), _ in reversed(said.most_common())}

    @cached_property
    def params(self) -> tuple[str, ...]:
        """Names of the params that differ between these runs, then the others."""
        seen: dict[str, set[str]] = {}
        uses: Counter[str] = Counter()
        for row in self.rows:
            for name, value in (row.get("hyperparameters") or {}).items():
                values = seen.setdefault(name, set())
                uses[name] += 1
                if len(values) < 2:
                    values.add(repr(value))
        differing = [n for n in seen if len(seen[n]) > 1 or uses[n] < len(self.rows)]
        return tuple(dict.fromkeys([*differing, *seen]))

    @cached_property
    def differing(self) -> frozenset[str]:
        """Names of the params that differ."""
        return frozenset(n for n in self.params if self.column(param_key(n)).varies)

    def goal(self, metric: str) -> Goal | None:
        """Return which direction of a metric is better; ``None``: nobody knows."""
        return known_goal(metric, self.goals)

    def column(self, fact: str) -> Column:
        """Return one column over all rows; what a run has not is missing."""
        return self.columns([fact])[0]

    def columns(self, facts: Iterable[str]) -> list[Column]:
        """Return columns; all figures of metrics that are not known yet are read at once."""
        wanted = list(facts)
        missing = [one for one in wanted if one.startswith("metrics.") and one not in self._columns]
        for fact, values in self._figures(missing).items():
            self._columns[fact] = Column(label_of(fact), values)
        return [self._columns.get(fact) or self._plain(fact) for fact in wanted]

    def _plain(self, fact: str) -> Column:
        if fact == DURATION:
            values = [row.get("duration") for row in self.rows]
        elif fact == STARTED:
            values = [from_iso(row.get("start_time")) for row in self.rows]
        else:
            name = fact.partition(".")[2]
            values = [(row.get("hyperparameters") or {}).get(name) for row in self.rows]
        found = self._columns[fact] = column(label_of(fact), values)
        return found

    def _figures(self, facts: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        if not facts:
            return {}
        cells = self.store.cells(self.ids, facts)
        rows = [cells.get(run, {}) for run in self.ids]
        return {fact: np.array([_number(row.get(fact)) for row in rows]) for fact in facts}

    def only(self, mask: NDArray[np.bool_]) -> RunTable:
        """Return the rows at which ``mask`` (shape ``(N,)``) is true."""
        if mask.all():
            return self
        kept = [row for row, keep in zip(self.rows, mask, strict=True) if keep]
        return RunTable(kept, self.total, self.revision, self.store)

    def kept(self, key: Any, make: Callable[[], T]) -> T:
        """Return what ``make`` returned for ``key`` the first time."""
        # Two tabs of one browser that ask for the same forest shall not both grow it.
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
            found: T = self._kept[key]
            return found


def label_of(fact: str) -> str:
    """Return what a column is called.

    Example:
        >>> label_of("params.lr"), label_of("metrics.val/acc.best"), label_of("duration")
        ('lr', 'val/acc (best)', 'duration (s)')
    """
    kind, _, name = fact.partition(".")
    if kind == "metrics":
        metric, _, stat = name.rpartition(".")
        return f"{metric} ({stat})"
    return name if kind == "params" else _FACTS.get(fact, fact)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


class Runs:
    """Runs by filter, kept until the store changes.

    Args:
        library: The store.
    """

    def __init__(self, library: RunLibrary) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], RunTable] = OrderedDict()

    def revision(self) -> str:
        """Return what changes whenever any run in the store does."""
        return str(self._library.page("", limit=1).revision)

    def table(self, filter: str, revision: str | None = None) -> RunTable:  # noqa: A002 - as in search
        """Return the runs that a filter finds.

        Args:
            filter: In the filter language; runs that were put aside count only if it asks.
            revision: State of the store that is wanted, if it is still known; ``None``: the
                newest.

        Raises:
            FilterSyntaxError: The filter cannot be understood.
        """
        key = (filter, self.revision() if revision is None else revision)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        page = self._library.page(filter, limit=MOST_RUNS)
        table = RunTable(page.rows, page.total, str(page.revision), self._library)
        with self._lock:
            self._kept[filter, table.revision] = table
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return table
