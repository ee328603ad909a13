"""What a page of Aquarium is, and the table of all pages.

Adding a page is one module that holds a :class:`Page` and one line in
:data:`pages` (or an entry point of the group ``neural.pages``).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlencode

from neural._registry import Registry

if TYPE_CHECKING:
    from dash import Dash
    from dash.development.base_component import Component

    from neural.tracking.experiment_manager import ExperimentManager

__all__ = [
    "AppContext",
    "Page",
    "PageLocation",
    "ShellIds",
    "find_page",
    "load_pages",
    "pages",
    "search_string",
]

logger = logging.getLogger(__name__)

_VARIABLE = re.compile(r"\{(\w+)\}")


class ShellIds:
    """Components of the shell that pages may use; they exist on every page."""

    #: ``dcc.Location``: a callback that sets its ``href`` goes to another page.
    LOCATION = "shell-location"
    #: Store a page writes its view state to:
    #: ``{"search": "?runs=a,b", "path": "/compare", "push": False}``. The address changes
    #: and the layout is not drawn again; ``push`` makes a step that the browser's back
    #: button undoes (and which draws the layout again). With ``path``, the prefix included,
    #: an answer that comes after the page was left changes nothing.
    VIEW = "shell-view"
    #: Store that changes when anything in the store of runs did:
    #: ``{"revision": "…", "running": 3}``. The input of every live update; such a
    #: callback does not prevent its initial call, or it misses what changed while its
    #: page was on the way.
    LIVE = "shell-live"
    #: Store with the theme in force, ``"dark"`` or ``"light"``.
    THEME = "shell-theme"
    #: Store that shows a toast: see ``components.notify``.
    TOAST = "shell-toast"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """What a page is told about the application it belongs to.

    Attributes:
        manager: The store of runs; made once, safe to use from several threads.
        base_dir: Directory that holds the runs, as an absolute path.
        pages: All pages of this application, in the order of the navigation.
        prefix: Path under which the application is served, without a slash at
            its end; empty at the root of the host.
        open_roots: Folders that pages may open and write into, beside ``exports/``
            of the store.
        export_to: Where pages may send runs beside this machine: addresses of MLflow
            servers, which may hold a password and are shown without, and ``"wandb"``.
    """

    manager: ExperimentManager
    base_dir: Path
    pages: tuple[Page, ...] = ()
    prefix: str = ""
    open_roots: tuple[Path, ...] = ()
    # Not in the text of the value: an address may hold a password.
    export_to: tuple[str, ...] = field(default=(), repr=False)

    def href(self, path: str, state: Mapping[str, Any] | None = None) -> str:
        """Return the address of ``path`` in this application.

        Args:
            path: Path without the prefix, percent-encoded: ``"/compare"``.
            state: View state, as for :func:`search_string`.
        """
        return f"{self.prefix}{path}{search_string(state or {})}"


@dataclass(frozen=True)
class PageLocation:
    """Where the browser is: the whole state of a view stands in here.

    Attributes:
        pathname: Path part of the address, still percent-encoded.
        search: Query part with its ``?``, or empty.
        params: Variables of the page's path, decoded: ``{"experiment_id": "4f…"}``.
    """

    pathname: str = "/"
    search: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """Return all values of each query key, decoded, in their order."""
        return parse_qs(self.search.removeprefix("?"), keep_blank_values=True)

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of ``name`` in the query, else ``default``."""
        return self.query.get(name, [default])[0]

    def get_all(self, name: str) -> list[str]:
        """Return every value of ``name`` in the query (``m=a&m=b``)."""
        return list(self.query.get(name, []))

    def get_ids(self, name: str) -> list[str]:
        """Return the ids of ``name``, which may be joined by commas (``runs=a,b``)."""
        joined = ",".join(self.query.get(name, []))
        return [part for part in joined.split(",") if part]


def search_string(state: Mapping[str, Any]) -> str:
    """Return the query part of an address for ``state``; inverse of ``PageLocation.query``.

    Args:
        state: Key to value; a list or tuple repeats its key, and what is
            ``None``, empty or ``False`` is left out, so that a view in its
            default state has a clean address.

    Example:
        >>> search_string({"m": ["loss", "val/acc"], "s": 0.6, "x": None})
        '?m=loss&m=val%2Facc&s=0.6'
    """
    pairs = [(key, item) for key, value in state.items() for item in _items(value)]
    return f"?{urlencode(pairs)}" if pairs else ""


