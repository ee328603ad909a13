"""A run as a zip file that holds its directory, and such files put back into a store."""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neural._files import TEMPORARY_SUFFIX
from neural.errors import ExportError, InvalidInputError, StorageError
from neural.tracking.copying import file_checksum
from neural.tracking.exporters.ledger import make_folder
from neural.tracking.report.collecting import collect
from neural.tracking.report.importing import Imported, import_runs
from neural.tracking.report.names import file_folders, is_allowed, is_safe_folder
from neural.tracking.report.package import MOST_BYTES, MOST_FILES
from neural.tracking.sinks import Medium, RunEnd, RunFile, RunStart, Stretch, Tally, Target
from neural.tracking.storage.layout import RunPaths
from neural.tracking.storage.small_files import open_regular

__all__ = ["ZipSink", "import_archive", "is_archive"]

#: The same content gives the same file, whenever it is made.
_ALWAYS = (1980, 1, 1, 0, 0, 0)
_CHUNK_BYTES = 1 << 20


class ZipSink:
    """Writes ``<folder of the run>.zip``: the run directory as it is, but for secrets.

    :func:`import_archive` makes the same run of it again.

    Args:
        target: ``place`` is the folder that gets a file for each run.
        tally: Told what is done.
    """

    def __init__(self, target: Target, tally: Tally) -> None:
        self._target = target
        self._tally = tally
        self._root = Path(target.place or "exports").absolute()
        self._things = 0

    def start(self, run: RunStart) -> None:
        """Say where the file will be.

        Raises:
            ExportError: The run has no directory.
        """
        if run.root is None:
            raise ExportError(f"Run {run.run_id!r} has no directory that could be archived")
        self._run_dir = run.root
        self._path = self._root / f"{run.folder}.zip"
        self._tally.url = str(self._path)

    def metrics(self, stretch: Stretch) -> None:
        """Count points; they are in the run's files."""
        self._things += len(stretch.series.step)

    def medium(self, medium: Medium) -> None:
        """Count it; it is in the run's files."""
        self._things += 1

    def file(self, file: RunFile) -> None:
        """Count it; it is in the run's files."""
        self._things += 1

    def finish(self, end: RunEnd) -> None:
        """Write the file, unless one with the same content is there.

        Raises:
            ExportError: It cannot be written.
        """
        try:
            is_new = self._write()
        except OSError as exc:
            raise ExportError(f"{self._path} cannot be written: {exc}") from exc
        (self._tally.sent if is_new else self._tally.skipped)(self._things)

    def close(self) -> None:
        """Nothing is held."""

    def _write(self) -> bool:
        if self._target.dry_run:
            self._collect()
            return not self._path.exists()
        make_folder(self._root)
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
        try:
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data in self._collect():
                    archive.writestr(_info(f"{self._run_dir.name}/{name}"), data)
                for name in _large(self._run_dir):
                    self._add(archive, name)
            if self._path.is_file() and file_checksum(self._path) == file_checksum(temporary):
                return False
            os.replace(temporary, self._path)
            return True
        finally:
            temporary.unlink(missing_ok=True)

    def _collect(self) -> list[tuple[str, bytes]]:
        found = collect(self._run_dir)
        for name in found.redacted:
            self._tally.converted(f"{name} held a secret, which was taken out")
        for sentence in found.left_out:
            self._tally.failed(sentence)
        return sorted(found.files.items())

    def _add(self, archive: zipfile.ZipFile, name: str) -> None:
        if not is_allowed(name):
            self._tally.failed(f"{name!a}: a name that not every machine can have")
            return
        try:
            handle, _ = open_regular(self._run_dir / name)
        except OSError as exc:
            self._tally.failed(f"{name}: {exc.strerror}")
            return
        info = _info(f"{self._run_dir.name}/{name}")
        with open(handle, "rb") as source, archive.open(info, "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target, _CHUNK_BYTES)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _ALWAYS)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _large(run_dir: Path) -> Iterator[str]:
    """Yield the paths of what may be large, relative to the run and in a fixed order."""
    diff = RunPaths(run_dir).git_diff
    if diff.is_file():
        yield diff.name
    for folder in file_folders():
        if (run_dir / folder).is_symlink():  # os.walk follows no other link
            continue
        for root, folders, names in os.walk(run_dir / folder):
            folders.sort()
            yield from (Path(root, n).relative_to(run_dir).as_posix() for n in sorted(names))


def is_archive(path: Path) -> bool:
    """Tell by its content whether a file is a zip archive."""
    return path.is_file() and zipfile.is_zipfile(path)


def import_archive(path: Path, base_dir: Path) -> Imported:
    """Put the runs of a zip archive into a store, all of them or none.

    See :func:`~neural.tracking.report.importing.import_report`.

    Args:
        path: A file that ``neural export --to zip`` has written.
        base_dir: Folder of the runs; made if it is missing.

    Raises:
        StorageError: The archive cannot be read, or the runs cannot be written.
        InvalidInputError: It holds what no such archive would. Nothing is imported then.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return import_runs(_runs(archive, path), base_dir)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as exc:
        raise InvalidInputError(f"{path} is no archive of runs, or damaged: {exc}") from exc
    except OSError as exc:
        raise StorageError(f"{path} cannot be read: {exc}") from exc


@dataclass(frozen=True, kw_only=True)
class _ArchivedRun:
    folder: str
    archive: zipfile.ZipFile
    names: list[str]

    def files(self, room_bytes: int) -> Iterator[tuple[str, bytes]]:
        for name in self.names:
            # What an archive says of its sizes need not be true: never read more than there is
            # room for.
            with self.archive.open(f"{self.folder}/{name}") as file:
                data = file.read(room_bytes + 1)
            room_bytes -= len(data)
            if room_bytes < 0:
                raise InvalidInputError(f"The runs take more than {MOST_BYTES:,} bytes")
            yield name, data


def _runs(archive: zipfile.ZipFile, path: Path) -> list[_ArchivedRun]:
    found: dict[str, list[str]] = {}
    entries = [info.filename for info in archive.infolist() if not info.is_dir()]
    if len(entries) > MOST_FILES or len({e.casefold() for e in entries}) < len(entries):
        raise InvalidInputError(f"{path} holds a file twice, or more than {MOST_FILES:,} files")
    for entry in entries:
        folder, _, name = entry.partition("/")
        if not (is_safe_folder(folder) and is_allowed(name)):
            raise InvalidInputError(f"{path} holds {entry!r}, which is no file of a run")
        found.setdefault(folder, []).append(name)
    if not found:
        raise InvalidInputError(f"{path} holds no run")
    return [_ArchivedRun(folder=f, archive=archive, names=names) for f, names in found.items()]
