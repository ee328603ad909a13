"""Which parameters only say which repetition a run is: its seed, its number among repeats."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Mapping
from typing import Any

from neural.tracking.analysis.keys import comparable
from neural.tracking.analysis.words import name_words

__all__ = ["REPEAT_WORDS", "SEED_COMPANIONS", "is_seed_name", "seed_of"]

#: Words that make a name mean the number of a repetition when it stands alone or beside one of
#: :data:`INDEX_WORDS` only: ``trial``, ``repeat_id``, ``rep-no``.
REPEAT_WORDS = frozenset(
    {"rep", "repeat", "repetition", "replicate", "replica", "trial", "rerun", "rng"}
)
#: What may stand beside one of :data:`REPEAT_WORDS`.
INDEX_WORDS = frozenset({"i", "id", "idx", "index", "n", "nr", "no", "num", "number", "state"})
#: Words that may stand beside ``seed``: who is seeded, or with what. ``seed_text`` and
#: ``num_seeds`` are something else, and so is every name with a word that is not here.
SEED_COMPANIONS = frozenset(
    {
        *("random", "rng", "global", "base", "main", "master", "manual", "fixed", "my", "the"),
        *("torch", "pytorch", "numpy", "np", "python", "py", "cuda", "gpu", "jax", "tf", "keras"),
        *("tensorflow", "sklearn", "transformers", "hash", "worker", "workers", "dataloader"),
        *("data", "dataset", "split", "shuffle", "shuffling", "sampler", "sampling", "augment"),
        *("init", "initial", "initialization", "model", "weights", "dropout", "env", "eval"),
        *("environment", "train", "training", "test", "val", "validation", "run", "experiment"),
        *("trial", "generator", "noise", "bootstrap", "cv", "search", "everything", "all"),
        *("value", "state", "id", "idx", "index", "number", "no", "num"),
    }
)


@functools.lru_cache(maxsize=8192)
def is_seed_name(name: str) -> bool:
    """Return whether a parameter of this name only says which repetition a run is.

    Only the last part of a dotted name counts, in any case and spelling (``trainer.randomSeed``),
    and whole words only: ``seed`` alone or with :data:`SEED_COMPANIONS`, ``random_state``, or one
    of :data:`REPEAT_WORDS` alone or with a word for "index".

    Args:
        name: Name of a parameter, nested ones joined by a point.

    Example:
        >>> [is_seed_name(n) for n in ("seed", "env.np_seed", "RandomState", "trial_id", "rng")]
        [True, True, True, True, True]
        >>> [is_seed_name(n) for n in ("seed_text", "num_seeds", "report", "trials", "repeat_lr")]
        [False, False, False, False, False]
    """
    words = name_words(name.rpartition(".")[2])
    kinds = set(words)
    if "seed" in kinds:
        # "seed number" is a number of a seed; "num seed" counts seeds.
        return kinds - {"seed"} <= SEED_COMPANIONS and words[0] not in ("num", "n")
    if words in (["random", "state"], ["randomstate"]):
        return True
    return len(kinds & REPEAT_WORDS) == 1 and kinds - REPEAT_WORDS <= INDEX_WORDS


def seed_of(row: Mapping[str, Any]) -> Hashable | None:
    """Return what tells a run from its repeats; ``None`` when nothing does.

    Args:
        row: A run as ``ExperimentManager.search`` returns it.

    Returns:
        The value of its seed; of several seeds all of them with their names; without any the
        number under ``repeat``.

    Example:
        >>> seed_of({"hyperparameters": {"lr": 0.1, "seed": 3}, "repeat": None})
        3
    """
    params: Mapping[str, Any] = row.get("hyperparameters") or {}
    seeds = sorted(name for name in params if is_seed_name(name))
    if len(seeds) == 1:
        return comparable(params[seeds[0]])
    if seeds:
        return tuple((name, comparable(params[name])) for name in seeds)
    repeat: Hashable | None = row.get("repeat")
    return repeat