def _items(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    if value is None or value is False or value == "":
        return []
    return [str(value)]


@dataclass(frozen=True, kw_only=True)
class Page:
    """One screen of Aquarium.

    Attributes:
        path: Path of the page; ``{name}`` stands for one segment:
            ``"/experiments/{experiment_id}"``.
        title: Word in the navigation and in the title of the browser tab.
        layout: Returns the content for a location. It may read the store, runs
            off the event loop, and raises ``NotFoundError`` for an id that leads
            nowhere. It holds exactly one ``h1`` (see ``components.page_header``).
        register: Connects the page's callbacks, once, through
            :func:`neural.tracking.ui.callbacks.callback`.
        order: Place in the navigation, small first; ``None`` keeps it out.
        icon: Name of a drawing in :mod:`neural.tracking.ui.icons`.
        nav_path: Path of the navigation entry that is marked while this page is
            shown; ``None`` means its own.
    """

    path: str
    title: str
    layout: Callable[[AppContext, PageLocation], Component]
    register: Callable[[Dash, AppContext], None]
    order: int | None = None
    icon: str = "page"
    nav_path: str | None = None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = _VARIABLE.split(self.path)
        # split() alternates between literal text and the names of variables.
        body = "".join(
            f"(?P<{part}>[^/]+)" if i % 2 else re.escape(part) for i, part in enumerate(parts)
        )
        return re.compile(body)

    def address(self, *values: str) -> str:
        """Return the path with its variables filled in, in their order, percent-encoded."""
        # An id of another writer may hold anything, a slash or a question mark too.
        given = iter(values)
        return _VARIABLE.sub(lambda _: quote(next(given), safe=""), self.path)

    def match(self, pathname: str) -> dict[str, str] | None:
        """Return the decoded variables when ``pathname`` is this page's, else ``None``.

        A slash at the end of ``pathname`` makes no difference.
        """
        found = self._pattern.fullmatch(pathname.rstrip("/") or "/")
        return {k: unquote(v) for k, v in found.groupdict().items()} if found else None


#: Every page; the target is a :class:`Page`.
pages: Registry[Page] = Registry(
    "page",
    group="neural.pages",
    builtin={
        "experiments": "neural.tracking.pages.experiments.page:page",
        "run_detail": "neural.tracking.pages.run.page:page",
        "compare": "neural.tracking.comparison_component:page",
        "explore": "neural.tracking.pages.explore.page:page",
        "export": "neural.tracking.pages.export.page:page",
        "opened": "neural.tracking.pages.opened.page:page",
        "settings": "neural.tracking.pages.settings:page",
        "views": "neural.tracking.pages.views:page",
    },
)


def load_pages(names: Sequence[str] | None = None) -> tuple[Page, ...]:
    """Import pages and return them in the order of the navigation.

    Args:
        names: Names in :data:`pages`. ``None`` means all, and one that cannot be
            imported is then logged and left out, so that a broken plugin does not
            take the dashboard with it.

    Raises:
        UnknownNameError: One of ``names`` is not known.
        ImportError: One of ``names`` cannot be imported.
    """
    if names is not None:
        return _in_order(pages.load(name) for name in names)
    found = []
    for name in pages:
        try:
            found.append(pages.load(name))
        except Exception:  # a page may come from another package and fail in any way
            logger.exception("page %r cannot be loaded and is left out", name)
    return _in_order(found)


def _in_order(found: Iterable[Page]) -> tuple[Page, ...]:
    return tuple(sorted(found, key=lambda p: (p.order is None, p.order or 0, p.path)))


def find_page(
    available: Sequence[Page], pathname: str, search: str = ""
) -> tuple[Page, PageLocation] | None:
    """Return the page for ``pathname`` and the location it is told, else ``None``.

    Where no page has the path ``/``, the first page of the navigation stands there.
    """
    for page in available:
        params = page.match(pathname)
        if params is not None:
            return page, PageLocation(pathname, search, params)
    if pathname in ("", "/") and available:
        return available[0], PageLocation("/", search, {})
    return None
