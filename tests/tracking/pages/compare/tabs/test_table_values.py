"""The table of a comparison: groups, best and ties, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.pages.compare.comparison import read
from neural.tracking.pages.compare.tabs.table_values import Figures, export_table, figures
from neural.tracking.pages.experiments.export import as_csv, as_latex
from neural.tracking.ui.page import AppContext

Made = Callable[..., Figures]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return ``made(**options of figures) -> Figures`` of two settings with three seeds each."""
    ids = []
    for lr, base in ((0.1, 0.5), (0.2, 0.9)):
        for seed, noise in enumerate((0.0, 0.01, 0.02)):
            with ExperimentTracker(
                "a", tmp_path, auto_visualize=False, capture_environment=False
            ) as tracker:
                tracker.log_hyperparameters({"lr": lr, "seed": seed})
                tracker.log_metrics({"val_loss": base + noise, "grad": base}, step=0)
            ids.append(tracker.experiment_id)
    context = AppContext(manager=ExperimentManager(tmp_path), base_dir=tmp_path)
    comparison = read(context, ids)
    rows = {row["experiment_id"]: row for row in context.manager.search()}

    def make(**options: object) -> Figures:
        ordered = [rows[one] for one in ids]
        return figures(comparison, ordered, ["val_loss", "grad"], ["best"], **options)  # type: ignore[arg-type]

    return make


def test_groups_have_mean_std_and_count(made: Made) -> None:
    """A group row holds mean, sample standard deviation and how many runs are behind them."""
    first = made(by="params.lr").lines[0].spots[0]

    assert first.value == pytest.approx(0.51)
    assert first.std == pytest.approx(0.01)
    assert first.n == 3


def test_runs_tie_by_the_noise_of_repeats(made: Made) -> None:
    """A single run ties with the best when repeats of one setting differ as much."""
    standings = [line.spots[0].standing for line in made().lines]

    assert standings == ["best", "tied", "tied", "worse", "worse", "worse"]


def test_ties_are_explained(made: Made) -> None:
    """Every tie says by how much and against how many runs."""
    assert "no more than chance may give" in made().lines[1].spots[0].reason


def test_no_best_without_a_direction(made: Made) -> None:
    """Where nobody knows which direction is better, nothing is best."""
    assert {line.spots[1].standing for line in made().lines} == {""}


def test_members_follow_their_group(made: Made) -> None:
    """Every run stands under its group."""
    lines = made(by="params.lr", members=True).lines

    assert [line.is_member for line in lines] == [False, True, True, True] * 2


def test_best_first(made: Made) -> None:
    """The rows can be put in the order of a column, its best first."""
    lines = made(by="params.lr", order="metrics.val_loss.best").lines
    values = [line.spots[0].value for line in lines]

    assert values == sorted(values, key=lambda value: value or 0.0)


def test_groups_are_kept_with_their_spread(made: Made) -> None:
    """The CSV has a column for the standard deviation; in LaTeX the best is bold."""
    table = export_table(made(by="params.lr", members=True), "group", {})

    assert as_csv(table).splitlines()[0] == (
        "group,runs,val_loss (best),val_loss (best) std,grad (best),grad (best) std"
    )
    assert as_latex(table).count(r"\textbf{") == 1
    assert len(table.rows) == 2
