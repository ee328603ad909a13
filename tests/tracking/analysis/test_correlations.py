from __future__ import annotations

import numpy as np
import pytest

from neural.errors import UnknownNameError
from neural.tracking.analysis.correlations import correlations

stats = pytest.importorskip("scipy.stats")


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_agrees_with_scipy(method: str) -> None:
    """Coefficient, n and p of each pair are those of its common rows."""
    rng = np.random.default_rng(3)
    table = rng.normal(size=(25, 4))
    table[:, 1] += table[:, 0]
    table[rng.random(table.shape) < 0.2] = np.nan
    columns = dict(zip("abcd", table.T, strict=True))

    found = correlations(columns, method=method, clustered=False)  # type: ignore[arg-type]

    reference = {"pearson": stats.pearsonr, "spearman": stats.spearmanr}[method]
    for i in range(4):
        for j in range(4):
            both = np.isfinite(table[:, i]) & np.isfinite(table[:, j])
            expected = reference(table[both, i], table[both, j])
            assert found.coefficients[i, j] == pytest.approx(expected.statistic)
            assert found.pairs[i, j] == both.sum()
            assert found.p_values[i, j] == pytest.approx(expected.pvalue, abs=1e-9)


def test_clustered_columns_keep_their_numbers() -> None:
    """Only the order changes."""
    rng = np.random.default_rng(4)
    base = rng.normal(size=30)
    columns = {
        "a": base,
        "x": rng.normal(size=30),
        "b": base + 0.1 * rng.normal(size=30),
        "y": rng.normal(size=30),
    }

    plain, ordered = correlations(columns, clustered=False), correlations(columns)

    turned = np.ix_(*[[plain.names.index(name) for name in ordered.names]] * 2)
    assert (ordered.coefficients == plain.coefficients[turned]).all()
    assert abs(ordered.names.index("a") - ordered.names.index("b")) == 1


def test_nothing_to_correlate() -> None:
    """No columns give an empty matrix."""
    assert correlations({}).coefficients.shape == (0, 0)


def test_unknown_method() -> None:
    """The message lists the methods."""
    with pytest.raises(UnknownNameError, match="pearson"):
        correlations({"a": [1.0]}, method="kendall")  # type: ignore[arg-type]
