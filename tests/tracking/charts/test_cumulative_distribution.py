from __future__ import annotations

import numpy as np

from neural.tracking.charts.cumulative_distribution import (
    cumulative_distribution,
    cumulative_distribution_dict,
)


def test_one_line_a_group() -> None:
    """Groups without a finite value have none and what is not finite is counted."""
    data = cumulative_distribution("acc", {"a": [1.0, np.nan, 3.0], "b": [np.inf]})

    assert [(one.label, one.n, one.share.tolist()) for one in data.groups] == [("a", 2, [0.5, 1.0])]
    assert data.note() == "2 values; 2 not finite"


def test_many_values_are_reduced() -> None:
    """A million values are no more than a chart can show, and both ends are exact."""
    values = np.random.default_rng(0).normal(size=200_000)

    (one,) = cumulative_distribution("acc", {"a": values}).groups

    assert one.x.size < 5_000
    assert (one.x[0], one.x[-1]) == (values.min(), values.max())
    assert one.share[-1] == 1.0


def test_groups_beyond_the_limit_are_counted() -> None:
    """The note tells how many of how many."""
    data = cumulative_distribution("acc", {"a": [1.0], "b": [2.0]}, max_groups=1)

    assert "1 of 2 groups shown" in cumulative_distribution_dict(data)["layout"]["meta"]["note"]
