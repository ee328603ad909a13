"""Whether a platform would take runs, asked without sending it anything."""

from __future__ import annotations

import os
from pathlib import Path

from neural._optional import optional_import
from neural.errors import ExportError
from neural.tracking.exporters.addresses import secrets_of
from neural.tracking.redaction import redact_text, redact_url
from neural.tracking.sinks import Tally, Target, sinks

__all__ = ["try_connection"]

_SQLITE = "sqlite:///"


def try_connection(platform: str, target: Target) -> str:
    """Return in a sentence what answered; nothing is written.

    Args:
        platform: One that :data:`~neural.tracking.sinks.sinks` knows.
        target: Where runs would go.

    Raises:
        UnknownNameError: There is no such platform.
        MissingExtraError: Its package is not installed.
        InvalidInputError: The place cannot be used.
        RefusedError: It is one that nobody sends runs to.
        ExportError: It cannot be reached, refuses, or cannot be written to.
    """
    sinks.load(platform)(target, Tally())  # checks the package and the place
    if platform == "mlflow":
        return _mlflow(target.place or "")
    if platform == "wandb":
        return _wandb(target)
    return _folder(Path(target.place or "."))


def _mlflow(uri: str) -> str:
    if uri.startswith(_SQLITE) and not Path(uri.removeprefix(_SQLITE)).exists():
        # Asking would make it.
        return f"There is no {redact_url(uri)} yet; {_folder(Path(uri[len(_SQLITE) :]).parent)}"
    tracking = optional_import("mlflow.tracking", extra="mlflow", purpose="export to MLflow")
    exceptions = optional_import("mlflow.exceptions", extra="mlflow", purpose="export to MLflow")
    try:
        found = tracking.MlflowClient(uri).search_experiments(max_results=1000)
    except (exceptions.MlflowException, OSError) as exc:
        reason = redact_text(" ".join(str(exc).split())[:500], secrets=secrets_of(uri))
        raise ExportError(f"MLflow at {redact_url(uri)} does not answer: {reason}") from None
    some = f"{len(found):,}{'+' if len(found) >= 1000 else ''}"
    return f"MLflow at {redact_url(uri)} answers; experiments there: {some}"


def _wandb(target: Target) -> str:
    if target.options.get("mode") != "online":
        return f"Offline runs: {_folder(Path(target.options.get('dir') or '.'))}"
    wandb = optional_import("wandb", extra="wandb", purpose="export to W&B")
    try:
        viewer = wandb.Api(timeout=10).viewer
    except Exception as exc:  # noqa: BLE001  # its errors have no common base
        reason = redact_text(" ".join(str(exc).split())[:500])
        raise ExportError(f"W&B does not answer: {reason}") from None
    return f"W&B answers; runs go to the account {viewer.username!r}"


def _folder(folder: Path) -> str:
    """Tell whether a folder can be written to, or made where it would be.

    Raises:
        ExportError: It cannot.
    """
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise ExportError(f"{there} is no folder that can be written to")
    return f"{folder} can be written to" if there == folder else f"{folder} will be made"
