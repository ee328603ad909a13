"""``neural import``: runs of a report or an archive into a store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neural.cli.foreign import As, has_foreign_runs, import_foreign
from neural.cli.options import BaseDir, Json
from neural.cli.output import print_json

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("import")(run)


def run(
    report: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="What neural report (HTML) or neural export (zip) has written."
        ),
    ],
    kind: As = None,
    as_json: Json = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Put the runs of a file into BASE_DIR: all or none; those already there stay unchanged.

    Of folders and files of other trackers, each run by itself; again, only what is new.
    """
    if has_foreign_runs(report, kind):
        import_foreign(report, base_dir, kind, as_json)
        return
    from neural.tracking.exporters.archive import import_archive, is_archive
    from neural.tracking.report.importing import import_report

    done = (import_archive if is_archive(report) else import_report)(report, base_dir)
    if as_json:
        print_json({"added": list(done.added), "present": list(done.present)})
        return
    for one in done.added:
        print(f"{one}\tadded")
    for one in done.present:
        print(f"{one}\tis there already")
