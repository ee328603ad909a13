"""Where the pages are, and how their parts are named."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from urllib.parse import quote

from neural.tracking.ui.page import AppContext

__all__ = [
    "AUTO",
    "COMPARE",
    "EXPERIMENTS",
    "RUN",
    "compare_href",
    "first_page",
    "plain_id",
    "run_href",
]

EXPERIMENTS = "/"
RUN = "/experiments/{experiment_id}"
COMPARE = "/compare"
#: In the address of any page: groups by everything but the seed.
AUTO = "auto"


def first_page(context: AppContext) -> tuple[str, str]:
    """Return address and title of the page that leads to all others."""
    # The compare page also runs as a program of its own, without the table of runs.
    home = next((page for page in context.pages if page.path == EXPERIMENTS), None)
    found = home or next((page for page in context.pages if page.order is not None), None)
    return context.href(found.path if found else "/"), found.title if found else "All runs"


def run_href(context: AppContext, experiment_id: str, tab: str = "") -> str:
    """Return the address of one run, and of one tab of its page if given."""
    # Ids of other writers may hold anything, a slash or a question mark too.
    path = RUN.format(experiment_id=quote(experiment_id, safe=""))
    return context.href(path, {"tab": tab})


def compare_href(context: AppContext, experiment_ids: Iterable[str]) -> str:
    """Return the address that compares runs."""
    return context.href(COMPARE, {"runs": ",".join(experiment_ids)})


def plain_id(name: str) -> str:
    """Return what stands for ``name`` in the id of a component.

    Dash spells an id in the browser and on the server, and the two agree only on plain text.
    """
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
