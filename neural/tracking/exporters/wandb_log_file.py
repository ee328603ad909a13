"""The log of an offline run, which W&B's service goes on writing after ``finish``."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

from neural._optional import optional_import
from neural.errors import ExportError

__all__ = ["wait_until_written"]

#: How long the service may take to write down what it was given.
_PATIENCE_S = 60.0
_POLL_S = 0.02
_HEADER_BYTES = 7
_BLOCK_BYTES = 32768
_WHOLE_OR_LAST = (1, 4)


def wait_until_written(log: Path) -> None:
    """Wait until W&B's service has written the last record: ``finish`` returns before.

    Raises:
        ExportError: It does not.
    """
    until, size = monotonic() + _PATIENCE_S, -1
    while monotonic() < until:
        before, size = size, log.stat().st_size if log.exists() else 0
        if size == before and size > _HEADER_BYTES and _has_exit(log):
            return
        sleep(_POLL_S)
    raise ExportError(f"W&B has not finished {log} within {_PATIENCE_S:.0f} s")


def _has_exit(log: Path) -> bool:
    messages = optional_import(
        "wandb.proto.wandb_internal_pb2", extra="wandb", purpose="export to W&B"
    )
    last = b""
    for record in _log_records(log.read_bytes()):
        last = record
    return str(messages.Record.FromString(last).WhichOneof("record_type")) == "exit"


def _log_records(data: bytes) -> Iterator[bytes]:
    """Yield the whole records of an offline run: LevelDB's log format behind a header."""
    at, record = _HEADER_BYTES, b""
    while at + _HEADER_BYTES <= len(data):
        left = _BLOCK_BYTES - at % _BLOCK_BYTES
        if left < _HEADER_BYTES:  # the end of a block, which is filled with zeros
            at += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        at += _HEADER_BYTES + length
        record += data[at - length : at]
        if kind in _WHOLE_OR_LAST:
            yield record
            record = b""
