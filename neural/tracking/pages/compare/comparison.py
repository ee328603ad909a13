"""The runs of a comparison, as they are chosen in the address."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from neural.errors import NotFoundError
from neural.tracking.charts.run_comparison import MAX_LINES
from neural.tracking.charts.theme import RunStyle, run_styles
from neural.tracking.pages.board.data import ChartRun
from neural.tracking.pages.compare.compared import Compared, compared, labels
from neural.tracking.records import RunRecord
from neural.tracking.ui.page import AppContext, PageLocation

__all__ = [
    "Comparison",
    "ids_of",
    "is_hidden",
    "many",
    "read",
    "read_state",
    "revisions",
    "state_of",
]

#: Keys of the address that belong to no tab; ``hide`` are ids of runs out of sight, ``brush``
#: stretches of axes, see :mod:`neural.tracking.pages.compare.tabs.brushes`.
OWN_KEYS = ("hide", "brush")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The runs of a comparison.

    Attributes:
        runs: Those that are there, in the order in which they were chosen.
        labels: What to call each.
        styles: What each looks like, everywhere on the page.
        missing: Ids that lead nowhere.
        left_out: How many were chosen beyond the most that can be drawn.
        baseline: Place of the run that the others are compared with.
        records: The runs as they are stored, in the same order.
        hidden: Ids of runs that somebody hid.
        outside: Ids of runs that a brush leaves out.
    """

    runs: tuple[Compared, ...]
    labels: tuple[str, ...]
    styles: tuple[RunStyle, ...]
    missing: tuple[str, ...] = ()
    left_out: int = 0
    baseline: int = 0
    records: tuple[RunRecord, ...] = ()
    hidden: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()

    def chart_runs(self) -> list[ChartRun]:
        """Return the runs as charts need them, each with its own look."""
        known = zip(self.runs, self.labels, self.styles, strict=True)
        return [
            ChartRun(run.id, label, run.start, style.slot, style.dash)
            for run, label, style in known
        ]

    def visible(self) -> Comparison:
        """Return the comparison of the runs in sight only; each keeps its label and look."""
        gone = self.hidden | self.outside
        places = [place for place, run in enumerate(self.runs) if run.id not in gone]
        if len(places) == len(self.runs):
            return self
        baseline = places.index(self.baseline) if self.baseline in places else 0
        return replace(
            self,
            runs=tuple(self.runs[place] for place in places),
            labels=tuple(self.labels[place] for place in places),
            styles=tuple(self.styles[place] for place in places),
            records=tuple(self.records[place] for place in places),
            baseline=baseline,
        )

    @property
    def names(self) -> dict[str, str]:
        """What to call each run, by its id."""
        return {run.id: label for run, label in zip(self.runs, self.labels, strict=True)}


def read(
    context: AppContext,
    experiment_ids: Sequence[str],
    baseline: str = "",
    hidden: Collection[str] = (),
) -> Comparison:
    """Return the runs with these ids; ids that lead nowhere are named, not refused."""
    wanted = list(dict.fromkeys(experiment_ids))
    records, missing = [], []
    for experiment_id in wanted[:MAX_LINES]:
        try:
            records.append(context.manager.run(experiment_id))
        except NotFoundError:
            missing.append(experiment_id)
    runs = [compared(record) for record in records]
    places = [place for place, run in enumerate(runs) if run.id == baseline]
    styles = run_styles((run.id for run in runs), context.manager.colors.load())
    return Comparison(
        runs=tuple(runs),
        labels=tuple(labels(runs)),
        styles=tuple(styles.values()),
        missing=tuple(missing),
        left_out=max(0, len(wanted) - MAX_LINES),
        baseline=places[0] if places else 0,
        records=tuple(records),
        hidden=frozenset(hidden) & {run.id for run in runs},
    )


def state_of(location: PageLocation, keys: Collection[str] = ()) -> dict[str, Any]:
    """Return what of an address is the comparison's: its runs, the baseline, what is hidden.

    Args:
        location: The address.
        keys: Further keys that are kept, as lists.
    """
    further = {key: location.get_all(key) for key in (*OWN_KEYS, *keys) if key in location.query}
    return {
        "runs": ",".join(location.get_ids("runs")),
        "baseline": location.get("baseline"),
        **further,
    }


def many(state: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return all values that a state has under ``key``; empty texts are none."""
    value = state.get(key)
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(str(one) for one in values if one is not None and one != "")


def ids_of(state: Mapping[str, Any]) -> list[str]:
    """Return the ids of the chosen runs."""
    return [part for part in str(state["runs"]).split(",") if part]


def is_hidden(state: Mapping[str, Any], run_id: str) -> bool:
    """Return whether somebody hid this run."""
    return run_id in _hidden(state)


def _hidden(state: Mapping[str, Any]) -> list[str]:
    return [part for text in many(state, "hide") for part in text.split(",") if part]


def read_state(context: AppContext, state: Mapping[str, Any]) -> Comparison:
    """Return the comparison that a state describes; see :func:`state_of`."""
    baseline = str(state.get("baseline") or "")
    return read(context, ids_of(state), baseline, _hidden(state))


def revisions(context: AppContext, state: Mapping[str, Any]) -> dict[str, str]:
    """Return what changes as soon as one of the chosen runs does."""
    return dict(context.manager.revision(ids_of(state)))
