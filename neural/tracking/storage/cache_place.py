"""Where derived files go: beside the runs, else into the user's cache, else nowhere."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from neural.tracking.storage.layout import CACHE_DIR
from neural.tracking.storage.metrics_writer import file_system

__all__ = ["cache_place", "is_on_network"]

#: Beginnings of the names of file systems that several machines may share.
_NETWORK = (
    "nfs",
    "cifs",
    "smb",
    "fuse",
    "9p",
    "ceph",
    "lustre",
    "gpfs",
    "afs",
    "beegfs",
    "gluster",
)


def cache_place(base_dir: Path) -> Path | None:
    """Return a folder for what is derived from the runs in ``base_dir``; it exists.

    Where ``base_dir`` cannot be written to, that is one in the user's cache directory; ``None``
    if that cannot be written to either, or if there is no ``base_dir``.
    """
    if not base_dir.is_dir():
        return None
    for place in (base_dir / CACHE_DIR, _in_user_cache(base_dir)):
        if place is not None and _is_usable(place):
            return place
    return None


def _in_user_cache(base_dir: Path) -> Path | None:
    given = os.environ.get("XDG_CACHE_HOME", "")
    try:
        home = Path(given) if os.path.isabs(given) else Path.home() / ".cache"
        real = os.fsencode(base_dir.resolve())
    except (RuntimeError, OSError):  # no home directory, a loop of links
        return None
    return home / "neural" / hashlib.sha256(real).hexdigest()[:16]


def _is_usable(place: Path) -> bool:
    """Tell whether files can be made in ``place``; permissions alone do not say, so one is."""
    if place.is_symlink():  # it would lead out of the folder of runs
        return False
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError:
        return False


def is_on_network(place: Path) -> bool:
    """Tell whether several machines may share the file system of ``place``."""
    return (file_system(place) or "").startswith(_NETWORK)
