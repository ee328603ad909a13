"""Opening what may be anything, and reading small JSON files that may be damaged.

A folder of runs is written by many programs and copied by hand: a FIFO, a link, a gigabyte of
brackets can stand where metadata.json should. Nothing here hangs, follows a link or raises
because of what it finds; it says what is wrong.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["DamagedError", "open_regular", "parse_json", "read_object", "read_whole"]

#: Larger files are not small JSON files; reading them would only fill the memory.
LARGEST_BYTES = 1 << 26
_DEEPEST = 100
_BOM = b"\xef\xbb\xbf"
_FLAGS = os.O_RDONLY
for _name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
    _FLAGS |= getattr(os, _name, 0)


class DamagedError(Exception):
    """A file does not hold what it should; never leaves the storage package.

    Args:
        offset: First byte that makes no sense.
        reason: What is wrong, as it reads behind "byte 17: ".
    """

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(offset, reason)
        self.offset = offset
        self.reason = reason


def open_regular(path: Path | str) -> tuple[int, os.stat_result]:
    """Open a regular file for reading; returns its descriptor and its state.

    Raises:
        OSError: It cannot be opened, or is a link, folder, FIFO, socket or device.
    """
    try:
        handle = os.open(path, _FLAGS)
    except OSError as exc:
        if exc.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a symbolic link, which is not followed") from exc
        if exc.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "it is not a regular file") from exc
        raise
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
    except BaseException:
        os.close(handle)
        raise
    return handle, state


def read_whole(path: Path | str, limit: int = LARGEST_BYTES) -> bytes:
    """Return all bytes of a regular file.

    Raises:
        OSError: It cannot be read, or is larger than ``limit`` bytes.
    """
    handle, state = open_regular(path)
    try:
        if state.st_size > limit:
            raise OSError(errno.EFBIG, f"it holds {state.st_size} bytes, at most {limit} are read")
        data = os.read(handle, state.st_size + 1)
        while len(data) != state.st_size and (more := os.read(handle, 1 << 20)):
            data += more  # it has grown meanwhile, or came in pieces
        return data
    finally:
        os.close(handle)


def parse_json(data: bytes) -> Any:
    """Return the JSON value in ``data``; a byte order mark and bare ``NaN`` are read too.

    Raises:
        DamagedError: It is not JSON, not UTF-8, or nested more than 100 levels deep.
    """
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = _parse_leniently(data)
    if data.count(b"{") + data.count(b"[") > _DEEPEST and _is_too_deep(value):
        raise DamagedError(0, f"it is nested more than {_DEEPEST} levels deep")
    return value


def _parse_leniently(data: bytes) -> Any:
    try:
        text = data.removeprefix(_BOM).decode()
    except UnicodeDecodeError as exc:
        raise DamagedError(exc.start, "it is not UTF-8 text") from exc
    try:
        return _without_surrogates(json.loads(text))
    except json.JSONDecodeError as exc:
        offset = len(data) - len(text[exc.pos :].encode())
        raise DamagedError(offset, f"it is not JSON ({exc.msg})") from exc
    except (RecursionError, ValueError) as exc:  # ValueError: an integer of too many digits
        raise DamagedError(0, f"it cannot be read as JSON ({exc})") from exc


def _is_too_deep(value: Any) -> bool:
    """Tell whether nesting would exhaust the stack of whoever walks the value later."""
    level = [value]
    for _ in range(_DEEPEST + 1):
        parents = [item for item in level if isinstance(item, dict | list)]
        if not parents:
            return False
        level = [v for p in parents for v in (p.values() if isinstance(p, dict) else p)]
    return True


def _without_surrogates(value: Any) -> Any:
    """Replace lone surrogates, which no UTF-8 file, database or browser can take."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
    return value


def read_object(path: Path | str, problems: list[str]) -> dict[str, Any]:
    """Return the JSON object at ``path``; whatever is wrong with it goes into ``problems``.

    No file is an empty object and no problem.
    """
    try:
        value = parse_json(read_whole(path))
    except FileNotFoundError:
        return {}
    except OSError as exc:
        problem = f" cannot be read: {exc.strerror}"
    except DamagedError as exc:
        problem = f", byte {exc.offset}: {exc.reason}"
    else:
        if isinstance(value, dict):
            return value
        problem = f", byte 0: it should hold a JSON object, not a {_kind(value)}"
    problems.append(os.path.basename(path) + problem)
    return {}


def _kind(value: Any) -> str:
    names = {list: "list", str: "text", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
