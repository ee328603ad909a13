"""The one way in which callbacks are registered.

On the FastAPI backend a plain ``def`` callback runs on the event loop and stops
every other request meanwhile. :func:`callback` therefore moves it to a thread. A
test walks the callback map and fails on anything that is not a coroutine.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from dash import Dash

__all__ = ["callback"]

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

    def decorate(function: F) -> F:
        app.callback(*dependencies, **options)(_off_the_loop(function))
        return function

    return decorate


def _off_the_loop(function: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):
        return function

    @functools.wraps(function)
    async def run(*args: Any, **kwargs: Any) -> Any:
        return await asyncio.to_thread(function, *args, **kwargs)

    return run
