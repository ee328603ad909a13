"""Callbacks never run on the event loop, and not before something was pressed."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from dash import Dash, Input, Output

from neural.tracking.ui.callbacks import callback

HEADERS = [
    ("host", "127.0.0.1:8053"),
    ("origin", "http://127.0.0.1:8053"),
    ("content-type", "application/json"),
]


def call(app: Dash, ask: Callable[..., Any], value: Any) -> Any:
    """Call the callback of ``said`` as a browser would after the button changed to ``value``."""
    pressed = {"id": "go", "property": "n_clicks"} | ({} if value is None else {"value": value})
    body = {
        "output": "said.children",
        "outputs": {"id": "said", "property": "children"},
        "inputs": [pressed],
        "changedPropIds": ["go.n_clicks"],
    }
    return ask(app.server, "POST", "/_dash-update-component", HEADERS, orjson.dumps(body))


def test_every_callback_of_the_application_is_a_coroutine(app: Dash) -> None:
    """A plain function would stop every other request while it runs."""
    plain = [
        output
        for output, entry in app.callback_map.items()
        if "callback" in entry and not inspect.iscoroutinefunction(entry["callback"])
    ]

    assert plain == []
    assert any("callback" in entry for entry in app.callback_map.values())


def test_a_plain_function_runs_in_another_thread() -> None:
    """The loop is free meanwhile, and the function itself stays callable in a test."""
    app = Dash("neural.tracking.ui")
    seen: list[threading.Thread] = []

    @callback(app, Output("said", "children"), Input("go", "n_clicks"))
    def said(clicks: int) -> int:
        seen.append(threading.current_thread())
        return clicks + 1

    assert said(1) == 2
    assert seen == [threading.main_thread()]
    assert inspect.iscoroutinefunction(app.callback_map["said.children"]["callback"])


def test_a_callback_is_answered(app: Dash, ask: Callable[..., Any]) -> None:
    """Pressing the button once says so."""
    answer = call(app, ask, 1)

    assert answer.status == 200
    assert orjson.loads(answer.body)["response"]["said"]["children"] == "1 clicks"


@pytest.mark.parametrize("value", [None, 0])
def test_a_button_that_only_appeared_was_not_pressed(
    app: Dash, ask: Callable[..., Any], value: int | None
) -> None:
    """Dash calls it when the page is drawn; the answer is that nothing changed."""
    assert call(app, ask, value).status == 204


def test_other_requests_are_answered_while_a_callback_waits(
    make_app: Callable[..., Dash], ask: Callable[..., Any]
) -> None:
    """The health of the server is told while a callback is still at work."""
    app = make_app()
    entered, leave = threading.Event(), threading.Event()

    @callback(app, Output("slow", "children"), Input("go", "n_clicks"))
    def _slow(clicks: int) -> str:
        entered.set()
        return "done" if leave.wait(20) else "stuck"

    run = app.callback_map["slow.children"]["callback"]

    async def both() -> tuple[bool, Any]:
        slow = asyncio.create_task(_invoke(app, run))
        await asyncio.to_thread(entered.wait, 20)
        free = not slow.done()
        leave.set()
        return free, await slow

    free, answer = asyncio.run(both())

    assert free is True
    assert "done" in answer


async def _invoke(app: Dash, run: Callable[..., Any]) -> Any:
    from dash._utils import AttributeDict

    spec = {"id": "slow", "property": "children"}
    context = AttributeDict(
        inputs_list=[], states_list=[], outputs_list=spec, triggered_inputs=[], updated_props={}
    )
    return await run(1, outputs_list=spec, callback_context=context, app=app)
