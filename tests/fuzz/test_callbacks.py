"""F4: whatever is sent instead of what a page sends, the server stays whole and tells nothing.

The bodies are made from the application's own list of callbacks, with the values that the pages
are drawn with, and then spoiled: ids, properties, types, sizes, whole branches.
"""

from __future__ import annotations

import http.client
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from dash import Dash
from dash.development.base_component import Component
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural.tracking import ExperimentManager
from neural.tracking.aquarium_app import create_app
from neural.tracking.ui import routing
from neural.tracking.ui.page import AppContext, load_pages
from neural.tracking.ui.serving import listen, serve_in_thread
from tests.fuzz.mutating import Change, changes, spoiled_json
from tests.security.conftest import RUN_IDS, Site
from tests.security.test_paths import SECRETS

PATH = "/_dash-update-component"

#: Nothing that is asked may take longer, however slow the machine is.
PATIENCE_S = 30.0

#: Addresses whose pages show what the callbacks are about.
ADDRESSES = [
    ("/", "?filter=metrics.loss+%3C+1&group=name"),
    (f"/experiments/{RUN_IDS[0]}", ""),
    *((f"/experiments/{RUN_IDS[0]}", f"?tab={tab}") for tab in ("charts", "artifacts", "media")),
    ("/compare", f"?runs={','.join(RUN_IDS)}"),
    ("/compare", f"?runs={','.join(RUN_IDS)}&tab=table"),
    ("/explore", ""),
    ("/views", ""),
    ("/settings", ""),
    ("/export", f"?runs={RUN_IDS[0]}"),
    ("/open", ""),
]

Body = dict[str, Any]


@pytest.fixture(scope="module")
def context(site: Site) -> AppContext:
    """Return the application over the store."""
    manager = ExperimentManager(site.base_dir)
    return AppContext(manager=manager, base_dir=site.base_dir, pages=load_pages())


@pytest.fixture(scope="module")
def drawn(context: AppContext) -> Mapping[tuple[str, str], list[tuple[Any, Any]]]:
    """Return what the pages are drawn with: (id or type, property) to ids and values."""
    found: dict[tuple[str, str], list[tuple[Any, Any]]] = defaultdict(list)
    for pathname, search in ADDRESSES:
        content, _, _ = routing.show(context, pathname, search)
        for part in content._traverse():
            if isinstance(part, Component) and hasattr(part, "id"):
                for name, value in part.to_plotly_json()["props"].items():
                    found[_kind(part.id), name].append((part.id, value))
    return found


def _kind(component_id: Any) -> str:
    return str(component_id["type"] if isinstance(component_id, dict) else component_id)


def bodies(app: Dash, drawn: Mapping[tuple[str, str], list[tuple[Any, Any]]]) -> list[Body]:
    """Return the body of each callback that the server runs, as a page would send it."""
    return [
        {
            "output": output,
            "outputs": _outputs(found),
            "inputs": [_part(one, drawn, pressed=True) for one in found["inputs"]],
            "state": [_part(one, drawn) for one in found["state"]],
            "changedPropIds": [f"{one['id']}.{one['property']}" for one in found["inputs"][:1]],
        }
        for output, found in app.callback_map.items()
        if "callback" in found
    ]


def _outputs(found: Mapping[str, Any]) -> Any:
    output = found["output"]
    if found["no_output"]:
        return []
    if isinstance(output, list | tuple):
        return [_part(one.to_dict(), {}, value=False) for one in output]
    return _part(output.to_dict(), {}, value=False)


def _part(
    spec: Mapping[str, str],
    drawn: Mapping[tuple[str, str], list[tuple[Any, Any]]],
    *,
    pressed: bool = False,
    value: bool = True,
) -> Any:
    name = spec["property"]
    if not spec["id"].startswith("{"):
        known = drawn.get((spec["id"], name), [])
        return _one(spec["id"], name, known[0][1] if known else None, pressed, value)
    pattern = json.loads(spec["id"])
    known = drawn.get((pattern["type"], name), [])[:2] or [({}, None)]
    filled = [
        _one({**pattern, **_indices(pattern), **_plain(found)}, name, content, pressed, value)
        for found, content in known
    ]
    return filled if ["ALL"] in pattern.values() else filled[0]


def _indices(pattern: Mapping[str, Any]) -> dict[str, str]:
    return {key: "loss" for key, wanted in pattern.items() if isinstance(wanted, list)}


def _plain(component_id: Any) -> dict[str, Any]:
    return component_id if isinstance(component_id, dict) else {}


