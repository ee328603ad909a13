"""Saved views over HTTP, and the address that a view stands for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from neural.errors import InvalidInputError, StorageError
from neural.tracking.storage.views import SavedView, ViewStore
from neural.tracking.ui.page import AppContext

__all__ = [
    "NameOfView",
    "NewView",
    "add_routes",
    "listed_views",
    "save_view",
    "search_of",
    "view_href",
]

#: Key of the query that names a saved view: ``?view=4f2a90c1d3e5``.
VIEW = "view"


class NewView(BaseModel):
    """What to keep.

    Attributes:
        name: As people call it; empty keeps an address that grew too long.
        page: Path of the page without the prefix: ``"/compare"``.
        search: Query part of the address with its ``?``, or empty.
    """

    name: str = ""
    page: str
    search: str = ""


class NameOfView(BaseModel):
    """A new name of a view."""

    name: str


def search_of(context: AppContext, search: str) -> str:
    """Return the query part that ``search`` stands for: itself, or that of the view it names.

    Raises:
        NotFoundError: It names a view that does not exist.
        StorageError: The file of the view is damaged.
    """
    named = parse_qs(search.removeprefix("?")).get(VIEW)
    if not named:
        return search
    found = ViewStore(context.base_dir).load(named[0]).get("search")
    return found if isinstance(found, str) and f"{VIEW}=" not in found else ""


def view_href(context: AppContext, view: SavedView) -> str:
    """Return the address of a saved view."""
    # A file that was changed by hand may name any page; only paths of this application count.
    page = view["page"] if view["page"].startswith("/") and "//" not in view["page"] else "/"
    return context.href(page, {VIEW: view["id"]})


def listed_views(context: AppContext) -> list[dict[str, Any]]:
    """Return the saved views with their addresses, newest first."""
    views = ViewStore(context.base_dir).list()
    return [{**view, "href": view_href(context, view)} for view in views]


def save_view(context: AppContext, view: NewView) -> dict[str, str]:
    """Keep a view; returns its ``id`` and its ``href``.

    Raises:
        InvalidInputError: The page is no path, or name or state are too long.
        StorageError: The store cannot be written to.
    """
    if not view.page.startswith("/") or "//" in view.page or "\\" in view.page:
        raise InvalidInputError(f"page must be a path such as '/compare', got {view.page!r}")
    # A view of a view keeps what it shows, so that deleting one does not break the other.
    state = {"page": view.page, "search": search_of(context, view.search)}
    view_id = ViewStore(context.base_dir).save(view.name, state)
    return {"id": view_id, "href": context.href(view.page, {VIEW: view_id})}


def add_routes(server: FastAPI, context: AppContext, prefix: str) -> None:
    """Add the routes of saved views below ``prefix``."""
    views = ViewStore(context.base_dir)

    @server.get(f"{prefix}/views")
    async def _list() -> list[dict[str, Any]]:
        return await asyncio.to_thread(listed_views, context)

    @server.post(f"{prefix}/views")
    async def _save(view: NewView) -> Any:
        return await _kept(context, lambda: save_view(context, view))

    @server.patch(f"{prefix}/views/{{view_id}}")
    async def _rename(view_id: str, change: NameOfView) -> Any:
        return await _kept(context, lambda: views.rename(view_id, change.name))

    @server.delete(f"{prefix}/views/{{view_id}}")
    async def _delete(view_id: str) -> Any:
        return await _kept(context, lambda: views.delete(view_id))


async def _kept(context: AppContext, change: Callable[[], dict[str, str] | None]) -> Any:
    try:
        return await asyncio.to_thread(change) or {}
    except StorageError as error:
        # Not 500, whose text is withheld: this one says what helps.
        message = str(error).replace(str(context.base_dir), "<base_dir>")
        return JSONResponse({"code": error.code, "message": message}, status_code=409)
