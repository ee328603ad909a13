"""What a run came to: the direction of a metric, its best value, and summary.json."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.errors import InvalidInputError
from neural.tracking.records import Goal, MetricSummary

__all__ = ["MINIMISED", "best", "has_direction", "infer_goal", "rounded", "run_summary"]

#: Words that make a metric one to minimise. A word counts where it stands whole in a name, in
#: any case, with or without digits behind it: ``val/loss``, ``TrainLoss``, ``l1_loss2``; but
#: ``lossless`` is another word. Words with a second, better-known meaning are left out
#: (``per``, ``ter``, ``entropy``, ``time``): ``define_metric(name, goal="min")`` says it for those.
MINIMISED = frozenset(
    {
        # losses
        *("loss", "losses", "logloss", "bce", "crossentropy", "xent", "hinge", "huber"),
        *("nll", "kl", "kld", "divergence", "cost", "regret", "brier", "ece"),
        # errors
        *("error", "errors", "err", "mse", "rmse", "msle", "rmsle", "mae", "mape", "smape"),
        *("rmsd", "mpjpe", "wer", "cer", "eer", "hter"),
        # language models, images, speed
        *("ppl", "perplexity", "bpc", "bpb", "bpd", "fid", "kid", "lpips", "latency"),
    }
)

#: Words that say, in the same way, that more is better. Of every other name nobody knows.
_MAXIMISED = frozenset({"acc", "accuracy", "auc", "f", "score", "bleu", "map", "reward", "return"})

_LETTERS = re.compile(r"[^\W\d_]+")
_CAMEL_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

#: What scikit-learn puts behind "neg" in the names of scores it has turned round, so that
#: more is better: ``neg_mean_squared_error``, ``neg_log_loss``.
_TURNED_ROUND = frozenset({"mean", "root", "median", "max", "log", "brier"})

#: Significant digits that :func:`rounded` keeps.
_DIGITS = 10


def infer_goal(name: str) -> Goal:
    """Return whether less or more of a metric is better, going by its name.

    Args:
        name: Metric name as logged, such as ``"val/loss"``.

    Returns:
        ``"min"`` when a whole word of the name is in :data:`MINIMISED`, else ``"max"``.
        "Cross entropy" and "negative log likelihood" count as words; scores that
        scikit-learn has turned round (``neg_log_loss``) are maximised.

    Example:
        >>> [infer_goal(name) for name in ("val/loss", "valMSE", "lossless_rate", "accuracy")]
        ['min', 'min', 'max', 'max']
    """
    words = list(_words(name))
    pairs = set(pairwise(words))
    if "likelihood" in words and {"neg", "negative"} & set(words):
        return "min"
    if any(("neg", word) in pairs for word in _TURNED_ROUND):
        return "max"
    return "min" if MINIMISED & set(words) or ("cross", "entropy") in pairs else "max"


def has_direction(name: str) -> bool:
    """Return whether a name itself says which direction is better: a loss, an error, a score.

    :func:`infer_goal` takes all others for metrics to maximise; that the largest learning rate is
    the best one would be nonsense all the same.

    Example:
        >>> [has_direction(name) for name in ("val/loss", "F1", "learning_rate")]
        [True, True, False]
    """
    known = not (MINIMISED | _MAXIMISED).isdisjoint(_words(name))
    return known or infer_goal(name) == "min"


def rounded(value: float) -> float | int:
    """Return ``value`` to 10 significant digits.

    That hides how a decimal number was reckoned (``0.1 * 9`` is 0.9 again), and unlike a
    number of decimals it keeps small learning rates and large counts alike.

    Args:
        value: Any number; NaN and infinities come back as they are.

    Returns:
        A float; an integer only if no float is large enough for it.

    Example:
        >>> rounded(0.1 * 3), rounded(1.00000000049e-9)
        (0.3, 1e-09)
    """
    try:
        return float(f"{float(value):.{_DIGITS}g}")
    except OverflowError:
        return round(int(value), _DIGITS - len(str(abs(int(value)))))


def best(
    values: Sequence[float | None] | NDArray[Any], steps: Sequence[int] | NDArray[Any], goal: Goal
) -> tuple[float | int, int] | tuple[None, None]:
    """Return the best value of a series and the step it was logged at.

    Args:
        values: Numbers, length ``T``. NaN and ``None`` never win.
        steps: Step of each value, length ``T``.
        goal: ``"min"`` or ``"max"``.

    Returns:
        The exact value and its step, the first one of equal values; ``(None, None)`` when
        there is no value that could win.

    Raises:
        InvalidInputError: ``goal`` is neither of the two, or the lengths differ.

    Example:
        >>> best([0.5, None, float("nan"), 0.2, 0.2], [0, 1, 2, 3, 4], "min")
        (0.2, 3)
    """
    if goal not in ("min", "max"):
        raise InvalidInputError(f"mode must be 'min' or 'max', got {goal!r}")
    if len(values) != len(steps):
        raise InvalidInputError(
            f"values and steps must have the same length, got {len(values)} and {len(steps)}"
        )
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return _best_of_floats(values, steps, goal)
    there: list[tuple[Any, int]] = [
        (value, i) for i, value in enumerate(values) if value is not None and value == value
    ]
    if not there:
        return None, None
    value, winner = (min if goal == "min" else max)(there, key=lambda pair: pair[0])
    return (value.item() if isinstance(value, np.generic) else value), int(steps[winner])


def run_summary(
    experiment_name: str,
    experiment_id: str,
    *,
    metadata: Mapping[str, Any],
    hyperparameters: Mapping[str, Any],
    metrics: Mapping[str, MetricSummary],
    goals: Mapping[str, Goal],
    artifacts: Iterable[str],
) -> dict[str, Any]:
    """Return the content of summary.json.

    Args:
        experiment_name: Groups runs.
        experiment_id: Id of the run.
        metadata: Content of metadata.json.
        hyperparameters: As given, possibly nested.
        metrics: Figures by metric name.
        goals: Direction by metric where the user set one; the others are inferred.
        artifacts: Names of the artifacts.

    Returns:
        The keys of the seed's file; ``best`` says its ``mode``. Values are exact, so NaN may
        be among the latest; where a metric was never anything but NaN, its best value and
        step are ``None``.
    """
    return {
        "experiment_name": experiment_name,
        "experiment_id": experiment_id,
        "metadata": dict(metadata),
        "hyperparameters": dict(hyperparameters),
        "metrics": {
            "latest": {name: metric.last for name, metric in metrics.items()},
            "best": {name: _best_entry(name, metrics[name], goals) for name in metrics},
        },
        "artifacts": list(artifacts),
    }


def _words(name: str) -> Iterable[str]:
    """Yield the words of a name in lower case; a change of case starts a new one."""
    for piece in _LETTERS.findall(name):
        for word in _CAMEL_PARTS.findall(piece) if piece.isascii() else [piece]:
            yield word.lower()


def _best_of_floats(
    values: NDArray[Any], steps: Sequence[int] | NDArray[Any], goal: Goal
) -> tuple[float, int] | tuple[None, None]:
    """Return what :func:`best` does, without a Python loop over a million values."""
    if not values.size or np.isnan(values).all():
        return None, None
    winner = int(np.nanargmin(values) if goal == "min" else np.nanargmax(values))
    return float(values[winner]), int(steps[winner])


def _best_entry(name: str, metric: MetricSummary, goals: Mapping[str, Goal]) -> dict[str, Any]:
    goal = goals.get(name) or infer_goal(name)
    value, step = metric.best(goal)
    return {"value": value, "step": step, "mode": goal}
