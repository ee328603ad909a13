"""Colours that people gave to runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural.errors import InvalidInputError
from neural.tracking.storage.run_colors import RunColors


def test_a_chosen_colour_is_kept(tmp_path: Path) -> None:
    """Another program that looks at the same runs sees it too."""
    RunColors(tmp_path).choose("a", 3)

    assert RunColors(tmp_path).load() == {"a": 3}


def test_a_change_is_seen_by_who_has_looked_before(tmp_path: Path) -> None:
    """A page that is open shows the colour that another one chose."""
    colors = RunColors(tmp_path)
    assert colors.load() == {}

    RunColors(tmp_path).choose("a", 3)

    assert colors.load() == {"a": 3}


def test_a_colour_is_taken_back(tmp_path: Path) -> None:
    """The run then has the colour of its id again."""
    colors = RunColors(tmp_path)
    colors.choose("a", 3)

    colors.choose("a", None)

    assert colors.load() == {}


@pytest.mark.parametrize("slot", [-1, 8])
def test_no_such_slot(tmp_path: Path, slot: int) -> None:
    """There are eight."""
    with pytest.raises(InvalidInputError, match="from 0 to 7"):
        RunColors(tmp_path).choose("a", slot)


def test_a_damaged_file_holds_no_colours(tmp_path: Path) -> None:
    """It is set aside when the next colour is chosen, never a reason to show no runs."""
    colors = RunColors(tmp_path)
    colors.choose("a", 1)
    colors.path.write_text("{")

    assert colors.load() == {}
    colors.choose("b", 2)
    assert colors.load() == {"b": 2}
