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
) -> None:
    """Start Aquarium, the dashboard over the runs."""
    from neural.tracking.aquarium_app import launch_aquarium

    launch_aquarium(base_dir=str(base_dir), port=port, host=host)
