"""What the index keeps of a run, as bytes: its row in listings, and the state to read on from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from neural.tracking.storage.local import RunLook
from neural.tracking.storage.run_record import RunFiles
from neural.tracking.storage.summarising import FileFigures, merged

__all__ = ["decode_look", "decode_row", "encode_look", "encode_row"]

#: MessagePack has no integers beyond 64 bits; they go as hexadecimal digits.
_LARGE = 1


class _State(msgspec.Struct, array_like=True):
    """A :class:`RunLook`, less what can be worked out from the rest."""

    folder: str
    metadata: dict[str, Any]
    annotations: dict[str, Any]
    params: dict[str, Any]
    entries: int
    updated: float | None
    alive: bool | None
    problems: list[str]
    figures: dict[str, FileFigures]


def _integer(code: int, data: memoryview) -> int:
    return int(bytes(data), 16)


_STATE = msgspec.msgpack.Decoder(_State, ext_hook=_integer)
_ROW = msgspec.msgpack.Decoder(dict[str, Any], ext_hook=_integer)
_ENCODER = msgspec.msgpack.Encoder()


def encode_row(row: Mapping[str, Any]) -> bytes:
    """Return a row of a listing as bytes; every value comes back exactly."""
    return _encode(row)


def decode_row(data: bytes) -> dict[str, Any]:
    """Return what :func:`encode_row` was given."""
    return _ROW.decode(data)


def encode_look(look: RunLook) -> bytes:
    """Return a look at a run as bytes."""
    files = look.files
    return _encode(
        _State(
            folder=files.folder,
            metadata=dict(files.metadata),
            annotations=dict(files.annotations),
            params=dict(files.params),
            entries=files.entries,
            updated=files.updated,
            alive=files.alive,
            problems=list(files.problems),
            figures=look.figures,
        )
    )


def decode_look(data: bytes) -> RunLook:
    """Return what :func:`encode_look` was given.

    Raises:
        msgspec.MsgspecError: The bytes are something else.
    """
    state = _STATE.decode(data)
    files = RunFiles(
        folder=state.folder,
        metadata=state.metadata,
        annotations=state.annotations,
        params=state.params,
        metrics=merged(state.figures.values()),
        entries=state.entries,
        updated=state.updated,
        alive=state.alive,
        problems=state.problems,
    )
    return RunLook(files, state.figures)


def _encode(value: Any) -> bytes:
    try:
        return _ENCODER.encode(value)
    except OverflowError:
        return _ENCODER.encode(_with_large_integers(msgspec.to_builtins(value)))


def _with_large_integers(value: Any) -> Any:
    if type(value) is int and not -(2**63) <= value < 2**64:
        return msgspec.msgpack.Ext(_LARGE, f"{value:x}".encode())
    if isinstance(value, list | tuple):
        return [_with_large_integers(item) for item in value]
    if isinstance(value, dict):
        return {key: _with_large_integers(item) for key, item in value.items()}
    return value
