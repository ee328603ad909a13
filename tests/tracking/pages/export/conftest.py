"""The export page as a browser uses it, without one: requests to its callbacks."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from dash import Dash

#: Longer than any job here takes, also on a busy machine.
_LONG_S = 60.0
_LOCAL = "http://127.0.0.1:8053"


class Screen:
    """Calls callbacks of an application with values for the components that they read.

    Args:
        app: The application; it says which callbacks there are.
        url: Where it is served; ``None``: requests go straight into it.
    """

    def __init__(self, app: Dash, url: str | None = None) -> None:
        self._app = app
        self._url = url

    def press(self, trigger: str, output: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Trigger the callback that writes ``output`` and return what it answers.

        Args:
            trigger: What changed, as ``id.property``.
            output: What it writes, as ``id.property``.
            values: By ``id.property``; what is left out is ``None``.
        """
        entry = next(
            one
            for one in self._app._callback_list
            if output in one["output"].strip(".").split("...")
            and trigger in [f"{part['id']}.{part['property']}" for part in one["inputs"]]
        )
        names = [name.split("@")[0] for name in entry["output"].strip(".").split("...")]
        outputs: Any = [dict(zip(("id", "property"), n.rsplit(".", 1), strict=True)) for n in names]

        def filled(parts: Any) -> list[dict[str, Any]]:
            return [{**p, "value": values.get(f"{p['id']}.{p['property']}")} for p in parts]

        body = {
            "output": entry["output"],
            "outputs": outputs if entry["output"].startswith("..") else outputs[0],
            "inputs": filled(entry["inputs"]),
            "state": filled(entry["state"]),
            "changedPropIds": [trigger],
        }
        answer = asyncio.run(self._post(json.dumps(body)))
        assert answer.status_code in (200, 204), answer.text
        return dict(answer.json()) if answer.status_code == 200 else {}

    def press_one(self, kind: str, parts: Mapping[str, Any], output: str) -> dict[str, Any]:
        """Press one of many buttons, as :meth:`press` does.

        Args:
            kind: Type of its id.
            parts: The rest of its id.
            output: What the callback writes.
        """
        pressed = {**parts, "type": kind}
        entry = next(
            one
            for one in self._app._callback_list
            if any(kind in str(part["id"]) for part in one["inputs"])
        )
        name = json.dumps(pressed, sort_keys=True, separators=(",", ":"))
        inputs = [
            [{"id": pressed, "property": "n_clicks", "value": 1}] if kind in str(part["id"]) else []
            for part in entry["inputs"]
        ]
        component, _, prop = output.rpartition(".")
        body = {
            "output": entry["output"],
            "outputs": {"id": component, "property": entry["output"].rpartition(".")[2]},
            "inputs": inputs,
            "state": [],
            "changedPropIds": [f"{name}.n_clicks"],
        }
        answer = asyncio.run(self._post(json.dumps(body)))
        assert answer.status_code in (200, 204), (prop, answer.text)
        return dict(answer.json()) if answer.status_code == 200 else {}

    def get(self, path: str) -> httpx.Response:
        """Return what a path answers."""

        async def ask() -> httpx.Response:
            async with self._client() as client:
                return await client.get(path)

        return asyncio.run(ask())

    def _client(self) -> httpx.AsyncClient:
        if self._url is not None:
            return httpx.AsyncClient(base_url=self._url, timeout=30)
        transport = httpx.ASGITransport(app=self._app.server)
        return httpx.AsyncClient(transport=transport, base_url=_LOCAL)

    async def _post(self, body: str) -> httpx.Response:
        headers = {"origin": self._url or _LOCAL, "content-type": "application/json"}
        async with self._client() as client:
            return await client.post("/_dash-update-component", content=body, headers=headers)

    def until(
        self, good: Callable[[dict[str, Any]], bool], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Look at the jobs as the page does each second, until what is shown is as it should be."""
        ends = time.monotonic() + _LONG_S
        while True:
            shown = self.press("export-tick.n_intervals", "export-jobs.children", values)[
                "response"
            ]
            if good(shown):
                return dict(shown)
            assert time.monotonic() < ends, shown
            threading.Event().wait(0.1)

    def until_jobs(self, output: str, tick: str) -> dict[str, Any]:
        """Look as a page does each second until nothing goes on, and return what is shown."""
        ends = time.monotonic() + _LONG_S
        while True:
            shown = self.press(f"{tick}.n_intervals", output, {})["response"]
            if shown[tick]["disabled"]:
                return dict(shown)
            assert time.monotonic() < ends, shown
            threading.Event().wait(0.1)


@pytest.fixture
def screen_of() -> Callable[[Dash], Screen]:
    """Return ``screen_of(app) -> Screen``."""
    return Screen
