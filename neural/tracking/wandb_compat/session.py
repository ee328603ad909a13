"""The current run of a script, which W&B's functions act on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from neural.errors import InvalidInputError
from neural.tracking.wandb_compat.entries import Config, Summary
from neural.tracking.wandb_compat.live_run import Run

__all__ = [
    "Session",
    "alert",
    "current_config",
    "current_run",
    "current_summary",
    "define_metric",
    "finish",
    "log",
    "log_artifact",
    "login",
    "save",
    "session",
    "setup",
    "teardown",
    "unwatch",
    "watch",
]


class Session:
    """What the functions act on: as with W&B, one run of the process."""

    run: Run | None = None


session = Session()


def current_run() -> Run | None:
    """Return the run of the last ``init``, until it is finished."""
    run = session.run
    return None if run is None or run.is_finished else run


def current_config() -> Config:
    """Return the hyperparameters of the current run.

    Raises:
        InvalidInputError: There is none.
    """
    return _needed("config").config


def current_summary() -> Summary:
    """Return the last values of the current run.

    Raises:
        InvalidInputError: There is none.
    """
    return _needed("summary").summary


def _needed(what: str) -> Run:
    run = current_run()
    if run is None:
        raise InvalidInputError(f"You must call init() before {what}")
    return run


def log(data: Mapping[str, Any], step: int | None = None, commit: bool | None = None) -> None:
    """See :meth:`Run.log`."""
    _needed("log()").log(data, step=step, commit=commit)


def finish(exit_code: int | None = None, quiet: bool | None = None) -> None:
    """End the current run, if there is one; see :meth:`Run.finish`."""
    run = current_run()
    if run is not None:
        run.finish(exit_code=exit_code)
    session.run = None


def define_metric(name: str, *arguments: Any, **options: Any) -> None:
    """See :meth:`Run.define_metric`."""
    _needed("define_metric()").define_metric(name, *arguments, **options)


def log_artifact(artifact_or_path: Any, *arguments: Any, **options: Any) -> Any:
    """See :meth:`Run.log_artifact`."""
    return _needed("log_artifact()").log_artifact(artifact_or_path, *arguments, **options)


def save(glob_str: str | os.PathLike[str], *arguments: Any, **options: Any) -> list[str]:
    """See :meth:`Run.save`."""
    return _needed("save()").save(glob_str, *arguments, **options)


def alert(title: str, text: str, *arguments: Any, **options: Any) -> None:
    """See :meth:`Run.alert`."""
    _needed("alert()").alert(title, text, *arguments, **options)


def watch(models: Any = None, *arguments: Any, **options: Any) -> None:
    """See :meth:`Run.watch`."""
    _needed("watch()").watch(models, *arguments, **options)


def unwatch(models: Any = None) -> None:
    """Do nothing: nothing is watched."""


def login(*_arguments: Any, **_options: Any) -> bool:
    """Return true: no account is needed."""
    return True


def setup(*_arguments: Any, **_options: Any) -> None:
    """Do nothing: there is no service to start."""


def teardown(exit_code: int | None = None) -> None:
    """End the current run."""
    finish(exit_code)
