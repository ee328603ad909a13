"""The compare page alone, as a program of its own on port 8052."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from neural.tracking.aquarium_app import (
    DEFAULT_BASE_DIR,
    DEFAULT_HOST,
    add_flags,
    launch_aquarium,
    run_command,
)

__all__ = ["launch_comparison_ui", "main"]

DEFAULT_PORT = 8052

#: The compare page, and what its links lead to.
PAGES = ("compare", "run_detail")


def launch_comparison_ui(
    base_dir: str | Path = DEFAULT_BASE_DIR,
    port: int = DEFAULT_PORT,
    host: str = DEFAULT_HOST,
    debug: bool = False,
    *,
    token: bool | None = None,
    allow_hosts: Sequence[str] = (),
    prefix: str = "",
    frame_ancestors: Sequence[str] = (),
) -> None:
    """Serve the compare page and print its address; returns when it is stopped.

    The arguments and errors are those of
    :func:`neural.tracking.aquarium_app.launch_aquarium`.
    """
    launch_aquarium(
        base_dir,
        port,
        host,
        debug,
        token=token,
        allow_hosts=allow_hosts,
        pages=PAGES,
        prefix=prefix,
        frame_ancestors=frame_ancestors,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv``; returns the exit code of the program."""
    parser = argparse.ArgumentParser(
        prog="python -m neural.tracking.comparison_ui", description="Compare runs in the browser."
    )
    add_flags(parser, port=DEFAULT_PORT)
    return run_command(launch_comparison_ui, parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
