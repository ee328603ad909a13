"""What a page sends when a callback is to run, held against what was registered.

Dash takes the names of outputs and inputs from the body. A body that no page of this application
sends is refused before Dash looks at it; the values in it are any JSON still, and each callback's
own concern.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from dash import Dash
from fastapi import HTTPException, Request
from fastapi.responses import Response

__all__ = ["check_bodies", "wrong_in"]

#: How a wildcard of an id is spelled where it stands for any number of components.
_MANY = (["ALL"], ["ALLSMALLER"])

_ONE_OF_MANY = (str, int, float, bool)


def check_bodies(app: Dash) -> None:
    """Have ``app`` refuse bodies that fit none of its callbacks, with status 400.

    Called before the routes are made.
    """
    backend: Any = app.backend
    serve = backend.serve_callback

    def serve_checked(dash_app: Any) -> Any:
        dispatch = serve(dash_app)

        async def checked(request: Request) -> Response:
            # Read by Dash before its routes, from a stream that gives it once.
            body = getattr(request.state, "json_body", None)
            reason = wrong_in(body, dash_app.callback_map)
            if reason is not None:
                raise HTTPException(400, f"No page of Aquarium sends this: {reason}.")
            answer: Response = await dispatch(request)
            return answer

        return checked

    backend.serve_callback = serve_checked


def wrong_in(body: Any, callbacks: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return why ``body`` asks for none of ``callbacks``, else ``None``.

    Args:
        body: Parsed JSON.
        callbacks: As ``Dash.callback_map`` has them.
    """
    if not isinstance(body, dict):
        return "the body is no object"
    output = body.get("output")
    found = callbacks.get(output) if isinstance(output, str) else None
    # What runs in the browser stands there too, and is never asked for.
    if found is None or "callback" not in found:
        return "there is no callback of this output"
    changed = body.get("changedPropIds", [])
    if not (isinstance(changed, list) and all(isinstance(name, str) for name in changed)):
        return "changedPropIds is no list of texts"
    if not _fit(body.get("inputs", []), found["inputs"]):
        return "the inputs are others"
    if not _fit(body.get("state", []), found["state"]):
        return "the state is another"
    return None if _outputs_fit(body.get("outputs"), found) else "the outputs are others"


def _outputs_fit(given: Any, found: Mapping[str, Any]) -> bool:
    output = found["output"]
    if found.get("no_output"):
        return given in (None, [], {})
    several = isinstance(output, list | tuple)
    specs = [one.to_dict() for one in (output if several else [output])]
    return _fit(given if several else [given], specs)


def _fit(given: Any, specs: Sequence[Mapping[str, Any]]) -> bool:
    return (
        isinstance(given, list)
        and len(given) == len(specs)
        and all(_fits(one, spec) for one, spec in zip(given, specs, strict=True))
    )


def _fits(given: Any, spec: Mapping[str, Any]) -> bool:
    pattern = _pattern_of(spec["id"])
    name = spec["property"]
    if isinstance(pattern, dict) and any(value in _MANY for value in pattern.values()):
        return isinstance(given, list) and all(_is(one, pattern, name) for one in given)
    return _is(given, pattern, name)


def _pattern_of(component_id: str) -> Any:
    return orjson.loads(component_id) if component_id.startswith("{") else component_id


def _is(given: Any, pattern: Any, name: str) -> bool:
    # Behind an @ Dash says which of several callbacks writes there.
    if not isinstance(given, dict) or str(given.get("property")).partition("@")[0] != name:
        return False
    found = given.get("id")
    if not isinstance(pattern, dict):
        return bool(found == pattern)
    return (
        isinstance(found, dict)
        and found.keys() == pattern.keys()
        and all(_stands_for(found[key], value) for key, value in pattern.items())
    )


def _stands_for(given: Any, wanted: Any) -> bool:
    """Return whether one part of an id is what is wanted; a list is a wildcard."""
    return isinstance(given, _ONE_OF_MANY) if isinstance(wanted, list) else bool(given == wanted)
