from __future__ import annotations

import math
from typing import Any

import pytest

from neural.tracking.analysis.evidence import Evidence, Observed, evidence_for, observed
from neural.tracking.analysis.keys import NOT_SET
from neural.tracking.analysis.noise import Noise
from neural.tracking.analysis.run_facts import Fact

_LR = Fact("param", "lr")
_QUIET, _UNKNOWN = Noise(0.01, 10, 5), Noise(math.nan, 0, 0)


def _runs(*pairs: tuple[dict[str, Any], float], **more: Any) -> list[Observed]:
    rows = [
        {
            "experiment_id": str(i),
            "experiment_name": "net",
            "hyperparameters": params,
            "summary": {"best": {"acc": {"value": value}}},
        }
        for i, (params, value) in enumerate(pairs)
    ]
    return observed(rows, "acc", **more)


def _evidence(
    runs: list[Observed], *, fact: Fact = _LR, a: Any = 1, b: Any = 2, noise: Noise = _QUIET
) -> Evidence:
    return evidence_for(fact, a, b, runs, metric="acc", noise=noise)


def test_runs_that_differ_in_nothing_else_tell_the_effect() -> None:
    """Within each setting of the rest; what the rest does is not mistaken for it."""
    runs = _runs(
        ({"lr": 1, "width": 8, "seed": 0}, 0.1),
        ({"lr": 2, "width": 8, "seed": 1}, 0.2),
        ({"lr": 1, "width": 64, "seed": 0}, 0.7),
        ({"lr": 2, "width": 64, "seed": 0}, 0.8),
        ({"lr": 2, "width": 128, "seed": 0}, 0.99),
        ({"lr": 3, "width": 8, "seed": 0}, 0.0),
    )

    found = _evidence(runs)

    assert (found.kind, found.direction, found.strength) == ("controlled", 1, 1.0)
    assert found.effect == pytest.approx(0.1)
    assert found.text == ("4 other runs differ only in this (2 and 2 of them): acc changes by +0.1")


def test_settings_with_more_runs_weigh_more() -> None:
    """Weights n_a n_b / (n_a + n_b) make the error of the mean effect smallest."""
    runs = _runs(
        *[({"lr": 1, "width": 8}, 0.0)] * 3,
        *[({"lr": 2, "width": 8}, 1.0)] * 3,
        ({"lr": 1, "width": 64}, 0.0),
        ({"lr": 2, "width": 64}, 5.0),
    )

    assert _evidence(runs).effect == pytest.approx((1.5 * 1.0 + 0.5 * 5.0) / 2.0)


@pytest.mark.parametrize(
    ("noise", "said"),
    [
        (Noise(0.5, 10, 5), "not more than noise may give (standard error 0.7071)"),
        (_UNKNOWN, "with no repeats to tell how much of that is noise"),
    ],
)
def test_effects_that_may_be_noise_count_half(noise: Noise, said: str) -> None:
    """And the sentence says so."""
    found = _evidence(_runs(({"lr": 1}, 0.1), ({"lr": 2}, 0.2)), noise=noise)

    assert found.strength == 0.5
    assert found.text.endswith(said)


def test_no_change_is_evidence_too() -> None:
    """Runs that differ only in it came out the same."""
    found = _evidence(_runs(({"lr": 1}, 0.5), ({"lr": 2}, 0.5)))

    assert (found.kind, found.effect, found.direction) == ("controlled", 0.0, 0)
    assert found.text.endswith("acc does not change")


def test_a_param_that_one_run_lacks() -> None:
    """Not to have it is a setting like any other."""
    found = _evidence(_runs(({}, 0.5), ({"lr": 2}, 0.7)), a=NOT_SET)

    assert found.effect == pytest.approx(0.2)


def test_numbers_are_ranked_over_all_runs() -> None:
    """Where nothing is controlled, a relation stands, at half its size and with its doubt."""
    runs = _runs(*(({"lr": i, "width": i}, i / 10) for i in range(5, 11)))

    up, down = _evidence(runs, a=6, b=9), _evidence(runs, a=9.5, b=5.5)

    assert (up.kind, up.direction) == ("related", 1)
    assert up.strength == pytest.approx(0.5)
    assert up.effect == pytest.approx(0.3)
    assert "rank correlation +1.00); other things differ between them, too" in up.text
    assert (down.direction, down.effect) == (-1, None)


@pytest.mark.parametrize(
    ("b", "strength", "said"),
    [
        (100.0, 0.1, "tried 100: they have 5 to 10"),
        (0.05, 0.2, "tried 0.05: they have 5 to 10"),
        (1e9, 0.2, "tried 1e+09: they have 5 to 10"),
        (-1, 0.1, "tried -1: they have 5 to 10"),
    ],
)
def test_numbers_outside_the_range_of_others(b: float, strength: float, said: str) -> None:
    """No relation reaches there; how many powers of ten away counts."""
    found = _evidence(_runs(*(({"lr": i, "width": i}, i / 10) for i in range(5, 11))), a=6, b=b)

    assert (found.kind, found.direction) == ("none", 0)
    assert found.strength == pytest.approx(strength)
    assert found.text == f"no other run {said}"


def test_names_are_judged_by_groups() -> None:
    """What has no order is judged by how much its groups explain."""
    runs = _runs(
        *(
            ({"opt": name, "width": i}, value)
            for i, (name, value) in enumerate(
                [
                    ("sgd", 0.1),
                    ("sgd", 0.2),
                    ("sgd", 0.15),
                    ("adam", 0.8),
                    ("adam", 0.9),
                    ("lion", 0.5),
                ]
            )
        )
    )

    found = _evidence(runs, fact=Fact("param", "opt"), a="sgd", b="adam")

    assert (found.kind, found.direction) == ("related", 1)
    assert found.effect == pytest.approx(0.7)
    assert 0.25 < found.strength <= 0.5


@pytest.mark.parametrize(
    "runs",
    [
        _runs(),
        _runs(*(({"lr": i, "width": i}, 1.0 * i) for i in range(4))),
        _runs(*(({"lr": i % 4, "width": i}, 1.0) for i in range(9))),
        _runs(*(({"width": i}, 1.0 * i) for i in range(9))),
    ],
)
def test_nothing_is_made_up(runs: list[Observed]) -> None:
    """No runs, too few of them, none that vary, none that have it."""
    found = _evidence(runs)

    assert (found.kind, found.effect, found.strength) == ("none", None, 0.0)


def test_packages_are_judged_among_equal_params() -> None:
    """Runs whose environment is not known are no evidence."""
    runs = _runs(
        ({"lr": 1}, 0.5),
        ({"lr": 1}, 0.9),
        ({"lr": 1}, 0.1),
        environments={"0": {"packages": {"torch": "1"}}, "1": {"packages": {"torch": "2"}}},
    )

    found = _evidence(runs, fact=Fact("package", "torch"), a="1", b="2")

    assert found.effect == pytest.approx(0.4)
    assert found.text.startswith("2 other runs have the same parameters and differ in this")


def test_failed_runs_are_no_evidence() -> None:
    """Neither NaN nor nothing is a result."""
    assert len(_runs(({"lr": 1}, 0.5), ({"lr": 1}, math.nan), ({"lr": 1}, math.inf))) == 1
