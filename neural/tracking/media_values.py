"""What is handed in as image, histogram or table becomes what the store keeps, or is refused."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from neural.errors import InvalidInputError
from neural.tracking.values import shown, to_number, to_param, to_step

__all__ = ["histogram", "image_bytes", "table"]


def histogram(name: str, values: Any, bins: int) -> dict[str, Any]:
    """Return edges of shape ``(bins + 1,)`` and counts of shape ``(bins,)`` of finite values.

    What is not finite cannot lie in a bin; it is counted beside them.

    Args:
        name: Named in the error.
        values: Numbers or anything numpy makes an array of; or ``(counts, edges)`` as
            ``numpy.histogram`` returns them.
        bins: Number of bins of equal width.

    Returns:
        ``edges``, ``counts``, and ``non_finite`` where there are values that are not.

    Raises:
        InvalidInputError: There are no numbers in ``values``.
        MetricValueError: ``bins`` is not a whole number.
    """
    import numpy as np

    if isinstance(values, tuple) and len(values) == 2 and np.ndim(values[0]) == 1:
        counts, edges = (_array(f"Histogram {name!r}", part) for part in values)
        if len(edges) == len(counts) + 1:
            return {"edges": edges.astype(np.float64).tolist(), "counts": counts.tolist()}
    if to_step(bins, "bins") < 1:
        raise InvalidInputError(f"bins of histogram {name!r} must be at least 1, got {bins}")
    array = _array(f"Histogram {name!r}", values).astype(np.float64).ravel()
    finite = array[np.isfinite(array)]
    found = _binned(finite, int(bins))
    return found | ({"non_finite": array.size - finite.size} if finite.size < array.size else {})


def _binned(finite: Any, bins: int) -> dict[str, Any]:
    """Count values in bins of equal width, however far apart or close together they are."""
    import numpy as np

    # The width between the largest numbers there are is none; of their quarters, it is.
    scale = 1.0 if np.abs(finite).max(initial=0.0) < np.finfo(np.float64).max / 4 else 4.0
    scaled = finite / scale
    low, high = (scaled.min(), scaled.max()) if scaled.size else (0.0, 1.0)
    # Bins that are narrower than two neighbouring numbers have no edges between them.
    narrowest = 2 * bins * np.spacing(max(abs(low), abs(high)))
    if low < high < low + narrowest:
        low, high = low - narrowest, high + narrowest
    counts, edges = np.histogram(scaled, bins=bins, range=(low, high))
    return {"edges": (edges * scale).tolist(), "counts": counts.tolist()}


def _array(what: str, values: Any) -> Any:
    """Return ``values`` as a numeric numpy array; tensors are detached and moved to the host.

    Raises:
        InvalidInputError: They are no numbers; the message begins with ``what``.
    """
    import numpy as np

    for method in ("detach", "cpu"):
        if hasattr(values, method):
            values = getattr(values, method)()
    if hasattr(values, "is_floating_point") and values.is_floating_point():
        values = values.double()  # torch's bfloat16 has no type in numpy
    try:
        array = np.asarray(values)
        if array.dtype.kind == "V":  # the bfloat16 of JAX and TensorFlow
            array = array.astype(np.float64)
    except (TypeError, ValueError) as exc:
        raise InvalidInputError(f"{what} must be numbers, got {shown(values)}: {exc}") from exc
    if array.dtype.kind not in "biuf":
        raise InvalidInputError(f"{what} must be numbers, got {shown(values)}")
    return array


_ENDINGS = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"GIF8": ".gif", b"RIFF": ".webp"}
#: Modes of PIL images that a png can hold, and what others become.
_PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
_PNG_MODE_OF = {"F": "L", "I": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA"}


def image_bytes(name: str, image: Any) -> tuple[bytes, str]:
    """Return an image as encoded bytes and the file ending that fits.

    Args:
        name: Named in the error.
        image: Path of a png, jpeg, gif or webp file, its bytes, a PIL image, a matplotlib figure,
            or an array of shape ``(H, W)``, ``(H, W, C)`` or ``(C, H, W)`` with ``C`` of 1, 3 or
            4: uint8, or floats in ``[0, 1]``.

    Raises:
        InvalidInputError: It is none of these.
        FileNotFoundError: There is no file at the path.
    """
    if isinstance(image, str | os.PathLike):
        image = Path(image).read_bytes()
    if isinstance(image, bytes):
        for start, ending in _ENDINGS.items():
            if image.startswith(start):
                return image, ending
        raise InvalidInputError(f"Image {name!r} must be a png, jpeg, gif or webp file")
    buffer = io.BytesIO()
    if hasattr(image, "savefig"):
        image.savefig(buffer, format="png")
    else:
        _save(name, image if hasattr(image, "getbands") else _picture(name, image), buffer)
    return buffer.getvalue(), ".png"


def _save(name: str, picture: Any, buffer: io.BytesIO) -> None:
    try:
        if picture.mode not in _PNG_MODES:
            picture = picture.convert(_PNG_MODE_OF.get(picture.mode, "RGB"))
        picture.save(buffer, format="PNG")
    except (OSError, ValueError) as exc:  # an odd mode, or no pixels
        raise InvalidInputError(f"Image {name!r} cannot be kept as a png: {exc}") from exc


def _picture(name: str, image: Any) -> Any:
    import numpy as np
    from PIL import Image

    array = _array(f"Image {name!r}", image)
    if array.ndim == 3 and array.shape[2] not in (1, 3, 4) and array.shape[0] in (1, 3, 4):
        array = array.transpose(1, 2, 0)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise InvalidInputError(
            f"Image {name!r} must have shape (H, W), (H, W, C) or (C, H, W) with 1, 3 or 4 "
            f"channels, got {array.shape}"
        )
    if array.dtype.kind == "f":
        array = np.nan_to_num(array).clip(0, 1) * 255
    elif array.dtype.kind == "b":
        array = array * 255
    return Image.fromarray(np.ascontiguousarray(array.round().clip(0, 255).astype(np.uint8)))


def table(name: str, data: Any, columns: Sequence[str] | None) -> dict[str, Any]:
    """Return a table as ``{"columns": […], "rows": [[…], …]}``.

    Args:
        name: Named in the error.
        data: Rows as mappings or sequences, a mapping of columns, an array of shape
            ``(rows, columns)``, or a data frame.
        columns: Names of the columns, or of those to keep; needed where rows are sequences.

    Raises:
        InvalidInputError: Rows and columns do not fit together.
    """
    names, rows = _names_and_rows(name, data, columns)
    for number, row in enumerate(rows):
        if not isinstance(row, Sequence) or isinstance(row, str) or len(row) != len(names):
            raise InvalidInputError(
                f"Row {number} of table {name!r} must have {len(names)} values, one for each of "
                f"the columns {names}; got {shown(row)}"
            )
    return {
        "columns": [str(c) for c in names],
        "rows": [[_cell(name, cell) for cell in row] for row in rows],
    }


def _names_and_rows(
    name: str, data: Any, columns: Sequence[str] | None
) -> tuple[list[Any], list[Any]]:
    if hasattr(data, "to_dicts"):  # polars
        data = data.to_dicts()
    elif hasattr(data, "columns") and hasattr(data, "to_dict"):  # pandas
        data = data.to_dict(orient="list")
    if isinstance(data, Mapping):
        return _from_columns(name, data, columns)
    if isinstance(data, str | bytes) or not isinstance(data, Iterable):
        raise InvalidInputError(
            f"Table {name!r} must be rows, a mapping of columns or a data frame, got {shown(data)}"
        )
    rows = [row.tolist() if hasattr(row, "tolist") else row for row in data]
    if rows and columns is None and not any(isinstance(row, Mapping) for row in rows):
        raise InvalidInputError(
            f"The rows of table {name!r} do not name their values; name the columns: columns=…"
        )
    if rows and all(isinstance(row, Mapping) for row in rows):
        names = list(columns or dict.fromkeys(key for row in rows for key in row))
        return names, [[row.get(c) for c in names] for row in rows]
    return list(columns or ()), rows


def _from_columns(
    name: str, data: Mapping[Any, Any], columns: Sequence[str] | None
) -> tuple[list[Any], list[Any]]:
    names = list(columns or data)
    missing = [c for c in names if c not in data]
    if missing:
        raise InvalidInputError(f"Table {name!r} has no columns {missing}; it has {list(data)}")
    try:
        values = [list(data[c]) for c in names]
    except TypeError as exc:
        raise InvalidInputError(f"The columns of table {name!r} must be sequences: {exc}") from exc
    if len({len(column) for column in values}) > 1:
        lengths = {c: len(column) for c, column in zip(names, values, strict=True)}
        raise InvalidInputError(
            f"The columns of table {name!r} must be of one length, got {lengths}"
        )
    return names, [list(row) for row in zip(*values, strict=True)]


def _cell(name: str, cell: Any) -> Any:
    if hasattr(cell, "dtype") and getattr(cell, "shape", None) == ():
        return to_number(name, cell) if cell.dtype.kind in "biuf" else str(cell)
    return to_param(name, cell)
