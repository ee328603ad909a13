"""Names of files in a report: those that runs have, and that lead nowhere else on any machine."""

from __future__ import annotations

import re
from pathlib import Path

from neural.tracking.storage.layout import RunPaths, is_metrics_name

__all__ = ["data_names", "file_folders", "is_allowed", "is_safe_folder"]

_MOST_NAME_BYTES = 255
_MOST_PARTS = 32
#: Control characters, backslashes, colons (drives and streams on Windows), lone surrogates.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\:]|[\ud800-\udfff]")


def data_names() -> tuple[str, ...]:
    """Return the names of the small files of a run, its metrics aside."""
    paths = RunPaths(Path())
    small = (
        *(paths.metadata, paths.annotations, paths.hyperparameters, paths.media),
        *(paths.artifacts, paths.environment, paths.summary),
    )
    return tuple(path.name for path in small)


def file_folders() -> tuple[str, ...]:
    """Return the names of the folders of a run that hold files of any kind."""
    paths = RunPaths(Path())
    folders = (paths.artifacts_dir, paths.media_dir, paths.plots_dir, paths.versions_dir)
    return tuple(path.name for path in (*folders, paths.logs_dir))


def is_allowed(name: str) -> bool:
    """Tell whether a report may hold a file of a run at this path, relative to the run.

    Example:
        >>> [is_allowed(n) for n in ("metrics.json", "logs/stdout.log", "logs/../x", "run.py")]
        [True, True, False, False]
    """
    if not _is_safe(name):
        return False
    first, _, rest = name.partition("/")
    if rest:
        return first in file_folders()
    return name in data_names() or is_metrics_name(name) or name == RunPaths(Path()).git_diff.name


def is_safe_folder(name: str) -> bool:
    """Tell whether a run of a report may lie in a directory of this name."""
    return _is_safe(name) and "/" not in name


def _is_safe(name: str) -> bool:
    parts = name.split("/")
    return (
        len(parts) <= _MOST_PARTS and not _FORBIDDEN.search(name) and all(map(_is_safe_part, parts))
    )


def _is_safe_part(part: str) -> bool:
    # What begins with a point is hidden, or leads up; what ends with one loses it on Windows.
    return bool(
        part
        and not part.startswith(".")
        and not part.endswith((".", " "))
        and len(part.encode()) <= _MOST_NAME_BYTES
    )
