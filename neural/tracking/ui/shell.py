"""Builds the application: FastAPI, Dash inside it, security round both."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from dash import Dash
from dash.backends import _fastapi
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.middleware.gzip import GZipMiddleware

from neural.tracking.ui import frame, routing
from neural.tracking.ui.live import health, live_state
from neural.tracking.ui.page import AppContext, find_page

__all__ = ["build"]

ASSETS = Path(__file__).parent / "assets"

#: Level 9, the default, costs four times as much for three per cent fewer bytes.
GZIP_LEVEL = 4
GZIP_FROM_BYTES = 1000

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {%metas%}
    <title>{%title%}</title>
    {%favicon%}
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


def build(context: AppContext) -> Dash:
    """Return the application for ``context``; its ASGI app is ``.server``.

    Serve it with ``uvicorn.run(app.server, workers=1)``, never ``app.run()``, which
    starts another process by looking at the caller's frames.
    """
    server = FastAPI(
        title="Aquarium",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    _add_api(server, context)
    app = _dash(server, context)
    routing.register(app, context)
    for page in context.pages:
        page.register(app, context)
    _add_index(app, server, context)
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
    app.init_app(server)
    script = ASSETS / "head" / "theme.js"
    address = f"{app.get_asset_url('head/theme.js')}?m={script.stat().st_mtime_ns}"
    app.index_string = INDEX.replace("THEME_SCRIPT", address)
    app.layout = frame.frame(context)
    server.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES, compresslevel=GZIP_LEVEL)
    return app


def _add_api(server: FastAPI, context: AppContext) -> None:
    api = f"{context.prefix}/api"

    @server.get(f"{api}/v1/health")
    async def _health() -> dict[str, Any]:
        return await asyncio.to_thread(health, context)

    @server.get(f"{api}/v1/live")
    async def _live() -> dict[str, Any]:
        return await asyncio.to_thread(live_state, context)

    # Last of the API: without it a misspelt address answers 200 with a page.
    @server.api_route(f"{api}/{{rest:path}}", methods=METHODS, include_in_schema=False)
    async def _no_such_route(rest: str) -> JSONResponse:
        message = "There is no such address in the API."
        return JSONResponse({"code": "not_found", "message": message}, status_code=404)


def _add_index(app: Any, server: FastAPI, context: AppContext) -> None:
    # Dash walks the assets at the first request to one of its own paths; the first
    # request may be a deep link, and the policy hashes need the whole page anyway.
    app._setup_server()

    # Before Dash's own catch-all, which answers for whichever app was made last.
    @server.get(f"{context.prefix}/{{path:path}}", include_in_schema=False)
    async def _index(request: Request, path: str) -> Response:
        known = find_page(context.pages, f"/{path}") is not None
        content = _draw_index(app, request)
        return HTMLResponse(content, 200 if known else 404, {"Cache-Control": "no-cache"})


def _draw_index(app: Any, request: Request) -> str:
    remember: Any = _fastapi
    token = remember.set_current_request(request)
    try:
        return str(app.index())
    finally:
        remember.reset_current_request(token)
