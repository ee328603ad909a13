"""Small files that belong to the whole store and are kept: below ``<base_dir>/.neural``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from neural.errors import StorageError
from neural.tracking.storage.layout import KEPT_DIR

__all__ = ["kept_dir", "writing"]


def kept_dir(base_dir: Path) -> Path:
    """Return the folder that holds what is kept for the whole store; it need not exist."""
    return base_dir / KEPT_DIR


@contextlib.contextmanager
def writing(what: str, folder: Path) -> Iterator[None]:
    """Say in words what could not be written when the disk refuses.

    Args:
        what: What is being written, as it reads at the start of a sentence: ``"The view"``.
        folder: Where it goes; made if it is missing.

    Raises:
        StorageError: The folder cannot be written to; the message says why and what helps.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise StorageError(
            f"{what} cannot be kept in {folder} ({error.strerror}); "
            "make the directory writable and its disk roomy"
        ) from error
