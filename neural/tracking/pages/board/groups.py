"""By what the runs of a board can be put together, and which of them then belong together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from neural.errors import InvalidInputError, NotFoundError
from neural.tracking.analysis.groups import ALL_BUT_SEED, group_runs
from neural.tracking.analysis.keys import comparable
from neural.tracking.analysis.seeds import is_seed_name
from neural.tracking.pages.addresses import AUTO
from neural.tracking.records import RunRecord, flatten
from neural.tracking.ui.page import AppContext

__all__ = ["choices", "group_labels", "rows_of"]

#: Parameters and tags that are offered, at most.
MOST_OFFERED = 40

Row = dict[str, Any]


def rows_of(context: AppContext, ids: Iterable[str]) -> list[Row]:
    """Return what groups are made from, of those runs that are there."""
    found = []
    for run_id in ids:
        try:
            found.append(_row(context.manager.run(run_id)))
        except NotFoundError:  # moved to the trash while somebody looks at it
            continue
    return found


def _row(record: RunRecord) -> Row:
    return {
        "experiment_id": record.experiment_id,
        "experiment_name": record.experiment_name,
        "hyperparameters": dict(flatten(record.params)),
        "tags": dict(record.tags),
        "group": record.group,
        "status": record.status,
    }


def choices(rows: Sequence[Row]) -> dict[str, str]:
    """Return by what these runs can be put together, and what to call that.

    Parameters and tags come in only where they differ, those with the fewest values first; one
    run has nothing to be put together with.

    Example:
        >>> choices([{"hyperparameters": {"lr": lr, "seed": 1}} for lr in (0.1, 0.2)])
        {'': 'None', 'auto': 'All equal but the seed', 'name': 'Experiment name', 'params.lr': 'lr'}
    """
    offered = {"": "None"}
    if len(rows) < 2:
        return offered
    offered |= {AUTO: "All equal but the seed", "name": "Experiment name"}
    offered |= {f"params.{name}": name for name in _telling(rows, "hyperparameters")}
    return offered | {f"tags.{name}": f"tag {name}" for name in _telling(rows, "tags")}


def _telling(rows: Sequence[Row], kind: str) -> list[str]:
    values: dict[str, set[Any]] = {}
    uses: dict[str, int] = {}
    for row in rows:
        for name, value in (row.get(kind) or {}).items():
            values.setdefault(name, set()).add(comparable(value))
            uses[name] = uses.get(name, 0) + 1
    telling = [
        name
        for name in values
        if not is_seed_name(name) and (len(values[name]) > 1 or uses[name] < len(rows))
    ]
    return sorted(telling, key=lambda name: len(values[name]))[:MOST_OFFERED]


def group_labels(rows: Sequence[Row], by: str, then: str = "") -> dict[str, str]:
    """Return the label of the group of each run, by run id; empty for groups that cannot be.

    Args:
        rows: The runs, see :func:`rows_of`.
        by: :data:`AUTO` or a field of :func:`neural.tracking.analysis.groups.group_runs`.
        then: A further such field; empty for none.
    """
    try:
        groups = group_runs(rows, ALL_BUT_SEED if by == AUTO else [by, *([then] if then else [])])
    except InvalidInputError:  # an address that somebody typed
        return {}
    return {run_id: group.label for group in groups for run_id in group.ids}
