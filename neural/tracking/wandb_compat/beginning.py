"""How a run of a script that was written for W&B is begun."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural.errors import InvalidInputError, NotFoundError
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.storage.documents import find_run
from neural.tracking.wandb_compat.entries import config_of
from neural.tracking.wandb_compat.live_run import Run
from neural.tracking.wandb_compat.session import session

__all__ = ["Settings", "init"]

_UNFIT_ID = re.compile(r"[^A-Za-z0-9-]")
_KEEPS_OUTPUT = ("wrap", "wrap_raw", "wrap_emu", "redirect")


@dataclass
class Settings:
    """Settings of a run; those that mean nothing here are taken and not used.

    Attributes:
        console: ``"wrap"`` or ``"redirect"`` keep what the process prints.
        mode: See :func:`init`.
    """

    console: str = "off"
    mode: str | None = None

    def __init__(self, console: str = "off", mode: str | None = None, **unused: Any) -> None:
        self.console, self.mode = console, mode


def init(
    entity: str | None = None,
    project: str | None = None,
    dir: str | os.PathLike[str] | None = None,  # noqa: A002 - as W&B calls it
    id: str | None = None,  # noqa: A002
    name: str | None = None,
    notes: str | None = None,
    tags: Iterable[str] | None = None,
    config: Any = None,
    config_exclude_keys: Iterable[str] | None = None,
    config_include_keys: Iterable[str] | None = None,
    group: str | None = None,
    job_type: str | None = None,
    mode: str | None = None,
    reinit: bool | str | None = None,
    resume: bool | str | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    **unused: Any,
) -> Run:
    """Begin a run, and make it the current one.

    It goes into ``NEURAL_BASE_DIR``, or into ``neural_experiments`` in ``dir``. W&B's variables
    ``WANDB_PROJECT``, ``_NAME``, ``_RUN_ID``, ``_RUN_GROUP``, ``_JOB_TYPE``, ``_TAGS``,
    ``_NOTES``, ``_DIR``, ``_MODE``, ``_RESUME`` and ``_CONSOLE`` stand in for what is not given.

    Args:
        entity: Not used.
        project: Groups runs; ``None`` is ``"uncategorized"``.
        dir: Folder that the store lies in; ``None`` is the working directory.
        id: Id of the run; what is not a letter, digit or ``-`` becomes ``-``.
        name: Shown name.
        notes: Notes.
        tags: Tags.
        config: Hyperparameters; see :func:`~neural.tracking.wandb_compat.entries.config_of`.
        config_exclude_keys: Those that are left out.
        config_include_keys: The only ones that are taken.
        group: Name that puts runs together.
        job_type: Becomes a tag.
        mode: ``"disabled"`` keeps nothing; all else is the same here.
        reinit: What happens to a current run that has not ended: ``True`` and
            ``"finish_previous"`` end it, ``"create_new"`` leaves it, and without it that run is
            returned.
        resume: ``"must"`` needs a run of this ``id``, ``"never"`` needs that there is none; else
            one that is there goes on. Nothing is ever overwritten.
        settings: See :class:`Settings`.
        unused: What means nothing here.

    Raises:
        InvalidInputError: ``resume`` and the runs that are there do not fit together, or a value
            cannot be used.
    """
    previous = session.run
    if previous is not None and not previous.is_finished and reinit != "create_new":
        if reinit not in (True, "finish_previous"):
            return previous
        previous.finish()
    chosen = settings if isinstance(settings, Settings) else Settings(**dict(settings or {}))
    params = _chosen(config_of(config), config_include_keys, config_exclude_keys)
    project = project or _variable("PROJECT") or "uncategorized"
    name = name or _variable("NAME")
    wanted_mode = mode or chosen.mode or _variable("MODE")
    if wanted_mode == "disabled":
        run = Run(None, project=project, name=name)
    else:
        wanted_id = id or _variable("RUN_ID")
        base = _base_dir(dir)
        run_id = None if wanted_id is None else _UNFIT_ID.sub("-", wanted_id)
        console = chosen.console if chosen.console != "off" else _variable("CONSOLE") or "off"
        opened = _open(
            base,
            project,
            run_id,
            resume if resume is not None else _variable("RESUME"),
            group=group or _variable("RUN_GROUP"),
            keeps_output=console in _KEEPS_OUTPUT,
        )
        run = Run(opened, project=project, name=name, first_step=_next_step(opened))
    _describe(run, name, notes or _variable("NOTES"), tags, job_type or _variable("JOB_TYPE"))
    if params:
        run.config.update(params)
    if reinit != "create_new":
        session.run = run
    return run


def _variable(name: str) -> str | None:
    return os.environ.get(f"WANDB_{name}") or None


def _base_dir(folder: str | os.PathLike[str] | None) -> Path:
    ours = os.environ.get("NEURAL_BASE_DIR")
    return Path(ours) if ours else Path(folder or _variable("DIR") or ".") / "neural_experiments"


def _open(
    base: Path,
    project: str,
    run_id: str | None,
    resume: bool | str | None,
    *,
    group: str | None,
    keeps_output: bool,
) -> ExperimentTracker:
    """Return the tracker of a new run, or of one that goes on."""
    if resume == "must" and run_id is None:
        raise InvalidInputError("resume='must' needs the id of the run: init(id=…)")
    if run_id is not None and _is_there(base, run_id):
        if resume == "never":
            raise InvalidInputError(f"There is a run {run_id!r} in {base}, and resume is 'never'")
        return ExperimentTracker.resume(run_id, base, False, capture_output=keeps_output)
    if resume == "must":
        raise InvalidInputError(f"There is no run {run_id!r} in {base}, and resume is 'must'")
    return ExperimentTracker(
        project, base, False, experiment_id=run_id, group=group, capture_output=keeps_output
    )


def _is_there(base: Path, run_id: str) -> bool:
    try:
        find_run(base, run_id)
    except NotFoundError:
        return False
    return True


def _next_step(tracker: ExperimentTracker) -> int:
    """Return the step behind the last one that was logged."""
    last = [tracker.metric(name).step.max(initial=-1) for name in tracker.metric_names()]
    return int(max(last, default=-1)) + 1


def _chosen(
    params: dict[str, Any], only: Iterable[str] | None, without: Iterable[str] | None
) -> dict[str, Any]:
    if only is not None:
        wanted = set(only)
        return {name: value for name, value in params.items() if name in wanted}
    left_out = set(without or ())
    return {name: value for name, value in params.items() if name not in left_out}


def _describe(
    run: Run,
    name: str | None,
    notes: str | None,
    tags: Iterable[str] | None,
    job_type: str | None,
) -> None:
    if name:
        run.name = name
    if notes:
        run.notes = notes
    named = (_variable("TAGS") or "").split(",") if tags is None else tags
    wanted = [tags] if isinstance(tags, str) else [tag for tag in named if tag]
    if wanted:
        run.tags = tuple(wanted)
    if job_type and run.tracker is not None:
        run.tracker.add_tags(job_type=job_type)
