"""Images, histograms and tables in all the forms in which people have them."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from neural.errors import InvalidInputError, MetricValueError
from neural.tracking.media_values import histogram, image_bytes, table


def decoded(image: Any) -> NDArray[Any]:
    """The pixels that come back."""
    data, ending = image_bytes("picture", image)
    assert ending == ".png"
    return np.asarray(Image.open(io.BytesIO(data)))


# ---------------------------------------------------------------------- images


@pytest.mark.parametrize(
    ("start", "ending"),
    [
        (b"\x89PNG\r\n", ".png"),
        (b"\xff\xd8\xff\xe0", ".jpg"),
        (b"GIF89a", ".gif"),
        (b"RIFF\0\0\0\0WEBP", ".webp"),
    ],
)
def test_encoded_images(tmp_path: Path, start: bytes, ending: str) -> None:
    """Their bytes are kept, from memory or from a file; they tell what they are."""
    (tmp_path / "picture").write_bytes(start)

    assert image_bytes("picture", start) == (start, ending)
    assert image_bytes("picture", tmp_path / "picture") == (start, ending)
    assert image_bytes("picture", str(tmp_path / "picture")) == (start, ending)


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"text"])
def test_bytes_that_are_no_image(data: bytes) -> None:
    """An SVG may hold scripts, so it is none of them."""
    with pytest.raises(InvalidInputError, match="'picture' must be a png, jpeg, gif or webp"):
        image_bytes("picture", data)


def test_an_image_that_is_missing(tmp_path: Path) -> None:
    """The error is the usual one."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        image_bytes("picture", tmp_path / "nowhere.png")


PIXELS = np.arange(2 * 5 * 3, dtype=np.uint8).reshape(2, 5, 3)


@pytest.mark.parametrize(
    ("array", "pixels"),
    [
        (PIXELS, PIXELS),
        (PIXELS.transpose(2, 0, 1), PIXELS),
        (PIXELS[:, :, 0], PIXELS[:, :, 0]),
        (PIXELS[:, :, :1], PIXELS[:, :, 0]),
        (PIXELS[None, :, :, 0], PIXELS[:, :, 0]),
        (PIXELS / 255, PIXELS),
        (PIXELS.astype(np.int64), PIXELS),
        (np.array([[True, False]]), [[255, 0]]),
        (np.array([[math.nan, -1.0, 2.0, 0.5]]), [[0, 0, 255, 128]]),
        (np.array([[-5, 300]]), [[0, 255]]),
        ([[0.0, 1.0]], [[0, 255]]),
        (np.zeros((2, 3, 4)), np.zeros((2, 3, 4))),
    ],
)
def test_arrays(array: Any, pixels: Any) -> None:
    """Grey or in colour, channels first or last, whole numbers or fractions of one."""
    assert decoded(array).tolist() == np.asarray(pixels).tolist()


@pytest.mark.parametrize("shape", [(2,), (2, 2, 5), (1, 2, 2, 3), (5, 2, 2)])
def test_arrays_of_other_shapes(shape: tuple[int, ...]) -> None:
    """The message lists the shapes that are possible, and shows what came."""
    with pytest.raises(InvalidInputError, match=r"must have shape \(H, W\).*got \("):
        image_bytes("picture", np.zeros(shape))


@pytest.mark.parametrize("image", [None, 5j, {"a": 1}, np.zeros((2, 2), complex)])
def test_what_is_no_image(image: Any) -> None:
    """The message names the image."""
    with pytest.raises(InvalidInputError, match="Image 'picture' must be numbers, got"):
        image_bytes("picture", image)


def test_an_image_without_pixels() -> None:
    """There is nothing to keep."""
    with pytest.raises(InvalidInputError, match="'picture' cannot be kept as a png"):
        image_bytes("picture", np.zeros((0, 5)))


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I", "F", "CMYK", "YCbCr", "HSV", "PA"]
)
def test_pil_images_of_any_mode(mode: str) -> None:
    """Those that a png cannot hold are converted."""
    assert decoded(Image.new(mode, (3, 2))).shape[:2] == (2, 3)


def test_figures() -> None:
    """They are drawn."""
    figure = Figure(figsize=(2, 1), dpi=50)

    assert decoded(figure).shape[:2] == (50, 100)


# ---------------------------------------------------------------------- histograms


def test_a_histogram() -> None:
    """Values of any shape in bins of equal width."""
    found = histogram("h", [[0, 1], [1, 4]], bins=4)

    assert found == {"edges": [0.0, 1.0, 2.0, 3.0, 4.0], "counts": [1, 2, 0, 1]}


def test_values_that_are_not_finite() -> None:
    """They lie in no bin, and are counted."""
    found = histogram("h", [math.nan, 1.0, math.inf, 2.0, -math.inf], bins=1)

    assert found == {"edges": [1.0, 2.0], "counts": [2], "non_finite": 3}


@pytest.mark.parametrize("values", [[], [math.nan]])
def test_no_values(values: list[float]) -> None:
    """Empty bins."""
    found = histogram("h", values, bins=3)

    assert found["counts"] == [0, 0, 0]
    assert found.get("non_finite", 0) == len(values)


