"""``neural report``: one HTML file of chosen runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neural.cli.options import BaseDir, Json, open_manager, resolve
from neural.cli.output import print_json, print_pairs, size

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("report")(run)


def run(
    filter_text: Annotated[
        str, typer.Argument(metavar="FILTER", help="Such as: params.lr < 0.1. Without one: all.")
    ] = "",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file to write; replaced as a whole.")
    ] = Path("report.html"),
    ids: Annotated[
        str | None, typer.Option("--ids", help="Ids or starts of some, comma separated.")
    ] = None,
    title: Annotated[str, typer.Option(help="Title of the report.")] = "",
    metrics: Annotated[
        str | None, typer.Option(help="Metrics to draw, comma separated; all without.")
    ] = None,
    group_by: Annotated[
        str, typer.Option(help="auto, name, group, params.NAME or tags.NAME.")
    ] = "",
    sort: Annotated[
        str | None, typer.Option(help="Such as metrics.loss.best, or -created.")
    ] = None,
    artifacts: Annotated[
        bool, typer.Option("--artifacts", help="Put artifacts, images and logs in, too.")
    ] = False,
    max_mb: Annotated[int, typer.Option(min=1, help="Most megabytes of artifacts.")] = 50,
    as_json: Json = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Write one HTML file of the runs that FILTER lets through: to read, to send, to import."""
    from neural.tracking.report.selecting import selected
    from neural.tracking.report.writing import ReportOptions, write_report

    manager = open_manager(base_dir)
    if filter_text and ids:
        raise typer.BadParameter("give a FILTER or --ids, not both")
    wanted = [resolve(manager.list_experiments(), start) for start in _names(ids)]
    options = ReportOptions(
        title=title,
        metrics=_names(metrics),
        group_by=group_by,
        files_bytes=max_mb * 1_000_000 if artifacts else None,
    )
    chosen = selected(manager, filter_text, ids=wanted, sort=sort)
    report = write_report(manager, chosen, output, options)
    summary = {
        "report": str(output),
        "title": report.title,
        "runs": len(report.ids),
        "points": report.points,
        "files": report.files,
        "bytes": len(report.html),
        "notes": list(report.notes),
    }
    if as_json:
        print_json(summary | {"experiment_ids": list(report.ids)})
        return
    pairs: list[tuple[str, object]] = [(k, v) for k, v in summary.items() if k != "notes"]
    print_pairs([(k, size(len(report.html)) if k == "bytes" else v) for k, v in pairs])
    for note in report.notes:
        print_pairs([("note", note)])


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]
