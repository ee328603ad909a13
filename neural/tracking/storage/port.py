"""What keeps runs, as the rest of the product knows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from neural.tracking.records import MetricSummary, Series
from neural.tracking.storage.catalog import Catalog
from neural.tracking.storage.metrics_reader import View

__all__ = ["MetricsSource", "RunStore"]


class MetricsSource(Protocol):
    """The metrics of one run, as they are at the time of each call."""

    def names(self) -> list[str]:
        """Return the names of all metrics, in order of first logging."""
        ...

    def series(self, name: str, view: View = "logged") -> Series:
        """Return the points of one metric; empty arrays if it was never logged."""
        ...

    def series_of(self, names: Iterable[str], view: View = "logged") -> dict[str, Series]:
        """Return the points of several metrics."""
        ...

    def entries(self) -> list[dict[str, Any]]:
        """Return every entry as logged: ``timestamp``, ``step`` and the metrics of the call."""
        ...

    def summaries(self) -> dict[str, MetricSummary]:
        """Return figures of all metrics over all their logged values."""
        ...


class RunStore(Protocol):
    """Runs: found, read, described, thrown away. Reading never changes one.

    Ids are exact. What one call has changed, every later call sees, also through another object
    on the same runs.
    """

    @property
    def catalog(self) -> Catalog:
        """Finds runs."""
        ...

    def metrics(self, experiment_id: str) -> MetricsSource:
        """Return the metrics of a run.

        Raises:
            NotFoundError: There is no such run.
        """
        ...

    def revision(self, experiment_ids: Iterable[str]) -> dict[str, str]:
        """Return by id a short text that changes with the run; runs that are gone are left out."""
        ...

    def annotate(
        self,
        experiment_id: str,
        tags: Mapping[str, str | None],
        values: Mapping[str, str | bool | None],
    ) -> None:
        """Change what is said about a run.

        Args:
            experiment_id: Exact id.
            tags: Tags to set, and with ``None`` to take away; others stay.
            values: ``notes``, ``display_name``, ``archived``, ``pinned``; ``None`` takes it away.

        Raises:
            NotFoundError: There is no such run.
            StorageError: It cannot be written.
        """
        ...

    def delete(self, experiment_id: str) -> None:
        """Move a run to the trash.

        Raises:
            NotFoundError: There is no such run.
            RunIsAliveError: It is being written right now.
            StorageError: It cannot be moved.
        """
        ...

    def restore(self, experiment_id: str) -> None:
        """Take a run out of the trash.

        Raises:
            NotFoundError: No such run is in the trash.
            StorageError: It cannot be moved.
        """
        ...

    def trash(self) -> list[dict[str, Any]]:
        """Return the runs in the trash, as a listing shows them, last deleted first.

        Each also says when, under ``deleted``.
        """
        ...

    def purge(self, ids: Iterable[str] | None = None) -> int:
        """Delete runs that are in the trash for good; returns how many bytes that freed.

        Args:
            ids: Which ones; ``None`` is all that are not alive.

        Raises:
            NotFoundError: One of ``ids`` is not in the trash; nothing is deleted then.
            RunIsAliveError: One of ``ids`` is being written; nothing is deleted then.
            StorageError: Something could not be deleted.
        """
        ...
