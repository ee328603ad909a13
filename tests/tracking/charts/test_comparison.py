from __future__ import annotations

from collections.abc import Callable

from neural.tracking.charts.comparison import comparison_figures
from neural.tracking.records import Series

SeriesOf = Callable[..., Series]


def test_names_of_the_figures(series_of: SeriesOf) -> None:
    """One figure a metric, in the order given, and the table."""
    runs = {"a": series_of([1.0]), "b": series_of([2.0])}

    figures = comparison_figures({"val/loss": runs, "acc": runs}, {"a": {"lr": 1}, "b": {"lr": 2}})

    assert list(figures) == ["comparison_val/loss", "comparison_acc", "hyperparameter_comparison"]


def test_one_run_has_no_table(series_of: SeriesOf) -> None:
    """There is nothing to compare its hyperparameters with."""
    figures = comparison_figures({"loss": {"a": series_of([1.0])}}, {"a": {"lr": 1}})

    assert list(figures) == ["comparison_loss"]


def test_no_run() -> None:
    """Nothing to compare gives no figure at all."""
    assert comparison_figures({"loss": {}}, {}) == {}


def test_run_has_one_colour_in_all_figures(series_of: SeriesOf) -> None:
    """Also where another run did not log the metric."""
    one, both = {"b": series_of([1.0])}, {"a": series_of([1.0]), "b": series_of([1.0])}

    figures = comparison_figures({"loss": one, "acc": both}, {"a": {}, "b": {}})

    (alone,) = figures["comparison_loss"].data
    assert alone.line.color == figures["comparison_acc"].data[1].line.color
