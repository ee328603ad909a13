"""Images, texts, histograms and tables by step: media.json and the files it names."""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from neural._files import locked, replace_bytes, to_json
from neural.errors import InvalidInputError
from neural.tracking.storage.layout import RunPaths, file_name
from neural.tracking.storage.metrics_format import CLOSING, FIRST_OFFSET, entry_blocks
from neural.tracking.storage.metrics_writer import PwriteWriter, mend
from neural.tracking.values import shown, to_number, to_param

__all__ = ["MediaLog", "histogram", "image_bytes", "table"]

#: A longer text goes into a file of its own.
_LONGEST_INLINE_TEXT = 16 * 1024


class MediaLog:
    """Appends to media.json, which several processes may share: each append takes a short lock.

    Args:
        paths: Files of the run.
    """

    def __init__(self, paths: RunPaths) -> None:
        self._paths = paths
        self._end = FIRST_OFFSET
        self._counts: Counter[str] = Counter()  # entries seen so far, by key

    def add_text(self, key: str, text: str, step: int | None, now: float) -> None:
        """Keep a text.

        Raises:
            OSError: It cannot be written.
        """
        if len(text) <= _LONGEST_INLINE_TEXT:
            self._append(key, "text", step, now, value=text)
        else:
            self._add_file(key, "text", step, now, text.encode(), ".txt")

    def add_image(self, key: str, png: bytes, ending: str, step: int | None, now: float) -> None:
        """Keep an encoded image; ``ending`` is ``".png"`` or the like.

        Raises:
            OSError: It cannot be written.
        """
        self._add_file(key, "image", step, now, png, ending)

    def add_histogram(
        self, key: str, value: Mapping[str, list[float | int]], step: int | None, now: float
    ) -> None:
        """Keep ``{"edges": (B + 1,), "counts": (B,)}``.

        Raises:
            OSError: It cannot be written.
        """
        self._append(key, "histogram", step, now, value=dict(value))

    def add_table(self, key: str, value: Mapping[str, Any], step: int | None, now: float) -> None:
        """Keep ``{"columns": […], "rows": [[…], …]}``.

        Raises:
            OSError: It cannot be written.
        """
        self._add_file(key, "table", step, now, to_json(dict(value)), ".json")

    def _add_file(
        self, key: str, kind: str, step: int | None, now: float, data: bytes, ending: str
    ) -> None:
        folder = self._paths.media_dir / file_name(key)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{os.urandom(6).hex()}{ending}"
        replace_bytes(path, data)
        relative = path.relative_to(self._paths.root).as_posix()
        self._append(key, kind, step, now, path=relative)

    def _append(self, key: str, kind: str, step: int | None, now: float, **what: Any) -> None:
        with locked(self._paths.root):
            handle = os.open(self._paths.media, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                self._read_on(handle)
                self._mend(handle)
                entry = {
                    "timestamp": now,
                    "step": self._counts[key] if step is None else step,
                    "key": key,
                    "kind": kind,
                    **what,
                }
                writer = PwriteWriter(handle, self._end)
                writer.append(json.dumps(entry, ensure_ascii=False).encode())
                self._end = writer.end
                self._counts[key] += 1
            finally:
                os.close(handle)

    def _mend(self, handle: int) -> None:
        """Cut off what a killed process has left, or begin the file."""
        size = os.fstat(handle).st_size
        if size == self._end + len(CLOSING):
            return
        try:
            mend(handle)
        except OSError:
            if size == 0:  # no other program can read an empty file as JSON
                self._paths.media.unlink()
            raise

    def _read_on(self, handle: int) -> None:
        """Count what other processes have added since the last look."""
        if os.fstat(handle).st_size < self._end:  # it was deleted and begun anew
            self._end = FIRST_OFFSET
            self._counts.clear()
        for block in entry_blocks(handle, self._end):
            self._end = block.end
            with suppress(ValueError, KeyError, TypeError):  # damage does not stop the logging
                self._counts.update(entry["key"] for entry in json.loads(b"[%b]" % block.data))


def histogram(name: str, values: Any, bins: int) -> dict[str, list[float | int]]:
    """Return edges of shape ``(bins + 1,)`` and counts of shape ``(bins,)`` of finite values.

    What is not finite cannot lie in a bin; it is counted beside them.

    Args:
        name: Named in the error.
        values: Numbers or anything numpy makes an array of; or ``(counts, edges)`` as
            ``numpy.histogram`` returns them.
        bins: Number of bins of equal width.

    Raises:
        InvalidInputError: There are no numbers in ``values``.
    """
    import numpy as np

    if isinstance(values, tuple) and len(values) == 2 and np.ndim(values[0]) == 1:
        counts, edges = np.asarray(values[0]), np.asarray(values[1], dtype=np.float64)
        if len(edges) == len(counts) + 1:
            return {"edges": edges.tolist(), "counts": counts.tolist()}
    array = _array(name, values).astype(np.float64).ravel()
    finite = array[np.isfinite(array)]
    counts, edges = np.histogram(finite, bins=bins)
    found = {"edges": edges.tolist(), "counts": counts.tolist()}
    return found | (
        {"non_finite": int(array.size - finite.size)} if finite.size < array.size else {}
    )


def _array(name: str, values: Any) -> Any:
    """Return ``values`` as a numeric numpy array; tensors are detached and moved to the host."""
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
        raise InvalidInputError(f"{name!r} must be numbers, got {shown(values)}: {exc}") from exc
    if array.dtype.kind not in "biuf":
        raise InvalidInputError(f"{name!r} must be numbers, got {shown(values)}")
    return array


_ENDINGS = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"GIF8": ".gif", b"RIFF": ".webp"}


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
        picture = image if hasattr(image, "getbands") else _picture(name, image)
        picture.save(buffer, format="PNG")
    return buffer.getvalue(), ".png"


def _picture(name: str, image: Any) -> Any:
    import numpy as np
    from PIL import Image

    array = _array(name, image)
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
        data: Rows as mappings or sequences, a mapping of columns, or a data frame.
        columns: Names of the columns; needed where rows are sequences.

    Raises:
        InvalidInputError: Rows and columns do not fit together.
    """
    if hasattr(data, "columns") and hasattr(data, "to_dict"):
        data = data.to_dict(orient="list")
    if isinstance(data, Mapping):
        names = list(columns or data)
        rows: list[Any] = list(zip(*(data[c] for c in names), strict=True))
    else:
        rows = list(data) if isinstance(data, Iterable) else []
        if rows and all(isinstance(row, Mapping) for row in rows):
            names = list(columns or dict.fromkeys(key for row in rows for key in row))
            rows = [[row.get(c) for c in names] for row in rows]
        else:
            names = list(columns or ())
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


def _cell(name: str, cell: Any) -> Any:
    if hasattr(cell, "dtype") and getattr(cell, "shape", None) == ():
        return to_number(name, cell) if cell.dtype.kind in "biuf" else str(cell)
    return to_param(name, cell)
