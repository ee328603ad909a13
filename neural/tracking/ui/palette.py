"""What the command palette finds: pages, runs, metrics, saved views, actions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fastapi import FastAPI

from neural.tracking.ui.page import AppContext
from neural.tracking.ui.views_api import listed_views

__all__ = ["ACTIONS", "Found", "add_routes", "find"]

#: Most entries of one kind; the list stays on one screen.
MOST_OF_A_KIND = 6

#: Longest text that is searched for; what is longer was pasted by mistake.
MOST_CHARACTERS = 200

#: What the browser does by itself (assets/js/palette.js), and the key that does it too.
ACTIONS: dict[str, tuple[str, str]] = {
    "theme": ("Change the theme", "t"),
    "density": ("Change the row density", ""),
    "copy": ("Copy a link to this view", ""),
    "save": ("Save this view under a name", ""),
    "refresh": ("Look for new data now", "r"),
    "pause": ("Pause or resume live updates", ""),
    "help": ("Show all keys", "?"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One entry.

    Attributes:
        kind: ``"Page"``, ``"Run"``, ``"Metric"``, ``"View"`` or ``"Action"``.
        text: What it is called.
        hint: What tells it from others of that name.
        href: Where it leads; empty for an action.
        action: Name of the action; empty for what has an address.
    """

    kind: str
    text: str
    hint: str = ""
    href: str = ""
    action: str = ""


def find(context: AppContext, text: str) -> list[Found]:
    """Return what ``text`` finds: every word of it has to occur, in upper or lower case.

    Without a text: the pages, the newest runs and the actions.
    """
    words = text[:MOST_CHARACTERS].casefold().split()
    kinds = (
        _pages(context),
        _runs(context, words),
        _views(context),
        _metrics(context) if words else (),
        _actions(),
    )
    return [one for kind in kinds for one in islice(_matching(kind, words), MOST_OF_A_KIND)]


def _matching(entries: Iterable[Found], words: list[str]) -> Iterator[Found]:
    for one in entries:
        # Runs were found by the store, which also looks at notes and tags.
        searched = f"{one.text} {one.hint}".casefold()
        if one.kind == "Run" or all(word in searched for word in words):
            yield one


def _pages(context: AppContext) -> Iterator[Found]:
    for page in context.pages:
        if page.order is not None:
            yield Found(kind="Page", text=page.title, href=context.href(page.path))


def _runs(context: AppContext, words: list[str]) -> Iterator[Found]:
    quoted = " ".join("'{}'".format(word.replace("'", "''")) for word in words)
    # The pages of runs may be missing where only some pages are shown.
    page = next((p for p in context.pages if p.path.startswith("/experiments/{")), None)
    if page is None:
        return
    for row in context.manager.search(quoted, limit=MOST_OF_A_KIND):
        href = context.href(page.address(row["experiment_id"]))
        name = row["display_name"] or row["experiment_name"]
        # Runs of one experiment often share their name; the group tells them apart.
        told = (row.get("group"), row["status"], row["experiment_id"])
        hint = " · ".join(str(part) for part in told if part)
        yield Found(kind="Run", text=str(name), hint=hint, href=href)


def _views(context: AppContext) -> Iterator[Found]:
    for view in listed_views(context):
        yield Found(kind="View", text=view["name"], hint=view["page"], href=view["href"])


def _metrics(context: AppContext) -> Iterator[Found]:
    for name in context.manager.all_metric_names():
        quoted = name.replace('"', '""')
        href = context.href("/", {"filter": f'not metrics."{quoted}" is missing'})
        yield Found(kind="Metric", text=name, hint="runs that have it", href=href)


def _actions() -> Iterator[Found]:
    for action, (text, key) in ACTIONS.items():
        yield Found(kind="Action", text=text, hint=key, action=action)


def add_routes(server: FastAPI, context: AppContext, prefix: str) -> None:
    """Add the route that the palette asks below ``prefix``."""

    @server.get(f"{prefix}/palette")
    async def _find(q: str = "") -> list[dict[str, Any]]:
        found = await asyncio.to_thread(find, context, q)
        return [
            {"kind": f.kind, "text": f.text, "hint": f.hint, "href": f.href, "action": f.action}
            for f in found
        ]
