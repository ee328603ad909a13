from __future__ import annotations

import math

import numpy as np
import pytest

from neural.errors import InvalidInputError
from neural.tracking.analysis.noise import Noise
from neural.tracking.analysis.samples import Sample
from neural.tracking.analysis.ties import ties_with_best

stats = pytest.importorskip("scipy.stats")

_NAN = float("nan")


def _standings(*rows: tuple[float, ...], noise: Noise | None = None) -> list[str]:
    samples = [Sample(str(i), row) for i, row in enumerate(rows)]
    return [tie.standing for tie in ties_with_best(samples, "max", noise=noise)]


def test_rows_stand_as_welchs_test_says() -> None:
    """The p values are scipy's, corrected by Holm's procedure for the rows that were compared."""
    rng = np.random.default_rng(0)
    rows = [tuple(rng.normal(mean, 1.0, 6)) for mean in (0.0, 5.0, 5.0, 3.2, -2.0)]
    best = int(np.argmax([np.mean(row) for row in rows]))
    raw = [stats.ttest_ind(row, rows[best], equal_var=False).pvalue for row in rows]
    others = sorted((p, i) for i, p in enumerate(raw) if i != best)
    expected, largest = {}, 0.0
    for rank, (p, i) in enumerate(others):
        largest = max(largest, min(1.0, p * (4 - rank)))
        expected[i] = largest

    ties = ties_with_best([Sample(str(i), row) for i, row in enumerate(rows)], "max")

    assert {i: ties[i].p for i in expected} == pytest.approx(expected)
    assert ties[best].standing == "best"
    assert math.isnan(ties[best].p)
    for i, p in expected.items():
        assert ties[i].standing == ("tied" if p >= 0.05 else "worse")
    assert {ties[i].standing for i in expected} == {"tied", "worse"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1.0, 1.0), (2.0, 2.0)], ["worse", "best"]),
        ([(2.0, 2.0), (2.0, 2.0)], ["best", "tied"]),
        ([(1.0,), (2.0, 2.1)], ["unknown", "best"]),
        ([(1.0, 1.1, 1.2), (2.0,)], ["unknown", "best"]),
        ([(_NAN, _NAN), (2.0, 2.1)], ["failed", "best"]),
        ([(_NAN,), ()], ["failed", "failed"]),
        ([(1.0,)], ["best"]),
        ([], []),
    ],
)
def test_rows_without_noise_or_results(rows: list[tuple[float, ...]], expected: list[str]) -> None:
    """Nothing is claimed where nothing is known."""
    assert _standings(*rows) == expected


def test_rows_with_equal_results_stand_equal() -> None:
    """A correction that takes rows one after the other must not favour one of them."""
    row = (1.0, 1.1, 1.2)

    ties = ties_with_best([Sample(n, row) for n in "ab"] + [Sample("c", (2.0, 2.1, 2.2))], "max")

    raw = stats.ttest_ind(row, (2.0, 2.1, 2.2), equal_var=False).pvalue
    assert ties[0].p == ties[1].p == pytest.approx(2 * raw)


def test_single_runs_are_measured_by_the_noise_of_others() -> None:
    """With the noise of repeats even a table of single runs has ties."""
    noise = Noise(std=0.1, runs=12, groups=3)

    assert _standings((0.5,), (0.95,), (1.0,), noise=noise) == ["worse", "tied", "best"]


def test_direction_decides_which_is_best() -> None:
    """Of a loss the smallest."""
    samples = [Sample("a", (1.0, 1.1)), Sample("b", (9.0, 9.1))]

    assert [tie.standing for tie in ties_with_best(samples, "min")] == ["best", "worse"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ((5.0, 5.2, 4.9), "Best mean of 2 rows, from 3 runs."),
        ((1.0, 1.2, _NAN), "2.9 from b, more than chance gives (2 against 3 runs, p = 0.014). "),
        ((3.6, 4.0, 4.3), "0.03333 from b, no more than chance may give (3 against 3 runs, p = "),
        ((1.0,), "a has one result: without repeats nobody can tell."),
        ((_NAN,), "No run of a has a finite result."),
    ],
)
def test_reasons(row: tuple[float, ...], reason: str) -> None:
    """Each standing says why, with the figures it rests on."""
    ties = ties_with_best([Sample("a", row), Sample("b", (3.95, 4.0, 4.05))], "max")

    assert ties[0].reason.startswith(reason)


def test_reasons_name_failed_runs_and_borrowed_noise() -> None:
    """What was left out of a mean, and where its noise came from."""
    noise = Noise(std=0.1, runs=12, groups=3)
    samples = [Sample("a", (0.5, _NAN)), Sample("b", (1.0,))]

    (tie, _) = ties_with_best(samples, "max", noise=noise)

    assert "noise of 12 other runs" in tie.reason
    assert tie.reason.endswith("1 failed run left out.")


def test_unknown_goal() -> None:
    """The message says what it must be."""
    with pytest.raises(InvalidInputError, match="goal must be 'min' or 'max', got 'up'"):
        ties_with_best([], "up")  # type: ignore[arg-type]
