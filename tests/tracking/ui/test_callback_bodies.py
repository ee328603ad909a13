"""What is taken for the request of a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dash import ALL, MATCH, Dash, Input, Output, State

from neural.tracking.ui.callback_bodies import wrong_in
from neural.tracking.ui.callbacks import callback, in_browser

Body = dict[str, Any]


@pytest.fixture(scope="module")
def app() -> Dash:
    """Return an application with a callback of each form."""
    found = Dash("test_callback_bodies")

    def nothing(*_: Any) -> Any: ...

    callback(found, Output("a", "data"), Input("b", "value"), State("c", "data"))(nothing)
    many = Input({"type": "row", "index": ALL}, "n_clicks")
    callback(found, Output("d", "data"), Output("e", "children"), many)(nothing)
    one = {"type": "cell", "index": MATCH}
    callback(found, Output(one, "children"), Input(one, "value"))(nothing)
    callback(found, Input("f", "value"))(nothing)
    in_browser(found, "ours", "draw", Output("g", "data"), Input("b", "value"))
    return found


def part(component_id: Any, name: str, **value: Any) -> Body:
    """Return one input, state or output."""
    return {"id": component_id, "property": name, **value}


@pytest.fixture
def plain() -> Body:
    """Return the body of the plainest callback."""
    return {
        "output": "a.data",
        "outputs": part("a", "data"),
        "inputs": [part("b", "value", value=1)],
        "state": [part("c", "data", value={"x": [None]})],
        "changedPropIds": ["b.value"],
    }


def test_what_pages_send(app: Dash, plain: Body) -> None:
    """One output and several, any number of components, a matching one, and none to write to."""
    rows = [part({"type": "row", "index": n}, "n_clicks") for n in ("x", 2, 0.5, True)]
    several = {
        "output": "..d.data...e.children..",
        "outputs": [part("d", "data"), part("e", "children")],
        "inputs": [rows],
    }
    cell = {"type": "cell", "index": "loss"}
    matching = {
        "output": '{"index":["MATCH"],"type":"cell"}.children',
        "outputs": part(cell, "children"),
        "inputs": [part(cell, "value", value=None)],
    }
    (silent,) = (key for key, found in app.callback_map.items() if found["no_output"])
    none = {"output": silent, "inputs": [part("f", "value", value=1)]}

    sent = [plain, several, matching, none]

    assert [wrong_in(body, app.callback_map) for body in sent] == [None] * 4


def test_an_output_of_several_callbacks(app: Dash) -> None:
    """Behind an @ stands which of them it is, in the name of the output and in its property."""
    found = Dash("duplicates")
    written = Output("a", "data", allow_duplicate=True)
    callback(found, written, Input("b", "value"), prevent_initial_call=True)(lambda _: None)
    (output,) = found.callback_map
    body = {
        "output": output,
        "outputs": part("a", output.removeprefix("a.")),
        "inputs": [part("b", "value")],
    }

    assert "@" in output
    assert wrong_in(body, found.callback_map) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda _: None, "no object"),
        (lambda _: [], "no object"),
        (lambda body: {**body, "output": "z.data"}, "no callback"),
        (lambda body: {**body, "output": {"a": 1}}, "no callback"),
        (lambda body: {**body, "output": "g.data"}, "no callback"),
        (lambda body: {**body, "changedPropIds": "b.value"}, "changedPropIds"),
        (lambda body: {**body, "changedPropIds": [1]}, "changedPropIds"),
        (lambda body: {**body, "inputs": []}, "inputs"),
        (lambda body: {**body, "inputs": {}}, "inputs"),
        (lambda body: {**body, "inputs": body["inputs"] * 2}, "inputs"),
        (lambda body: {**body, "inputs": [body["inputs"]]}, "inputs"),
        (lambda body: {**body, "inputs": [part("z", "value")]}, "inputs"),
        (lambda body: {**body, "inputs": [part("b", "data")]}, "inputs"),
        (lambda body: {**body, "inputs": [part({"b": 1}, "value")]}, "inputs"),
        (lambda body: {**body, "state": []}, "state"),
        (lambda body: {**body, "outputs": part("z", "data")}, "outputs"),
        (lambda body: {**body, "outputs": [part("a", "data")]}, "outputs"),
        (lambda body: {**body, "outputs": None}, "outputs"),
    ],
)
def test_what_no_page_sends(
    app: Dash, plain: Body, change: Callable[[Body], Any], reason: str
) -> None:
    """It is told what is wrong; no name of a callback that there is stands in the answer."""
    found = wrong_in(change(plain), app.callback_map)

    assert found is not None
    assert reason in found


@pytest.mark.parametrize(
    "component_id",
    [
        "row",
        {"type": "row"},
        {"type": "cell", "index": "x"},
        {"type": "row", "index": "x", "more": 1},
        {"type": "row", "index": ["ALL"]},
        {"type": "row", "index": None},
    ],
)
def test_an_id_that_does_not_fit_its_pattern(app: Dash, component_id: Any) -> None:
    """The same keys, the same type, and one value where anything may stand."""
    body = {
        "output": "..d.data...e.children..",
        "outputs": [part("d", "data"), part("e", "children")],
        "inputs": [[part(component_id, "n_clicks")]],
    }

    assert wrong_in(body, app.callback_map) == "the inputs are others"
