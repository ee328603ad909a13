from __future__ import annotations

import numpy as np
import pytest

from neural.tracking.analysis.run_columns import column, param_columns


def test_numbers_stay_numbers() -> None:
    """Switches count as 0 and 1, and what is missing is NaN."""
    one = column("x", [1, True, None, 2.5])

    assert one.is_number
    assert one.values == pytest.approx([1, 1, np.nan, 2.5], nan_ok=True)
    assert one.missing == 1


def test_one_name_makes_names_of_all() -> None:
    """A number among names is a name too."""
    one = column("size", ["small", 3, None])

    assert one.levels == ("3", "small")
    assert one.text(one.values[0]) == "small"
    assert one.text(float("nan")) == "–"


def test_params_that_some_runs_lack() -> None:
    """Nested params have dotted names, in the order they first came."""
    found = param_columns([{"opt": {"lr": 0.1}}, {"seed": 1, "opt": {"lr": 0.2}}])

    assert list(found) == ["opt.lr", "seed"]
    assert np.isnan(found["seed"].values[0])
    assert found["seed"].varies


def test_what_spans_many_sizes_prefers_a_logarithmic_axis() -> None:
    """Learning rates do, batch sizes of 32 and 64 do not."""
    assert column("lr", [1e-5, 1e-2]).prefers_log
    assert not column("batch", [32, 64]).prefers_log
    assert not column("zero", [0.0, 1e9]).prefers_log
