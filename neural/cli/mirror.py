"""``neural mirror``: a live run kept up to date elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neural.cli.options import BaseDir, Json, RunId, open_manager, resolve
from neural.cli.output import clean, print_json
from neural.errors import InvalidInputError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("mirror")(run)


def run(
    start: RunId,
    to: Annotated[
        str, typer.Option("--to", help="mlflow, wandb or tensorboard; several with commas.")
    ],
    place: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", help="Where to: a tracking URI (mlflow), a project, or a folder."
        ),
    ] = None,
    every_s: Annotated[
        float, typer.Option("--every", min=0.1, help="Seconds between looks at the run.")
    ] = 5.0,
    as_json: Json = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Send a run to other platforms while it is written, until it has ended."""
    from neural.tracking.mirroring import Mirror
    from neural.tracking.sinks import Target

    manager = open_manager(base_dir)
    platforms = list(dict.fromkeys(name.strip() for name in to.split(",")))
    if place is not None and len(platforms) > 1:
        raise InvalidInputError("--out is for one platform; call neural mirror once for each")
    run_id = resolve(manager.list_experiments(), start)
    targets = {platform: Target(place=place) for platform in platforms}
    mirror = Mirror(
        manager,
        run_id,
        targets,
        every_s=every_s,
        told=lambda platform, result: _tell(platform, result, as_json),
    )
    try:
        mirror.run()
    except KeyboardInterrupt:  # the next mirror or export goes on
        raise typer.Exit(130) from None


def _tell(platform: str, result: Any, as_json: bool) -> None:
    if as_json:
        print_json({"platform": platform, "ok": result.ok, "sent": result.sent, "url": result.url})
    else:
        print(f"{platform}\t{result.sent}\t{clean(result)}", flush=True)
