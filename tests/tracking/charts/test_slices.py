from __future__ import annotations

import plotly.graph_objects as go

from neural.tracking.analysis.run_columns import column
from neural.tracking.charts.slices import slices, slices_dict

SCORE = column("acc", [0.1, 0.2, None, 0.4])


def test_one_panel_for_each_param_that_varies() -> None:
    """On one scale: every y axis follows the first."""
    params = [
        column("lr", [0.1, 0.2, 0.3, 0.4]),
        column("fixed", [1, 1, 1, 1]),
        column("opt", ["a", "b", "a", "b"]),
    ]

    figure = go.Figure(slices_dict(slices(SCORE, params)))

    assert [trace.xaxis for trace in figure.data] == ["x", "x2"]
    assert figure.layout.yaxis2.matches == "y"
    assert figure.layout.meta["note"] == "3 runs with a result"


def test_panels_do_not_overlap() -> None:
    """Seven params take three rows, each panel inside the chart and apart from the others."""
    params = [column(f"p{i}", [1, 2, 3, i]) for i in range(7)]

    layout = go.Figure(slices_dict(slices(SCORE, params))).layout

    columns = [layout[f"xaxis{i or ''}"].domain for i in ("", 2, 3)]
    rows = [layout[f"yaxis{i or ''}"].domain for i in (7, 4, "")]
    for spans in (columns, rows):
        ends = [end for span in spans for end in span]
        assert ends == sorted(ends)
        assert 0 <= ends[0] < ends[-1] <= 1


def test_params_beyond_the_limit_are_counted() -> None:
    """The note tells how many of how many."""
    data = slices(SCORE, [column("a", [1, 2, 3, 4]), column("b", [4, 3, 2, 1])], max_panels=1)

    assert "1 of 2 params shown" in data.note()
