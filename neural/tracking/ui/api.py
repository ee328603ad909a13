"""The JSON routes of the dashboard, and how errors look in HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from neural.errors import (
    InvalidInputError,
    NeuralError,
    NotFoundError,
    ReadOnlyError,
    RefusedError,
    RunIsAliveError,
)
from neural.tracking.ui import files, logs_socket, palette, views_api
from neural.tracking.ui.live import health, live_state
from neural.tracking.ui.page import AppContext

__all__ = ["STATUS", "add_api"]

#: First match wins; anything else of ours is a 500.
STATUS: dict[type[NeuralError], int] = {
    NotFoundError: 404,
    InvalidInputError: 422,
    RefusedError: 403,
    ReadOnlyError: 403,
    RunIsAliveError: 409,
}

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def add_api(server: FastAPI, context: AppContext) -> None:
    """Add every route below ``/api`` and the answers to errors."""
    _add_errors(server, context)
    prefix = f"{context.prefix}/api"

    @server.get(f"{prefix}/v1/health")
    async def _health() -> dict[str, Any]:
        return await asyncio.to_thread(health, context)

    @server.get(f"{prefix}/v1/live")
    async def _live() -> dict[str, Any]:
        return await asyncio.to_thread(live_state, context)

    for part in (files, logs_socket, views_api, palette):
        part.add_routes(server, context, f"{prefix}/v1")

    # Last of the API: without it a misspelt address answers 200 with a page.
    @server.api_route(f"{prefix}/{{rest:path}}", methods=_METHODS, include_in_schema=False)
    async def _no_such_route(rest: str) -> JSONResponse:
        return _answer(404, "not_found", "There is no such address in the API.")


def _add_errors(server: FastAPI, context: AppContext) -> None:
    async def ours(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, NeuralError)
        status = next((s for kind, s in STATUS.items() if isinstance(error, kind)), 500)
        # The text may name a file; where the store lies is no business of a client.
        message = str(error).replace(str(context.base_dir), "<base_dir>")
        return _answer(status, error.code, message)

    async def plain(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return _answer(error.status_code, "http", str(error.detail))

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        wrong = "; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in error.errors())
        return _answer(422, "invalid_input", wrong)

    server.add_exception_handler(NeuralError, ours)
    server.add_exception_handler(HTTPException, plain)
    server.add_exception_handler(RequestValidationError, invalid)


def _answer(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status_code=status)
