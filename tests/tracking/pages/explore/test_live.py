"""How the Explore page follows runs that are being written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from neural.tracking.pages.explore.live import PAUSE_S, follows, shape_of
from neural.tracking.pages.explore.panels import Panels
from neural.tracking.pages.explore.view import ExploreView
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]


@pytest.fixture
def panels(context: AppContext, make_run: MakeRun) -> Panels:
    """What draws, over two runs."""
    for lr in (0.1, 0.2):
        make_run(metrics={"loss": [lr]}, params={"lr": lr})
    return Panels(context)


def test_a_new_run_is_drawn_at_once(panels: Panels, make_run: MakeRun) -> None:
    """However short the time since the last drawing, and in a tab that takes long."""
    shape = shape_of(panels, ExploreView(), at=100.0)
    make_run(metrics={"loss": [0.3]})

    assert follows(panels, {}, shape, at=100.1)
    assert follows(panels, {"tab": "importance"}, shape, at=100.1)


@pytest.mark.parametrize(("passed", "draws"), [(1.0, False), (PAUSE_S, True)])
def test_new_values_are_drawn_now_and_then(panels: Panels, passed: float, draws: bool) -> None:
    """A page that is drawn anew every other second cannot be read."""
    shape = shape_of(panels, ExploreView(), at=100.0)

    assert follows(panels, {}, shape, at=100.0 + passed) is draws


def test_what_takes_seconds_is_left_to_a_person(panels: Panels) -> None:
    """A forest of trees for each logged value would keep a core busy."""
    shape = shape_of(panels, ExploreView(), at=0.0)

    assert follows(panels, {"tab": "importance"}, shape, at=1e9) is None


def test_runs_that_the_filter_leaves_out_wait(panels: Panels, make_run: MakeRun) -> None:
    """They are not on screen."""
    state = {"filter": "params.lr > 0"}
    shape = shape_of(panels, ExploreView.from_state(state), at=100.0)
    make_run(metrics={"loss": [0.3]})

    assert follows(panels, state, shape, at=100.1) is False
