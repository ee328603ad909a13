"""Folders and files of other programs, looked at without following links and without end.

Nothing here is trusted: a name may be a pipe, a link out of the folder or a tree without bottom.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "MOST_FOLDERS",
    "Folder",
    "FolderProblem",
    "Stamp",
    "open_below",
    "open_files",
    "read_head",
    "read_whole",
    "walk",
]

#: Folders below one that are looked at; what lies behind them is said to be left out.
MOST_FOLDERS = 200_000
_MOST_DEPTH = 40
_HEAD_BYTES = 4096

_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_WAITING = _READ | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
_FOLDER = _READ | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
#: Folders that hold no runs, and much else.
_UNINTERESTING = frozenset({".git", ".hg", ".svn", ".venv", "__pycache__", "node_modules"})


class Stamp(NamedTuple):
    """What changes with a file."""

    device: int
    inode: int
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class FolderProblem:
    """Something in a folder that is not looked at, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, eq=False)
class Folder:
    """One folder as a listing has found it, without links.

    Attributes:
        path: Where it is.
        files: Names of its regular files, in order.
        folders: Names of the folders in it, in order.
        parent: The folder above it, if that was looked at too.
        problems: What was left out of it.
    """

    path: Path
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    parent: Folder | None = None
    problems: tuple[FolderProblem, ...] = ()
    _heads: dict[str, bytes] = field(default_factory=dict, repr=False)

    def head(self, name: str) -> bytes:
        """Return the first 4 KiB of one of its files; empty if it cannot be read."""
        if name not in self._heads:
            try:
                self._heads[name] = read_head(self.path, name, _HEAD_BYTES)
            except (OSError, ValueError):
                self._heads[name] = b""
        return self._heads[name]


#: Tells of a folder that is about to be listed whether it need not be.
Known = Callable[[os.DirEntry[str]], bool]


def walk(
    root: Path, *, known: Known = lambda _entry: False
) -> Generator[Folder, tuple[str, ...] | None, None]:
    """Yield the folders from ``root`` down, each before those in it.

    A caller that has seen enough of one takes names out with ``send``: the folders to enter.
    ``root`` may be a file: then it comes as a folder of that one file.

    Args:
        root: Where to begin.
        known: Asked for every folder below; those it knows are neither listed nor entered.
    """
    if not root.is_dir():
        yield Folder(root.parent, files=(root.name,))
        return
    yield from _walk(_listed(root, root, None, known), root, known)


def _walk(
    first: Folder, root: Path, known: Known
) -> Generator[Folder, tuple[str, ...] | None, None]:
    waiting, seen = [(first, 0)], 0
    while waiting:
        folder, depth = waiting.pop()
        seen += 1
        enter = yield folder
        names = folder.folders if enter is None else enter
        if depth >= _MOST_DEPTH or seen + len(waiting) > MOST_FOLDERS:
            continue
        waiting += (
            (_listed(folder.path / name, root, folder, known), depth + 1)
            for name in reversed(names)
            if name not in _UNINTERESTING
        )


def _listed(path: Path, root: Path, parent: Folder | None, known: Known) -> Folder:
    files, folders, problems = [], [], []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_symlink():
                    if not _leads_inside(path / entry.name, root):
                        reason = "it is a link that leads out of the folder, or nowhere"
                        problems.append(FolderProblem(path / entry.name, reason))
                elif entry.is_dir(follow_symlinks=False):
                    if not known(entry):
                        folders.append(entry.name)
                elif entry.is_file(follow_symlinks=False):
                    files.append(entry.name)
    except OSError as exc:
        problems.append(FolderProblem(path, f"it cannot be listed: {exc.strerror}"))
    return Folder(path, tuple(sorted(files)), tuple(sorted(folders)), parent, tuple(problems))


def _leads_inside(link: Path, root: Path) -> bool:
    """Tell whether a link leads to what is looked at anyway, at its own place."""
    try:
        return link.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False


