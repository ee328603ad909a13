"""Where below a folder runs of other trackers lie, told by what the files hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from neural._clock import now
from neural.errors import InvalidInputError, NotFoundError
from neural.tracking._source_tree import Folder, walk
from neural.tracking.sources import Claim, RunSource, Skipped, SourceKind, sources

__all__ = ["Detection", "Found", "Watch", "claims_in", "detect"]

#: Two changes that follow one another faster may have the same time, in seconds.
_TICK_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A place that holds runs, and the kind that reads them.

    Attributes:
        kind: Name in :data:`sources`.
        path: File or folder.
        root: What the names of its runs are relative to.
        why: What it was recognised by.
        opener: Makes the source from path and root.
    """

    kind: str
    path: Path
    root: Path
    why: str
    # Looking a kind up by its name takes longer than reading a small run.
    opener: Callable[[Path, Path], RunSource] = field(compare=False, repr=False)

    def open(self) -> RunSource:
        """Return the source; it has read nothing yet."""
        return self.opener(self.path, self.root)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is below a path.

    Attributes:
        detections: Places that hold runs.
        skipped: What was not looked at, such as links that lead out.
    """

    detections: tuple[Detection, ...]
    skipped: tuple[Skipped, ...]


def detect(path: Path, *, kind: str | None = None) -> Found:
    """Return the places below ``path`` that hold runs of other trackers, told by their content.

    Args:
        path: A file or folder.
        kind: Only look for this kind. If it recognises nothing by itself, ``path`` is taken to
            be one.

    Raises:
        NotFoundError: There is nothing at ``path``.
        UnknownNameError: There is no such kind.
        InvalidInputError: ``path`` is neither a file nor a folder.
    """
    return Watch(path, kind=kind).look()


class Watch:
    """Looks for runs below a path time and again; what was found and lies still is not read again.

    Args:
        path: A file or folder.
        kind: See :func:`detect`.

    Raises:
        NotFoundError: There is nothing at ``path``.
        UnknownNameError: There is no such kind.
        InvalidInputError: ``path`` is neither a file nor a folder.
    """

    def __init__(self, path: Path, *, kind: str | None = None) -> None:
        if not path.exists():
            raise NotFoundError(f"There is nothing at {str(path)!r}")
        if not (path.is_dir() or path.is_file()):
            raise InvalidInputError(f"{str(path)!r} is neither a file nor a folder")
        self._given, self._path, self._kind = path, path.resolve(), kind
        self._root = self._path if self._path.is_dir() else self._path.parent
        names = [kind] if kind is not None else list(sources)
        kinds = ((name, sources.load(name)) for name in names)
        self._kinds = sorted(kinds, key=lambda pair: pair[1].rank)
        #: What is known of folders that belong to one run: how they looked, and what they are.
        self._known: dict[str, tuple[tuple[int, int], list[Detection]]] = {}
        self._found: list[Detection] = []

    def look(self) -> Found:
        """Return the places that hold runs now.

        Raises:
            NotFoundError: There is nothing at the path any more.
        """
        if not self._path.exists():
            raise NotFoundError(f"There is nothing at {str(self._given)!r}")
        self._found, skipped = [], list[Skipped]()
        looked_at = now()
        folders = walk(self._path, known=self._is_known)
        folder = next(folders, None)
        while folder is not None:
            skipped += (Skipped(path=str(p.path), reason=p.reason) for p in folder.problems)
            claims = claims_in(folder, self._kinds)
            made = [self._detection(name, claim) for name, claim in claims]
            self._found += made
            enter = _to_enter(folder, [claim for _, claim in claims])
            if not enter and not folder.problems and any(claim.whole for _, claim in claims):
                self._keep(folder.path, made, looked_at)
            try:
                folder = folders.send(enter)
            except StopIteration:
                break
        if self._kind is not None and not self._found:
            claim = Claim(path=self._path, why="as it was asked for")
            self._found.append(self._detection(self._kind, claim))
        return Found(detections=tuple(self._found), skipped=tuple(skipped))

    def _detection(self, name: str, claim: Claim) -> Detection:
        opener = next(kind.open for known, kind in self._kinds if known == name)
        return Detection(kind=name, path=claim.path, root=self._root, why=claim.why, opener=opener)

    def _keep(self, folder: Path, found: list[Detection], looked_at: float) -> None:
        """Remember a folder that is all of a run, unless it may still change unseen."""
        try:
            status = folder.stat()
        except OSError:
            return
        # A change in the same tick of the file system's clock would not show.
        if status.st_mtime < looked_at - _TICK_S:
            self._known[str(folder)] = (status.st_ino, status.st_mtime_ns), found

    def _is_known(self, entry: os.DirEntry[str]) -> bool:
        known = self._known.get(entry.path)
        if known is None:
            return False
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return False
        if known[0] != (status.st_ino, status.st_mtime_ns):
            del self._known[entry.path]
            return False
        self._found += known[1]
        return True


def claims_in(folder: Folder, kinds: Sequence[tuple[str, SourceKind]]) -> list[tuple[str, Claim]]:
    """Return what the kinds recognise in a folder, by the names of the kinds."""
    claims: list[tuple[str, Claim]] = []
    taken: set[Path] = set()
    for name, kind in kinds:
        for claim in kind.recognise(folder):
            if claim.path not in taken:
                taken.add(claim.path)
                claims.append((name, claim))
                if claim.whole and claim.path == folder.path:
                    return claims
    return claims


def _to_enter(folder: Folder, claims: Sequence[Claim]) -> tuple[str, ...]:
    if any(claim.whole and claim.path == folder.path for claim in claims):
        return ()
    taken = {claim.path.name for claim in claims if claim.whole}
    return tuple(name for name in folder.folders if name not in taken)
