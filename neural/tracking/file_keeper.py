"""The half of a tracker that keeps files, figures, texts, images, histograms and tables."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from neural.errors import InvalidInputError, ReadOnlyError
from neural.tracking.records import Artifact
from neural.tracking.run_view import RunView
from neural.tracking.run_writer import RunWriter
from neural.tracking.values import check_name, check_text, shown, to_step

if TYPE_CHECKING:
    from neural.tracking.artifact_store import ArtifactVersion
    from neural.tracking.media_log import MediaLog

__all__ = ["FileKeeper"]

_log = logging.getLogger(__name__)

_FIGURE_ENDINGS = (".png", ".jpg", ".jpeg", ".svg")


class FileKeeper(RunView):
    """Keeps files with a run; mixed into :class:`ExperimentTracker`."""

    _writer: RunWriter | None = None

    @cached_property
    def _media(self) -> MediaLog:
        from neural.tracking.media_log import MediaLog

        return MediaLog(self._paths)

    def _writing(self) -> RunWriter:
        """Return the writer, or say why there is none.

        Raises:
            ReadOnlyError: The tracker only reads.
        """
        if self._writer is None:
            raise ReadOnlyError(
                f"This tracker only reads run {self.experiment_id!r}. To log to it, open it with "
                f"ExperimentTracker.resume({self.experiment_id!r}, {str(self.base_dir)!r})"
            )
        return self._writer

    def log_artifact(
        self, path: str | os.PathLike[str], name: str | None = None, version: bool = False
    ) -> Artifact | ArtifactVersion | None:
        """Copy a file or directory into the run.

        Of a directory, pipes, devices and links to directories are left out, and the run's own
        directory.

        Args:
            path: What to copy. If it is missing, that is logged as an error.
            name: Under which it is found again; ``None`` is its file name. One of the same name
                is replaced.
            version: Also keep it as the next numbered version.

        Returns:
            What was kept, or ``None`` if it could not be. With ``version``, the version.

        Raises:
            InvalidInputError: ``name`` cannot be kept.
        """
        run = self._writing()
        source = Path(path)
        label = _label(source) if name is None else check_name("artifact", name)
        if not os.path.exists(source):
            _log.error("Artifact %r was not kept: there is no file at %s", label, source)
            return None
        return run.attempt("Artifact", self._artifact_store.add, source, label, version=version)

    def log_model(
        self, path: str | os.PathLike[str], framework: str = "unknown", version: bool = False
    ) -> Artifact | ArtifactVersion | None:
        """Copy a model file or directory into the run, under its file name.

        Args:
            path: What to copy.
            framework: What it was saved with.
            version: Also keep it as the next numbered version.

        Returns:
            What was kept, or ``None`` if it could not be. With ``version``, the version.

        Raises:
            FileNotFoundError: There is no file at ``path``.
            InvalidInputError: ``framework`` is not a text, or the file name cannot be kept.
        """
        run = self._writing()
        source = Path(path)
        label = _label(source)
        if not os.path.exists(source):
            raise FileNotFoundError(f"There is no model at {source}")
        return run.attempt(
            "Model",
            self._artifact_store.add,
            source,
            label,
            version=version,
            kind="model",
            framework=check_text("framework", framework),
        )

    def log_figure(self, fig: Any, name: str) -> Path | None:
        """Save a matplotlib or Plotly figure under ``plots/``.

        Args:
            fig: The figure. A Plotly one is kept as its JSON, which stays interactive.
            name: File name; ``.png`` is added unless it ends with png, jpg, jpeg or svg.

        Returns:
            The file, or ``None`` if it could not be written.

        Raises:
            InvalidInputError: ``fig`` is neither kind of figure.
        """
        run = self._writing()
        check_name("figure", name)
        if hasattr(fig, "savefig"):
            label = name if name.lower().endswith(_FIGURE_ENDINGS) else f"{name}.png"
            return run.attempt("Figure", self._save_figure, label, fig.savefig)
        if hasattr(fig, "to_plotly_json") and hasattr(fig, "write_json"):
            label = name if name.lower().endswith(".json") else f"{name}.json"
            return run.attempt("Figure", self._save_figure, label, fig.write_json)
        raise InvalidInputError(f"fig must be a matplotlib or Plotly figure, got {shown(fig)}")

    def _save_figure(self, label: str, save: Callable[[Path], object]) -> Path:
        folder = self._paths.plots_dir
        folder.mkdir(exist_ok=True)
        path = folder / self._artifact_store.figure_file(label)
        temporary = folder / f".{os.urandom(4).hex()}-{path.name}"
        try:
            save(temporary)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        self._artifact_store.record_figure(label, path.name)
        return path

    def log_text(self, name: str, text: str, step: int | None = None) -> None:
        """Keep a text, such as a generated sample.

        Args:
            name: Texts of one name form a series.
            text: Any length.
            step: ``None`` is the number kept under this name so far.
        """
        run = self._writing()
        check_name("text", name)
        checked = check_text(name, text)
        run.attempt("Text", self._media.add_text, name, checked, _step(step), time())

    def log_image(self, name: str, image: Any, step: int | None = None) -> None:
        """Keep an image.

        Args:
            name: Images of one name form a series.
            image: Path or bytes of a png, jpeg, gif or webp; a PIL image; a matplotlib figure; or
                an array of shape ``(H, W)``, ``(H, W, C)`` or ``(C, H, W)``: uint8, or floats in
                ``[0, 1]``.
            step: ``None`` is the number kept under this name so far.

        Raises:
            InvalidInputError: It is no image.
            FileNotFoundError: There is no file at the path.
        """
        run = self._writing()
        check_name("image", name)
        from neural.tracking.media_values import image_bytes

        data, ending = image_bytes(name, image)
        run.attempt("Image", self._media.add_image, name, data, ending, _step(step), time())

    def log_histogram(
        self, name: str, values: Any, step: int | None = None, *, bins: int = 64
    ) -> None:
        """Keep the distribution of some values.

        Args:
            name: Histograms of one name form a series.
            values: Numbers, an array or tensor of any shape, or ``(counts, edges)``.
            step: ``None`` is the number kept under this name so far.
            bins: Number of bins of equal width.

        Raises:
            InvalidInputError: ``values`` are no numbers, or ``bins`` is less than one.
            MetricValueError: ``bins`` is not a whole number.
        """
        run = self._writing()
        check_name("histogram", name)
        from neural.tracking.media_values import histogram

        found = histogram(name, values, bins)
        run.attempt("Histogram", self._media.add_histogram, name, found, _step(step), time())

    def log_table(
        self,
        name: str,
        data: Any,
        step: int | None = None,
        *,
        columns: Sequence[str] | None = None,
    ) -> None:
        """Keep a table.

        Args:
            name: Tables of one name form a series.
            data: Rows as mappings or sequences, a mapping of columns, an array of shape
                ``(rows, columns)``, or a data frame.
            step: ``None`` is the number kept under this name so far.
            columns: Names of the columns, or of those to keep; needed where rows are sequences.

        Raises:
            InvalidInputError: Rows and columns do not fit together.
        """
        run = self._writing()
        check_name("table", name)
        from neural.tracking.media_values import table

        found = table(name, data, columns)
        run.attempt("Table", self._media.add_table, name, found, _step(step), time())


def _step(step: Any) -> int | None:
    return None if step is None else to_step(step)


def _label(source: Path) -> str:
    """Return the name of a file or directory as it was given, links not followed."""
    label = os.path.basename(os.path.abspath(source))
    if not label:
        raise InvalidInputError(f"{source} has no name of its own; give the artifact one: name=…")
    return check_name("artifact", label)
