"""What a report says of runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from neural.errors import InvalidInputError
from neural.tracking.records import MetricSummary, RunRecord
from neural.tracking.report.content import content_of, without_secrets


def record(
    run_id: str, best: Mapping[str, float], params: Mapping[str, Any] | None = None, **more: Any
) -> RunRecord:
    """Return a run whose metrics have one value each."""
    metrics = {
        name: MetricSummary(
            count=1,
            nan_count=int(value != value),
            last=value,
            last_step=3,
            min=value,
            min_step=3,
            max=value,
            max_step=3,
            mean=value,
        )
        for name, value in best.items()
    }
    return RunRecord(
        experiment_id=run_id,
        experiment_name="mnist",
        folder=f"mnist_{run_id}",
        status="completed",
        stored_status="completed",
        metrics=metrics,
        params=params or {},
        **more,
    )


def test_best_by_direction() -> None:
    """A loss is best where it is least, an accuracy where it is most; NaN never."""
    content = content_of(
        [
            record("a", {"loss": 0.1, "accuracy": 0.7, "learning_rate": 1.0}),
            record("b", {"loss": 0.2, "accuracy": 0.9, "learning_rate": 2.0}),
            record("c", {"loss": float("nan"), "accuracy": 0.8, "learning_rate": 3.0}),
        ]
    )

    winners = {metric.name: metric.winners for metric in content.metrics}
    assert winners == {"loss": {0}, "accuracy": {1}, "learning_rate": frozenset()}
    assert content.metrics[0].best == ((0.1, 3), (0.2, 3), None)


def test_direction_that_somebody_set() -> None:
    """It counts more than the name."""
    runs = [record("a", {"energy": 1.0}, goals={"energy": "min"}), record("b", {"energy": 2.0})]

    assert content_of(runs).metrics[0].winners == {0}


def test_what_all_reach_is_no_best() -> None:
    """A star that all runs have says nothing."""
    runs = [record(run_id, {"accuracy": 1.0}) for run_id in "abc"]

    assert content_of(runs).metrics[0].winners == frozenset()


def test_params_that_differ() -> None:
    """A parameter that a run lacks differs; nested ones have dotted names."""
    content = content_of(
        [
            record("a", {}, {"lr": 0.1, "opt": {"name": "adam"}, "seed": 1}),
            record("b", {}, {"lr": 0.1, "opt": {"name": "sgd"}}),
        ]
    )

    assert content.differing == ("opt.name", "seed")
    assert content.common == {"lr": 0.1}


def test_groupings_put_runs_together() -> None:
    """Offered is what makes fewer groups than runs, and more than one."""
    params = [{"lr": lr, "seed": seed} for lr in (0.1, 0.2) for seed in (0, 1)]
    runs = [record(str(i), {"loss": 1.0}, one) for i, one in enumerate(params)]

    groupings = {one.key: one.groups for one in content_of(runs).groupings}

    assert groupings == {
        "auto": (("lr=0.1", (0, 1)), ("lr=0.2", (2, 3))),
        "params.lr": (("lr=0.1", (0, 1)), ("lr=0.2", (2, 3))),
    }


def test_asked_for_grouping_is_there() -> None:
    """Also when it puts no two runs together."""
    runs = [record(run_id, {"loss": 1.0}) for run_id in "ab"]

    assert [one.key for one in content_of(runs, group_by="name").groupings] == ["name"]
    with pytest.raises(InvalidInputError, match="'colour'"):
        content_of(runs, group_by="colour")


def test_metrics_in_the_order_asked_for() -> None:
    """One that no run has is refused by name; those not asked for are counted."""
    runs = [record("a", {"loss": 1.0, "acc": 1.0, "lr": 1.0})]

    content = content_of(runs, ["acc", "loss"])

    assert [metric.name for metric in content.metrics] == ["acc", "loss"]
    assert content.unlisted == 1
    with pytest.raises(InvalidInputError, match="no-such"):
        content_of(runs, ["no-such"])


def test_labels_tell_runs_apart() -> None:
    """A name of its own is enough; of several the id is added."""
    runs = [record("a", {}), record("b", {}), record("c", {}, display_name="best")]

    assert [run.label for run in content_of(runs).runs] == ["mnist a", "mnist b", "best"]


def test_no_secret_is_said() -> None:
    """Params, notes and tags lose what looks like a secret, and nothing else."""
    token = "ghp_" + "a1B2" * 9
    run = record("a", {}, {"api_key": "abc", "lr": 0.1}, notes=f"see {token}", tags={"k": token})

    clean = without_secrets(run)

    assert clean.params == {"api_key": "[redacted]", "lr": 0.1}
    assert token not in repr(clean)
