"""The parsed filter."""

from __future__ import annotations

import pickle
import time

import pytest

from neural.errors import FilterSyntaxError
from neural.tracking.query import matching, parse


def test_equal_if_they_mean_the_same() -> None:
    """How it was typed does not matter."""
    assert parse("NOT  status='failed'") == parse("status != failed")


def test_both() -> None:
    """A page can narrow what the user typed."""
    narrowed = parse("name = a or name = b") & parse("not archived")

    assert str(narrowed) == "(name = 'a' or name = 'b') and archived != true"


def test_narrowing_everything() -> None:
    """The empty filter adds nothing to another."""
    assert parse("") & parse("pinned") == parse("pinned")


def test_keys() -> None:
    """The facts that must be known, each once."""
    wanted = parse("metrics.loss < 1 and (metrics.loss > 0 or not tags.x) and word")

    assert wanted.keys() == {"metrics.loss.last", "tags.x"}


def test_time_counts_from_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages of one query agree on what two days ago was."""
    wanted = parse("created > 2d ago")
    monkeypatch.setattr(time, "time", lambda: 4e9)

    assert wanted.matches({"created": time.time() - 3e9 + 1}) is False
    assert wanted.matches({"created": 3.9e9}) is True


def test_a_slow_pattern_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is one of the filter and points at the pattern."""
    wanted = parse("status = a and name ~ 'slow'")
    monkeypatch.setattr(matching, "_WALL_LIMIT_S", -1.0)

    with pytest.raises(FilterSyntaxError, match="'slow' takes too long") as caught:
        wanted.matches({"status": "a", "name": "x"})

    assert caught.value.position == 22


def test_a_filter_crosses_a_process_boundary() -> None:
    """Everything in it is a plain value."""
    wanted = parse("created > today and name ~ 'a'")

    assert pickle.loads(pickle.dumps(wanted)) == wanted
