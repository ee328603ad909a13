"""``neural ui``: start Aquarium."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neural.cli.options import BaseDir

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
) -> None:
    """Start Aquarium, the dashboard over the runs."""
    from neural.tracking.aquarium_app import launch_aquarium

    launch_aquarium(
        base_dir=str(base_dir),
        port=port,
        host=host,
        token=token,
        allow_hosts=allow_host or [],
        prefix=prefix,
        frame_ancestors=frame_ancestor or [],
    )
