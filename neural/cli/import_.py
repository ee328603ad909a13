"""``neural import``: runs of a report into a store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neural.cli.options import BaseDir, Json
from neural.cli.output import print_json

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("import")(run)


def run(
    report: Annotated[
        Path, typer.Argument(metavar="REPORT.html", help="A file that neural report has written.")
    ],
    as_json: Json = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Put the runs of a report into BASE_DIR: all or none; those already there stay unchanged."""
    from neural.tracking.report.importing import import_report

    done = import_report(report, base_dir)
    if as_json:
        print_json({"added": list(done.added), "present": list(done.present)})
        return
    for one in done.added:
        print(f"{one}\tadded")
    for one in done.present:
        print(f"{one}\tis there already")
