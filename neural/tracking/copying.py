"""Files and directories copied whole, hashed on the way, in constant memory."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from neural._files import TEMPORARY_SUFFIX

__all__ = ["Copied", "copy", "copy_whole", "file_checksum", "remove", "replace"]

_log = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 20
_ZEROS = bytes(_CHUNK_BYTES)


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied.

    Attributes:
        size: In bytes; of a directory, the sum of its files.
        checksum: SHA-256 in hex; of a directory, that of its sorted relative names and file
            checksums.
    """

    size: int
    checksum: str


def copy_whole(source: Path, target: Path) -> Copied:
    """Copy a file or directory so that ``target`` is never a part of it.

    Raises:
        OSError: See :func:`copy`; nothing is left behind.
    """
    temporary = target.with_name(f".{target.name}{TEMPORARY_SUFFIX}")
    remove(temporary)
    try:
        copied = copy(source, temporary)
        os.replace(temporary, target)
    except BaseException:
        remove(temporary)
        raise
    return copied


def copy(source: Path, target: Path, leave_out: Path | None = None) -> Copied:
    """Copy a file or directory to ``target``, which must not exist.

    In a directory, links to files are followed; links to directories, pipes and devices are left
    out and said so. Holes of sparse files stay holes.

    Args:
        source: File or directory; may be above ``target``.
        target: Where to. If copying fails, a part of it is left.
        leave_out: A directory that is not copied where ``source`` is above it.

    Raises:
        OSError: ``source`` is something else (a pipe would never end), or copying failed.
    """
    if source.is_dir():
        return _copy_tree(source.resolve(), target, leave_out)
    return _copy_file(source, target)


def _copy_tree(source: Path, target: Path, leave_out: Path | None) -> Copied:
    target.mkdir()
    kept_out = {path.resolve() for path in (target, leave_out) if path is not None}
    left_out: list[Path] = []
    digest = hashlib.sha256()
    size = 0
    for path in _below(source, kept_out, left_out):
        relative = path.relative_to(source)
        if path.is_dir():
            (target / relative).mkdir()
            continue
        copied = _copy_file(path, target / relative)
        size += copied.size
        digest.update(f"{PurePosixPath(relative)}\0{copied.checksum}\n".encode("utf-8", "replace"))
    _tell(source, [path for path in left_out if path != target.resolve()])
    return Copied(size, digest.hexdigest())


def _below(folder: Path, kept_out: set[Path], left_out: list[Path]) -> Iterator[Path]:
    """Yield directories and regular files, each after the directory it lies in.

    Args:
        folder: Where to look, without links in its path.
        kept_out: Directories that are not entered.
        left_out: Takes what is not yielded.
    """
    for root, folders, files in os.walk(folder, onerror=_raise):
        here = Path(root)
        wanted = [n for n in folders if not ((here / n).is_symlink() or here / n in kept_out)]
        left_out += (here / name for name in folders if name not in wanted)
        folders[:] = sorted(wanted)
        for name in sorted(files):
            if (here / name).is_file():
                yield here / name
            else:
                left_out.append(here / name)
        yield from (here / name for name in folders)


def _raise(error: OSError) -> None:
    """Stop at a directory that cannot be read; ``os.walk`` would leave it out and say nothing."""
    raise error


def _tell(source: Path, left_out: list[Path]) -> None:
    if left_out:
        some = ", ".join(str(path.relative_to(source)) for path in left_out[:3])
        more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        _log.warning(
            "The copy of %s is without what is no regular file or belongs to the run itself: %s%s",
            source,
            some,
            more,
        )


def _copy_file(source: Path, target: Path) -> Copied:
    """Copy a file and hash what was copied; holes of sparse files stay holes.

    Raises:
        OSError: ``source`` is no regular file (a pipe would never end), or copying failed.
    """
    digest = hashlib.sha256()
    with open(os.open(source, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as reader:
        status = os.fstat(reader.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{source} is not a regular file or directory, so it cannot be copied")
        with target.open("xb", buffering=0) as writer:
            size = 0
            for chunk, is_hole in _chunks(reader.fileno(), status.st_size):
                digest.update(chunk)
                size += len(chunk)
                if is_hole:
                    os.lseek(writer.fileno(), len(chunk), os.SEEK_CUR)
                else:
                    _write(writer.fileno(), chunk)
            os.ftruncate(writer.fileno(), size)
    shutil.copystat(source, target)
    return Copied(size, digest.hexdigest())


def _write(handle: int, chunk: memoryview | bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(handle, view) :]


def _chunks(handle: int, size: int) -> Iterator[tuple[memoryview, bool]]:
    """Yield ``(bytes, whether they are a hole)``; what is appended meanwhile is copied too."""
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    zeros = memoryview(_ZEROS)
    offset = 0
    while True:
        hole = _hole_length(handle, offset, size)
        for start in range(0, hole, _CHUNK_BYTES):
            yield zeros[: min(_CHUNK_BYTES, hole - start)], True
        offset += hole
        count = os.preadv(handle, [buffer], offset)
        if count == 0:
            return
        yield buffer[:count], False
        offset += count


def _hole_length(handle: int, offset: int, size: int) -> int:
    """Return how many bytes from ``offset`` on are a hole of a sparse file."""
    if offset >= size or not hasattr(os, "SEEK_DATA"):
        return 0
    try:
        return os.lseek(handle, offset, os.SEEK_DATA) - offset
    except OSError:  # ENXIO: nothing but a hole up to the end
        return size - offset


def file_checksum(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace(source: Path, target: Path) -> None:
    """Rename over ``target``, also when one of the two is a directory."""
    if target.is_dir() or (source.is_dir() and target.exists()):
        aside = target.with_name(f".{target.name}.{os.urandom(3).hex()}{TEMPORARY_SUFFIX}")
        os.replace(target, aside)
        os.replace(source, target)
        remove(aside)
    else:
        os.replace(source, target)


def remove(path: Path) -> None:
    """Delete a file or directory as far as that is possible."""
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
