"""Brushes leave runs out of sight, and survive the address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.analysis.run_columns import column
from neural.tracking.charts.parallel_coordinates import brushed, parallel_coordinates
from neural.tracking.pages.compare.comparison import read
from neural.tracking.pages.compare.tabs.brushes import (
    Brush,
    apply_brushes,
    brushes_of,
    moved_brushes,
    places_of,
    spelled,
)
from neural.tracking.ui.page import AppContext


@pytest.fixture
def store(tmp_path: Path) -> Callable[..., tuple[AppContext, list[str]]]:
    """Return ``store(params, …) -> (application, ids)``: one run for each set of params."""

    def make(*params: dict[str, object]) -> tuple[AppContext, list[str]]:
        ids = []
        for one in params:
            tracker = ExperimentTracker(
                "a", tmp_path, auto_visualize=False, capture_environment=False
            )
            tracker.log_hyperparameters(dict(one))
            tracker.finish()
            ids.append(tracker.experiment_id)
        manager = ExperimentManager(tmp_path)
        return AppContext(manager=manager, base_dir=tmp_path), ids

    return make


@pytest.mark.parametrize(
    "brush", [Brush("params.lr", 0.001, 0.1), Brush("metrics.a,b:c.best", -1.0, 2.5, True)]
)
def test_an_address_keeps_brushes(brush: Brush) -> None:
    """What is spelled is read again, whatever the column is called."""
    assert brushes_of({"brush": spelled([brush])}) == [brush]


@pytest.mark.parametrize("text", ["", "[1]", "no", '["a", "b", 1, 0]', '["a", NaN, 1, 0]', "7"])
def test_nonsense_is_no_brush(text: str) -> None:
    """An address that somebody typed brushes nothing and breaks nothing."""
    assert brushes_of({"brush": [text]}) == []


def test_runs_outside_leave(store: Callable[..., tuple[AppContext, list[str]]]) -> None:
    """A run passes when its value is in the stretch on every brushed axis."""
    context, ids = store({"lr": 0.1, "w": 1}, {"lr": 0.5, "w": 1}, {"lr": 0.1, "w": 9})
    comparison = read(context, ids)

    found = apply_brushes(comparison, [Brush("params.lr", 0.0, 0.2), Brush("params.w", 0.0, 5.0)])

    assert [run.id for run in found.visible().runs] == ids[:1]


def test_two_stretches_of_one_axis(store: Callable[..., tuple[AppContext, list[str]]]) -> None:
    """On one axis it is enough to be in one of the stretches."""
    context, ids = store({"lr": 1}, {"lr": 5}, {"lr": 9})
    comparison = read(context, ids)

    found = apply_brushes(comparison, [Brush("params.lr", 0, 2), Brush("params.lr", 8, 10)])

    assert found.outside == {ids[1]}


@pytest.mark.parametrize(("missing", "kept"), [(False, 1), (True, 2)])
def test_runs_without_a_value(
    store: Callable[..., tuple[AppContext, list[str]]], missing: bool, kept: int
) -> None:
    """They pass only where the stretch reaches down to the sign for nothing."""
    context, ids = store({"lr": 1}, {})

    found = apply_brushes(read(context, ids), [Brush("params.lr", 0, 2, missing)])

    assert len(found.visible().runs) == kept


@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize("flipped", [(), ("lr",)])
def test_a_brush_comes_back_where_it_was(is_log: bool, flipped: tuple[str, ...]) -> None:
    """A box that was drawn over an axis is drawn at the same heights and keeps the same runs."""
    keys = ["params.lr", "params.w"]
    lr = column("lr", [0.001, 0.01, 0.1, 1.0])
    data = parallel_coordinates(
        [lr, column("w", [1, 2, 3, 4])], log={"lr": is_log}, flipped=flipped
    )
    box = {"range": {"x": [-0.1, 0.1], "y": [0.2, 0.7]}}

    places = places_of(data, keys, moved_brushes(data, keys, [], box))

    expected = [0.3, 0.8] if flipped else [0.2, 0.7]
    assert np.allclose(places[0], [expected])
    assert brushed(data, places).tolist() == brushed(data, {0: [expected]}).tolist()


def test_a_second_box_replaces_the_first() -> None:
    """An axis has the stretch that was drawn last; those of other axes stay."""
    data = parallel_coordinates([column("lr", [1, 2]), column("w", [1, 2])])
    before = [Brush("params.lr", 1, 2), Brush("params.w", 1, 2)]

    after = moved_brushes(
        data, ["params.lr", "params.w"], before, {"range": {"x": [0, 0.1], "y": [0.0, 0.5]}}
    )

    assert after == [before[1], Brush("params.lr", 1.0, 1.5)]


@pytest.mark.parametrize("box", [None, {}, {"points": []}, {"range": {"x": [0, 1]}}, "no"])
def test_no_box_is_no_brush(box: object) -> None:
    """What the browser tells of clicks and other selections changes nothing."""
    data = parallel_coordinates([column("lr", [1, 2]), column("w", [1, 2])])

    assert moved_brushes(data, ["params.lr", "params.w"], [], box) == []
