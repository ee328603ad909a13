from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from neural.errors import InvalidInputError
from neural.tracking.analysis.param_importance import param_importance

pytest.importorskip("sklearn")


def _runs(count: int, seed: int = 0) -> tuple[list[dict[str, Any]], np.ndarray[Any, Any]]:
    """Return runs whose result depends on the rate and the optimizer, and not on the seed."""
    rng = np.random.default_rng(seed)
    params: list[dict[str, Any]] = [
        {
            "lr": float(10 ** rng.uniform(-4, -1)),
            "opt": str(rng.choice(["adam", "sgd", "lion"])),
            "seed": int(rng.integers(1000)),
            "fixed": 7,
            "run_name": f"run {i}",
        }
        for i in range(count)
    ]
    values = [np.log10(p["lr"]) + (2.0 if p["opt"] == "adam" else 0.0) for p in params]
    return params, np.array(values) + rng.normal(0, 0.1, count)


def test_what_matters_comes_first() -> None:
    """Both real effects are found, in numbers and in names, and the seed is not."""
    params, values = _runs(80)

    report = param_importance("score", params, values)

    assert {one.name for one in report.params[:2]} == {"lr", "opt"}
    by_name = {one.name: one for one in report.params}
    assert by_name["lr"].permutation > 0.2
    assert abs(by_name["seed"].permutation) < 0.1
    assert by_name["lr"].effect > 0.5
    assert report.r2 is not None
    assert report.r2 > 0.7
    assert report.warning == ""


def test_what_says_nothing_is_left_out() -> None:
    """A name for every run is named as left out; a constant is not a param at all."""
    report = param_importance("score", *_runs(30), forest=False)

    assert report.left_out == ("run_name",)
    assert {one.name for one in report.params} == {"lr", "opt", "seed"}


def test_too_few_runs_for_the_params() -> None:
    """The warning says how many there are and how many it would take."""
    report = param_importance("score", *_runs(12), forest=False)

    assert report.warning.startswith("Weak evidence: 12 runs for 3 params, where 30 or more")


def test_noise_is_called_noise() -> None:
    """A forest that cannot predict unseen runs is no evidence, however many runs there are."""
    params, _ = _runs(60)

    report = param_importance("score", params, np.random.default_rng(9).normal(size=60))

    assert report.r2 is not None
    assert report.r2 < 0.2
    assert "of runs it has not seen" in report.warning


def test_missing_values_and_diverged_runs() -> None:
    """Runs without a result are left out, params that some lack stay in."""
    params, values = _runs(40)
    values[:3] = np.nan
    values[3] = 1e300
    for run in params[10:15]:
        del run["lr"], run["opt"]

    report = param_importance("score", params, values)

    assert report.runs == 37
    assert {one.name: one.runs for one in report.params}["lr"] == 32
    assert report.r2 is not None
    assert report.r2 > 0.3


def test_same_seed_same_report() -> None:
    """Nothing is left to chance."""
    runs = _runs(20)

    one, other = (param_importance("score", *runs) for _ in range(2))

    assert [p.permutation for p in one.params] == [p.permutation for p in other.params]
    assert one.r2 == other.r2


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rank correlations are there, and the warning says what is missing."""
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    monkeypatch.setitem(sys.modules, "sklearn", None)

    report = param_importance("score", *_runs(40))

    assert report.r2 is None
    assert "scikit-learn is not installed" in report.warning
    assert report.params[0].name in {"lr", "opt"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1.0, 2.0], "2 runs have a result; at least 5 are needed."),
        ([1.0] * 6, "The result is the same in all runs."),
        ([1.0, 2.0, 3.0, 4.0, 5.0], "No param differs"),
    ],
)
def test_nothing_to_judge(values: list[float], reason: str) -> None:
    """The report says why it is empty."""
    report = param_importance("score", [{"lr": 0.1}] * len(values), values)

    assert report.params == ()
    assert report.warning.startswith(reason)


def test_values_have_to_fit_the_runs() -> None:
    """The message counts both."""
    with pytest.raises(InvalidInputError, match="1 runs need as many values, got 2"):
        param_importance("score", [{"lr": 0.1}], [1.0, 2.0])


def test_the_straight_line_stands_beside_the_ranks() -> None:
    """One run far off bends it and not the order; names have no line."""
    params = [{"x": float(i), "name": "ab"[i % 2]} for i in range(12)]
    values = [float(i) for i in range(11)] + [1e6]

    report = param_importance("score", params, values, forest=False)

    by_name = {one.name: one for one in report.params}
    assert by_name["x"].effect == pytest.approx(1.0)
    assert by_name["x"].linear == pytest.approx(np.corrcoef(range(12), values)[0, 1])
    assert np.isnan(by_name["name"].linear)
