"""``neural export``: runs to other platforms and formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neural.cli.options import BaseDir, Json, open_manager, resolve
from neural.cli.output import print_json, print_table
from neural.errors import ExportError, InvalidInputError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("export")(run)


def run(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID…]", help="Ids, or the starts of some.")
    ] = None,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="mlflow, wandb, tensorboard, csv, json, parquet, zip; several with commas.",
        ),
    ] = "zip",
    place: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            help="Where to: a tracking URI (mlflow), a project (wandb), a folder (all others).",
        ),
    ] = None,
    wanted: Annotated[
        str | None, typer.Option("--filter", "-f", help="All runs that a filter finds.")
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", help="Further tag of the copies: NAME or NAME=TEXT."),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without", help="Part that stays here: params, metrics, media, artifacts; repeatable."
        ),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="W&B: write offline runs.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count and warn, but send nothing.")
    ] = False,
    as_json: Json = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Send runs to MLflow, W&B or TensorBoard, or write them as files; again, only what is new."""
    from neural.tracking.export_manager import ExportManager
    from neural.tracking.sinks import Target

    manager = open_manager(base_dir)
    found = _chosen(manager, ids or [], wanted)
    target = Target(
        place=place,
        tags=dict(tag.partition("=")[::2] for tag in tags or []),
        dry_run=dry_run,
        options={"mode": "offline"} if offline else {},
        without=_parts(without or []),
    )
    platforms = list(dict.fromkeys(name.strip() for name in to.split(",")))
    if without and "zip" in platforms:
        raise InvalidInputError("--without cannot be had with zip: an archive holds all of a run")
    if place is not None and len(platforms) > 1:
        raise InvalidInputError("--out is for one platform; call neural export once for each")
    exporter = ExportManager(manager)
    rows = [
        _row(platform, experiment_id, result)
        for platform in platforms
        for experiment_id, result in exporter.export(found, platform, target).items()
    ]
    _print(rows, as_json)
    failed = sum(not row["ok"] for row in rows)
    if failed:
        raise ExportError(f"{failed} of {len(rows)} exports failed; call it again to go on")


def _parts(names: list[str]) -> frozenset[str]:
    from neural.tracking.sinks import PARTS

    for name in names:
        if name not in PARTS:
            raise InvalidInputError(f"--without must be one of {', '.join(PARTS)}, got {name!r}")
    return frozenset(names)


def _chosen(manager: Any, starts: list[str], wanted: str | None) -> list[str]:
    if bool(starts) == (wanted is not None):
        raise InvalidInputError("Name runs by their ids, or with --filter ('' is all)")
    if wanted is not None:
        return [str(row["experiment_id"]) for row in manager.search(wanted)]
    rows = manager.list_experiments()
    return [resolve(rows, start) for start in starts]


def _row(platform: str, experiment_id: str, result: Any) -> dict[str, Any]:
    return {
        "experiment_id": experiment_id,
        "platform": platform,
        "ok": result.ok,
        "sent": result.sent,
        "skipped": result.skipped,
        "converted": list(result.converted),
        "failed": list(result.failed),
        "url": result.url,
        "message": str(result),
    }


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    columns = ("experiment_id", "platform", "sent", "skipped", "converted", "failed", "result")
    print_table(
        columns,
        [
            (
                *(row[name] for name in columns[:4]),
                len(row["converted"]),
                len(row["failed"]),
                row["message"],
            )
            for row in rows
        ],
    )
    for row in rows:
        for kind in ("converted", "failed"):
            for sentence in row[kind]:
                typer.echo(f"{row['experiment_id']} {kind}: {_one_line(sentence)}", err=True)


def _one_line(text: str) -> str:
    from neural.cli.output import clean

    return clean(text)
