"""An order of columns that puts next to each other what goes together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural._optional import optional_import
from neural.errors import MissingExtraError

__all__ = ["cluster_order"]


def cluster_order(coefficients: ArrayLike) -> NDArray[np.intp]:
    """Return an order in which strongly correlated columns are neighbours.

    With SciPy it is the order of the leaves of an average-linkage tree over the distance
    ``1 - |r|``, turned so that neighbours are as alike as possible. Without SciPy each column
    is followed by the one most like it that is left, from the one most like all others on.

    Args:
        coefficients: Symmetric correlations, shape ``(M, M)``; NaN counts as 0.

    Returns:
        Places of the columns, shape ``(M,)``.

    Reference:
        Z. Bar-Joseph, D. K. Gifford and T. S. Jaakkola, "Fast optimal leaf ordering for
        hierarchical clustering", Bioinformatics 17, 2001.
    """
    likeness = np.abs(np.nan_to_num(np.asarray(coefficients, dtype=np.float64)))
    if likeness.shape[0] < 3:
        return np.arange(likeness.shape[0])
    try:
        hierarchy = optional_import(
            "scipy.cluster.hierarchy", extra="analysis", purpose="cluster a correlation matrix"
        )
    except MissingExtraError:
        return _chain(likeness)
    upper = np.triu_indices(likeness.shape[0], 1)
    distance = np.clip(1 - likeness[upper], 0.0, 1.0)
    tree = hierarchy.linkage(distance, method="average", optimal_ordering=True)
    return np.asarray(hierarchy.leaves_list(tree), dtype=np.intp)


def _chain(likeness: NDArray[np.float64]) -> NDArray[np.intp]:
    left = set(range(likeness.shape[0]))
    order = [int(np.argmax(likeness.sum(axis=0)))]
    left.remove(order[0])
    while left:
        nearest = max(sorted(left), key=lambda column: likeness[order[-1], column])
        order.append(nearest)
        left.remove(nearest)
    return np.array(order, dtype=np.intp)
