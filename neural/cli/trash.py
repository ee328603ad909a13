"""``neural rm``, ``restore`` and ``purge``: runs go to the trash first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neural.cli.options import BaseDir, Json, RunIds, open_manager, resolve
from neural.cli.output import print_json, print_table, size, when

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    app.command("rm")(remove)
    app.command("restore")(restore)
    app.command("purge")(purge)


def remove(run_ids: RunIds, base_dir: BaseDir = Path("neural_experiments")) -> None:
    """Move runs to the trash. A run that is being written is refused."""
    manager = open_manager(base_dir)
    rows = manager.list_experiments()
    for found in [resolve(rows, start) for start in run_ids]:
        manager.delete_experiment(found)
        print(found)


def restore(
    run_ids: Annotated[list[str] | None, typer.Argument(metavar="[ID…]")] = None,
    as_json: Json = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Take runs out of the trash; without an ID, list what is in it."""
    manager = open_manager(base_dir)
    rows = manager.trash()
    if not run_ids:
        if as_json:
            print_json(rows)
            return
        columns = ("experiment_id", "experiment_name", "status", "start_time")
        print_table(
            columns,
            [
                [r["experiment_id"], r["experiment_name"], r["status"], when(r["start_time"])]
                for r in rows
            ],
        )
        return
    for found in [resolve(rows, start) for start in run_ids]:
        manager.restore_experiment(found)
        print(found)


def purge(
    run_ids: Annotated[list[str] | None, typer.Argument(metavar="[ID…]")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All runs in the trash.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Delete runs that are in the trash, for good."""
    if bool(run_ids) == everything:
        raise typer.BadParameter("name the runs to purge, or --all; list them: neural restore")
    manager = open_manager(base_dir)
    rows = manager.trash()
    ids = [str(r["experiment_id"]) for r in rows]
    ids = ids if everything else [resolve(rows, start) for start in run_ids or ()]
    if not ids:
        print("the trash is empty")
        return
    if not yes:
        typer.confirm(f"Delete {len(ids)} runs for good?", abort=True)
    print(f"freed {size(manager.purge(ids))}")
