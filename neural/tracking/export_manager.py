"""Runs of a store sent to other platforms: the seed's ``ExportManager``."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from neural.errors import ExportError, InvalidInputError, NeuralError, NotFoundError
from neural.tracking.redaction import redact_text
from neural.tracking.run_library import RunLibrary
from neural.tracking.sinks import ExportReport, Tally, Target, replay, sinks
from neural.tracking.spellings import one_of, several
from neural.tracking.storage.layout import KEPT_DIR
from neural.tracking.stored_run import StoredRun

__all__ = ["ExportManager", "ExportResult", "export_run"]

_log = logging.getLogger(__name__)

_NAMES = {"mlflow": "MLflow", "wandb": "Weights & Biases", "tensorboard": "TensorBoard"}


class ExportResult(str):
    """What came of one run's export: the seed's message, with the figures behind it.

    Attributes:
        sent: Points, files and other things that the platform took now.
        skipped: Those it had already.
        converted: What it could not hold as it is, and what became of it, a sentence each.
        failed: What did not arrive, and why, a sentence each.
        url: Where the result is: an address, or a path; ``None`` where there is none.
        ok: Whether the run arrived; single things may have failed all the same.
    """

    sent: int
    skipped: int
    converted: tuple[str, ...]
    failed: tuple[str, ...]
    url: str | None
    ok: bool

    def __new__(cls, message: str, report: ExportReport, *, ok: bool = True) -> Self:
        """Return the message with the figures of a report."""
        made = super().__new__(cls, message)
        made.sent, made.skipped = report.sent, report.skipped
        made.converted, made.failed = report.converted, report.failed
        made.url, made.ok = report.url, ok
        return made

    def __reduce__(self) -> tuple[Callable[..., ExportResult], tuple[Any, ...]]:
        """Keep the figures when it crosses a process boundary."""
        report = ExportReport(
            sent=self.sent,
            skipped=self.skipped,
            converted=self.converted,
            failed=self.failed,
            url=self.url,
        )
        return _result, (str(self), report, self.ok)


def _result(message: str, report: ExportReport, ok: bool) -> ExportResult:
    return ExportResult(message, report, ok=ok)


class ExportManager:
    """Sends runs of a store to other platforms; nothing of the store is changed.

    Sending a run again sends only what is new. Two processes that send the same run to the same
    place take turns.

    Args:
        manager: The store: an ``ExperimentManager``, or anything that reads runs as it does.
    """

    def __init__(self, manager: RunLibrary) -> None:
        self._library = manager

    def export_to_mlflow(
        self,
        experiment_ids: Sequence[str] | None = None,
        tracking_uri: str | None = None,
        tags: Mapping[str, str] | None = None,
        *,
        ids: Sequence[str] | None = None,
        uri: str | None = None,
    ) -> dict[str, ExportResult]:
        """Send runs to MLflow, each into the experiment of its name.

        Args:
            experiment_ids: Exact ids.
            tracking_uri: ``http(s)://…`` or ``sqlite:///…``; ``None`` is MLflow's own default.
            tags: Set on the copies.
            ids: The same as ``experiment_ids``.
            uri: The same as ``tracking_uri``.

        Returns:
            Id -> message, with what was sent; of runs that failed, too.

        Raises:
            InvalidInputError: No ids were given, both spellings, or a text in place of a list.
        """
        place = one_of(tracking_uri=tracking_uri, uri=uri)
        target = Target(place=place, tags=_tag_texts(tags))
        return self.export(_ids(experiment_ids, ids), "mlflow", target)

    def export_to_wandb(
        self,
        experiment_ids: Sequence[str] | None = None,
        project_name: str | None = None,
        tags: Sequence[str] | None = None,
        *,
        ids: Sequence[str] | None = None,
        project: str | None = None,
    ) -> dict[str, ExportResult]:
        """Send runs to Weights & Biases; offline where there is no key.

        Args:
            experiment_ids: Exact ids.
            project_name: ``None`` is ``"neural"``.
            tags: Set on the copies.
            ids: The same as ``experiment_ids``.
            project: The same as ``project_name``.

        Returns:
            Id -> message, with what was sent; of runs that failed, too.

        Raises:
            InvalidInputError: No ids were given, both spellings, or a text in place of a list.
        """
        place = one_of(project_name=project_name, project=project) or "neural"
        target = Target(place=place, tags=_tag_texts(tags))
        return self.export(_ids(experiment_ids, ids), "wandb", target)

    def export_to_tensorboard(
        self,
        experiment_ids: Sequence[str] | None = None,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        ids: Sequence[str] | None = None,
        logdir: str | os.PathLike[str] | None = None,
    ) -> dict[str, ExportResult]:
        """Write runs as TensorBoard logs, a directory for each.

        Args:
            experiment_ids: Exact ids.
            log_dir: ``None`` is ``"runs/neural"``.
            ids: The same as ``experiment_ids``.
            logdir: The same as ``log_dir``.

        Returns:
            Id -> message, with what was sent; of runs that failed, too.

        Raises:
            InvalidInputError: No ids were given, both spellings, or a text in place of a list.
        """
        place = one_of(log_dir=log_dir, logdir=logdir)
        target = Target(place=str(place or "runs/neural"))
        return self.export(_ids(experiment_ids, ids), "tensorboard", target)

    def export_batch(
        self,
        experiment_ids: Sequence[str] | None = None,
        platforms: Sequence[str] | None = None,
        mlflow_uri: str | None = None,
        wandb_project: str = "neural",
        tensorboard_logdir: str | os.PathLike[str] = "runs/neural",
        *,
        ids: Sequence[str] | None = None,
    ) -> dict[str, dict[str, ExportResult]]:
        """Send runs to several platforms; one that fails keeps the others from nothing.

        Args:
            experiment_ids: Exact ids.
            platforms: Of ``"mlflow"``, ``"wandb"``, ``"tensorboard"``, and any other that
                :data:`~neural.tracking.sinks.sinks` knows, which writes to ``exports/``.
            mlflow_uri: See :meth:`export_to_mlflow`.
            wandb_project: See :meth:`export_to_wandb`.
            tensorboard_logdir: See :meth:`export_to_tensorboard`.
            ids: The same as ``experiment_ids``.

        Returns:
            Platform -> what its own method returns.

        Raises:
            InvalidInputError: No ids or platforms were given, or a text in place of a list.
            UnknownNameError: There is no such platform; nothing is sent then.
        """
        wanted = _ids(experiment_ids, ids)
        if platforms is None:
            raise InvalidInputError("platforms must be a list of names, got None")
        names = list(dict.fromkeys(several("platforms", platforms, of="platforms")))
        _check_platforms(names)
        places = {
            "mlflow": mlflow_uri,
            "wandb": wandb_project,
            "tensorboard": os.fspath(tensorboard_logdir),
        }
        return {name: self.export(wanted, name, Target(place=places.get(name))) for name in names}

    def export(
        self,
        experiment_ids: Sequence[str],
        platform: str,
        target: Target,
        *,
        go_on: Callable[[], bool] = lambda: True,
        done: Callable[[str, ExportResult], None] = lambda _id, _result: None,
    ) -> dict[str, ExportResult]:
        """Send runs to one platform.

        Args:
            experiment_ids: Exact ids.
            platform: One that :data:`~neural.tracking.sinks.sinks` knows.
            target: Where to, and how.
            go_on: Asked before each piece of a run; false stops. The next export takes it up.
            done: Told of each run as it is done.

        Returns:
            Id -> message, with what was sent; of runs that failed, too.

        Raises:
            UnknownNameError: There is no such platform.
        """
        _check_platforms([platform])
        results = {}
        for experiment_id in dict.fromkeys(experiment_ids):
            if not go_on():
                break
            results[experiment_id] = export_run(
                self._library, experiment_id, platform, target, go_on=go_on
            )
            done(experiment_id, results[experiment_id])
        return results


def export_run(
    library: RunLibrary,
    experiment_id: str,
    platform: str,
    target: Target,
    *,
    go_on: Callable[[], bool] = lambda: True,
) -> ExportResult:
    """Send one run; whatever goes wrong is in the result, and no secret is.

    Args:
        library: The store.
        experiment_id: Exact id.
        platform: One that :data:`~neural.tracking.sinks.sinks` knows.
        target: Where to, and how.
        go_on: Asked before each piece; false stops.
    """
    tally = Tally()
    called = _NAMES.get(platform, platform)
    try:
        run = StoredRun(library, experiment_id, tally)
    except NotFoundError:
        message = f"Experiment {experiment_id} not found"
        return _failed(message, tally, message)
    try:
        sink = sinks.load(platform)(target, tally)
    except (NeuralError, ImportError) as exc:
        return _failed(f"Failed to initialize {called}: {exc}", tally, str(exc))
    try:
        with _turn(library, experiment_id, platform, target):
            whole = replay(run, sink, without=target.without, go_on=go_on)
    except (NeuralError, OSError) as exc:
        return _failed(f"Error exporting to {called}: {exc}", tally, str(exc))
    except Exception as exc:  # noqa: BLE001  # a platform's own bug ends its export, no other
        _log.exception("Export of run %s to %s", experiment_id, called)
        return _failed(f"Error exporting to {called}: {type(exc).__name__}: {exc}", tally, str(exc))
    report = tally.report()
    if not whole:
        return ExportResult(f"Export to {called} stopped; the next one goes on", report, ok=False)
    what = "Would be exported" if target.dry_run else "Successfully exported"
    place = f": {report.url}" if report.url else ""
    return ExportResult(f"{what} to {called}{place}", report)


def _failed(message: str, tally: Tally, reason: str) -> ExportResult:
    tally.failed(redact_text(reason))
    return ExportResult(redact_text(message), tally.report(), ok=False)


@contextlib.contextmanager
def _turn(library: RunLibrary, experiment_id: str, platform: str, target: Target) -> Iterator[None]:
    """Wait while another process sends this run to this place."""
    if os.name == "nt" or target.dry_run:
        yield
        return
    import fcntl

    place = target.place or ""
    place = place if "://" in place else os.path.abspath(place)  # one folder has many spellings
    where = f"{platform}\0{place}\0{target.options}\0{experiment_id}"
    name = f"export-{hashlib.sha256(where.encode('utf-8', 'replace')).hexdigest()[:16]}.lock"
    with _open_lock(Path(library.base_dir).absolute() / KEPT_DIR / "locks", name) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _open_lock(folder: Path, name: str) -> Any:
    """Open a lock file; where the store cannot be written, one in the temporary folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / name).open("w")
    except OSError:
        place = Path(tempfile.gettempdir()) / f"neural-{os.getuid()}"
        try:
            place.mkdir(mode=0o700, exist_ok=True)
            return (place / name).open("w")
        except OSError as exc:
            raise ExportError(f"No lock can be made in {folder} or {place}: {exc}") from exc


def _check_platforms(names: Sequence[str]) -> None:
    for name in names:
        if name not in sinks:
            sinks.load(name)  # raises, and lists close matches


def _ids(first: Sequence[str] | None, second: Sequence[str] | None) -> list[str]:
    given = one_of(experiment_ids=first, ids=second)
    if given is None:
        raise InvalidInputError("experiment_ids must be a list of ids, got None")
    return list(several("experiment_ids", given, of="ids"))


def _tag_texts(tags: Mapping[str, str] | Sequence[str] | None) -> dict[str, str]:
    if isinstance(tags, Mapping):
        return {str(name): str(text) for name, text in tags.items()}
    return {} if tags is None else dict.fromkeys(several("tags", tags, of="tags"), "")
