from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from neural.tracking.metric_plots import (
    MetricVisualizer,
    history_series,
    plot_distribution,
    plot_hyperparameter_importance,
    plot_metrics,
    save_figure,
)
from neural.tracking.records import Series

HISTORY: list[dict[str, Any]] = [
    {"timestamp": 1.0, "step": 0, "val/loss": 0.5, "acc": 0.1},
    {"timestamp": 2.0, "step": 2, "val/loss": "NaN", "acc": None},
    {"timestamp": 3.0, "step": 4, "val/loss": 0.25, "acc": True},
]


def _series(values: ArrayLike) -> Series:
    value = np.asarray(values)
    return Series(np.arange(value.size), np.arange(value.size, dtype=np.float64), value)


def _words(figure: Figure) -> str:
    """All text of a figure outside its panels."""
    note = figure.get_supxlabel()
    return " ".join([note, *(text.get_text() for text in figure.texts)])


def test_history_becomes_series() -> None:
    """Entries are taken apart by metric; None is no value, NaN is one."""
    series = history_series(HISTORY)

    assert list(series) == ["val/loss", "acc"]
    assert series["val/loss"].step.tolist() == [0, 2, 4]
    assert series["val/loss"].value.tolist() == pytest.approx([0.5, np.nan, 0.25], nan_ok=True)
    assert series["acc"].value.tolist() == [0.1, 1.0]


def test_history_of_large_integers() -> None:
    """Integers beyond any float are kept for drawing."""
    series = history_series([{"step": 0, "n": 10**400}])

    assert series["n"].value.tolist() == [10**400]


@pytest.mark.parametrize("visualizer", [MetricVisualizer, MetricVisualizer()])
def test_one_figure_a_metric(visualizer: Any) -> None:
    """Curves and histograms by metric name, from the class and from an instance."""
    curves = visualizer.create_metric_plots(HISTORY)
    histograms = visualizer.create_distribution_plots(HISTORY)

    assert list(curves) == list(histograms) == ["val/loss", "acc"]
    assert all(isinstance(figure, Figure) for figure in [*curves.values(), *histograms.values()])


def test_empty_history_has_no_figures() -> None:
    """Nothing logged is nothing drawn."""
    assert MetricVisualizer.create_metric_plots([]) == {}
    assert MetricVisualizer.create_distribution_plots([]) == {}


def test_one_panel_a_metric() -> None:
    """Metrics of different scales do not share an axis."""
    figure = plot_metrics({f"m{i}": _series([1.0, 2.0]) for i in range(4)}, figsize=(7, 5))

    assert [axes.get_title(loc="left") for axes in figure.axes] == ["m0", "m1", "m2", "m3"]
    assert figure.get_size_inches().tolist() == [7, 5]


def test_panels_beyond_the_page_are_counted() -> None:
    """The note tells how many of how many are shown."""
    figure = plot_metrics({f"m{i}": _series([1.0]) for i in range(20)})

    assert len(figure.axes) == 12
    assert "12 of 20 metrics shown" in _words(figure)


def test_gaps_are_marked_and_counted() -> None:
    """A cross at the foot where NaN begins, and its number below."""
    figure = plot_metrics({"loss": _series([1.0, np.nan, np.nan, 2.0])})

    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert [line.get_xdata().tolist() for line in crosses] == [[1]]  # type: ignore[union-attr]
    assert "2 NaN" in _words(figure)


def test_metric_that_only_ever_was_nan() -> None:
    """Its panel has a mark and no numbers that nobody logged."""
    figure = plot_metrics({"loss": _series([np.nan, np.nan])})

    assert len(figure.axes[0].lines) > 0
    assert figure.axes[0].get_yticks().tolist() == []


@pytest.mark.parametrize("draw", [lambda: plot_metrics({}), lambda: plot_distribution("x", [])])
def test_nothing_to_draw(draw: Any) -> None:
    """An empty figure says why."""
    figure = draw()

    assert not figure.axes
    assert _words(figure).strip()


def test_names_are_no_formulas(tmp_path: Path) -> None:
    """A dollar sign in a name is drawn, not parsed: a broken formula would raise."""
    broken = r"$\frac{x$"

    figures = [
        plot_metrics({broken: _series([1.0, np.nan])}),
        plot_distribution(broken, [1.0, 2.0]),
        plot_hyperparameter_importance(broken, [{broken: i} for i in range(5)], list(range(5))),
        plot_hyperparameter_importance(broken, [], []),
    ]

    for number, figure in enumerate(figures):
        assert save_figure(figure, tmp_path / f"{number}.png").stat().st_size > 1_000


def test_importance_has_a_bar_for_each_varying_param() -> None:
    """Constant hyperparameters have none."""
    params = [{"lr": i, "bs": 32} for i in range(6)]

    figure = plot_hyperparameter_importance("acc", params, list(range(6)))

    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["lr"]
    assert "weak evidence" in _words(figure)


@pytest.mark.parametrize(("runs", "told"), [(0, "there are none"), (1, "is 1"), (4, "are 4")])
def test_importance_of_too_few_runs(runs: int, told: str) -> None:
    """Nothing is claimed of fewer than five runs, and the figure says how many there are."""
    figure = plot_hyperparameter_importance("acc", [{"lr": i} for i in range(runs)], [1.0] * runs)

    assert not figure.axes
    words = " ".join(_words(figure).split())
    assert "at least 5 finished runs" in words
    assert told in words


def test_importance_when_nothing_varies() -> None:
    """Equal hyperparameters explain nothing, and the figure says so."""
    figure = plot_hyperparameter_importance("acc", [{"lr": 1}] * 6, [1, 2, 3, 4, 5, 6])

    assert "none varies over the 6 runs" in _words(figure)


@pytest.mark.parametrize(
    ("suffix", "begins"), [(".png", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")]
)
def test_suffix_names_the_format(tmp_path: Path, suffix: str, begins: bytes) -> None:
    """The file is what its name says, and nothing else is left beside it."""
    path = save_figure(plot_metrics({"loss": _series([1.0, 2.0])}), tmp_path / f"plot{suffix}")

    assert path.read_bytes().startswith(begins)
    assert list(tmp_path.iterdir()) == [path]


def test_figures_are_drawn_in_several_threads(tmp_path: Path) -> None:
    """No state is shared: each thread gets its own figure, whole."""
    paths = [tmp_path / f"{i}.png" for i in range(4)]
    threads = [
        threading.Thread(
            target=lambda path=path: save_figure(plot_metrics({"loss": _series([1, 2])}), path)
        )
        for path in paths
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({path.read_bytes() for path in paths}) == 1


def test_pyplot_is_never_loaded() -> None:
    """It picks a window system and keeps every figure alive."""
    code = (
        "import sys\n"
        "from neural.tracking.metric_plots import MetricVisualizer as V\n"
        "assert 'matplotlib' not in sys.modules\n"
        "figure = V.create_metric_plots([{'step': 0, 'loss': 1.0}])['loss']\n"
        "figure.savefig('/dev/null', format='png')\n"
        "print('matplotlib.pyplot' in sys.modules, 'plotly' in sys.modules)"
    )

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.split() == ["False", "False"]
