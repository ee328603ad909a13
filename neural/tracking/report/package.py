"""What a report carries, and the packed form in which it does."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec

from neural.errors import InvalidInputError
from neural.tracking.report.blocks import BlockReader, BlockWriter

__all__ = [
    "FORMAT",
    "MOST_BYTES",
    "MOST_FILES",
    "Entries",
    "Package",
    "Shape",
    "StoredFile",
    "StoredRun",
    "pack",
    "unpack",
]

#: Number of the format that this version writes, and the latest that it reads.
FORMAT = 1

#: Most bytes that a report may come to when unpacked, and most files: whatever lies, lies small.
MOST_BYTES = 2 << 30
MOST_FILES = 10_000

_MAGIC = b"neural report\n"
_LENGTH_BYTES = 8
_CHUNK_BYTES = 1 << 22
#: Beyond so many bytes what is unpacked must not be so many times as large as what is packed.
#: Half of a report are digits that nothing predicts; a bomb is a thousand times as large.
_RATIO_FROM_BYTES = 1 << 26
_MOST_RATIO = 100


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    """Entries that have the same names, each name a column.

    Attributes:
        names: Keys of the entries, in their order.
        blocks: Number of the block of each.
    """

    names: list[str]
    blocks: list[int]


class Entries(msgspec.Struct, forbid_unknown_fields=True):
    """The entries of a metrics file.

    Attributes:
        shapes: They, those of the same names together.
        order: Block that says for each entry which shape it has; ``None`` with only one.
    """

    shapes: list[Shape]
    order: int | None = None


class StoredFile(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One file of a run: as text, as columns, or as a block of bytes.

    Attributes:
        name: Path relative to the run, with ``/``.
        text: Its content.
        entries: Its content, of a metrics file.
        block: Number of the block that is its content.
    """

    name: str
    text: str | None = None
    entries: Entries | None = None
    block: int | None = None


class StoredRun(msgspec.Struct, omit_defaults=True):
    """One run.

    Attributes:
        folder: Name of its directory.
        files: Its files.
        series: By metric the blocks of steps, times and values that its curve is drawn from.
    """

    folder: str
    files: list[StoredFile]
    series: dict[str, tuple[int, int, int]] = {}


class Package(msgspec.Struct):
    """A report.

    Attributes:
        format: See :data:`FORMAT`.
        runs: What was chosen.
        blocks: ``[dtype, number of items]`` of each block.
        view: What the page needs besides; nothing of it is read back.
    """

    format: int
    runs: list[StoredRun]
    blocks: list[tuple[str, int]] = []
    view: dict[str, Any] = {}


class _Version(msgspec.Struct):
    format: int


def pack(runs: list[StoredRun], blocks: BlockWriter, view: Mapping[str, Any]) -> bytes:
    """Return a report in its packed form: the length of a JSON text, that, the blocks; gzipped."""
    package = Package(format=FORMAT, runs=runs, blocks=blocks.table, view=dict(view))
    head = msgspec.json.encode(package)
    parts = [_MAGIC, len(head).to_bytes(_LENGTH_BYTES, "little"), head, *blocks.data()]
    return gzip.compress(b"".join(parts), 6, mtime=0)


def unpack(packed: bytes) -> tuple[Package, BlockReader]:
    """Return what :func:`pack` was given; nothing in ``packed`` is trusted.

    Raises:
        InvalidInputError: It is damaged, of a later version, or larger than :data:`MOST_BYTES`.
    """
    data = memoryview(_inflated(packed))
    start = len(_MAGIC) + _LENGTH_BYTES
    if bytes(data[: len(_MAGIC)]) != _MAGIC:
        raise InvalidInputError("The data in it is not that of a report")
    end = start + int.from_bytes(data[len(_MAGIC) : start], "little")
    if end > len(data):
        raise InvalidInputError("The data of the report was cut off")
    package = _read_head(bytes(data[start:end]))
    if sum(len(run.files) for run in package.runs) > MOST_FILES:
        raise InvalidInputError(f"The report holds more than {MOST_FILES:,} files")
    return package, BlockReader(package.blocks, data[end:])


def _read_head(head: bytes) -> Package:
    try:
        version = msgspec.json.decode(head, type=_Version).format
        if version > FORMAT:
            raise InvalidInputError(
                f"The report is of format {version} and this version reads up to {FORMAT}: "
                "upgrade neural-aquarium"
            )
        return msgspec.json.decode(head, type=Package)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise InvalidInputError(f"The data of the report makes no sense: {exc}") from exc


def _inflated(packed: bytes) -> bytearray:
    machine = zlib.decompressobj(wbits=31)
    made = bytearray()
    rest = packed
    try:
        while rest and not machine.eof:
            made += machine.decompress(rest, _CHUNK_BYTES)
            rest = machine.unconsumed_tail
            _refuse_bomb(len(made), len(packed))
    except zlib.error as exc:
        raise InvalidInputError(f"The data of the report cannot be unpacked: {exc}") from exc
    if not machine.eof or machine.unused_data:
        raise InvalidInputError("The data of the report was cut off or added to")
    return made


def _refuse_bomb(made: int, packed: int) -> None:
    if made > MOST_BYTES or (made > _RATIO_FROM_BYTES and made > packed * _MOST_RATIO):
        raise InvalidInputError(
            f"The data of the report unpacks to more than {made:,} bytes, which no report needs"
        )
