from __future__ import annotations

from typing import Any

import pytest

from neural.tracking.analysis.seeds import is_seed_name, seed_of


@pytest.mark.parametrize(
    "name",
    [
        *("seed", "Seed", "SEED", "random_seed", "randomSeed", "seed_everything", "np_seed"),
        *("trainer.seed", "env.torch-seed", "data_seed", "random_state", "RandomState"),
        *("randomstate", "rng", "rng_seed", "rng_state", "rep", "repeat", "repeat_id", "trial"),
        *("trial_index", "replicate no", "model.init_seed", "seed0", "seed_id", "trialNumber"),
    ],
)
def test_names_that_mean_a_seed(name: str) -> None:
    """In whatever case and spelling, alone or beside a word that fits."""
    assert is_seed_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("lr", "seed_text", "seeds", "num_seed", "n_seeds", "seedling", "reseed", "linseed_oil"),
        *("report", "trials", "trial_budget", "repeat_lr", "repetition_penalty", "state", "random"),
        *("seed.size", "rng.name", "n", "index", "training", "replay", "", "seed_lr"),
    ],
)
def test_names_that_mean_something_else(name: str) -> None:
    """A word inside another, a count of seeds, or a property of one is no seed."""
    assert not is_seed_name(name)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"hyperparameters": {"seed": 1.0, "lr": 3}}, 1),
        ({"hyperparameters": {"b_seed": 1}, "repeat": 5}, 5),
        ({"hyperparameters": {"np_seed": 1, "seed": 2}}, (("np_seed", 1), ("seed", 2))),
        ({"hyperparameters": {"seed": None}, "repeat": 5}, None),
        ({"hyperparameters": {}, "repeat": 5}, 5),
        ({"hyperparameters": None, "repeat": None}, None),
        ({}, None),
    ],
)
def test_seed_of_a_run(row: dict[str, Any], expected: object) -> None:
    """Its seed, all its seeds, or else its number among the repeats."""
    assert seed_of(row) == expected
