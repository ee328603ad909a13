"""What is pressed on the page that compares runs, and what then stands in the address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from neural.tracking.pages.compare.page import view_of
from neural.tracking.pages.compare.state import (
    address_of,
    after_act,
    after_setting,
    after_tab,
    caused_by,
)
from neural.tracking.pages.compare.tabs.tabs import TABS
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]
STATE: dict[str, Any] = {"runs": "a,b,c", "baseline": ""}


def _hidden(state: dict[str, Any] | None) -> list[str]:
    assert state is not None
    return [one for text in state["hide"] for one in text.split(",")]


def test_eye() -> None:
    """The eye hides a run and shows it again."""
    hidden = after_act(STATE, {"what": "eye", "run": "b"})
    assert _hidden(hidden) == ["b"]

    shown = after_act(hidden or {}, {"what": "eye", "run": "b"})

    assert _hidden(shown) == []


def test_only_one() -> None:
    """With Shift all others are hidden; one button shows all."""
    alone = after_act(STATE, {"what": "only", "run": "b"})
    assert _hidden(alone) == ["a", "c"]

    assert _hidden(after_act(alone or {}, {"what": "all"})) == []


@pytest.mark.parametrize(
    "act", [None, {}, {"what": "eye", "run": "unknown"}, {"what": "burn", "run": "a"}, 7]
)
def test_nothing_to_do(act: Any) -> None:
    """What makes no sense changes nothing."""
    assert after_act(STATE, act) is None


def test_the_address_says_all_but_the_cause() -> None:
    """Everything of a state stands in the address, but for what changed it."""
    state = after_act({**STATE, "tm": ["loss", "acc"]}, {"what": "pin", "run": "c"})
    assert state is not None

    assert address_of(state, "table") == "?runs=a%2Cb%2Cc&baseline=c&tm=loss&tm=acc&tab=table"
    assert caused_by(state) == "act"


def test_controls_that_only_appeared(context: AppContext, make_run: MakeRun) -> None:
    """Values that are what the address says, or the defaults, change nothing."""
    runs = [make_run(metrics={"loss": [1.0]}, params={"lr": i}) for i in range(2)]
    view = view_of(context, {"runs": ",".join(runs), "baseline": ""})

    for tab in TABS.values():
        chosen = tab.chosen(view)
        assert set(chosen) == set(tab.keys)
        assert after_setting(view, tab, [list(chosen[key]) for key in tab.keys]) is None


def test_a_setting_alone_is_written(context: AppContext, make_run: MakeRun) -> None:
    """Only what was changed comes into the address, and not what is as by default."""
    runs = [make_run(metrics={"loss": [1.0]}) for _ in range(2)]
    view = view_of(context, {"runs": ",".join(runs), "baseline": ""})
    tab = TABS["table"]
    values: list[Any] = [list(tab.chosen(view)[key]) for key in tab.keys]
    values[tab.keys.index("tv")] = ["max"]

    state = after_setting(view, tab, values)

    assert state is not None
    assert address_of(state, "table").endswith("&tv=max&tab=table")


def test_boards_keep_how_they_are_looked_at() -> None:
    """Smoothing of the charts is there again after a visit to the system metrics."""
    written = {"search": "?runs=a%2Cb%2Cc&s=0.6&q=val", "path": "/compare"}

    system = after_tab(STATE, "charts", "system", written)
    back = after_tab(system, "system", "charts", None)

    assert "&s=" not in address_of(system, "system")
    assert "s=0.6&q=val" in address_of(back, "charts")


def test_other_tabs_keep_it_in_the_address() -> None:
    """A reload of the table does not lose the smoothing of the charts."""
    written = {"search": "?runs=a%2Cb%2Cc&s=0.6", "path": "/compare"}

    assert "s=0.6" in address_of(after_tab(STATE, "charts", "table", written), "table")
