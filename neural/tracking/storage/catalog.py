"""Finding runs: which there are, which a filter wants, in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from neural.errors import NotFoundError
from neural.tracking.query import Filter, SortKey, sort_runs
from neural.tracking.query.comparing import fact_of
from neural.tracking.records import RunRecord
from neural.tracking.storage.facts import facts_of, row_of
from neural.tracking.storage.local import read_runs

__all__ = [
    "Catalog",
    "Page",
    "ScanCatalog",
    "cells_of",
    "missing",
    "names_in",
    "page_of",
    "texts_in",
    "varying_in",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the runs that a filter finds.

    Attributes:
        rows: Runs as a listing shows them.
        total: How many runs the filter finds in all.
        revision: A number that changes whenever any run in the store has changed.
    """

    rows: list[dict[str, Any]]
    total: int
    revision: int


class Catalog(Protocol):
    """The runs of one store, as they are at the time of each call.

    A run that cannot be read is listed with what is wrong, and hides no other.
    """

    def page(
        self,
        wanted: Filter,
        sort: Sequence[SortKey] = (),
        *,
        limit: int | None = None,
        offset: int = 0,
        max_age_s: float = 0.0,
    ) -> Page:
        """Return the runs that ``wanted`` finds, newest first unless sorted otherwise.

        Args:
            wanted: Which runs.
            sort: In which order.
            limit: Rows on the page; ``None`` for all.
            offset: Rows before the page.
            max_age_s: What another process changed so recently, in seconds, may be missing where
                looking for it takes time; what was changed through this store never is.

        Raises:
            FilterSyntaxError: A regular expression took too long.
        """
        ...

    def count(self, wanted: Filter) -> int:
        """Return how many runs ``wanted`` finds.

        Raises:
            FilterSyntaxError: A regular expression took too long.
        """
        ...

    def record(self, experiment_id: str) -> RunRecord:
        """Return the run of exactly this id.

        Raises:
            NotFoundError: There is none.
        """
        ...

    def names(self, kind: str) -> list[str]:
        """Return all names of ``"params"``, ``"metrics"`` or ``"tags"``, in alphabetical order."""
        ...

    def cells(self, ids: Sequence[str], keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return facts by id and key, as of the last look at the runs; missing ones are left out.

        Args:
            ids: Ids of runs; unknown ones are left out.
            keys: Names of facts: ``metrics.loss.min``.
        """
        ...

    def texts(self, key: str, limit: int) -> list[str]:
        """Return at most ``limit`` texts that the fact ``key`` has, those of most runs first."""
        ...

    def varying(self, wanted: Filter, keys: Sequence[str]) -> set[str]:
        """Return those of ``keys`` that are not the same in all runs that ``wanted`` finds.

        A fact that some runs have and others have not varies too.

        Raises:
            FilterSyntaxError: A regular expression took too long.
        """
        ...


def missing(experiment_id: str, base_dir: Path | str) -> NotFoundError:
    """Return the error that says that there is no such run."""
    return NotFoundError(
        f"There is no run {experiment_id!r} in {base_dir}. List the runs with: neural ls"
    )


def page_of(
    records: Iterable[RunRecord],
    wanted: Filter,
    sort: Sequence[SortKey] = (),
    *,
    limit: int | None = None,
    offset: int = 0,
    revision: int = 0,
    facts: Callable[[RunRecord], dict[str, Any]] = facts_of,
) -> Page:
    """Return the page that :meth:`Catalog.page` promises, from runs in memory.

    ``facts`` is for stores that keep what filters see of a run.
    """
    matches = wanted.predicate()
    found = [(record, seen) for record in records if matches(seen := facts(record))]
    ordered = sort_runs(found, sort, lambda pair: pair[1])
    shown = ordered[offset : None if limit is None else offset + limit]
    rows = [row_of(record) for record, _ in shown]
    return Page(rows=rows, total=len(found), revision=revision)


def names_in(records: Iterable[RunRecord], kind: str) -> list[str]:
    """Return the names that :meth:`Catalog.names` promises, from runs in memory."""
    prefix = f"{kind}."
    names: set[str] = set()
    for record in records:
        if kind == "metrics":
            names.update(record.metrics)
        else:
            keys = (key for key in facts_of(record) if key.startswith(prefix))
            names.update(key.removeprefix(prefix) for key in keys)
    return sorted(names)


def cells_of(
    records: Iterable[RunRecord], ids: Sequence[str], keys: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return the facts that :meth:`Catalog.cells` promises, from runs in memory."""
    found = {}
    for record in records:
        if record.experiment_id in ids:
            facts = facts_of(record)
            found[record.experiment_id] = {k: facts[k] for k in keys if facts.get(k) is not None}
    return found


def texts_in(records: Iterable[RunRecord], key: str, limit: int) -> list[str]:
    """Return the texts that :meth:`Catalog.texts` promises, from runs in memory."""
    found = Counter(value for r in records if isinstance(value := facts_of(r).get(key), str))
    return sorted(found, key=lambda text: (-found[text], text))[:limit]


def varying_in(records: Iterable[RunRecord], wanted: Filter, keys: Sequence[str]) -> set[str]:
    """Return the keys that :meth:`Catalog.varying` promises, from runs in memory."""
    matches = wanted.predicate()
    found = [facts for record in records if matches(facts := facts_of(record))]
    return {k for k in keys if len({repr(fact_of(facts, k)) for facts in found}) > 1}


class ScanCatalog:
    """Reads every run at each call: slow for many runs, and never out of date.

    Args:
        base_dir: Folder that holds the runs; need not exist.
    """

    def __init__(self, base_dir: Path) -> None:
        self._base_dir = base_dir

    def page(
        self,
        wanted: Filter,
        sort: Sequence[SortKey] = (),
        *,
        limit: int | None = None,
        offset: int = 0,
        max_age_s: float = 0.0,
    ) -> Page:
        """See :meth:`Catalog.page`."""
        records = list(read_runs(self._base_dir))
        revision = hash(tuple(map(repr, records)))
        return page_of(records, wanted, sort, limit=limit, offset=offset, revision=revision)

    def count(self, wanted: Filter) -> int:
        """See :meth:`Catalog.count`."""
        return self.page(wanted, limit=0).total

    def record(self, experiment_id: str) -> RunRecord:
        """See :meth:`Catalog.record`."""
        for record in read_runs(self._base_dir):
            if record.experiment_id == experiment_id:
                return record
        raise missing(experiment_id, self._base_dir)

    def names(self, kind: str) -> list[str]:
        """See :meth:`Catalog.names`."""
        return names_in(read_runs(self._base_dir), kind)

    def cells(self, ids: Sequence[str], keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """See :meth:`Catalog.cells`."""
        return cells_of(read_runs(self._base_dir), ids, keys)

    def texts(self, key: str, limit: int) -> list[str]:
        """See :meth:`Catalog.texts`."""
        return texts_in(read_runs(self._base_dir), key, limit)

    def varying(self, wanted: Filter, keys: Sequence[str]) -> set[str]:
        """See :meth:`Catalog.varying`."""
        return varying_in(read_runs(self._base_dir), wanted, keys)
