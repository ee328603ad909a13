"""S9, S11: no path that a request can name leads out of a run.

Which parameters there are is asked of the application: path, query and body of every route,
sockets and the addresses of pages too. Each of them gets every hostile path.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from dash import Dash
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import Mount

from neural.tracking.ui import shell
from neural.tracking.ui.page import load_pages
from tests.security.asking import HOST, JSON, Answer, Request, ask_all
from tests.security.conftest import CANARY, RUN_IDS, Site
from tests.security.hostile_paths import hostile_paths, printable

#: What stands in other parameters while one is tried: names that lead somewhere.
FITTING = {
    "experiment_id": RUN_IDS[0],
    "name": "folder",
    "path": "x.png",
    "stream": "stdout",
    "view_id": "0123456789ab",
    "package_name": "dash",
    "fingerprinted_path": "deps/polyfill@7.min.js",
    "rest": "nothing",
}

#: Parts of files that lie outside: ours, the machine's, the source of the program.
SECRETS = (CANARY, b"root:x:0:", b"root:*:0:", b"from __future__ import")


class Place(NamedTuple):
    """Where a request takes a text: ``<text>`` stands for it in target or body."""

    method: str
    target: str
    body: str = ""


def places(app: Dash) -> list[Place]:
    """Return every parameter of every route."""
    found: list[Place] = []
    for route in app.server.routes:
        if isinstance(route, Mount):
            found.append(Place("GET", f"{route.path}/<text>"))
        elif isinstance(route, APIWebSocketRoute):
            found += (Place("WEBSOCKET", target) for target in _targets(route))
        elif isinstance(route, APIRoute):
            methods = sorted(set(route.methods or ()) - {"HEAD"})
            # What answers for all methods alike is no six routes.
            for method in methods[: 1 if len(methods) > 4 else None]:
                found += (Place(method, target) for target in _targets(route))
                found += _in_body(method, route)
    for page in load_pages():
        names = re.findall(r"\{(\w+)\}", page.path)
        found += (Place("GET", _filled(page.path, name)) for name in names)
    return list(dict.fromkeys(found))


def _filled(path: str, tried: str) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        return "<text>" if name == tried else FITTING.get(name, "x")

    return re.sub(r"\{(\w+)(?::path)?\}", value, path)


def _targets(route: APIRoute | APIWebSocketRoute) -> Iterator[str]:
    names = re.findall(r"\{(\w+)(?::path)?\}", route.path)
    yield from (_filled(route.path, name) for name in names)
    for parameter in route.dependant.query_params:
        yield f"{_filled(route.path, '')}?{parameter.name}=<text>"


def _in_body(method: str, route: APIRoute) -> Iterator[Place]:
    for parameter in route.dependant.body_params:
        fields = getattr(parameter.field_info.annotation, "model_fields", {})
        for tried in fields:
            body = {name: "/compare" if name == "page" else "x" for name in fields}
            yield Place(method, _filled(route.path, ""), json.dumps({**body, tried: "<text>"}))


def requests(place: Place, texts: Sequence[str]) -> Iterator[Request]:
    """Return the request of each text at ``place``."""
    for text in texts:
        # In JSON it stands decoded once, as it would come out of an address.
        body = place.body.replace('"<text>"', json.dumps(text))
        target = printable(place.target.replace("<text>", text))
        yield Request(target, place.method, (HOST, JSON, _OWN), body.encode())


_OWN = ("origin", "http://127.0.0.1:8053")


def test_s9_the_corpus_is_large_enough() -> None:
    """At least 500 different paths, or the tests below are thinner than they say."""
    assert len(set(hostile_paths())) >= 500


def test_s9_every_kind_of_parameter_is_tried(whole: Dash) -> None:
    """Paths, queries, bodies, sockets, files of the program and pages, or something is missed."""
    found = places(whole)

    kinds = Counter(place.method for place in found)
    assert set(kinds) >= {"GET", "POST", "PATCH", "DELETE", "WEBSOCKET"}
    assert {p.target for p in found} >= {
        "/assets/<text>",
        "/_dash-component-suites/<text>/deps/polyfill@7.min.js",
        "/_dash-component-suites/dash/<text>",
        "/api/v1/runs/<text>/artifacts/folder",
        f"/api/v1/runs/{RUN_IDS[0]}/artifacts/<text>",
        f"/api/v1/runs/{RUN_IDS[0]}/artifacts/folder?file=<text>",
        f"/api/v1/runs/{RUN_IDS[0]}/media/<text>",
        f"/api/v1/runs/{RUN_IDS[0]}/logs/<text>.log",
        "/api/v1/views/<text>",
        "/ws/logs/<text>",
        f"/ws/logs/{RUN_IDS[0]}?stream=<text>",
        "/experiments/<text>",
    }
    assert len([place for place in found if "<text>" in place.body]) >= 4


@pytest.mark.parametrize("nth", [2, pytest.param(1, marks=pytest.mark.torture)])
def test_s9_no_parameter_leads_out(whole: Dash, site: Site, nth: int) -> None:
    """No secret is in an answer, no answer is a bug, and no file outside was touched."""
    texts = hostile_paths()[::nth]
    assert len(texts) >= 500
    before = site.outside()
    told: list[str] = []
    failed: list[str] = []

    for place in places(whole):
        asked = list(requests(place, texts))
        for request, answer in zip(asked, ask_all(whole.server, asked), strict=True):
            said = f"{place} {request.target[:200]} {answer.status}"
            told += [said] if _tells(answer) else []
            failed += [said] if answer.status >= 500 else []
        _forget_views(site)

    assert told == []
    assert failed == []
    assert site.outside() == before


def _forget_views(site: Site) -> None:
    # Each path was the name of one: lists of thousands would only make the rest slow.
    for path in (site.base_dir / ".neural" / "views").glob("????????????.json"):
        path.unlink()


def _tells(answer: Answer) -> bool:
    return any(secret in answer.body for secret in SECRETS)


def test_s9_the_canaries_would_be_seen(whole: Dash, site: Site) -> None:
    """The refusals above are of the paths: a canary that a run keeps is served."""
    media = site.base_dir / f"mnist_{RUN_IDS[0]}" / "media"
    media.mkdir(exist_ok=True)
    (media / "kept.txt").write_bytes(CANARY)

    (answer,) = ask_all(whole.server, [Request(f"/api/v1/runs/{RUN_IDS[0]}/media/kept.txt")])

    assert _tells(answer)


@pytest.mark.parametrize(
    "target", ["../security.py", "..%2fsecurity.py", "%2e%2e/security.py", "css/../../shell.py"]
)
def test_s9_the_program_does_not_show_its_source(whole: Dash, target: str) -> None:
    """From the folder of style sheets, the modules beside it are not reached."""
    assert (Path(shell.__file__).parent / "security.py").exists()

    (answer,) = ask_all(whole.server, [Request(f"/assets/{target}")])

    assert answer.status == 404
    assert not _tells(answer)


@pytest.mark.parametrize("path", ["dash/deps/none.js", "none/x.js", "dash/../fastapi/py.typed"])
def test_s9_a_script_that_no_package_lists_is_not_found(whole: Dash, path: str) -> None:
    """A wrong address of Dash's scripts is no bug of the server, and names no other script."""
    (answer,) = ask_all(whole.server, [Request(f"/_dash-component-suites/{path}")])

    assert answer.status == 404
    assert b"polyfill" not in answer.body


@pytest.mark.parametrize("field", ["page", "search"])
def test_s11_a_saved_view_names_no_file(whole: Dash, site: Site, field: str) -> None:
    """Whatever path a view is saved with, opening it shows a page and no file."""
    view = {"name": "v", "page": "/compare", "search": "", field: "/../../../canary.txt"}
    saving = Request("/api/v1/views", "POST", (HOST, JSON, _OWN), json.dumps(view).encode("utf-8"))

    (saved,) = ask_all(whole.server, [saving])
    answers: list[Any] = []
    if saved.status == 200:
        found = json.loads(saved.body)
        answers = ask_all(
            whole.server, [Request(found["href"]), Request(f"/?view={quote(found['id'])}")]
        )

    assert not any(_tells(answer) for answer in [saved, *answers])
