from __future__ import annotations

import pytest

from neural.tracking.analysis.doctor.names import (
    is_learning_rate,
    known_goal,
    train_validation_pairs,
)


@pytest.mark.parametrize(
    ("name", "goal"),
    [
        ("train/loss", "min"),
        ("top5_acc", "max"),
        ("F1", "max"),
        ("r2", "max"),
        ("mAP50", "max"),
        ("f_steps", None),
        ("learning_rate", None),
        ("epoch", None),
        ("gpu_utilisation", None),
    ],
)
def test_direction_by_name(name: str, goal: str | None) -> None:
    """Known words decide; all else is nobody's guess."""
    assert known_goal(name, {}) == goal


def test_the_user_knows_better() -> None:
    """A goal that was set wins over the name."""
    assert known_goal("loss", {"loss": "max"}) == "max"


@pytest.mark.parametrize(
    ("names", "pairs"),
    [
        (["loss", "val_loss"], [("loss", "val_loss")]),
        (["TrainLoss", "ValidLoss"], [("TrainLoss", "ValidLoss")]),
        (["loss", "train/loss", "eval/loss"], [("train/loss", "eval/loss")]),
        (["loss", "test_loss", "val_loss"], [("loss", "val_loss")]),
        (["loss_1", "loss_2", "val_loss_2"], [("loss_2", "val_loss_2")]),
        (["loss", "eval_german_loss"], [("loss", "eval_german_loss")]),
        (["loss", "train/acc", "eval/f1"], [("loss", "eval/f1")]),
        (["train/acc", "eval/f1"], []),
        (["val_loss"], []),
    ],
)
def test_pairs(names: list[str], pairs: list[tuple[str, str]]) -> None:
    """The same name first, then the same ending, then any training loss."""
    assert train_validation_pairs(names) == pairs


@pytest.mark.parametrize("name", ["lr", "opt/lr_0", "LearningRate", "lr-Adam"])
def test_learning_rates(name: str) -> None:
    """The usual spellings."""
    assert is_learning_rate(name)
