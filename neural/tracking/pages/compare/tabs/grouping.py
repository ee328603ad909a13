"""By what the runs of a comparison can be put together, as its tabs offer it."""

from __future__ import annotations

from neural.errors import InvalidInputError
from neural.tracking.analysis.groups import ALL_BUT_SEED, RunGroup, group_runs
from neural.tracking.pages.addresses import AUTO
from neural.tracking.pages.board.groups import choices
from neural.tracking.pages.compare.tabs.tab import TabView

__all__ = ["NONE", "field_of", "group_choices", "groups_of"]

#: Every run on its own; a select takes an empty value for none that was chosen.
NONE = "none"


def group_choices(view: TabView, *, none: bool = False) -> dict[str, str]:
    """Return by what the runs in sight can be put together, and what to call it.

    Args:
        view: What is shown.
        none: Whether "not at all" is among it.
    """
    found = {key: label for key, label in choices([dict(row) for row in view.rows]).items() if key}
    found = found or {AUTO: "All equal but the seed"}
    return {NONE: "Nothing", **found} if none else found


def field_of(by: str) -> str:
    """Return what ``group_runs`` takes for one of :func:`group_choices`; empty for none."""
    return {NONE: "", AUTO: ALL_BUT_SEED}.get(by, by)


def groups_of(view: TabView, by: str) -> list[RunGroup]:
    """Return the groups of the runs in sight; each run on its own where that cannot be."""
    try:
        return group_runs(view.rows, field_of(by) or ALL_BUT_SEED)
    except InvalidInputError:  # an address that somebody typed
        return group_runs(view.rows, ALL_BUT_SEED)
