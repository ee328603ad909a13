"""What a check of a folder of runs can find."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "FindingKind"]


class FindingKind(StrEnum):
    """Kinds of findings; the texts stand in ``neural fsck --json`` and never change."""

    #: A file ends in a piece of an entry, or without its closing bracket. Mended.
    TORN_TAIL = "torn_tail"
    #: Behind the closing bracket stands what a killed call did not commit. Mended.
    UNCOMMITTED_TAIL = "uncommitted_tail"
    #: An entry cannot be decoded. Reported only: its bytes are kept.
    DAMAGED_ENTRY = "damaged_entry"
    #: A file is not what it should be. Reported only.
    DAMAGED_FILE = "damaged_file"
    #: A temporary file outlived the process that wrote it. Removed.
    ORPHAN = "orphan"
    #: The index cannot be read, or does not say what the runs say. Built anew.
    INDEX = "index"
    #: A sealed file is gone, or holds other bytes though nothing has written it. Reported only.
    SEAL_BROKEN = "seal_broken"
    #: A sealed file was changed or has grown since. Settled by a new seal.
    SEAL_OUTDATED = "seal_outdated"
    #: The checksums of a run's files were written; not a fault.
    SEALED = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        kind: What kind of thing.
        path: The file, relative to the folder of runs.
        offset: Byte of the file where it begins; ``None`` if it is about all of it.
        message: What is wrong, and what was or can be done.
        repaired: Whether it is mended now.
    """

    kind: FindingKind
    path: str
    offset: int | None = None
    message: str
    repaired: bool = False
