"""Labels of groups on an axis."""

from __future__ import annotations

import pytest

from neural.tracking.charts.group_labels import group_ticks, telling_labels


def test_what_all_share_is_left_out() -> None:
    """It tells nothing, and takes the room of what does."""
    labels = ["mlp, lr=0.5, width=16", "mlp, lr=0.5, width=64", "mlp, lr=0.1, width=64"]

    assert telling_labels(labels) == ["lr=0.5, width=16", "lr=0.5, width=64", "lr=0.1, width=64"]


@pytest.mark.parametrize("labels", [["a"], ["a", "a, b"], ["a, a", "a, b, a"], []])
def test_labels_stay_whole_where_little_would_be_left(labels: list[str]) -> None:
    """An empty label names nothing, and a single group is called by all it has."""
    found = telling_labels(labels)

    assert all(found)
    assert len(set(found)) == len(set(labels))


def test_the_value_stays_where_the_name_is_cut() -> None:
    """Groups of one parameter differ in its value alone."""
    long = "optimizer.learning_rate_of_the_encoder"

    ticks = group_ticks([f"{long}=0.0125", f"{long}=0.05"], length=16)

    assert ticks == ["optimize…=0.0125", "optimizer.…=0.05"]


def test_a_part_a_line() -> None:
    """Short parts share one, as far as they fit."""
    labels = ["lr=0.5, w=64, momentum=0.9", "lr=0.1, w=16, momentum=0.8"]

    assert group_ticks(labels, length=16)[0] == "lr=0.5 w=64<br>momentum=0.9"


def test_names_are_no_markup() -> None:
    """Plotly draws tags that it finds in a tick."""
    assert group_ticks(["<b>=1", "<b>=2"])[0] == "&lt;b&gt;=1"


def test_a_long_value_leaves_its_name() -> None:
    """Both ends of such a text would be half of a word."""
    tick = group_ticks(["note=" + "x" * 40, "note=" + "y" * 40], length=16)[0]

    assert tick.startswith("note=xxxx")
    assert len(tick) == 16
