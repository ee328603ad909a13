"""What a tab of the comparison is, and what its content is made from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, TypeAlias, TypeVar

from dash.development.base_component import Component

from neural.tracking.analysis.groups import Row
from neural.tracking.charts.theme import Theme
from neural.tracking.pages.compare.comparison import Comparison, many
from neural.tracking.storage.facts import row_of
from neural.tracking.ui.page import AppContext

__all__ = ["Cache", "Chosen", "Tab", "TabView", "setting_id"]

T = TypeVar("T")

#: What the settings of a tab say, by key of the address; a value that can be one has one entry.
Chosen: TypeAlias = Mapping[str, tuple[str, ...]]


class Cache:
    """Answers that take long, by what they depend on; the oldest go first.

    Args:
        most: Answers that are kept.
    """

    def __init__(self, most: int = 32) -> None:
        self._most, self._lock = most, Lock()
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under ``key``, made now if there is nothing."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: T = self._kept[key]
                return kept
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made


@dataclass(frozen=True, kw_only=True)
class TabView:
    """What a tab shows.

    Attributes:
        context: The application.
        comparison: All runs, those out of sight too.
        state: What of the address is the page's, see
            :func:`neural.tracking.pages.compare.comparison.state_of`.
        theme: Theme of charts.
        cache: Keeps what took long.
    """

    context: AppContext
    comparison: Comparison
    state: Mapping[str, Any] = field(default_factory=dict)
    theme: Theme = "dark"
    cache: Cache = field(default_factory=Cache)

    @cached_property
    def shown(self) -> Comparison:
        """The runs in sight: neither hidden nor outside a brush."""
        return self.comparison.visible()

    @cached_property
    def rows(self) -> list[Row]:
        """The runs in sight as ``ExperimentManager.search`` returns them, in the same order."""
        # Not the manager's search: it reads the rows of the whole store.
        return [row_of(record) for record in self.shown.records]

    @cached_property
    def all_rows(self) -> list[Row]:
        """All runs of the store, as ``ExperimentManager.search`` returns them."""
        return list(self.context.manager.search())

    def asked(self, key: str) -> tuple[str, ...]:
        """Return what the address says of one setting; empty when nothing."""
        return many(self.state, key)

    def one(self, key: str, known: Mapping[str, Any], default: str = "") -> tuple[str, ...]:
        """Return the setting ``key`` if the address names one of ``known``, else ``default``.

        Args:
            key: Of the address.
            known: What can be chosen.
            default: What is chosen at first; where it is unknown, the first of ``known`` is.
        """
        asked = next(iter(self.asked(key)), "")
        if asked in known:
            return (asked,)
        return (default,) if default in known else tuple(known)[:1]

    def several(
        self, key: str, known: Mapping[str, Any], default: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return those of ``known`` that the address names, else ``default``."""
        return tuple(one for one in self.asked(key) if one in known) or default


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One tab.

    Attributes:
        name: In the address.
        label: What it is called.
        keys: Its settings: keys of the address, each with a control of id :func:`setting_id`.
        chosen: Returns what they say, with defaults where the address says nothing.
        controls: Returns the controls.
        body: Returns what stands under them; may take a while.
        redraws: Settings that change what other controls offer.
        replaces: Settings that make no step for the browser's back button.
        is_live: Whether the body is made again when a run changed.
        is_board: Whether the body is the board of charts, which follows its runs by itself.
    """

    name: str
    label: str
    keys: tuple[str, ...] = ()
    chosen: Callable[[TabView], Chosen] = lambda _: {}
    controls: Callable[[TabView, Chosen], list[Component]] = lambda _view, _chosen: []
    body: Callable[[TabView, Chosen], list[Component]] = lambda _view, _chosen: []
    redraws: frozenset[str] = frozenset()
    replaces: frozenset[str] = frozenset()
    is_live: bool = True
    is_board: bool = False


def setting_id(key: str) -> str:
    """Return the id of the control of a setting."""
    return f"compare-set-{key}"