@pytest.mark.parametrize(
    "values",
    [
        [1.0, np.nextafter(1.0, 2.0)],
        [1e16, 1e16 + 2],
        [0.0, 5e-324],
        [-1.7e308, 1.7e308],
        [1.7e308, 1.6e308],
        [3.0, 3.0],
        [0.0, 1e-300],
    ],
)
def test_values_very_near_or_far(values: list[float]) -> None:
    """The edges rise, and every value lies between the first and the last."""
    found = histogram("h", values, bins=64)
    edges = np.array(found["edges"])

    assert sum(found["counts"]) == 2
    assert (edges[1:] > edges[:-1]).all()
    assert edges[0] <= min(values) <= max(values) <= edges[-1]


def test_a_histogram_that_is_counted_already() -> None:
    """As numpy returns it."""
    counts, edges = np.histogram([0.0, 1.0, 1.0], bins=2)

    assert histogram("h", (counts, edges), bins=9) == {
        "edges": [0.0, 0.5, 1.0],
        "counts": [1, 2],
    }


def test_a_pair_of_lists_is_no_histogram() -> None:
    """Unless there is one edge more than there are counts."""
    assert sum(histogram("h", ([1, 2], [3, 4]), bins=2)["counts"]) == 4


@pytest.mark.parametrize("values", ["abc", {"a": 1}, [1j], [None], [2**70], [[1], [1, 2]]])
def test_what_is_no_number(values: Any) -> None:
    """The message names the histogram."""
    with pytest.raises(InvalidInputError, match="Histogram 'h' must be numbers, got"):
        histogram("h", values, bins=2)


@pytest.mark.parametrize(
    ("bins", "error"),
    [(0, InvalidInputError), (-1, InvalidInputError), (1.5, MetricValueError), ("x", TypeError)],
)
def test_bins(bins: Any, error: type[Exception]) -> None:
    """A whole number from one on."""
    with pytest.raises(error, match=r"^bins .*must be"):
        histogram("h", [1.0], bins=bins)


# ---------------------------------------------------------------------- tables

WANTED = {"columns": ["a", "b"], "rows": [[1, "x"], [2, "y"]]}


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        ([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], None),
        ([{"a": 1, "b": "x", "c": 0}, {"b": "y", "a": 2}], ["a", "b"]),
        ([[1, "x"], (2, "y")], ["a", "b"]),
        ({"a": [1, 2], "b": ("x", "y")}, None),
        ({"b": ["x", "y"], "c": [0, 0], "a": np.array([1, 2])}, ["a", "b"]),
        ((row for row in [[1, "x"], [2, "y"]]), ["a", "b"]),
    ],
)
def test_forms_of_tables(data: Any, columns: list[str] | None) -> None:
    """Rows or columns; which columns there are may be told, and in which order."""
    assert table("t", data, columns) == WANTED


def test_a_data_frame() -> None:
    """Of pandas; missing values are NaN, times their text."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, None], "when": pandas.to_datetime(["2020-01-01"] * 2)})
    found = table("t", frame, None)

    assert found["columns"] == ["a", "when"]
    assert found["rows"][0] == [1.0, "2020-01-01 00:00:00"]
    assert math.isnan(found["rows"][1][0])


class Polars:
    """A data frame that gives its rows."""

    columns = ("a", "b")

    def to_dict(self) -> dict[str, Any]:
        """It takes no ``orient``."""
        raise AssertionError

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the rows."""
        return [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]


def test_another_data_frame() -> None:
    """Of polars."""
    assert table("t", Polars(), None) == WANTED


def test_an_array() -> None:
    """Of rows."""
    assert table("t", np.array([[1, 2], [3, 4]]), ["a", "b"])["rows"] == [[1, 2], [3, 4]]


def test_rows_without_some_columns() -> None:
    """What one of them lacks is nothing."""
    assert table("t", [{"a": 1}, {"b": 2}], None) == {
        "columns": ["a", "b"],
        "rows": [[1, None], [None, 2]],
    }


def test_an_empty_table() -> None:
    """It has its columns."""
    assert table("t", [], ["a"]) == {"columns": ["a"], "rows": []}


def test_cells() -> None:
    """Numbers of numpy stay numbers; what JSON cannot say becomes its text."""
    row = [np.float32(0.5), np.int64(2), np.datetime64("2020-01-01"), Path("x"), None, True]
    (found,) = table("t", [row], list("abcdef"))["rows"]

    assert found == [0.5, 2, "2020-01-01", "x", None, True]
    assert type(found[0]) is float


@pytest.mark.parametrize(
    ("data", "columns", "message"),
    [
        ([[1, 2], [3]], ["a", "b"], r"Row 1 of table 't' must have 2 values.*got \[3\]"),
        ([[1, 2]], None, "rows of table 't' do not name their values; name the columns"),
        (["ab"], ["a", "b"], "Row 0 of table 't' must have 2 values"),
        (5, None, "Table 't' must be rows, a mapping of columns or a data frame, got 5"),
        ("abc", None, "Table 't' must be rows.*got 'abc'"),
        ({"a": [1], "b": [1, 2]}, None, "must be of one length, got {'a': 1, 'b': 2}"),
        ({"a": 5}, None, "columns of table 't' must be sequences"),
        ({"a": [1]}, ["b"], r"Table 't' has no columns \['b'\]; it has \['a'\]"),
    ],
)
def test_rows_and_columns_that_do_not_fit(
    data: Any, columns: list[str] | None, message: str
) -> None:
    """The message names the table and the place."""
    with pytest.raises(InvalidInputError, match=message):
        table("t", data, columns)
