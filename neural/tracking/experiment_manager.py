"""Many runs: find, read, annotate, compare, delete."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from neural.errors import InvalidInputError, NotFoundError, ReadOnlyError, StorageError
from neural.tracking.run_library import RunLibrary
from neural.tracking.run_options import checked_tags
from neural.tracking.spellings import one_of, several
from neural.tracking.values import check_text

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from neural.tracking.experiment_tracker import ExperimentTracker

__all__ = ["ExperimentManager"]


class ExperimentManager(RunLibrary):
    """Many runs: those in one folder, whichever program wrote them.

    Reading never writes into a run and never makes one. A run that cannot be read is listed with
    what is wrong, under ``problems``, and hides no other. Any thread may call any method.

    Args:
        base_dir: Folder that holds the runs. One that does not exist holds none, and is made
            with the first run.
        read_only: Refuse every method that would change something.

    Raises:
        StorageError: Something else than a folder stands there.
    """

    def __init__(
        self, base_dir: str | os.PathLike[str] = "neural_experiments", *, read_only: bool = False
    ) -> None:
        self.read_only = read_only
        _check(Path(base_dir))
        super().__init__(base_dir)

    # ------------------------------------------------------------------ one run

    def create_experiment(
        self, name: str | None = None, auto_visualize: bool = True
    ) -> ExperimentTracker:
        """Return the tracker of a new run.

        Args:
            name: Groups runs; ``None`` is ``experiment_<date>_<time>``.
            auto_visualize: Draw the training curves at the end.

        Raises:
            ReadOnlyError: This manager only reads.
        """
        from neural.tracking.experiment_tracker import ExperimentTracker

        self._writable()
        return ExperimentTracker(name, self._root, auto_visualize)

    def get_experiment(
        self,
        experiment_id: str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - what the seed calls it
    ) -> ExperimentTracker | None:
        """Return a tracker that reads the run of exactly this id; ``None`` if there is none.

        Args:
            experiment_id: Exact id.
            id: The same as ``experiment_id``.

        Raises:
            InvalidInputError: No id was given, or both spellings.
        """
        from neural.tracking.experiment_tracker import ExperimentTracker

        wanted = _id(experiment_id, id)
        try:
            return ExperimentTracker.open_readonly(self._store.folder(wanted))
        except NotFoundError:
            return None

    # ------------------------------------------------------------------ comparing

    def compare_experiments(
        self,
        experiment_ids: Sequence[str] | None = None,
        metric_names: Sequence[str] | None = None,
        *,
        ids: Sequence[str] | None = None,
        metrics: Sequence[str] | None = None,
    ) -> dict[str, go.Figure]:
        """Return Plotly figures that compare runs.

        Args:
            experiment_ids: Exact ids; unknown ones are left out.
            metric_names: Which metrics; ``None`` is every metric of any of the runs.
            ids: The same as ``experiment_ids``.
            metrics: The same as ``metric_names``.

        Returns:
            ``comparison_<metric>`` for each metric, and ``hyperparameter_comparison`` for two runs
            and more. Nothing if no run is known.

        Raises:
            InvalidInputError: No ids were given, both spellings of one argument, or a text in
                place of a list.
            MissingExtraError: Plotly is not installed.
        """
        from neural.tracking.run_comparison import compared, comparison_charts

        given = one_of(metric_names=metric_names, metrics=metrics)
        wanted = None if given is None else several("metric_names", given, of="names")
        runs = compared(self, _ids(experiment_ids, ids))
        return comparison_charts(self, runs, wanted)

    def export_comparison(
        self,
        experiment_ids: Sequence[str] | None = None,
        output_dir: str | os.PathLike[str] | None = None,
        *,
        ids: Sequence[str] | None = None,
    ) -> str:
        """Write a comparison of runs into a folder; returns its path.

        It holds ``comparison_summary.json``: for each run its name, id, metadata, hyperparameters,
        latest and best metrics.

        Args:
            experiment_ids: Exact ids; unknown ones are left out.
            output_dir: Folder to write to; ``None`` is ``comparison_export_<time>`` beside the
                runs.
            ids: The same as ``experiment_ids``.

        Raises:
            InvalidInputError: No ids were given, or both spellings.
            NotFoundError: None of the runs is known.
            StorageError: It cannot be written.
        """
        from neural.tracking.run_comparison import compared, write_comparison

        runs = compared(self, _ids(experiment_ids, ids))
        if not runs:
            raise NotFoundError(f"None of these runs is in {self.base_dir}")
        return str(write_comparison(self._root, runs, output_dir))

    # ------------------------------------------------------------------ changing

    def annotate(
        self,
        experiment_id: str,
        *,
        tags: Mapping[str, str | None] | Sequence[str] | None = None,
        notes: str | None = None,
        display_name: str | None = None,
        archived: bool | None = None,
        pinned: bool | None = None,
    ) -> None:
        """Change what is said about a run, also while it is being written.

        Args:
            experiment_id: Exact id.
            tags: Names, or names with a text each, to set; with ``None``, to take away. Others
                stay.
            notes: Plain text or Markdown; empty takes them away.
            display_name: Shown instead of the name; empty takes it away.
            archived: Whether it is put aside.
            pinned: Whether it is kept in sight.

        Raises:
            NotFoundError: There is no such run.
            InvalidInputError: Something is not what it should be; nothing is changed then.
            ReadOnlyError: This manager only reads.
            StorageError: It cannot be written.
        """
        self._writable()
        texts = {"notes": notes, "display_name": display_name}
        marks = {"archived": archived, "pinned": pinned}
        changes: dict[str, str | bool | None] = {
            name: check_text(name, text) or None for name, text in texts.items() if text is not None
        }
        for name, mark in marks.items():
            if mark not in (None, True, False):
                raise InvalidInputError(f"{name} must be True or False, got {mark!r}")
            if mark is not None:
                changes[name] = mark or None
        self._store.annotate(experiment_id, _tag_changes(tags or {}), changes)

    def delete_experiment(
        self,
        experiment_id: str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - what the seed calls it
    ) -> bool:
        """Move a run to the trash; tells whether there was one of exactly this id.

        Args:
            experiment_id: Exact id.
            id: The same as ``experiment_id``.

        Raises:
            InvalidInputError: No id was given, or both spellings.
            RunIsAliveError: It is being written right now.
            ReadOnlyError: This manager only reads.
            StorageError: It cannot be moved.
        """
        self._writable()
        wanted = _id(experiment_id, id)
        with suppress(NotFoundError):
            self._store.delete(wanted)
            return True
        return False

    def restore_experiment(self, experiment_id: str) -> bool:
        """Take a run out of the trash; tells whether it was there.

        Raises:
            ReadOnlyError: This manager only reads.
            StorageError: It cannot be moved.
        """
        self._writable()
        with suppress(NotFoundError):
            self._store.restore(experiment_id)
            return True
        return False

    def purge(self, ids: Iterable[str] | None = None) -> int:
        """Delete runs that are in the trash for good; returns how many bytes that freed.

        Args:
            ids: Which ones; ``None`` is all.

        Raises:
            NotFoundError: One of ``ids`` is not in the trash; nothing is deleted then.
            RunIsAliveError: One of ``ids`` is being written; nothing is deleted then.
            ReadOnlyError: This manager only reads.
            StorageError: Something could not be deleted.
        """
        self._writable()
        return self._store.purge(None if ids is None else several("ids", ids, of="ids"))

    def _writable(self) -> None:
        if self.read_only:
            raise ReadOnlyError(
                f"This manager only reads {self.base_dir}. To change something, make one with: "
                f"ExperimentManager({str(self.base_dir)!r})"
            )


def _check(base_dir: Path) -> None:
    if base_dir.exists() and not base_dir.is_dir():
        raise StorageError(f"{base_dir} is a file; give the folder that holds the runs")


def _tag_changes(tags: Mapping[str, str | None] | Sequence[str]) -> dict[str, str | None]:
    """Return tags by name, checked; those to take away have ``None``."""
    if not isinstance(tags, Mapping):
        return {**checked_tags(tags)}
    gone = dict.fromkeys(name for name, text in tags.items() if text is None)
    return {**gone, **checked_tags({n: t for n, t in tags.items() if t is not None})}


def _id(first: str | None, second: str | None) -> str:
    given = one_of(experiment_id=first, id=second)
    if not isinstance(given, str):
        raise InvalidInputError(f"experiment_id must be the id of a run, got {given!r}")
    return given


def _ids(first: Sequence[str] | None, second: Sequence[str] | None) -> list[str]:
    given = one_of(experiment_ids=first, ids=second)
    if given is None:
        raise InvalidInputError("experiment_ids must be a list of ids, got None")
    return list(dict.fromkeys(several("experiment_ids", given, of="ids")))
