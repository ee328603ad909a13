"""Builds the application: FastAPI, Dash inside it, security round both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from dash import Dash
from dash.backends import _fastapi
from dash.exceptions import DependencyException
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from neural.tracking.storage.settings import SettingsStore
from neural.tracking.ui import frame, routing
from neural.tracking.ui.api import add_api
from neural.tracking.ui.callback_bodies import check_bodies
from neural.tracking.ui.page import AppContext, find_page
from neural.tracking.ui.policy import SecurityPolicy
from neural.tracking.ui.security import GuardedServer

__all__ = ["build"]

ASSETS = Path(__file__).parent / "assets"

#: Level 9, the default, costs four times as much for three per cent fewer bytes.
GZIP_LEVEL = 4
GZIP_FROM_BYTES = 1000

INDEX = """<!DOCTYPE html>
<html lang="en" DEFAULTS>
  <head>
    {%metas%}
    <title>{%title%}</title>
    <link rel="icon" type="image/svg+xml" href="ICON">
    <script src="THEME_SCRIPT"></script>
    {%css%}
  </head>
  <body>
    <noscript>Aquarium needs JavaScript. Nothing is loaded from other hosts.</noscript>
    {%app_entry%}
    <footer>
      {%config%}
      {%scripts%}
      {%renderer%}
    </footer>
  </body>
</html>
"""


def build(
    context: AppContext, policy: SecurityPolicy | None = None, *, debug: bool = False
) -> Dash:
    """Return the application for ``context``; its ASGI app is ``.server``.

    Serve it with ``uvicorn.run(app.server, workers=1)``, never ``app.run()``, which
    starts another process by looking at the caller's frames.

    Args:
        context: The store and the pages.
        policy: Who may call; ``None`` is this machine only, without a token.
        debug: Show Dash's development tools in the browser.
    """
    server = GuardedServer(
        title="Aquarium",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    server.prefix = context.prefix
    add_api(server, context)
    app = _dash(server, context)
    _set_dev_tools(app, debug)
    routing.register(app, context)
    for page in context.pages:
        page.register(app, context)
    _add_index(app, server, context)
    # Only now are all inline scripts known.
    server.policy = replace(policy or SecurityPolicy(), script_hashes=tuple(app.csp_hashes()))
    return app


def _dash(server: FastAPI, context: AppContext) -> Dash:
    app = Dash(
        "neural.tracking.ui",
        server=False,  # bound below, after the WebSocket is off
        backend="fastapi",
        assets_folder=str(ASSETS),
        assets_path_ignore=["head"],
        url_base_pathname=f"{context.prefix}/",
        serve_locally=True,
        suppress_callback_exceptions=True,
        prevent_initial_callbacks=False,
        update_title="",  # nothing blinks in the tab while data is fetched
        title="Aquarium",
        on_error=routing.on_callback_error,
        compress=False,  # ours below: with a level that does not stop the event loop
        use_pages=False,
        add_log_handler=False,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    # With websocket_callbacks=False alone the page still opens Dash's socket, and its
    # route is still served. We use neither.
    app.backend.websocket_capability = False
    _answer_unknown_scripts(app.backend)
    check_bodies(app)
    app.init_app(server)
    app.index_string = INDEX.replace("THEME_SCRIPT", _asset_url(app, "head/theme.js")).replace(
        "ICON", _asset_url(app, "favicon.svg")
    )
    app.layout = frame.frame(context)
    server.add_middleware(
        GZipMiddleware,
        minimum_size=GZIP_FROM_BYTES,
        compresslevel=GZIP_LEVEL,
        # Artifacts: large, mostly packed already, and asked for by range.
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream"),
    )
    return app


def _answer_unknown_scripts(backend: Any) -> None:
    """Answer 404 where Dash raises, which would be a 500 and a traceback in the terminal.

    Beside addresses that are none these are source maps: Dash lists them and does not ship them.
    """
    serve = backend.serve_component_suites

    def found(*arguments: Any, **options: Any) -> Response:
        try:
            answer: Response = serve(*arguments, **options)
        except (DependencyException, FileNotFoundError) as error:
            raise HTTPException(404, "There is no such file.") from error
        return answer

    backend.serve_component_suites = found


def _asset_url(app: Dash, name: str) -> str:
    # With its age, so that a browser fetches a changed file at once.
    return f"{app.get_asset_url(name)}?m={(ASSETS / name).stat().st_mtime_ns}"


def _set_dev_tools(app: Dash, debug: bool) -> None:
    # All said aloud: what is left out is taken from DASH_… variables of the environment.
    app.enable_dev_tools(
        debug=False,
        dev_tools_ui=debug,
        dev_tools_props_check=debug,
        dev_tools_validate_callbacks=debug,
        dev_tools_serve_dev_bundles=False,
        dev_tools_hot_reload=False,
        dev_tools_silence_routes_logging=False,
        dev_tools_prune_errors=False,
        dev_tools_disable_version_check=True,  # it asks a server of Plotly's
    )


def _add_index(app: Any, server: FastAPI, context: AppContext) -> None:
    # Dash walks the assets at the first request to one of its own paths; the first
    # request may be a deep link, and the policy hashes need the whole page anyway.
    app._setup_server()
    plain = app.interpolate_index
    # Settings may change while the server runs; Dash draws the first page by a route of its own.
    app.interpolate_index = lambda **parts: plain(**parts).replace(
        "DEFAULTS", _defaults(context), 1
    )

    # Before Dash's own catch-all, which answers for whichever app was made last.
    @server.get(f"{context.prefix}/{{path:path}}", include_in_schema=False)
    async def _index(request: Request, path: str) -> Response:
        # Still encoded, as the browser sees it: an id may hold a slash.
        raw = request.scope.get("raw_path", b"").decode("ascii", "replace")
        known = find_page(context.pages, raw.removeprefix(context.prefix)) is not None
        content = _draw_index(app, request)
        return HTMLResponse(content, 200 if known else 404, {"Cache-Control": "no-cache"})


def _defaults(context: AppContext) -> str:
    """Return the settings that the browser needs before it draws, as attributes."""
    found = SettingsStore(context.base_dir).load()
    # Every value is one of a short list; nothing of a user stands in here.
    return (
        f'data-default-theme="{found.theme}" data-default-density="{found.density}" '
        f'data-refresh="{found.refresh_s}" data-keys="{"on" if found.keys else "off"}"'
    )


def _draw_index(app: Any, request: Request) -> str:
    remember: Any = _fastapi
    token = remember.set_current_request(request)
    try:
        return str(app.index())
    finally:
        remember.reset_current_request(token)
