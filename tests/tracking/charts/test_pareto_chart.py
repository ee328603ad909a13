from __future__ import annotations

import pytest

from neural.errors import InvalidInputError
from neural.tracking.analysis.run_columns import column
from neural.tracking.charts.pareto_chart import pareto_chart, pareto_chart_dict

TIME = column("minutes", [1, 2, 3, 4, None])
SCORE = column("acc", [0.5, 0.8, 0.7, 0.9, 1.0])


def test_front_by_directions() -> None:
    """Quick and accurate: the third run is beaten by the second, the last has no time."""
    data = pareto_chart([TIME, SCORE], ["min", "max"])

    assert data.on_front.tolist() == [True, True, False, True, False]
    assert data.note().startswith("3 on the front")


@pytest.mark.parametrize(("goals", "shape"), [(["min", "max"], "hv"), (["max", "max"], "vh")])
def test_border_never_promises_what_no_run_reached(goals: list[str], shape: str) -> None:
    """Between two runs it stays at the worse one."""
    metrics = [column("x", [1, 2]), column("y", [1, 2] if goals[0] == "min" else [2, 1])]

    line = pareto_chart_dict(pareto_chart(metrics, goals))["data"][0]  # type: ignore[arg-type]

    assert line["line"]["shape"] == shape


def test_front_of_three_metrics_has_no_border_in_two() -> None:
    """Its projection is not a line."""
    third = column("size", [3, 2, 1, 9, 9])

    data = pareto_chart([TIME, SCORE, third], ["min", "max", "min"])

    assert [trace["uid"] for trace in pareto_chart_dict(data)["data"]] == ["runs-xy"]
    assert data.on_front.tolist() == [True, True, True, True, False]
    assert "of 3 metrics, of which two are drawn" in data.note()


def test_one_metric_has_no_front() -> None:
    """It has a best."""
    with pytest.raises(InvalidInputError, match="two or more metrics, got 1"):
        pareto_chart([TIME], ["min"])
