from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.analysis.differences import (
    PRIORS,
    Explanation,
    explain_difference,
)
from neural.tracking.analysis.explanations import gap_sentence, likely_sentence
from neural.tracking.analysis.run_facts import RunSide

pytest.importorskip("scipy")

Row = dict[str, Any]


def _row(number: int, value: float | None, **params: Any) -> Row:
    return {
        "experiment_id": f"r{number}",
        "experiment_name": "net",
        "hyperparameters": params,
        "summary": {"best": {"acc": {"value": value}}},
    }


def _store() -> list[Row]:
    """Two learning rates and two widths, three seeds of each: lr does a lot, width hardly."""
    results = {(1, 8): 0.50, (2, 8): 0.80, (1, 64): 0.51, (2, 64): 0.81}
    return [
        _row(10 * i + seed, result + 0.01 * (seed - 1), lr=lr, width=width, seed=seed)
        for i, ((lr, width), result) in enumerate(results.items())
        for seed in range(3)
    ]


def _explained(
    a: Row, b: Row, rows: list[Row], environments: tuple[Row, Row] = ({}, {})
) -> Explanation:
    left, right = (
        RunSide(row=row, environment=environment)
        for row, environment in zip((a, b), environments, strict=True)
    )
    return explain_difference(left, right, metric="acc", rows=rows)


def test_the_likeliest_reason_comes_first() -> None:
    """What other runs show to have the effect stands before what they show to have none."""
    rows = _store()

    found = _explained(rows[0], rows[10], rows)  # lr 1, width 8, seed 0 -> 2, 64, 1

    assert [one.name for one in found.differences] == ["lr", "seed", "width"]
    lr = found.differences[0]
    assert (lr.a, lr.b) == ("1", "2")
    assert lr.effect == pytest.approx(0.3, abs=0.01)
    assert lr.score > 0.9
    assert found.differences[2].score < 0.1


def test_an_effect_the_other_way_explains_nothing() -> None:
    """The gap shrinks although the parameter makes it grow."""
    rows = [*_store(), _row(90, 0.9, lr=1, width=16, seed=9), _row(91, 0.1, lr=2, width=16, seed=9)]

    found = _explained(rows[-2], rows[-1], rows)

    assert found.differences[0].effect == pytest.approx(0.3)
    assert found.differences[0].score == 0.0
    assert likely_sentence(found) == "None of 1 difference is known to explain it."


def test_the_two_runs_are_no_evidence_for_themselves() -> None:
    """Alone in the store, nothing but a guess is left."""
    rows = [_row(0, 0.5, lr=1), _row(1, 0.9, lr=2)]

    (found,) = _explained(rows[0], rows[1], rows).differences

    assert found.effect is None
    assert found.score == PRIORS["param"]
    assert found.evidence == "no other runs tell what it does"


def test_a_number_that_nobody_tried_is_suspected() -> None:
    """The further from what was tried, the more; and the sentence says that it is a guess."""
    rows = [
        *_store(),
        _row(90, 0.5, lr=1, width=9, seed=0),
        _row(91, 0.1, lr=200, width=96, seed=0),
    ]

    found = _explained(rows[-2], rows[-1], rows)

    assert [one.name for one in found.differences] == ["lr", "width"]
    assert found.differences[0].score == PRIORS["param"] + 0.2
    assert likely_sentence(found) == (
        "No other runs tell which of 2 differences it is; at a guess the parameter lr (1 → 200): "
        "no other run tried 200: they have 1 to 2."
    )


def test_a_relation_is_only_perhaps_a_reason() -> None:
    """Other things differed between those runs, so that it is not called likely."""
    rows = [_row(i, i / 10, lr=i, width=i % 3, depth=i) for i in range(9)]

    found = _explained(rows[2], rows[6], rows)

    assert {one.basis for one in found.differences} == {"related"}
    assert likely_sentence(found).startswith("Perhaps: the parameter depth (2 → 6); over all 7")


def test_a_relation_the_other_way_is_held_against_a_reason() -> None:
    """Where it goes with more, it is hardly why there is less."""
    rows = [_row(i, i / 10, lr=i, width=i) for i in range(9)]
    rows += [_row(20, 0.9, lr=2, width=77), _row(21, 0.1, lr=6, width=77)]

    (found,) = _explained(rows[-2], rows[-1], rows).differences

    assert found.basis == "related"
    assert found.score == PRIORS["param"] / 2


def test_two_repeats_are_not_measured_by_themselves() -> None:
    """Their own gap is no measure of it; other repeats are."""
    rows = _store()

    alone = _explained(rows[0], rows[1], rows[:2])
    among = _explained(rows[0], rows[1], rows)

    assert not alone.noise.is_known
    assert (among.noise.runs, among.noise.groups) == (9, 3)


def test_noise_is_that_of_the_nearest_repeats() -> None:
    """Of the two settings where they were repeated, else of the experiment."""
    rows = _store()
    lone = [_row(90, 0.5, lr=7, seed=0), _row(91, 0.9, lr=8, seed=0)]

    near = _explained(rows[0], rows[3], [*rows, *lone])
    far = _explained(lone[0], lone[1], [*rows, *lone])

    assert (near.noise.runs, near.noise.groups, near.noise_of) == (6, 2, "repeats of these two")
    assert (far.noise.runs, far.noise_of) == (12, "repeats in the same experiment")
    assert near.noise.std == pytest.approx(0.01)


