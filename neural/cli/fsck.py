"""``neural fsck``: check a store, and mend what a kill or a full disk left behind."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from neural.cli.options import BaseDir, Json, open_manager
from neural.cli.output import number, print_json, print_table

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("fsck")(run)


def run(
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend torn ends, remove orphans, rebuild the index.")
    ] = False,
    seal: Annotated[
        bool,
        typer.Option("--seal", help="Keep checksums of finished runs; later checks compare them."),
    ] = False,
    as_json: Json = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Report torn ends, orphans, damage, broken seals and a stale index; removes no entry.

    Exits with 1 while something is left that was not mended.
    """
    from neural.tracking.storage.fsck import check

    open_manager(base_dir)
    findings = check(base_dir, repair=repair, seal=seal)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    elif findings:
        columns = list(asdict(findings[0]))
        print_table(columns, [list(map(number, asdict(f).values())) for f in findings])
    else:
        print("nothing to report")
    if any(not finding.repaired for finding in findings):
        raise typer.Exit(1)
