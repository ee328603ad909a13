"""F3: every route of the REST API, called with what its own description allows and does not.

The description is not served, but the application can give it; schemathesis reads it and makes
the calls.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from neural.tracking.aquarium_app import create_app
from neural.tracking.ui.serving import listen, serve_in_thread
from neural.tracking.ui.tokens import TokenFile
from tests.security.conftest import RUN_IDS, Site
from tests.security.test_paths import SECRETS

#: No answer takes longer, on however slow a machine.
SLOWEST_S = 30.0

#: What refusals look like stands beside the routes, not in their description.
REFUSALS = {400, 403, 404, 405, 409, 413, 415, 416, 422}

#: Names that lead somewhere, so that not every call ends at the first look.
FITTING: Mapping[str, Any] = {
    "experiment_id": st.sampled_from(RUN_IDS),
    "name": st.sampled_from(["plot.png", "folder", "folder/part.txt"]),
    "stream": st.sampled_from(["stdout", "stderr"]),
}


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[tuple[Any, str, str]]:
    """Serve the dashboard with a token: its application, address and token."""
    app = create_app(site.base_dir, token=True)
    listener = listen("127.0.0.1", 0)
    thread = serve_in_thread(app.server, listener)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield app.server, address, TokenFile(site.base_dir).current()
    thread.stop()


@pytest.fixture(scope="module")
def operations(server: tuple[Any, str, str]) -> list[Any]:
    """Return every operation of the API."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # GET and HEAD of one function share an id
        described = server[0].openapi()
    found: Any = schemathesis.openapi.from_dict(described).get_all_operations()
    return [one.ok() for one in found]


def test_f3_every_route_is_described(server: tuple[Any, str, str], operations: list[Any]) -> None:
    """What stands below the API is called, apart from what answers for all the rest."""
    described = {(one.method.upper(), one.path) for one in operations}
    routes = {
        (method, route.path.replace(":path", ""))
        for route in server[0].routes
        if route.path.startswith("/api/v1/")
        for method in getattr(route, "methods", ())
    }

    assert routes == described
    assert len(routes) >= 13


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("examples", [6, pytest.param(1_000, marks=pytest.mark.torture)])
@pytest.mark.parametrize(
    "mode",
    [GenerationMode.POSITIVE, pytest.param(GenerationMode.NEGATIVE, marks=pytest.mark.torture)],
    ids=lambda mode: str(mode.value),
)
def test_f3_with_the_token(
    server: tuple[Any, str, str], operations: list[Any], mode: GenerationMode, examples: int
) -> None:
    """No bug, no secret, what comes fits its description, and it comes in time."""
    _, address, token = server
    headers = {"Authorization": f"Bearer {token}", "Origin": address}
    called: set[str] = set()

    def hold(case: Case[Any], answer: Response) -> None:
        called.add(case.operation.label)
        assert answer.status_code in {200, 206, *REFUSALS}
        assert answer.elapsed < SLOWEST_S
        assert not any(secret in answer.content for secret in SECRETS)
        assert b"Traceback" not in answer.content
        checks: list[Any] = [not_a_server_error]
        if answer.status_code == 200:
            checks += [content_type_conformance, response_schema_conformance]
        case.validate_response(answer, checks=checks)

    for operation in operations:
        # An operation that takes nothing, or any text, cannot be called wrongly.
        with contextlib.suppress(Unsatisfiable):
            _call(operation, mode, examples, address, headers, hold)

    assert len(called) == len(operations) if mode is GenerationMode.POSITIVE else len(called) >= 4


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("examples", [2, pytest.param(200, marks=pytest.mark.torture)])
def test_f3_without_the_token(
    server: tuple[Any, str, str], operations: list[Any], examples: int
) -> None:
    """Whatever is called, the answer is that the token is missing."""
    _, address, _ = server

    def hold(case: Case[Any], answer: Response) -> None:
        assert answer.status_code == 401

    for operation in operations:
        headers = {"Origin": address}
        _call(operation, GenerationMode.POSITIVE, examples, address, headers, hold)


def _call(
    operation: Any,
    mode: GenerationMode,
    examples: int,
    address: str,
    headers: Mapping[str, str],
    hold: Callable[[Case[Any], Response], None],
) -> None:
    """Call one operation again and again, half of the time for something that there is."""
    fitting = {name: one for name, one in FITTING.items() if f"{{{name}}}" in operation.path}

    with requests.Session() as session:

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(mode), known=st.fixed_dictionaries({}, optional=fitting))
        def check(case: Case[Any], known: Mapping[str, Any]) -> None:
            case.path_parameters = {**(case.path_parameters or {}), **known}
            # What is made for headers would replace what lets the call in at all.
            case.headers.clear()
            hold(case, case.call(base_url=address, session=session, headers=dict(headers)))

        check()
