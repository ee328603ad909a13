"""What the names of metrics tell: which way is better, which belong together, which is the rate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final

from neural.tracking.records import Goal
from neural.tracking.summary import infer_goal

__all__ = ["MAXIMISED", "is_learning_rate", "known_goal", "train_validation_pairs"]

#: Words that make a metric one to maximise. A name that is neither here nor among
#: :data:`neural.tracking.summary.MINIMISED` (``epoch``, ``grad_norm``) is not judged at all,
#: because nobody knows which way it should go.
MAXIMISED: Final = frozenset(
    {
        *("acc", "accuracy", "auc", "auroc", "auprc", "precision", "recall", "f", "fbeta"),
        *("score", "reward", "return", "returns", "map", "ap", "ndcg", "mrr", "bleu", "rouge"),
        *("iou", "miou", "dice", "jaccard", "psnr", "ssim", "r", "mcc", "kappa", "likelihood"),
    }
)
#: Words that count only with the digit behind them: F1 and R², but not every "f" and "r".
_NEEDS_DIGIT: Final = {"f": ("1", "2"), "r": ("2",)}

_ROLES: Final = {
    **dict.fromkeys(("train", "training", "tr", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "eval", "evaluation"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_RATES: Final = frozenset({"lr", "learningrate", "lrate"})


def known_goal(name: str, goals: Mapping[str, Goal]) -> Goal | None:
    """Return which direction of a metric is better, ``None`` when that is anybody's guess.

    Args:
        name: Metric name.
        goals: Directions that the user set, which win.

    Example:
        >>> [known_goal(name, {}) for name in ("val/loss", "f1", "epoch")]
        ['min', 'max', None]
    """
    if name in goals:
        return goals[name]
    if is_learning_rate(name):
        return None
    if infer_goal(name) == "min":
        return "min"
    words = _words(name)
    following = [*words[1:], ""]
    for word, after in zip(words, following, strict=True):
        if word in MAXIMISED and (word not in _NEEDS_DIGIT or after in _NEEDS_DIGIT[word]):
            return "max"
    return None


def is_learning_rate(name: str) -> bool:
    """Return whether a metric is a learning rate, going by its name.

    Example:
        >>> [is_learning_rate(name) for name in ("lr", "train/learning_rate", "lr-AdamW", "blr")]
        [True, True, True, False]
    """
    words = _words(name)
    joined = {"".join(pair) for pair in pairwise(words)}
    return bool(_RATES & ({*words} | joined))


def train_validation_pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return ``(training metric, held-out metric)`` for every held-out metric that has a partner.

    Best are names that differ only in that word (``train/acc`` and ``val/acc``; Keras logs
    ``loss`` and ``val_loss``), then names of which one ends like the other (``loss`` and
    ``eval_german_loss``), then any training loss: whether training goes on improving is
    what the pair is asked for. Where both validation and test were logged under one name,
    validation is taken.

    Example:
        >>> train_validation_pairs(["loss", "val_loss", "train/acc", "valid/acc", "lr"])
        [('loss', 'val_loss'), ('train/acc', 'valid/acc')]
    """
    sides: dict[str, dict[tuple[str, ...], str]] = {}
    for name in names:
        words = _words(name)
        role = next((_ROLES[word] for word in words if word in _ROLES), "")
        stem = tuple(word for word in words if word not in _ROLES)
        sides.setdefault(role, {}).setdefault(stem, name)
    training = sides.get("", {}) | sides.get("train", {})
    held_out = sides.get("test", {}) | sides.get("validation", {})
    found = ((_partner(stem, training), name) for stem, name in held_out.items())
    return [(train, name) for train, name in found if train is not None]


def _partner(stem: tuple[str, ...], training: Mapping[tuple[str, ...], str]) -> str | None:
    """Return the training metric that belongs to a held-out one, if any."""
    endings = [stem[at:] for at in range(len(stem))]
    losses = sorted((other for other in training if "loss" in other), key=len)
    return next((training[one] for one in [*endings, *losses] if one in training), None)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]
