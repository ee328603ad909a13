"""Arrays that hold metric values exactly."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neural.tracking.storage.exact_arrays import GrowingArray, join_exact, to_exact

numbers = st.integers() | st.floats() | st.sampled_from([2**53 + 1, -(2**53) - 1, 2**63, -0.0])


@given(st.lists(numbers))
def test_nothing_is_rounded(values: list[float | int]) -> None:
    """Each item equals what went in; of zero, the sign too."""
    found = to_exact(values).tolist()

    same = [a == b or (a != a and b != b) for a, b in zip(found, values, strict=True)]
    assert all(same)
    assert [str(v) == "-0.0" for v in found] == [str(v) == "-0.0" for v in values]


@given(st.lists(numbers), st.lists(numbers))
def test_joining_is_like_converting_together(
    first: list[float | int], second: list[float | int]
) -> None:
    """Two arrays joined hold the values they would hold if they had been made at once."""
    joined = join_exact(to_exact(first), to_exact(second)).tolist()

    together = to_exact([*first, *second]).tolist()
    assert list(map(str, map(_plain, joined))) == list(map(str, map(_plain, together)))


def _plain(value: float | int) -> float | int:
    whole = isinstance(value, float) and value.is_integer() and str(value) != "-0.0"
    return int(value) if whole else value


def test_growing_keeps_earlier_views() -> None:
    """A view stays as it was, whether the array had room or had to move."""
    array = GrowingArray(np.empty(0))
    views = []
    for i in range(20):
        array.extend(np.array([float(i)]))
        views.append(array.view())

    assert [view.tolist() for view in views] == [list(map(float, range(n))) for n in range(1, 21)]
