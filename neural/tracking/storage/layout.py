"""Every file and folder name of the store, and how names become safe folder names."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "CACHE_DIR",
    "FORMAT_VERSION",
    "KEPT_DIR",
    "METADATA",
    "METRICS",
    "TRASH_DIR",
    "RunPaths",
    "file_name",
    "folder_name",
    "is_metrics_name",
    "is_run_folder",
    "new_id",
    "writer_file_name",
]

FORMAT_VERSION = 1

#: Folders of ``base_dir`` that are not runs: derived, kept, deleted.
CACHE_DIR = ".aquarium"
KEPT_DIR = ".neural"
TRASH_DIR = ".trash"

METADATA = "metadata.json"
METRICS = "metrics.json"

#: Longest folder or file name in bytes; leaves room for temporary suffixes below 255.
MAX_NAME_BYTES = 120

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_HASHED = re.compile(r"-[0-9a-f]{12}(\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RunPaths:
    """The files and folders of one run.

    Args:
        root: The run directory.
    """

    root: Path

    @property
    def metadata(self) -> Path:
        """Who wrote the run, when, and how it ended."""
        return self.root / METADATA

    @property
    def annotations(self) -> Path:
        """Tags, notes and what else is said about a run."""
        return self.root / "annotations.json"

    @property
    def hyperparameters(self) -> Path:
        """What the user set."""
        return self.root / "hyperparameters.json"

    @property
    def metrics(self) -> Path:
        """The metrics of the process that owns the run."""
        return self.root / METRICS

    @property
    def media(self) -> Path:
        """Index of images, texts, histograms and tables by step."""
        return self.root / "media.json"

    @property
    def artifacts(self) -> Path:
        """Index of artifacts."""
        return self.root / "artifacts.json"

    @property
    def environment(self) -> Path:
        """Python, packages, host, code."""
        return self.root / "environment.json"

    @property
    def git_diff(self) -> Path:
        """Changes that were not committed when the run started."""
        return self.root / "git_diff.patch"

    @property
    def summary(self) -> Path:
        """Latest and best values, written at the end."""
        return self.root / "summary.json"

    @property
    def seal(self) -> Path:
        """Checksums of all other files, if the run was sealed."""
        return self.root / "seal.json"

    @property
    def artifacts_dir(self) -> Path:
        """Artifact files."""
        return self.root / "artifacts"

    @property
    def plots_dir(self) -> Path:
        """Figures."""
        return self.root / "plots"

    @property
    def versions_dir(self) -> Path:
        """Numbered versions of artifacts."""
        return self.root / "versions"

    @property
    def media_dir(self) -> Path:
        """Image and table files."""
        return self.root / "media"

    @property
    def logs_dir(self) -> Path:
        """What the run printed."""
        return self.root / "logs"

    def metrics_files(self) -> list[Path]:
        """Return all metrics files of the run, the owner's first, then by name."""
        try:  # not glob(): this is asked of every run at every look
            names = [name for name in os.listdir(self.root) if is_metrics_name(name)]
        except OSError:
            return []
        return [self.root / name for name in sorted(names, key=lambda n: (n != METRICS, n))]


def is_metrics_name(name: str) -> bool:
    """Tell whether a file of this name holds metrics."""
    return name == METRICS or (name.startswith("metrics.") and name.endswith(".json"))


def is_run_folder(folder: Path) -> bool:
    """Tell whether ``folder`` is a run: it holds metadata.json or metrics.json."""
    return (folder / METADATA).is_file() or (folder / METRICS).is_file()


def new_id() -> str:
    """Return a new run id: 12 hex characters."""
    return os.urandom(6).hex()


def writer_file_name(host: str, pid: int, token: str) -> str:
    """Return the metrics file of a further process: ``metrics.<host>-<pid>-<token>.json``."""
    return f"metrics.{_sanitised(host, 60)}-{pid}-{token}.json"


def folder_name(experiment_name: str, experiment_id: str) -> str:
    """Return the folder of a run: ASCII, at most 120 bytes, unique because the id is.

    The true name is kept in metadata.json; this one only has to be safe on every file system.
    """
    return f"{_sanitised(experiment_name, MAX_NAME_BYTES - len(experiment_id) - 1)}_{experiment_id}"


def file_name(name: str, taken: frozenset[str] | set[str] = frozenset()) -> str:
    """Return a file name for something a user called ``name``, inside one folder.

    A name that is safe everywhere stays as it is. Any other is cleaned and gets twelve hex
    digits of its SHA-256, so that no two names meet on a case-insensitive file system.

    Args:
        name: Any Unicode text.
        taken: File names of other things in the folder, in lower case.
    """
    plain = _SAFE.fullmatch(name) and len(name) <= MAX_NAME_BYTES and not name.endswith(".")
    if plain and not (_RESERVED.match(name) or _HASHED.search(name)) and name.lower() not in taken:
        return name
    import hashlib  # takes longer than all else here, and few names need it

    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    stem, dot, suffix = _sanitised(name, MAX_NAME_BYTES - 13).rpartition(".")
    if not dot or not stem or len(suffix) > 10:
        return f"{stem}{dot}{suffix}-{digest}"
    return f"{stem}-{digest}.{suffix}"


def _sanitised(name: str, limit: int) -> str:
    clean = _UNSAFE.sub("_", name).lstrip(".-")[:limit].rstrip(".") or "run"
    return f"_{clean}"[:limit] if _RESERVED.match(clean) else clean