def open_below(root: Path, relative: str) -> tuple[int, os.stat_result]:
    """Open a regular file below ``root`` for reading, going through no link below it.

    Each folder on the way is opened by itself: one that is swapped for a link meanwhile is
    refused, not followed.

    Raises:
        OSError: There is no such file, a part of the way is a link, or it is no regular file.
        ValueError: ``relative`` leads out of ``root`` or holds a NUL.
    """
    parts = [part for part in relative.replace(os.sep, "/").split("/") if part not in ("", ".")]
    if not parts or ".." in parts or os.path.isabs(relative):
        raise ValueError(f"{relative!r} does not lead into {root}")
    if len(parts) == 1 or os.open not in os.supports_dir_fd:
        return _regular(os.open(os.path.join(root, *parts), _NO_WAITING), relative)
    here = os.open(root, _READ | getattr(os, "O_DIRECTORY", 0))
    try:
        for part in parts[:-1]:
            below = os.open(part, _FOLDER, dir_fd=here)
            os.close(here)
            here = below
        return _regular(os.open(parts[-1], _NO_WAITING, dir_fd=here), relative)
    finally:
        os.close(here)


def _regular(handle: int, name: str) -> tuple[int, os.stat_result]:
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise OSError(f"{name} is not a regular file")
    return handle, found


def open_files(
    root: Path,
    name: str,
    complain: Callable[[str, str], object],
    *,
    known: Mapping[str, Stamp] | None = None,
    wanted: Callable[[str], bool] = lambda _path: True,
) -> Iterator[tuple[str, int, Stamp]]:
    """Open the regular files below a folder one after the other, going through no link.

    Args:
        root: Folder that holds the folder.
        name: Name of the folder; there may be none.
        complain: Told path and reason of what cannot be read.
        known: Stamps of files, by path below ``root``; what still has its stamp is passed over.
        wanted: Tells of a path below ``root`` whether it is opened.

    Yields:
        Path below ``root``, a handle that the caller closes, and the stamp.
    """
    if os.open not in os.supports_dir_fd or os.scandir not in os.supports_fd:
        for folder in walk(root / name):
            for file in folder.files:
                path = (folder.path / file).relative_to(root).as_posix()
                if wanted(path):
                    handle, found = open_below(root, path)
                    yield path, handle, _stamp(found)
        return
    try:
        handle = os.open(os.path.join(root, name), _FOLDER)
    except OSError:
        return
    yield from _open_in(handle, f"{name}/", complain, known or {}, wanted, 0)


def _open_in(
    folder: int,
    above: str,
    complain: Callable[[str, str], object],
    known: Mapping[str, Stamp],
    wanted: Callable[[str], bool],
    depth: int,
) -> Iterator[tuple[str, int, Stamp]]:
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
            files = sorted(e.name for e in found if e.is_file(follow_symlinks=False))
            folders = sorted(e.name for e in found if e.is_dir(follow_symlinks=False))
        for name in files:
            path = above + name
            if not wanted(path):
                continue
            try:
                if path in known and known[path] == _stamp(
                    os.stat(name, dir_fd=folder, follow_symlinks=False)
                ):
                    continue
                handle, status = _regular(os.open(name, _NO_WAITING, dir_fd=folder), path)
            except OSError as exc:
                complain(path, f"it cannot be read: {exc.strerror or exc}")
                continue
            yield path, handle, _stamp(status)
        for name in folders if depth < _MOST_DEPTH else []:
            try:
                inner = os.open(name, _FOLDER, dir_fd=folder)
            except OSError as exc:
                complain(above + name, f"it cannot be listed: {exc.strerror or exc}")
                continue
            yield from _open_in(inner, f"{above}{name}/", complain, known, wanted, depth + 1)
    finally:
        os.close(folder)


def _stamp(found: os.stat_result) -> Stamp:
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def read_head(root: Path, relative: str, count: int) -> bytes:
    """Return at most ``count`` bytes from the beginning of a file below ``root``.

    Raises:
        OSError: See :func:`open_below`.
        ValueError: See :func:`open_below`.
    """
    handle, _ = open_below(root, relative)
    with open(handle, "rb", buffering=0) as file:
        return file.read(count) or b""


def read_whole(root: Path, relative: str, most: int) -> bytes:
    """Return all of a file below ``root``.

    Raises:
        OSError: See :func:`open_below`.
        ValueError: See :func:`open_below`; or it has more than ``most`` bytes.
    """
    data = read_head(root, relative, most + 1)
    if len(data) > most:
        raise ValueError(f"it has more than {most:,} bytes")
    return data
