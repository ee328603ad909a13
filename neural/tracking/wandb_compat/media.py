"""What W&B's scripts log beside numbers, and how a run of ours keeps it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from neural.errors import InvalidInputError
from neural.tracking.experiment_tracker import ExperimentTracker

__all__ = ["Artifact", "Histogram", "Image", "Table", "is_number", "keep"]

#: An array with more values than this is logged as its distribution, as W&B does.
_MOST_SHOWN = 32


class Image:
    """An image to log.

    Args:
        data_or_path: A path, a PIL image, a matplotlib figure, or an array or tensor of shape
            ``(H, W)``, ``(H, W, C)`` or ``(C, H, W)``; floats in ``[0, 1]``, whole numbers up to
            255. Floats beyond are scaled, as W&B does.
        mode: Of PIL, such as ``"L"``.
        caption: Kept as a text beside it.
        options: Boxes, masks, classes and the like, which are not kept.
    """

    def __init__(
        self,
        data_or_path: Any,
        mode: str | None = None,
        caption: str | None = None,
        **options: Any,
    ) -> None:
        self.image: Any = data_or_path
        if isinstance(data_or_path, Image):
            self.image = data_or_path.image
        if mode is not None and hasattr(self.image, "convert"):
            self.image = self.image.convert(mode)
        self.caption = caption

    def keep(self, tracker: ExperimentTracker, name: str, step: int) -> None:
        """Put it into a run."""
        tracker.log_image(name, _scaled(self.image), step)
        if self.caption:
            tracker.log_text(f"{name} caption", str(self.caption), step)


def _scaled(image: Any) -> Any:
    """Return floats that go beyond 1, or below 0, scaled to ``[0, 1]``."""
    import numpy as np

    if isinstance(image, str | os.PathLike) or hasattr(image, "getbands"):
        return image
    if hasattr(image, "savefig"):
        return image
    array = image.detach().cpu().numpy() if hasattr(image, "detach") else np.asarray(image)
    if array.dtype.kind != "f" or not array.size:
        return array
    low, high = float(np.nanmin(array)), float(np.nanmax(array))
    if low >= 0 and high <= 1:
        return array
    if low >= 0 and high <= 255:
        return array / 255
    return (array - low) / (high - low or 1)


class Histogram:
    """A distribution to log.

    Args:
        sequence: Its values.
        np_histogram: ``(counts, edges)`` as ``numpy.histogram`` returns them, in their place.
        num_bins: Number of bins.

    Raises:
        InvalidInputError: Neither was given.
    """

    def __init__(
        self, sequence: Any = None, np_histogram: tuple[Any, Any] | None = None, num_bins: int = 64
    ) -> None:
        if sequence is None and np_histogram is None:
            raise InvalidInputError("A Histogram needs a sequence, or np_histogram=(counts, edges)")
        self.values = sequence if np_histogram is None else tuple(np_histogram[:2])
        self.num_bins = num_bins

    def keep(self, tracker: ExperimentTracker, name: str, step: int) -> None:
        """Put it into a run."""
        tracker.log_histogram(name, self.values, step, bins=self.num_bins)


class Table:
    """Rows to log.

    Args:
        columns: Names of the columns.
        data: Rows.
        rows: The same.
        dataframe: A pandas data frame in the place of both.
        options: Types and the like, which are not kept.
    """

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        data: Any = None,
        rows: Any = None,
        dataframe: Any = None,
        **options: Any,
    ) -> None:
        if dataframe is None and hasattr(data, "columns"):
            dataframe = data
        if dataframe is not None:
            columns = [str(name) for name in dataframe.columns]
            data = dataframe.to_numpy().tolist()
        given = rows if data is None else data
        self.data: list[list[Any]] = [] if given is None else [list(row) for row in given]
        width = len(self.data[0]) if self.data else 0
        named = [f"column_{number}" for number in range(width)] if columns is None else columns
        self.columns = [str(name) for name in named]

    def add_data(self, *values: Any) -> None:
        """Add a row.

        Raises:
            InvalidInputError: It has another number of values than there are columns.
        """
        if len(values) != len(self.columns):
            raise InvalidInputError(
                f"The table has {len(self.columns)} columns, and the row {len(values)} values"
            )
        self.data.append(list(values))

    def add_column(self, name: str, data: Iterable[Any]) -> None:
        """Add a column.

        Raises:
            InvalidInputError: It is longer or shorter than the table.
        """
        values = list(data)
        if self.columns and len(values) != len(self.data):
            raise InvalidInputError(
                f"The table has {len(self.data)} rows, and column {name!r} {len(values)} values"
            )
        self.data = self.data or [[] for _ in values]
        for row, value in zip(self.data, values, strict=True):
            row.append(value)
        self.columns.append(str(name))

    def keep(self, tracker: ExperimentTracker, name: str, step: int) -> None:
        """Put it into a run; what is no plain value in a cell becomes its text."""
        rows = [[_cell(value) for value in row] for row in self.data]
        tracker.log_table(name, rows, step, columns=self.columns)


def _cell(value: Any) -> Any:
    if isinstance(value, Image | Histogram):
        return f"<{type(value).__name__}>"
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@dataclass
class Artifact:
    """Files that belong together.

    Attributes:
        name: Under which they are kept.
        type: What they are: ``"model"``, ``"dataset"``.
        description: Kept beside the files, as ``metadata`` is.
        metadata: What else is said of them.
    """

    name: str
    type: str = "other"
    description: str | None = None
    metadata: Mapping[str, Any] | None = None
    _files: dict[str, Path] = field(default_factory=dict, init=False, repr=False)
    _made: Path | None = field(default=None, init=False, repr=False)

    def add_file(self, local_path: str | os.PathLike[str], name: str | None = None) -> None:
        """Add a file.

        Raises:
            FileNotFoundError: There is none.
        """
        path = Path(local_path)
        if not path.exists():
            raise FileNotFoundError(f"There is no file at {path}")
        self._files[name or path.name] = path

    def add_dir(self, local_path: str | os.PathLike[str], name: str | None = None) -> None:
        """Add what is in a folder.

        Raises:
            FileNotFoundError: There is none.
        """
        folder = Path(local_path)
        if not folder.is_dir():
            raise FileNotFoundError(f"There is no folder at {folder}")
        top = f"{name}/" if name else ""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self._files[f"{top}{path.relative_to(folder).as_posix()}"] = path

    @contextmanager
    def new_file(self, name: str, mode: str = "w") -> Iterator[IO[Any]]:
        """Open a new file to write into, and add it."""
        if self._made is None:
            self._made = Path(tempfile.mkdtemp(prefix="neural-"))
            weakref.finalize(self, shutil.rmtree, self._made, ignore_errors=True)
        path = self._made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode) as file:
            yield file
        self._files[name] = path

    def keep(self, tracker: ExperimentTracker) -> None:
        """Put its files into a run, each as an artifact below its name."""
        for name, path in self._files.items():
            tracker.log_artifact(path, f"{self.name}/{name}")
        about = {"type": self.type, "description": self.description, "metadata": self.metadata}
        said = {key: value for key, value in about.items() if value and value != "other"}
        if said:
            tracker.log_text(f"{self.name} artifact", json.dumps(said, default=str))


def is_number(value: Any) -> bool:
    """Tell whether a run keeps a value as a point: a number, a bool, or an array of one."""
    if isinstance(value, bool | int | float):
        return True
    if isinstance(value, str | bytes | Mapping | list | tuple) or value is None:
        return False
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    if kind is not None and kind not in "biuf":
        return False
    return (hasattr(value, "__float__") and getattr(value, "size", 1) in (1, None)) or (
        callable(getattr(value, "numel", None)) and value.numel() == 1
    )


def keep(tracker: ExperimentTracker, name: str, value: Any, step: int) -> None:
    """Put anything that is no number into a run, in the least surprising way.

    Images, histograms and tables are kept as such, lists of them one by one; figures as images,
    or where they are Plotly's as figures; large arrays as their distribution; all else as text.
    """
    if isinstance(value, Image | Histogram | Table):
        value.keep(tracker, name, step)
    elif isinstance(value, list | tuple) and value and all(map(_is_medium, value)):
        for one in value:
            keep(tracker, name, one, step)
    elif hasattr(value, "savefig") or hasattr(value, "getbands"):
        tracker.log_image(name, value, step)
    elif hasattr(value, "to_plotly_json"):
        tracker.log_figure(value, f"{name}-{step}".replace("/", "-"))
    elif hasattr(value, "__array__") and _length(value) > _MOST_SHOWN:
        tracker.log_histogram(name, value, step)
    else:
        tracker.log_text(name, value if isinstance(value, str) else _as_text(value), step)


def _is_medium(value: Any) -> bool:
    return isinstance(value, Image | Histogram | Table) or hasattr(value, "getbands")


def _length(value: Any) -> int:
    count = value.numel() if callable(getattr(value, "numel", None)) else value.size
    return int(count)


def _as_text(value: Any) -> str:
    plain = value.tolist() if hasattr(value, "tolist") else value
    return json.dumps(plain, ensure_ascii=False, default=str)
