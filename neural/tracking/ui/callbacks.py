"""The one way in which callbacks are registered.

On the FastAPI backend a plain ``def`` callback runs on the event loop and stops
every other request meanwhile. :func:`callback` therefore moves it to a thread. A
test walks the callback map and fails on anything that is not a coroutine.

It also mends ``prevent_initial_call``, which Dash does not hold to when a button
appears whose callback writes to something that is already there: going to another
page or changing the address would happen as soon as the page is drawn.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import dash
from dash import ClientsideFunction, Dash
from dash.exceptions import PreventUpdate

__all__ = ["callback", "in_browser"]

F = TypeVar("F", bound=Callable[..., Any])


def callback(app: Dash, *dependencies: Any, **options: Any) -> Callable[[F], F]:
    """Register a function as a callback of ``app``, off the event loop.

    ``dash.ctx`` and ``dash.set_props`` work inside it as usual, because the thread
    gets a copy of the context.

    Args:
        app: The application; never the global ``dash.callback``.
        dependencies: ``Output``, ``Input`` and ``State``, as for ``app.callback``.
        options: What else ``app.callback`` takes.

    Returns:
        A decorator that returns the function unchanged, so that a test calls it plainly.
    """
    prevents = bool(options.get("prevent_initial_call"))

    def decorate(function: F) -> F:
        app.callback(*dependencies, **options)(_off_the_loop(function, prevents))
        return function

    return decorate


def in_browser(
    app: Dash, namespace: str, function: str, *dependencies: Any, **options: Any
) -> None:
    """Register a function of an asset as a callback that never asks the server.

    A named function, not inline text: nothing to hash for the security policy, nothing to escape.

    Args:
        app: The application.
        namespace: Name under ``window.dash_clientside``.
        function: Name in that namespace.
        dependencies: ``Output``, ``Input`` and ``State``, as for ``app.callback``.
        options: What else ``app.clientside_callback`` takes.
    """
    # Dash annotates nothing here.
    register: Callable[..., None] = app.clientside_callback
    register(ClientsideFunction(namespace, function), *dependencies, **options)


def _off_the_loop(function: Callable[..., Any], prevents: bool) -> Callable[..., Any]:
    @functools.wraps(function)
    async def run(*args: Any, **kwargs: Any) -> Any:
        if prevents and _only_appeared():
            raise PreventUpdate
        if inspect.iscoroutinefunction(function):
            return await function(*args, **kwargs)
        return await asyncio.to_thread(function, *args, **kwargs)

    return run


def _only_appeared() -> bool:
    """Return whether nothing was pressed: the counters that triggered have no value yet."""
    triggered = dash.ctx.triggered
    return bool(triggered) and all(
        item["prop_id"].rpartition(".")[2].startswith("n_") and not item["value"]
        for item in triggered
    )
