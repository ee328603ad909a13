"""The runs of a comparison, as they are chosen in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neural.errors import NotFoundError
from neural.tracking.charts.run_comparison import MAX_LINES
from neural.tracking.charts.theme import RunStyle, run_styles
from neural.tracking.pages.chart_data import ChartRun
from neural.tracking.pages.compared import Compared, compared, labels
from neural.tracking.ui.page import AppContext, PageLocation

__all__ = ["Comparison", "ids_of", "read", "read_state", "revisions", "state_of"]


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
    """

    runs: tuple[Compared, ...]
    labels: tuple[str, ...]
    styles: tuple[RunStyle, ...]
    missing: tuple[str, ...] = ()
    left_out: int = 0
    baseline: int = 0

    def chart_runs(self) -> list[ChartRun]:
        """Return the runs as charts need them."""
        pairs = zip(self.runs, self.labels, strict=True)
        return [ChartRun(run.id, label, run.start) for run, label in pairs]


def read(context: AppContext, experiment_ids: Sequence[str], baseline: str = "") -> Comparison:
    """Return the runs with these ids; ids that lead nowhere are named, not refused."""
    wanted = list(dict.fromkeys(experiment_ids))
    runs, missing = [], []
    for experiment_id in wanted[:MAX_LINES]:
        try:
            runs.append(compared(context.manager.run(experiment_id)))
        except NotFoundError:
            missing.append(experiment_id)
    places = [place for place, run in enumerate(runs) if run.id == baseline]
    return Comparison(
        runs=tuple(runs),
        labels=tuple(labels(runs)),
        styles=tuple(run_styles(run.id for run in runs).values()),
        missing=tuple(missing),
        left_out=max(0, len(wanted) - MAX_LINES),
        baseline=places[0] if places else 0,
    )


def state_of(location: PageLocation) -> dict[str, Any]:
    """Return what of an address is the comparison's: its runs, the baseline, which parameters."""
    return {
        "runs": ",".join(location.get_ids("runs")),
        "baseline": location.get("baseline"),
        "all": location.get("all"),
    }


def ids_of(state: Mapping[str, Any]) -> list[str]:
    """Return the ids of the chosen runs."""
    return [part for part in str(state["runs"]).split(",") if part]


def read_state(context: AppContext, state: Mapping[str, Any]) -> Comparison:
    """Return the comparison that a state describes; see :func:`state_of`."""
    return read(context, ids_of(state), str(state.get("baseline") or ""))


def revisions(context: AppContext, state: Mapping[str, Any]) -> dict[str, str]:
    """Return what changes as soon as one of the chosen runs does."""
    return dict(context.manager.revision(ids_of(state)))
