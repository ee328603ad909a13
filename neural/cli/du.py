"""``neural du``: how much disk runs take."""

from __future__ import annotations

from pathlib import Path

import typer

from neural.cli.options import BaseDir, Json, open_manager
from neural.cli.output import print_json, print_table, size

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("du")(run)


def run(as_json: Json = False, base_dir: BaseDir = Path("neural_experiments")) -> None:
    """Show the disk space of each run, largest first."""
    rows = sorted(open_manager(base_dir).disk_usage(), key=lambda row: -row["bytes"])
    if as_json:
        print_json(rows)
        return
    total = sum(row["bytes"] for row in rows)
    lines = [[size(r["bytes"]), r["experiment_id"], r["experiment_name"]] for r in rows]
    print_table(["size", "id", "name"], [*lines, [size(total), "", "total"]])
