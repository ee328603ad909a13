"""``neural ui``: start Aquarium."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from neural.cli.options import BaseDir
from neural.errors import RefusedError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("ui")(run)


def run(
    base_dir: BaseDir = Path("neural_experiments"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8053,
    host: Annotated[str, typer.Option(help="Other than loopback needs a token.")] = "127.0.0.1",
    token: Annotated[
        bool | None,
        typer.Option(
            "--token/--no-token", help="Ask for a token; always where others can reach it."
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A further name by which browsers may call; repeatable."),
    ] = None,
    prefix: Annotated[
        str, typer.Option(metavar="PATH", help="Path behind a proxy, such as /proxy/8053/.")
    ] = "",
    frame_ancestor: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="An origin that may show it in a frame; repeatable."),
    ] = None,
    open_root: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR", help="A folder that pages may open and write exports into; repeatable."
        ),
    ] = None,
    export_to: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="An MLflow server elsewhere that pages may send runs to, or wandb; repeatable.",
        ),
    ] = None,
) -> None:
    """Start Aquarium, the dashboard over the runs."""
    from neural.tracking.aquarium_app import launch_aquarium

    try:
        launch_aquarium(
            base_dir=str(base_dir),
            port=port,
            host=host,
            token=token,
            allow_hosts=allow_host or [],
            prefix=prefix,
            frame_ancestors=frame_ancestor or [],
            open_roots=open_root or [],
            export_to=export_to or [],
        )
    except RefusedError as error:  # wrong usage, as of the dashboard's other programs
        print(f"neural: {error}", file=sys.stderr)
        raise typer.Exit(2) from error
