"""``neural tail``: follow a run while it logs."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neural.cli.options import BaseDir, RunId, open_manager, resolve
from neural.cli.output import clean, number, strict

if TYPE_CHECKING:
    from neural.tracking.records import RunRecord

__all__ = ["register"]

#: Seconds between two looks.
_INTERVAL_S = 0.5


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("tail")(run)


def run(
    run_id: RunId,
    count: Annotated[int, typer.Option("--lines", "-n", min=0, help="Entries to begin with.")] = 10,
    follow: Annotated[bool, typer.Option(help="Go on until the run ends.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Print the last entries of a run, and new ones as they come, until it ends."""
    from neural.tracking.storage.follow import Follower

    manager = open_manager(base_dir)
    found = resolve(manager.list_experiments(), run_id)
    follower = Follower(base_dir / manager.run(found).folder)
    show = _print_json if as_json else _print_line
    for entry in follower.skip_to_last(count):
        show(entry)
    # Asked before the look, so that what was logged in between is printed too.
    going = follow
    while going:
        time.sleep(_INTERVAL_S)
        going = _may_go_on(manager.run(found))
        for entry in follower.new_entries():
            show(entry)
        sys.stdout.flush()


def _may_go_on(run: RunRecord) -> bool:
    """Tell whether more may come: somebody writes the run, or it is said to run.

    One that is driven from a shell, or by another program, runs without holding a lock.
    """
    from neural.tracking.records import RunStatus

    says_so = run.status in (RunStatus.CREATED, RunStatus.RUNNING)
    return run.end_time is None and (run.alive is not False or says_so)


def _print_json(entry: dict[str, Any]) -> None:
    print(json.dumps(strict(entry), ensure_ascii=False))


def _print_line(entry: dict[str, Any]) -> None:
    moment = time.strftime("%H:%M:%S", time.localtime(float(entry.pop("timestamp", 0))))
    step = entry.pop("step", "-")
    values = "  ".join(f"{clean(name)}={number(value)}" for name, value in entry.items())
    print(f"{moment}  step {step}  {values}")
