"""The ``neural`` command, and the only place that turns errors into exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from neural import __version__
from neural.cli import (
    compare,
    du,
    export,
    foreign,
    fsck,
    import_,
    log,
    ls,
    mirror,
    report,
    show,
    tail,
    trash,
    ui,
)
from neural.errors import FilterSyntaxError, NeuralError

__all__ = ["app", "main"]

app = typer.Typer(
    name="neural",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"neural {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show it and exit."),
    ] = False,
) -> None:
    """Find, compare, follow and look after training runs."""


for module in (
    ui,
    ls,
    show,
    compare,
    tail,
    report,
    export,
    mirror,
    import_,
    foreign,
    log,
    trash,
    fsck,
    du,
):
    module.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line ``arguments``, by default those of the process.

    Returns:
        0 for success and 1 for an error the user can mend, told in one line on stderr. Wrong
        usage exits with 2. A bug keeps its traceback.
    """
    try:
        app(args=arguments)
    except FilterSyntaxError as exc:
        return _fail(f"{exc.message} (at position {exc.position} of {exc.text!r})")
    except (NeuralError, OSError) as exc:
        return _fail(str(exc))
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    return 0


def _fail(message: str) -> int:
    print(f"neural: {' '.join(message.split())}", file=sys.stderr)
    return 1
