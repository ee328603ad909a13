"""The runs in a report that somebody sent; nothing of it is executed or trusted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neural.errors import InvalidInputError, StorageError
from neural.tracking.report.blocks import BlockReader
from neural.tracking.report.entries import from_columns
from neural.tracking.report.names import is_allowed, is_safe_folder
from neural.tracking.report.package import MOST_BYTES, MOST_FILES, StoredFile, StoredRun, unpack
from neural.tracking.storage.small_files import read_whole

__all__ = ["DATA_ID", "FILES_ID", "SCRIPT_TYPE", "SentRun", "read_report"]

#: Type and ids of the elements that hold the data; browsers do not run what is of this type.
SCRIPT_TYPE = "application/gzip"
DATA_ID = "neural-data"
FILES_ID = "neural-files"


@dataclass(frozen=True, kw_only=True)
class SentRun:
    """One run of a report.

    Attributes:
        folder: Name of its directory, safe to use.
        stored: Its files and the blocks that they lie in.
    """

    folder: str
    stored: tuple[tuple[StoredFile, BlockReader], ...]

    def files(self, room_bytes: int) -> Iterator[tuple[str, bytes]]:
        """Yield path relative to the run and content of each file, made one by one.

        Args:
            room_bytes: Most bytes in all.

        Raises:
            InvalidInputError: They are more, or one of them makes no sense.
        """
        for file, blocks in self.stored:
            data = _content(file, blocks, room_bytes)
            room_bytes -= len(data)
            if room_bytes < 0:
                raise _too_large()
            yield file.name, data


def read_report(path: Path) -> list[SentRun]:
    """Return the runs in a report.

    Args:
        path: The HTML file.

    Raises:
        StorageError: It cannot be read.
        InvalidInputError: It is no report, was damaged, or holds what no report would.
    """
    try:
        data = read_whole(path, MOST_BYTES)
    except OSError as exc:
        raise StorageError(f"{path} cannot be read: {exc.strerror}") from exc
    packed = _element(data, DATA_ID)
    if packed is None:
        raise InvalidInputError(f"{path} is no report that `neural report` has written")
    runs: dict[str, list[tuple[StoredFile, BlockReader]]] = {}
    _add(runs, *_unpacked(packed))
    further = _element(data, FILES_ID)
    if further is not None:
        known = set(runs)
        _add(runs, *_unpacked(further))
        if set(runs) != known:
            raise InvalidInputError("The report holds files of runs that are not in it")
    found = [SentRun(folder=_folder(name), stored=tuple(files)) for name, files in runs.items()]
    for run in found:
        _check_names(run)
    if sum(len(run.stored) for run in found) > MOST_FILES:
        raise InvalidInputError(f"The report holds more than {MOST_FILES:,} files")
    return found


def _element(data: bytes, name: str) -> bytes | None:
    """Return what stands in the element of that id; ``None`` if there is no such element."""
    opening = f'<script type="{SCRIPT_TYPE}" id="{name}">'.encode()
    start = data.find(opening)
    if start < 0:
        return None
    if data.find(opening, start + 1) >= 0:
        raise InvalidInputError("The report holds its data twice: it was changed")
    end = data.find(b"</script>", start)
    if end < 0:
        raise InvalidInputError("The report was cut off")
    return data[start + len(opening) : end].strip()


def _unpacked(element: bytes) -> tuple[list[StoredRun], BlockReader]:
    try:
        packed = base64.b64decode(element, validate=True)
    except binascii.Error as exc:
        raise InvalidInputError(f"The data of the report is damaged: {exc}") from exc
    package, blocks = unpack(packed)
    return package.runs, blocks


def _add(
    runs: dict[str, list[tuple[StoredFile, BlockReader]]],
    stored: list[StoredRun],
    blocks: BlockReader,
) -> None:
    folders = [run.folder for run in stored]
    if len(set(map(str.casefold, folders))) < len(folders):
        raise InvalidInputError("The report holds a run twice")
    for run in stored:
        runs.setdefault(run.folder, []).extend((file, blocks) for file in run.files)


def _folder(name: str) -> str:
    if not is_safe_folder(name):
        raise InvalidInputError(f"The report names a run directory {name!r}, which is not allowed")
    return name


def _check_names(run: SentRun) -> None:
    names = [file.name for file, _ in run.stored]
    for name in names:
        if not is_allowed(name):
            raise InvalidInputError(f"The report names a file {name!r}, which is not allowed")
    # Two that differ in case only are one file on some file systems, the second in place of the
    # first; and no file may be the folder of another.
    folded = {name.casefold() for name in names}
    parents = {name[:i].casefold() for name in names for i, c in enumerate(name) if c == "/"}
    if len(folded) < len(names) or folded & parents:
        raise InvalidInputError(f"The report holds a file of {run.folder!r} twice")


def _content(file: StoredFile, blocks: BlockReader, room_bytes: int) -> bytes:
    given = [file.text is not None, file.entries is not None, file.block is not None]
    if sum(given) != 1:
        raise InvalidInputError(f"The report does not say what {file.name!r} holds")
    if file.entries is not None:
        return from_columns(file.entries, blocks, room_bytes)
    if file.block is not None:
        return blocks.get(file.block).tobytes()
    try:
        return (file.text or "").encode()
    except UnicodeEncodeError as exc:
        raise InvalidInputError(f"{file.name!r} in the report is no text: {exc.reason}") from exc


def _too_large() -> InvalidInputError:
    return InvalidInputError(f"The runs in the report take more than {MOST_BYTES:,} bytes")
