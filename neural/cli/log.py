"""``neural start``, ``log`` and ``finish``: runs driven from shells and other languages.

No process lives as long as such a run, so it says in its metadata that it has no liveness: it is
never shown as crashed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neural.cli.options import BaseDir, RunId, open_manager, resolve
from neural.errors import InvalidInputError, MetricValueError

if TYPE_CHECKING:
    from neural.tracking import ExperimentTracker

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    app.command("start")(start)
    app.command("log")(log)
    app.command("finish")(finish)


def start(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Groups runs.")],
    param: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="NAME=VALUE", help="JSON values are read as such."),
    ] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", metavar="NAME[=TEXT]")] = None,
    notes: Annotated[str, typer.Option()] = "",
    group: Annotated[str | None, typer.Option()] = None,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Start a run and print its id."""
    from neural.tracking import ExperimentTracker

    params = dict(_pair(text) for text in param or ())
    tags = {key: text for key, _, text in (t.partition("=") for t in tag or ())}
    tracker = ExperimentTracker(
        name, base_dir, auto_visualize=False, tags=tags, notes=notes, group=group
    )
    if params:
        tracker.log_hyperparameters(params)
    tracker.detach()
    print(tracker.experiment_id)


def log(
    run_id: RunId,
    values: Annotated[list[str] | None, typer.Argument(metavar="[METRIC=NUMBER…]")] = None,
    step: Annotated[int | None, typer.Option(help="By default the number of entries.")] = None,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read JSON lines.")] = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Log metrics: METRIC=NUMBER…, or with --stdin a JSON object a line, each with its step."""
    if bool(values) == stdin:
        raise typer.BadParameter("give METRIC=NUMBER…, or --stdin and JSON lines")
    if stdin and step is not None:
        raise typer.BadParameter("with --stdin, each line has its own step")
    tracker = _open(base_dir, run_id)
    try:
        if stdin:
            _log_lines(tracker)
        else:
            tracker.log_metrics(dict(_metric(text) for text in values or ()), step=step)
    finally:
        tracker.detach()


def finish(
    run_id: RunId,
    status: Annotated[str, typer.Option(help="Final status.")] = "completed",
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """End a run."""
    _open(base_dir, run_id).finish(status)


def _open(base_dir: Path, start_of_id: str) -> ExperimentTracker:
    """Open a run that was started from the command line.

    Raises:
        InvalidInputError: It belongs to a program.
    """
    from neural.tracking import ExperimentTracker

    manager = open_manager(base_dir)
    found = resolve(manager.list_experiments(), start_of_id)
    return ExperimentTracker.resume(found, base_dir, auto_visualize=False, only_detached=True)


def _pair(text: str) -> tuple[str, Any]:
    """Read NAME=VALUE: JSON if it is, else a text."""
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidInputError(f"Expected NAME=VALUE, got {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _metric(text: str) -> tuple[str, Any]:
    """Read METRIC=NUMBER in the spellings of shells and C programs: ``.5``, ``nan``, ``-inf``."""
    name, value = _pair(text)
    try:
        return name, float(value) if isinstance(value, str) else value
    except ValueError:
        return name, value  # refused with the metric's name


def _log_lines(tracker: ExperimentTracker) -> None:
    """Log each line of stdin.

    Raises:
        InvalidInputError: A line cannot be logged; those before it have been.
    """
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        metrics = _entry(number, line)
        try:
            tracker.log_metrics(metrics, step=metrics.pop("step", None))
        except (InvalidInputError, MetricValueError) as exc:
            raise InvalidInputError(f"Line {number}: {exc}") from exc


def _entry(number: int, line: str) -> dict[str, Any]:
    """Read one line; NaN and infinities may be the words that ``neural tail --json`` prints."""
    from neural.tracking.storage.metrics_format import NON_FINITE

    try:
        entry = json.loads(line)
    except ValueError as exc:
        raise InvalidInputError(f"Line {number} is not JSON: {exc}") from exc
    if not isinstance(entry, dict):
        raise InvalidInputError(f"Line {number} should be a JSON object, got {line.strip()!r}")
    return {
        name: NON_FINITE.get(value, value) if isinstance(value, str) else value
        for name, value in entry.items()
    }
