from __future__ import annotations

import base64
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.errors import MissingExtraError
from neural.tracking.charts.figures import (
    as_figure,
    base_layout,
    compact_floats,
    compact_integers,
    empty_figure,
    encode,
    encode_array,
)


def test_arrays_are_encoded_at_any_depth() -> None:
    """What is an array becomes typed; everything else stays what it was."""
    figure = {"data": [{"y": np.array([1, 2], np.int32), "text": ["a"], "name": "run"}]}

    encoded = encode(figure)

    assert encoded == {
        "data": [{"y": {"dtype": "i4", "bdata": "AQAAAAIAAAA="}, "text": ["a"], "name": "run"}]
    }


def test_tables_tell_their_shape() -> None:
    """Rows come before columns, and bytes go row by row."""
    encoded = encode_array(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).T)

    assert encoded["shape"] == "3, 2"
    assert np.frombuffer(base64.b64decode(encoded["bdata"])).tolist() == [1, 4, 2, 5, 3, 6]


@pytest.mark.parametrize(
    "values",
    [
        [0.1, 0.2, 0.3],
        [np.nan, 1.0, np.nan],
        [5e9, 5e9],
        [],
    ],
)
def test_floats_are_short_where_nobody_sees_it(values: list[float]) -> None:
    """Half the bytes where the error is a fraction of a pixel."""
    assert compact_floats(np.array(values)).dtype == np.float32


@pytest.mark.parametrize(
    ("values", "is_log"),
    [
        ([1e6, 1e6 + 1e-3], False),
        ([1.0, 1e300], False),
        ([-1.7e308, 1.7e308], False),
        ([1e-60, 1.0], True),
    ],
)
def test_floats_stay_exact_where_it_matters(values: list[float], is_log: bool) -> None:
    """Small changes of large values, and what float32 cannot hold, travel whole."""
    assert compact_floats(np.array(values), is_log=is_log).tolist() == values


@given(st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=2))
def test_error_of_short_floats_is_invisible(values: list[float]) -> None:
    """No value moves by more than a hundred-thousandth of the drawn range."""
    exact = np.array(values)

    drawn = compact_floats(exact).astype(np.float64)

    finite = np.isfinite(exact)
    assert (np.isfinite(drawn) == finite).all()
    with np.errstate(over="ignore"):
        span = np.ptp(exact[finite]) if finite.any() else 0.0
    if 0 < span < np.inf:
        assert np.abs(drawn[finite] - exact[finite]).max() <= 1e-5 * span


@pytest.mark.parametrize(
    ("values", "kind"), [([0, 2**31 - 1], "int32"), ([0, 2**31], "float64"), ([], "int32")]
)
def test_steps_are_short_where_they_fit(values: list[int], kind: str) -> None:
    """Steps beyond 32 bits become floats, which hold them exactly to 2**53."""
    compact = compact_integers(np.array(values, dtype=np.int64))

    assert compact.dtype == kind
    assert compact.tolist() == values


def test_title_and_note_are_literal() -> None:
    """Markup in a name is drawn as it was typed."""
    layout = base_layout("dark", "<b>loss", note="3 < 4")

    assert layout["title"]["text"] == "&lt;b&gt;loss"
    assert layout["title"]["subtitle"]["text"] == "3 &lt; 4"
    assert layout["meta"]["note"] == "3 < 4"


def test_compact_layout_leaves_words_to_the_card() -> None:
    """Title and note are not drawn, and the note can still be read from the figure."""
    layout = base_layout("dark", "loss", note="3 NaN", compact=True)

    assert "title" not in layout
    assert layout["meta"] == {"note": "3 NaN"}


def test_empty_figure_says_why() -> None:
    """The reason stands where the curves would be, without axes."""
    figure = as_figure(empty_figure("No <metric> was logged"))

    assert figure.layout.annotations[0].text == "No &lt;metric&gt; was logged"
    assert figure.layout.xaxis.visible is False
    assert not figure.data


def test_plotly_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error tells the command that installs it."""
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'neural-aquarium\[dashboard\]'"):
        as_figure({"data": []})