def test_gap_beyond_the_noise() -> None:
    """The sentence weighs it, with the repeats that it is weighed by."""
    rows = _store()

    found = _explained(rows[0], rows[3], rows)

    assert found.is_within_noise is False
    assert gap_sentence(found) == (
        "The gap of 0.3 in acc is 30.0 times the noise between seeds (standard deviation 0.01; "
        "n = 6 runs in 2 groups, repeats of these two): more than noise, since two runs of one "
        "setting differ by less than 0.03926 in 19 of 20 cases."
    )
    assert likely_sentence(found) == (
        "Most likely: the parameter lr (1 → 2); 10 other runs differ only in this (5 and 5 of "
        "them): acc changes by +0.3."
    )


def test_gap_within_the_noise() -> None:
    """Then no reason is offered, however many differences there are."""
    rows = _store()

    found = _explained(rows[0], rows[6], rows)  # width 8 -> 64

    assert found.is_within_noise is True
    assert "1.0 times the noise" in gap_sentence(found)
    assert ": within noise, since" in gap_sentence(found)
    assert likely_sentence(found) == "Nothing needs to explain it: chance alone may have done it."


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (
            [_row(0, 0.5, lr=1), _row(1, 0.9, lr=2)],
            "The gap of 0.4 in acc cannot be weighed: no setting was run twice, so the noise "
            "between seeds is not known.",
        ),
        (
            [_row(0, 0.5, lr=1), _row(1, None, lr=2)],
            "There is no gap to explain: net r1 has no finite acc.",
        ),
        (
            [
                *(_row(i, 0.5, lr=1, seed=i) for i in range(1)),
                _row(1, 0.9, lr=2, seed=0),
                *(_row(i, 0.5, lr=1, seed=i) for i in range(2, 5)),
            ],
            "The gap of 0.4 in acc is no noise: repeats agree exactly (n = 4 runs in 1 group, "
            "repeats of these two).",
        ),
    ],
)
def test_gaps_that_cannot_be_weighed(rows: list[Row], text: str) -> None:
    """Without repeats, without a result, or without any noise: each has its own words."""
    assert gap_sentence(_explained(rows[0], rows[1], rows)) == text


def test_a_seed_explains_what_noise_does() -> None:
    """A gap of the size that seeds make is theirs."""
    rows = _store()

    (found,) = _explained(rows[0], rows[1], rows).differences

    assert (found.kind, found.name, found.score) == ("seed", "seed", 1.0)
    assert found.evidence.startswith("the seed alone makes two runs differ by about 0.01414")


def test_code_packages_and_machine_are_compared() -> None:
    """Each change is a difference of its kind; packages that reckon stand before others."""
    rows = [_row(0, 0.5, lr=1), _row(1, 0.9, lr=1)]
    base = {
        "git": {"commit": "a" * 40},
        "packages": {"torch": "1", "rich": "1", "numpy": "2"},
        "host": {"name": "box", "cpu_count": 8},
    }
    other = base | {"git": {"commit": "b" * 40}, "packages": {"torch": "2", "rich": "2"}}

    found = _explained(rows[0], rows[1], rows, (base, other))

    assert [(one.kind, one.name, one.b) for one in found.differences] == [
        ("code", "commit", "b" * 12),
        ("package", "numpy", "not set"),
        ("package", "torch", "2"),
        ("package", "rich", "2"),
    ]
    assert found.unknown == ()
    assert likely_sentence(found) == (
        "No other runs tell which of 4 differences it is; at a guess the code, commit "
        f"({'a' * 12} → {'b' * 12}): no other runs tell what it does."
    )


def test_uncommitted_changes_are_counted() -> None:
    """How many lines only one of the two runs had changed."""
    row, environment = (
        _row(0, 0.5),
        {"git": {"commit": "a"}, "packages": {"x": "1"}, "host": {"a": 1}},
    )
    a = RunSide(row=row, environment=environment, diff="+x = 1\n")
    b = RunSide(row=_row(1, 0.6), environment=environment, diff="+x = 1\n+y = 2\n")

    (found,) = explain_difference(a, b, metric="acc", rows=[]).differences

    assert (found.kind, found.name) == ("code", "uncommitted changes")
    assert found.evidence.startswith("1 changed line in only one of them; ")


def test_what_was_not_recorded_is_no_difference() -> None:
    """It is said instead, so that nobody takes silence for equality."""
    rows = [_row(0, 0.5, lr=1), _row(1, 0.9, lr=1)]
    environment = {"git": {"commit": "a"}, "packages": {"x": "1"}, "host": {"name": "box"}}

    found = _explained(rows[0], rows[1], rows, (environment, {}))

    assert found.differences == ()
    assert found.unknown == ("Not recorded of net r1: code, packages, machine.",)
    assert likely_sentence(found) == "Nothing that was recorded differs between the two runs."


def test_runs_of_a_real_store(tmp_path: Path) -> None:
    """What the manager hands out can be explained as it is."""
    for lr, result in ((0.1, 0.5), (0.2, 0.9)):
        for seed in (0, 1, 2):
            with ExperimentTracker("net", tmp_path, auto_visualize=False) as tracker:
                tracker.log_hyperparameters({"sgd": {"lr": lr}, "seed": seed})
                tracker.log_metrics({"acc": result + seed / 1000})
    manager = ExperimentManager(tmp_path)
    rows = manager.search(sort="params.sgd.lr, params.seed")
    sides = [
        RunSide(
            row=row,
            environment=manager.environment(row["experiment_id"]),
            artifacts=manager.artifacts(row["experiment_id"]),
        )
        for row in (rows[0], rows[3])
    ]

    found = explain_difference(sides[0], sides[1], metric="acc", rows=rows)

    assert [one.name for one in found.differences] == ["sgd.lr"]
    assert found.differences[0].effect == pytest.approx(0.4)
    assert found.is_within_noise is False
