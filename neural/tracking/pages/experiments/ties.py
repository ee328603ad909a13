"""Which rows of the table cannot be told apart from the best of what it is sorted by."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from neural.errors import MissingExtraError
from neural.tracking.analysis.groups import ALL_BUT_SEED
from neural.tracking.analysis.noise import seed_noise
from neural.tracking.analysis.samples import Sample
from neural.tracking.analysis.ties import Tie, ties_with_best
from neural.tracking.pages.experiments.columns import JUDGED
from neural.tracking.pages.experiments.groups import Group, grouped
from neural.tracking.pages.experiments.values import best_of
from neural.tracking.query import parse_sort
from neural.tracking.records import Goal
from neural.tracking.run_library import RunLibrary

__all__ = ["MOST_ROWS", "Ties", "sorted_metric"]

#: Among more runs than this nobody looks for ties by eye, and finding their noise takes time.
MOST_ROWS = 2000

#: Standing and reason, by id of the row.
Marks = Mapping[str, tuple[str, str]]


def sorted_metric(sort: Sequence[str]) -> tuple[str, str] | None:
    """Return the fact that rows are sorted by first and its metric; ``None``: no metric.

    Args:
        sort: As of the manager, without what puts pinned runs on top.
    """
    keys = parse_sort(list(sort[:1]))
    if not keys or not keys[0].key.startswith("metrics."):
        return None
    name, _, stat = keys[0].key.removeprefix("metrics.").rpartition(".")
    return (keys[0].key, name) if stat in JUDGED else None


class Ties:
    """Marks the best row and those that tie with it, and keeps the last answers.

    Without scipy, or where no run was ever repeated, nothing is marked.

    Args:
        library: The runs.
    """

    #: Answers that are kept, so that scrolling works out nothing again.
    MOST = 4

    def __init__(self, library: RunLibrary) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[Any, ...], Marks] = OrderedDict()

    def marks(
        self, wanted: str, sort: Sequence[str], groups: Sequence[Group] | None = None
    ) -> Marks:
        """Return ``"best"`` or ``"tied"`` and why, by id of the row; other rows are left out.

        Args:
            wanted: The filter.
            sort: As of :func:`sorted_metric`.
            groups: The rows, where each stands for a group; ``None``: for a run.
        """
        found = sorted_metric(sort)
        if found is None:
            return {}
        page = self._library.page(wanted, limit=0)
        if groups is None and page.total > MOST_ROWS:
            return {}
        keys = None if groups is None else tuple(group.key for group in groups)
        question = (wanted, found, keys, page.revision)
        with self._lock:
            if question in self._known:
                self._known.move_to_end(question)
                return self._known[question]
        marks = self._reckon(wanted, found, groups)
        with self._lock:
            self._known[question] = marks
            while len(self._known) > self.MOST:
                self._known.popitem(last=False)
        return marks

    def _reckon(self, wanted: str, found: tuple[str, str], groups: Sequence[Group] | None) -> Marks:
        fact, metric = found
        repeats = (
            grouped(self._library.search(wanted), [ALL_BUT_SEED]) if groups is None else groups
        )
        runs = [row for group in repeats for row in group.members]
        known = self._library.cells([row["experiment_id"] for row in runs], [fact])
        samples = [_sample(group.label, group.members, known, fact) for group in repeats]
        rows = {f"group:{group.key}": one for group, one in zip(repeats, samples, strict=True)}
        if groups is None:
            rows = {row["experiment_id"]: _sample(_name(row), [row], known, fact) for row in runs}
        try:
            ties = ties_with_best(
                list(rows.values()), _goal(runs, metric), noise=seed_noise(samples)
            )
        except MissingExtraError:
            return {}
        return _marked(zip(rows, ties, strict=True))


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("display_name") or row["experiment_name"])


def _sample(
    label: str,
    members: Iterable[Mapping[str, Any]],
    known: Mapping[str, Mapping[str, Any]],
    fact: str,
) -> Sample:
    values = (known.get(row["experiment_id"], {}).get(fact) for row in members)
    numbers = (v if isinstance(v, int | float) else None for v in values)
    return Sample(label, tuple(numbers))


def _goal(runs: Iterable[Mapping[str, Any]], metric: str) -> Goal:
    for row in runs:
        if best := best_of(row, metric):
            return "min" if best["mode"] == "min" else "max"
    return "max"


def _marked(ties: Iterable[tuple[str, Tie]]) -> Marks:
    """Return the marks; none where no row was compared with the best."""
    found = list(ties)
    if not any(tie.standing in ("tied", "worse") for _, tie in found):
        return {}
    return {
        row: (tie.standing, tie.reason) for row, tie in found if tie.standing in ("best", "tied")
    }
