"""Options that several subcommands share, and how they find runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neural.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from neural.tracking.experiment_manager import ExperimentManager

__all__ = ["BaseDir", "Json", "RunId", "RunIds", "open_manager", "resolve"]

BaseDir = Annotated[
    Path,
    typer.Option("--base-dir", "-b", envvar="NEURAL_BASE_DIR", help="Folder that holds the runs."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
RunId = Annotated[str, typer.Argument(metavar="ID", help="Id of a run, or the start of one.")]
RunIds = Annotated[list[str], typer.Argument(metavar="ID…", help="Ids, or the starts of some.")]


def open_manager(base_dir: Path) -> ExperimentManager:
    """Return the manager of a folder that exists; a reading command never makes one.

    Raises:
        NotFoundError: There is no such folder.
    """
    from neural.tracking.experiment_manager import ExperimentManager

    if not base_dir.is_dir():
        raise NotFoundError(
            f"There is no folder {str(base_dir)!r}. Name the one that holds your runs with "
            "--base-dir or NEURAL_BASE_DIR"
        )
    return ExperimentManager(base_dir)


def resolve(rows: Sequence[dict[str, Any]], start: str) -> str:
    """Return the one id that begins with ``start``.

    Args:
        rows: Runs, each with ``experiment_id``.
        start: A whole id or the start of one.

    Raises:
        NotFoundError: No run has it.
        InvalidInputError: Several runs have it; the message lists some.
    """
    ids = [str(row["experiment_id"]) for row in rows]
    if start in ids:
        return start
    found = sorted(i for i in ids if start and i.startswith(start))
    if not found:
        raise NotFoundError(f"No run has an id that starts with {start!r}. List them: neural ls")
    if len(found) > 1:
        some = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
        raise InvalidInputError(f"{len(found)} runs have an id that starts with {start!r}: {some}")
    return found[0]
