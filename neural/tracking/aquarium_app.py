"""Aquarium, the dashboard: ``launch_aquarium()`` and ``python -m neural.tracking.aquarium_app``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neural._optional import optional_import
from neural.errors import InvalidInputError, NeuralError, RefusedError

if TYPE_CHECKING:
    from dash import Dash

__all__ = ["add_flags", "create_app", "launch_aquarium", "main", "run_command"]

DEFAULT_BASE_DIR = "neural_experiments"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8053


def create_app(
    base_dir: str | Path = DEFAULT_BASE_DIR,
    *,
    host: str = DEFAULT_HOST,
    debug: bool = False,
    token: bool | None = None,
    allow_hosts: Sequence[str] = (),
    pages: Sequence[str] | None = None,
    prefix: str = "",
    frame_ancestors: Sequence[str] = (),
    open_roots: Sequence[str | Path] = (),
    export_to: Sequence[str] = (),
) -> Dash:
    """Return the dashboard over the runs in ``base_dir``; its ASGI app is ``.server``.

    Args:
        base_dir: Directory that holds the runs; it need not exist yet.
        host: Address it will be bound to; decides whether a token is asked for.
        debug: Development tools in the browser; refused on other than loopback.
        token: Ask for a token. ``None`` asks only where others can reach the server.
        allow_hosts: Names besides loopback by which browsers may call it.
        pages: Names in :data:`neural.tracking.ui.page.pages`; ``None`` shows all.
        prefix: Path under which browsers see it, such as ``"/aquarium"`` or Jupyter's
            ``"/proxy/8053/"``; a proxy may cut it off or leave it.
        frame_ancestors: Origins whose pages may show it in a frame: ``"http://localhost:*"``.
        open_roots: Folders in which pages may open other trackers' runs and write exports.
            Without any, only ``exports/`` in ``base_dir`` is open.
        export_to: Where pages may send runs beside this machine: addresses of MLflow servers,
            and ``"wandb"`` for W&B online. A password in an address is never shown.

    Raises:
        RefusedError: ``host``, ``debug`` and ``token`` together would not be safe, or nobody
            sends runs to one of ``export_to``.
        InvalidInputError: ``host``, ``base_dir``, ``prefix`` or one of ``frame_ancestors``,
            ``open_roots`` or ``export_to`` cannot be used.
        MissingExtraError: The packages of the dashboard are not installed.
    """
    from neural.tracking.ui.origins import is_loopback, needs_token

    asks = needs_token(host, debug=debug, token=token)
    root = _base_dir(base_dir)
    for package in ("dash", "fastapi"):
        optional_import(package, extra="dashboard", purpose="show the dashboard")

    from neural.tracking.lens.manager import LensManager
    from neural.tracking.open_roots import OpenRoots
    from neural.tracking.ui.page import AppContext, load_pages
    from neural.tracking.ui.policy import SecurityPolicy, checked_ancestor
    from neural.tracking.ui.prefix import clean_prefix
    from neural.tracking.ui.shell import build
    from neural.tracking.ui.tokens import TokenFile, cookie_name

    context = AppContext(
        manager=LensManager(root),
        base_dir=root,
        pages=load_pages(pages),
        prefix=clean_prefix(prefix),
        open_roots=OpenRoots(root, open_roots).roots,
        export_to=tuple(export_to),
    )
    policy = SecurityPolicy(
        hosts=frozenset(name.lower() for name in allow_hosts),
        any_address=not is_loopback(host),
        cookie=cookie_name(root),
        frame_ancestors=tuple(checked_ancestor(origin) for origin in frame_ancestors),
    )
    if asks:
        policy = replace(policy, token=TokenFile(root))
        TokenFile(root).ensure()
    return build(context, policy, debug=debug)


def _base_dir(base_dir: str | Path) -> Path:
    root = Path(base_dir).expanduser().resolve()
    if root.exists() and not root.is_dir():
        raise InvalidInputError(f"base_dir {root} is a file; give the directory of the runs")
    return root


def launch_aquarium(
    base_dir: str | Path = DEFAULT_BASE_DIR,
    port: int = DEFAULT_PORT,
    host: str = DEFAULT_HOST,
    debug: bool = False,
    *,
    token: bool | None = None,
    allow_hosts: Sequence[str] = (),
    pages: Sequence[str] | None = None,
    prefix: str = "",
    frame_ancestors: Sequence[str] = (),
    open_roots: Sequence[str | Path] = (),
    export_to: Sequence[str] = (),
) -> None:
    """Serve the dashboard and print its address; returns when it is stopped.

    Args:
        base_dir: Directory that holds the runs.
        port: TCP port; 0 takes a free one.
        host: Address to bind. Anything but loopback needs the token that is printed.
        debug: Development tools in the browser; only on loopback.
        token: See :func:`create_app`.
        allow_hosts: See :func:`create_app`.
        pages: See :func:`create_app`.
        prefix: See :func:`create_app`.
        frame_ancestors: See :func:`create_app`.
        open_roots: See :func:`create_app`.
        export_to: See :func:`create_app`.

    Raises:
        RefusedError: The settings would not be safe.
        InvalidInputError: ``host``, ``port`` or ``base_dir`` cannot be used, or the port is taken.
        MissingExtraError: The packages of the dashboard are not installed.
    """
    from neural.tracking.ui.origins import needs_token
    from neural.tracking.ui.prefix import clean_prefix
    from neural.tracking.ui.serving import listen, serve, url_of
    from neural.tracking.ui.tokens import TokenFile

    # First what can be refused at once; the imports behind create_app take a while.
    asks = needs_token(host, debug=debug, token=token)
    root = _base_dir(base_dir)
    listener = listen(host, port)
    try:
        app = create_app(
            root,
            host=host,
            debug=debug,
            token=token,
            allow_hosts=allow_hosts,
            pages=pages,
            prefix=prefix,
            frame_ancestors=frame_ancestors,
            open_roots=open_roots,
            export_to=export_to,
        )
        secret = TokenFile(root).ensure() if asks else ""
    except BaseException:
        listener.close()
        raise
    address = url_of(listener, prefix=clean_prefix(prefix), token=secret)
    serve(app.server, listener, announce=lambda: _say(f"Aquarium shows {root} on {address}"))


def _say(line: str) -> None:
    # The address is what this function is called for, also from a notebook or a script.
    sys.stdout.write(f"{line}\n")


def add_flags(parser: argparse.ArgumentParser, *, port: int = DEFAULT_PORT) -> None:
    """Add the flags that every form of the dashboard has."""
    parser.add_argument(
        "--base-dir", default=DEFAULT_BASE_DIR, help="directory of the runs (%(default)s)"
    )
    parser.add_argument("--port", type=int, default=port, help="TCP port (%(default)s)")
    parser.add_argument("--host", default=DEFAULT_HOST, help="address to bind (%(default)s)")
    parser.add_argument("--debug", action="store_true", help="development tools; loopback only")
    parser.add_argument(
        "--token",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="ask for a token; always on where others can reach the server",
    )
    parser.add_argument(
        "--new-token",
        action="store_true",
        help="replace the token first, which ends every session; implies --token",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        dest="allow_hosts",
        metavar="NAME",
        help="a further name by which browsers may call the server; may be repeated",
    )
    parser.add_argument(
        "--prefix",
        default="",
        metavar="PATH",
        help="path under which browsers see it, behind a proxy: /proxy/8053/",
    )
    parser.add_argument(
        "--frame-ancestor",
        action="append",
        default=[],
        dest="frame_ancestors",
        metavar="ORIGIN",
        help="an origin whose pages may show it in a frame; may be repeated",
    )


def _add_reach(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--open-root",
        action="append",
        default=[],
        dest="open_roots",
        metavar="DIR",
        help="a folder that pages may open and write exports into; may be repeated",
    )
    parser.add_argument(
        "--export-to",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="an MLflow server elsewhere that pages may send runs to, or wandb; may be repeated",
    )


def run_command(launch: Callable[..., Any], arguments: argparse.Namespace) -> int:
    """Call ``launch`` with the flags and return the exit code of the program.

    Returns:
        0 after a clean end, 1 for an error the user can mend, 2 for refused settings.
    """
    logging.basicConfig(level=logging.INFO if arguments.debug else logging.WARNING)
    flags = dict(vars(arguments))
    try:
        if flags.pop("new_token"):
            _replace_token(flags)
        launch(**flags)
    except RefusedError as error:
        return _complain(error, 2)
    except NeuralError as error:
        return _complain(error, 1)
    return 0


def _replace_token(flags: dict[str, Any]) -> None:
    from neural.tracking.ui.tokens import TokenFile

    if flags["token"] is False:
        raise RefusedError("--new-token with --no-token is refused: it would be asked of nobody")
    TokenFile(_base_dir(flags["base_dir"])).rotate()
    flags["token"] = True


def _complain(error: NeuralError, code: int) -> int:
    sys.stderr.write(f"aquarium: {error}\n")
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv``; see :func:`run_command` for the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m neural.tracking.aquarium_app", description="Show runs in the browser."
    )
    add_flags(parser)
    _add_reach(parser)
    return run_command(launch_aquarium, parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
