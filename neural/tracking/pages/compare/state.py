"""How what is pressed on the page that compares runs changes its state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from neural.tracking.pages.board.view import BoardView
from neural.tracking.pages.compare.comparison import ids_of, is_hidden
from neural.tracking.pages.compare.tabs.boards import BOARD_KEYS
from neural.tracking.pages.compare.tabs.settings import MARK
from neural.tracking.pages.compare.tabs.tab import Tab, TabView
from neural.tracking.pages.compare.tabs.tabs import TABS
from neural.tracking.ui.components import chosen_text
from neural.tracking.ui.page import search_string

__all__ = ["BY", "address_of", "after_act", "after_setting", "after_tab", "caused_by"]

#: Key of a state: what changed it last; not in the address.
BY = "_by"
#: Key of a state: how the first board is looked at while the other one is shown.
_CHARTS = "_charts"


def address_of(state: Mapping[str, Any], tab: str) -> str:
    """Return the query part of the address of a state."""
    kept = {key: value for key, value in state.items() if not key.startswith("_")}
    return search_string({**kept, "tab": None if tab == "charts" else tab})


def caused_by(state: Mapping[str, Any]) -> str:
    """Return what changed a state last: ``act``, ``brush``, ``set`` or ``redraw``."""
    return str(state.get(BY) or "")


def after_act(state: Mapping[str, Any], act: Any) -> dict[str, Any] | None:
    """Return the state after something was pressed in the list of runs; ``None`` for nothing.

    Args:
        state: So far.
        act: ``{"what": "eye", "only", "pin", "all" or "clear", "run": id}``.
    """
    if not isinstance(act, Mapping):
        return None
    ids, run, what = ids_of(state), str(act.get("run") or ""), act.get("what")
    if what in ("eye", "only", "pin") and run not in ids:
        return None
    hidden = [one for one in ids if is_hidden(state, one)]
    if what == "eye":
        hidden = [one for one in hidden if one != run] if run in hidden else [*hidden, run]
    elif what == "only":
        hidden = [one for one in ids if one != run]
    elif what == "all":
        hidden = []
    elif what not in ("pin", "clear"):
        return None
    changed = {**state, "hide": [",".join(hidden)] if hidden else [], BY: "act"}
    if what == "pin":
        changed["baseline"] = run
    if what == "clear":
        changed["brush"] = []
    return changed


def after_setting(view: TabView, tab: Tab, values: Sequence[Any]) -> dict[str, Any] | None:
    """Return the state after a control was used; ``None`` when all says what it said.

    Args:
        view: What is shown.
        tab: The tab whose control it is.
        values: Of its controls, in the order of its keys.
    """
    before = tab.chosen(view)
    changed = {
        key: now
        for key, value in zip(tab.keys, values, strict=True)
        if (now := _texts(value)) != list(before.get(key, ()))
    }
    if not changed:
        return None
    # An emptied choice is as by default again, and its control has to show that.
    redraws = any(key in tab.redraws or not now for key, now in changed.items())
    state = {**view.state, **changed, BY: "redraw" if redraws else "set"}
    if "baseline" in changed:
        state["baseline"] = next(iter(changed["baseline"]), "")
    return state


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    given = (str(one) for one in values if one is not None and one != "")
    return [chosen_text(one).removeprefix(MARK) for one in given]


def after_tab(state: Mapping[str, Any], left: str, opened: str, written: Any) -> dict[str, Any]:
    """Return the state when another tab is opened: each board keeps how it is looked at.

    Args:
        state: So far.
        left: Name of the tab that was shown.
        opened: Name of the one to come.
        written: What the page last wrote to the shell's ``VIEW``.
    """
    changed = {key: value for key, value in state.items() if key not in BOARD_KEYS}
    looked_at = {key: state[key] for key in BOARD_KEYS if state.get(key)}
    if TABS[left].is_board and isinstance(written, Mapping) and written.get("search"):
        query = parse_qs(str(written["search"]).removeprefix("?"))
        if query.get("runs") == [state["runs"]]:
            looked_at = {k: v for k, v in BoardView.from_state(query).state().items() if v}
    charts = dict(state.get(_CHARTS) or {}) if left == "system" else looked_at
    changed[_CHARTS] = charts
    changed[BY] = "tab"
    return changed if opened == "system" else {**changed, **charts}
