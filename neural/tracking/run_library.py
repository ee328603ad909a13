"""The reading half of a manager: which runs there are, and what each holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neural.errors import InvalidInputError
from neural.tracking.query import parse, parse_sort
from neural.tracking.records import Artifact, RunRecord, Series
from neural.tracking.spellings import several
from neural.tracking.storage.artifact_index import artifact_file, read_artifacts
from neural.tracking.storage.catalog import Page
from neural.tracking.storage.disk_usage import allocated_bytes
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.media_index import read_media
from neural.tracking.storage.metrics_reader import View
from neural.tracking.storage.run_colors import RunColors
from neural.tracking.storage.run_store import LocalRunStore
from neural.tracking.storage.small_files import read_object

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RunLibrary", "Sort"]

#: One field to sort by, several in one text, or several texts.
Sort = str | Sequence[str] | None


class RunLibrary:
    """The runs in one folder, for reading. Nothing here writes into a run or makes one.

    A run that cannot be read is listed with what is wrong, under ``problems``, and hides no
    other. Any thread may call any method.

    Args:
        base_dir: Folder that holds the runs; need not exist.
    """

    def __init__(self, base_dir: str | os.PathLike[str]) -> None:
        self.base_dir = Path(base_dir)
        # A later change of the working directory must not lead elsewhere.
        self._root = Path(os.path.abspath(self.base_dir))
        self._store = LocalRunStore(self._root)
        #: Colours that people gave to runs.
        self.colors = RunColors(self._root)

    def __repr__(self) -> str:
        """Place of the runs."""
        return f"{type(self).__name__}({str(self.base_dir)!r})"

    # ------------------------------------------------------------------ one run

    def run(self, experiment_id: str) -> RunRecord:
        """Return what is known of a run.

        Raises:
            NotFoundError: There is none of exactly this id.
        """
        return self._store.catalog.record(experiment_id)

    def metric(self, experiment_id: str, name: str, *, view: View = "logged") -> Series:
        """Return one metric of a run as arrays ``(step, time, value)``.

        Args:
            experiment_id: Exact id.
            name: Metric; one that was never logged gives empty arrays.
            view: ``"logged"``: every value in order of logging. ``"drawn"``: what charts show,
                one value a step: the last write, and of resumed runs the later attempt.

        Raises:
            NotFoundError: There is no such run.
        """
        return self._store.metrics(experiment_id).series(name, view)

    def metrics(
        self, experiment_id: str, names: Iterable[str], *, view: View = "logged"
    ) -> dict[str, Series]:
        """Return several metrics of a run, read together; see :meth:`metric`.

        Raises:
            NotFoundError: There is no such run.
        """
        wanted = several("names", names, of="names")
        return self._store.metrics(experiment_id).series_of(wanted, view)

    def metric_names(self, experiment_id: str) -> list[str]:
        """Return the metrics of a run, in order of first logging.

        Raises:
            NotFoundError: There is no such run.
        """
        return list(self.run(experiment_id).metrics)

    def revision(self, experiment_ids: Iterable[str]) -> dict[str, str]:
        """Return by id a short text that changes whenever anything of the run does.

        Values that a live run logs count too. Runs that are gone are left out.
        """
        return self._store.revision(several("experiment_ids", experiment_ids, of="ids"))

    def artifacts(self, experiment_id: str) -> list[Artifact]:
        """Return the artifacts of a run, by name.

        Raises:
            NotFoundError: There is no such run.
        """
        return read_artifacts(self._store.folder(experiment_id))

    def artifact_path(self, experiment_id: str, name: str) -> Path:
        """Return where an artifact lies; always inside its run.

        Raises:
            NotFoundError: There is no such run or artifact, or its path leads out of the run.
        """
        return artifact_file(self._store.folder(experiment_id), name)

    def media(self, experiment_id: str) -> list[dict[str, Any]]:
        """Return the images, texts, histograms and tables of a run, in order of logging.

        Each has ``timestamp``, ``step``, ``key``, ``kind``, and ``path`` relative to the run or
        the thing itself.

        Raises:
            NotFoundError: There is no such run.
        """
        return read_media(self._store.folder(experiment_id))

    def environment(self, experiment_id: str) -> dict[str, Any]:
        """Return what is known of the machine, the packages and the code; may be empty.

        Raises:
            NotFoundError: There is no such run.
        """
        return read_object(RunPaths(self._store.folder(experiment_id)).environment, [])

    def console(self, experiment_id: str) -> dict[str, Path]:
        """Return the files that hold what a run printed: ``stdout`` and ``stderr`` if kept.

        Raises:
            NotFoundError: There is no such run.
        """
        folder = RunPaths(self._store.folder(experiment_id)).logs_dir
        files = {stream: folder / f"{stream}.log" for stream in ("stdout", "stderr")}
        return {stream: path for stream, path in files.items() if path.is_file()}

    # ------------------------------------------------------------------ many runs

    def list_experiments(self) -> list[dict[str, Any]]:
        """Return every run as a dict, newest start first.

        Keys: ``experiment_name``, ``experiment_id``, ``status``, ``start_time``, ``end_time``
        (ISO-8601), ``summary`` with ``latest`` and ``best`` by metric, ``display_name``, ``tags``,
        ``notes``, ``group``, ``repeat``, ``parent``, ``archived``, ``pinned``, ``hyperparameters``
        (nested names joined by a point), ``duration`` (seconds), ``folder``, ``problems``.
        """
        return self.search()

    def search(
        self,
        filter: str = "",  # noqa: A002 - what users call it
        *,
        sort: Sort = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        """Return the runs that a filter finds, as :meth:`list_experiments` does.

        Args:
            filter: Such as ``params.lr <= 1e-3 and metrics.val_acc.best > 0.9``; blank is all.
            sort: Such as ``metrics.loss.best``; ``-`` in front sorts the largest first. Newest
                start first without.
            limit: At most so many; ``None`` is all.
            offset: Leave out so many at the start.

        Raises:
            FilterSyntaxError: ``filter`` or ``sort`` cannot be understood; says where and why.
        """
        return self.page(filter, sort=sort, limit=limit, offset=offset).rows

    def page(
        self,
        filter: str = "",  # noqa: A002 - as in search
        *,
        sort: Sort = None,
        limit: int | None = 50,
        offset: int = 0,
        max_age_s: float = 0.0,
    ) -> Page:
        """Return some of the runs that a filter finds, and how many there are in all.

        See :meth:`search` for the other arguments and what may be raised.

        Args:
            filter: See :meth:`search`.
            sort: See :meth:`search`.
            limit: See :meth:`search`.
            offset: See :meth:`search`.
            max_age_s: In a large store, what another process changed so recently, in seconds, may
                be missing: who looks for changes regularly need not wait for one more look.
        """
        _check_count("limit", 0 if limit is None else limit)
        _check_count("offset", offset)
        wanted, keys = parse(filter), parse_sort(sort)
        return self._store.catalog.page(
            wanted, keys, limit=limit, offset=offset, max_age_s=max_age_s
        )

    def count(self, filter: str = "") -> int:  # noqa: A002 - as in search
        """Return how many runs a filter finds.

        Raises:
            FilterSyntaxError: It cannot be understood; says where and why.
        """
        return self._store.catalog.count(parse(filter))

    def param_names(self) -> list[str]:
        """Return the names of all params in the store; nested ones are joined by a point."""
        return self._store.catalog.names("params")

    def all_metric_names(self) -> list[str]:
        """Return the names of all metrics in the store."""
        return self._store.catalog.names("metrics")

    def tag_names(self) -> list[str]:
        """Return the names of all tags in the store."""
        return self._store.catalog.names("tags")

    def cells(self, ids: Iterable[str], keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return single values of runs by id and field, as they were at the last listing.

        Args:
            ids: Which runs; unknown ones are left out.
            keys: Names of facts: ``metrics.loss.min``, ``params.lr``, ``host``. A run that does
                not have one is without it.
        """
        return self._store.catalog.cells(list(ids), list(keys))

    def texts(self, key: str, limit: int = 50) -> list[str]:
        """Return the texts that a field has in any run, the most frequent first.

        Args:
            key: Name of a fact: ``params.optimizer``.
            limit: At most so many.
        """
        return self._store.catalog.texts(key, limit)

    def varying(self, filter: str, keys: Iterable[str]) -> set[str]:  # noqa: A002 - as in search
        """Return those of ``keys`` that are not the same in all runs that a filter finds.

        Raises:
            FilterSyntaxError: The filter cannot be understood.
        """
        return self._store.catalog.varying(parse(filter), list(keys))

    def disk_usage(self, ids: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Return how much disk runs take: ``experiment_id``, ``experiment_name``, ``bytes``.

        Args:
            ids: Which ones; ``None`` is all, and unknown ones are left out.
        """
        wanted = None if ids is None else set(several("ids", ids, of="ids"))
        return [
            {
                "experiment_id": row["experiment_id"],
                "experiment_name": row["experiment_name"],
                "bytes": allocated_bytes(self._root / row["folder"]),
            }
            for row in self.list_experiments()
            if wanted is None or row["experiment_id"] in wanted
        ]

    def to_dataframe(
        self,
        filter: str = "",  # noqa: A002 - as in search
        *,
        sort: Sort = None,
    ) -> pd.DataFrame:
        """Return the runs that a filter finds as a pandas table, a row each.

        Columns are named as in filters: ``params.lr``, ``metrics.loss.last``,
        ``metrics.loss.best``, ``tags.team``. Times are timestamps in UTC.

        Args:
            filter: See :meth:`search`.
            sort: See :meth:`search`.

        Raises:
            MissingExtraError: pandas is not installed.
            FilterSyntaxError: ``filter`` or ``sort`` cannot be understood.
        """
        from neural.tracking.run_table import dataframe

        return dataframe(self.search(filter, sort=sort))

    def trash(self) -> list[dict[str, Any]]:
        """Return the runs in the trash as :meth:`list_experiments` does, last deleted first.

        Each also says when it was deleted (ISO-8601), under ``deleted``.
        """
        return self._store.trash()


def _check_count(name: str, number: object) -> None:
    if not isinstance(number, int) or number < 0:
        raise InvalidInputError(f"{name} must be a whole number from 0 on, got {number!r}")
