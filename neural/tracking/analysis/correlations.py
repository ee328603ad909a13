"""Which columns of many runs, or curves of one, go together: coefficients, n, p and an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.errors import UnknownNameError
from neural.tracking.analysis.clustering import cluster_order
from neural.tracking.correlation import p_values, pearson, spearman_matrix
from neural.tracking.smoothing import as_floats

__all__ = ["Correlations", "Method", "correlations"]

Method = Literal["pearson", "spearman"]

_METHODS: Final = {"pearson": pearson, "spearman": spearman_matrix}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Correlations:
    """Every column against every other.

    Attributes:
        names: In the order of rows and columns, length ``M``.
        method: ``"pearson"`` or ``"spearman"``.
        coefficients: Shape ``(M, M)``; NaN where the data say nothing.
        pairs: Rows that both columns have, shape ``(M, M)``.
        p_values: Two-sided, shape ``(M, M)``, not corrected for the number of pairs.
    """

    names: tuple[str, ...]
    method: Method
    coefficients: NDArray[np.float64]
    pairs: NDArray[np.int64]
    p_values: NDArray[np.float64]


def correlations(
    columns: Mapping[str, ArrayLike], *, method: Method = "spearman", clustered: bool = True
) -> Correlations:
    """Return the correlation of every pair of columns over the rows both have.

    Args:
        columns: Numbers by name, each of shape ``(N,)``, one row a run (or a step); NaN and
            infinities are missing.
        method: ``"spearman"`` for any monotone relation, ``"pearson"`` for straight ones.
        clustered: Whether columns that go together become neighbours
            (:func:`neural.tracking.analysis.clustering.cluster_order`).

    Raises:
        UnknownNameError: There is no such method.
    """
    if method not in _METHODS:
        raise UnknownNameError("correlation", method, _METHODS)
    table = np.array([as_floats(values) for values in columns.values()]).T
    coefficients, pairs = _METHODS[method](table.reshape(table.shape[0], len(columns)))
    order = cluster_order(coefficients) if clustered else np.arange(len(columns))
    names = list(columns)
    turned = np.ix_(order, order)
    return Correlations(
        names=tuple(names[i] for i in order),
        method=method,
        coefficients=coefficients[turned],
        pairs=pairs[turned],
        p_values=p_values(coefficients[turned], pairs[turned]),
    )