def _one(component_id: Any, name: str, content: Any, pressed: bool, value: bool) -> Body:
    part = {"id": component_id, "property": name}
    if not value:
        return part
    if pressed and name.startswith("n_"):
        content = 1
    try:
        json.dumps(content)
    except TypeError:  # a component, which no callback is told
        content = None
    return {**part, "value": content}


class Wire:
    """A connection to a server that really runs."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def send(self, body: Any) -> tuple[int, bytes]:
        """Send a body as a page of the server's own; return status and body of the answer."""
        headers = {
            "Content-Type": "application/json",
            "Origin": f"http://127.0.0.1:{self._port}",
        }
        content = json.dumps(body).encode("utf-8", "replace")
        self._connection.request("POST", PATH, content, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture(scope="module")
def app(site: Site) -> Dash:
    """Return the whole dashboard over the store."""
    return create_app(site.base_dir)


@pytest.fixture(scope="module")
def wire(app: Dash) -> Iterator[Wire]:
    """Serve the dashboard and return a connection to it."""
    listener = listen("127.0.0.1", 0)
    server = serve_in_thread(app.server, listener)
    found = Wire(listener.getsockname()[1])
    yield found
    found.close()
    server.stop()


@pytest.fixture
def whole(app: Dash, drawn: Any) -> list[Body]:
    """Return the body of each callback, as a page would send it."""
    return bodies(app, drawn)


def wrong_with(status: int, answer: bytes) -> str | None:
    """Return what must not be in an answer and is."""
    if status not in (200, 204, 400):
        return f"status {status}"
    if b"Traceback" in answer or re.search(rb'File \\?"/.+?", line \d', answer):
        return "a traceback"
    return next((f"a secret: {one!r}" for one in SECRETS if one in answer), None)


def test_f4_what_a_page_sends_is_taken(wire: Wire, whole: Sequence[Body]) -> None:
    """The refusals below are of what is wrong: no callback's own body is one."""
    answers = {body["output"]: wire.send(body) for body in whole}

    assert len(answers) > 50
    assert [key for key, (status, _) in answers.items() if status not in (200, 204)] == []


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("examples", [4, pytest.param(500, marks=pytest.mark.torture)])
def test_f4_spoiled_bodies_of_every_callback(
    wire: Wire, whole: Sequence[Body], site: Site, examples: int
) -> None:
    """No answer is a bug or tells a secret, none hangs, and nothing outside is changed."""
    before = site.outside()

    for body in whole:
        _spoil(wire, body, examples)

    assert site.outside() == before
    assert wire.send(whole[0])[0] == 200


def _spoil(wire: Wire, body: Body, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(made=changes)
    def check(made: list[Change]) -> None:
        wrong = wrong_with(*wire.send(spoiled_json(body, made)))
        assert wrong is None, f"{wrong} of {body['output']}"

    check()


@pytest.mark.parametrize("body", [None, [], {}, 1, "x", {"output": []}, {"output": "no.such"}])
def test_f4_what_is_no_body(wire: Wire, body: Any) -> None:
    """It is refused in words, and nobody's terminal is filled with tracebacks."""
    status, answer = wire.send(body)

    assert status == 400
    assert b"No page of Aquarium sends this" in answer


#: Keys and values of addresses, so that random ones get past the first look.
KEYS = [
    *("runs", "tab", "filter", "sort", "view", "m", "metric", "x", "y", "s", "c", "group", "by"),
    *("k", "q", "page", "size", "smooth", "stat", "at"),
]
WORDS = ["", *RUN_IDS, "loss", "val/loss", "charts", "table", "-1", "1e9", "9" * 40, "a,b", "%00"]
searches = st.lists(
    st.tuples(st.sampled_from(KEYS) | st.text(max_size=4), st.sampled_from(WORDS) | st.text()),
    max_size=6,
).map(lambda pairs: "?" + "&".join(f"{key}={value}" for key, value in pairs))


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("examples", [100, pytest.param(20_000, marks=pytest.mark.torture)])
def test_f4_every_page_is_drawn_for_any_address(context: AppContext, examples: int) -> None:
    """A link that somebody made or cut short shows a page, and never "went wrong"."""
    paths = [page.address(*RUN_IDS[:1] * page.path.count("{")) for page in context.pages]

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(search=searches, pathname=st.sampled_from(paths))
    def check(search: str, pathname: str) -> None:
        content, _, _ = routing.show(context, pathname, search)
        assert "The program made a mistake" not in str(content)

    check()
