from __future__ import annotations

import pytest

from neural.tracking.analysis.param_importance import param_importance
from neural.tracking.charts.importance_bars import Panels, importance_bars, importance_bars_dict

PARAMS = [{"lr": i / 10, "opt": ("sgd", "adam")[i % 2]} for i in range(12)]


def test_warning_stands_above_the_bars() -> None:
    """Twelve runs for two params are too few, and nobody can miss it."""
    data = importance_bars(param_importance("acc", PARAMS, list(range(12)), forest=False))

    layout = importance_bars_dict(data)["layout"]

    assert layout["meta"]["warning"].startswith("Weak evidence: 12 runs for 2 params")
    assert layout["title"]["subtitle"]["text"].startswith("⚠ Weak evidence")


@pytest.mark.parametrize(
    ("forest", "traces"),
    [(True, ["permutation", "effect", "linear"]), (False, ["effect", "linear"])],
)
def test_correlations_stand_beside_the_forest(forest: bool, traces: list[str]) -> None:
    """Or alone."""
    report = param_importance("acc", PARAMS, list(range(12)), forest=forest)

    figure = importance_bars_dict(importance_bars(report))

    assert [trace["uid"] for trace in figure["data"]] == traces


@pytest.mark.parametrize(
    ("panels", "traces", "title"),
    [
        ("forest", ["permutation"], "R² lost when shuffled"),
        ("correlation", ["effect", "linear"], "Rank correlation (◇ Pearson)"),
    ],
)
def test_one_panel_takes_the_whole_width(panels: Panels, traces: list[str], title: str) -> None:
    """Side by side on a narrow screen their titles would cover one another."""
    report = param_importance("acc", PARAMS, list(range(12)), forest=True)

    figure = importance_bars_dict(importance_bars(report), panels=panels)

    assert [one["uid"] for one in figure["data"]] == traces
    assert figure["layout"]["xaxis"]["title"]["text"] == title
    assert figure["layout"]["xaxis"].get("domain", [0, 1]) == [0, 1]
    assert "xaxis2" not in figure["layout"]


def test_names_are_told_from_numbers_by_shape() -> None:
    """Their strength has no sign."""
    report = param_importance("acc", PARAMS, list(range(12)), forest=False)

    marks = importance_bars_dict(importance_bars(report))["data"][0]["marker"]["symbol"]

    assert sorted(marks) == ["circle", "circle-open"]


def test_no_params() -> None:
    """The figure says why."""
    figure = importance_bars_dict(importance_bars(param_importance("acc", [], [])))

    assert "at least 5 are needed" in figure["layout"]["annotations"][0]["text"]
