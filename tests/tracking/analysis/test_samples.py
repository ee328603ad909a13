from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pytest

from neural.errors import InvalidInputError
from neural.tracking.analysis.groups import group_runs
from neural.tracking.analysis.samples import Sample, pair_up, result_of, sample_of

_NAN = float("nan")


def _sample(label: str, *pairs: tuple[Hashable, float | None]) -> Sample:
    return Sample(label, tuple(value for _, value in pairs), tuple(seed for seed, _ in pairs))


def test_runs_of_the_same_seed_are_partners() -> None:
    """Whatever the order of the runs."""
    a = _sample("a", (0, 1.0), (1, 2.0), (2, 3.0))
    b = _sample("b", (2, 30.0), (0, 10.0), (1, 20.0))

    pairs = pair_up(a, b)

    assert pairs.paired
    assert pairs.a.tolist() == [1, 2, 3]
    assert pairs.b.tolist() == [10, 20, 30]


def test_failed_runs_have_no_partner() -> None:
    """Their partners are left out, and counted."""
    a = _sample("a", (0, 1.0), (1, _NAN), (2, 3.0), (3, 4.0))
    b = _sample("b", (0, 1.0), (1, 2.0), (2, 3.0), (3, 4.0))

    pairs = pair_up(a, b)

    assert (pairs.paired, pairs.a.size, pairs.left_out) == (True, 3, 1)


@pytest.mark.parametrize(
    ("b", "reason"),
    [
        ([(0, 1.0), (1, 2.0), (7, 3.0)], "only 2 of the seeds of 3 runs match"),
        ([(0, 1.0), (0, 2.0), (1, 2.0)], "b has several runs of one seed"),
        ([(0, 1.0), (1, 2.0), (None, 3.0)], "not every run of b has a seed"),
        ([(i, float(i)) for i in range(10)], "only 3 of the seeds of 10 runs match"),
        ([(None, 1.0), (None, 2.0), (None, 2.0)], ""),
    ],
)
def test_when_runs_are_not_paired(b: list[tuple[Hashable, float]], reason: str) -> None:
    """All results are compared then, and it is said why; without seeds there is nothing to say."""
    a = _sample("a", (0, 1.0), (1, 2.0), (2, 3.0))

    pairs = pair_up(a, _sample("b", *b))

    assert not pairs.paired
    assert (pairs.a.size, pairs.b.size, pairs.reason) == (3, len(b), reason)


def test_pairing_can_be_chosen() -> None:
    """A person may know better than the rule."""
    a = _sample("a", (0, 1.0), (1, 2.0), (2, 3.0))
    b = _sample("b", (0, 1.0), (1, 2.0), (7, 3.0))

    twice = _sample("c", (0, 1.0), (0, 9.0), (1, 2.0), (2, 3.0))

    assert pair_up(a, b, "paired").a.size == 2
    assert pair_up(a, twice, "paired").a.tolist() == [2, 3]
    assert not pair_up(a, a, "unpaired").paired


def test_nothing_to_pair() -> None:
    """The message counts the partners and says what to do."""
    with pytest.raises(InvalidInputError, match=r"'a' and 'b' have 0 finished .* unpaired"):
        pair_up(Sample("a", (1.0,)), Sample("b", (2.0,)), "paired")


def test_seeds_of_other_runs() -> None:
    """A seed that is missing is a mistake of the caller."""
    with pytest.raises(InvalidInputError, match="'a' must have a seed for each of its 2 values"):
        Sample("a", (1.0, 2.0), (0,))


@pytest.mark.parametrize(
    ("which", "expected"), [("best", (0.9, None, None)), ("last", (0.5, _NAN, None))]
)
def test_results_of_a_group(which: Any, expected: tuple[float | None, ...]) -> None:
    """Best or last value; a run that never logged the metric has none."""
    rows = [
        {
            "experiment_id": str(seed),
            "hyperparameters": {"lr": 1, "seed": seed},
            "summary": summary,
        }
        for seed, summary in enumerate(
            [
                {"latest": {"acc": 0.5}, "best": {"acc": {"value": 0.9, "mode": "max"}}},
                {"latest": {"acc": _NAN}, "best": {"acc": {"value": None, "mode": "max"}}},
                {"latest": {}, "best": {}},
            ]
        )
    ]
    (group,) = group_runs(rows)

    sample = sample_of(group, rows, "acc", which)

    assert sample.values == pytest.approx(expected, nan_ok=True)
    assert sample.seeds == (0, 1, 2)
    assert sample.failed == (2)
    assert result_of({}, "acc", which) is None
