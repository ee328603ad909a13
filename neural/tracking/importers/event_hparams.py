"""Hyperparameters in event files: TensorBoard's message ``HParamsPluginData``."""

from __future__ import annotations

from typing import Any

from neural.tracking.importers.wire import BYTES, FIXED64, Field, WireError, double, fields, text

__all__ = ["hparams"]

_DEEPEST = 20


def hparams(content: bytes) -> dict[str, Any]:
    """Return what the hparams plugin says of a session.

    Keys are ``params``, ``group``, ``start_time``, ``end_time`` and ``status``, as far as given.
    """
    found: dict[str, Any] = {}
    for one in fields(content):
        if one.number == 3 and one.wire == BYTES:
            found |= _session_start(content, one)
        elif one.number == 4 and one.wire == BYTES:
            for inner in fields(content, one.start, one.end):
                if inner.number == 1:
                    found["status"] = inner.value
                elif inner.number == 2 and inner.wire == FIXED64:
                    found["end_time"] = double(content, inner)
    return found


def _session_start(data: bytes, message: Field) -> dict[str, Any]:
    found: dict[str, Any] = {"params": {}}
    for one in fields(data, message.start, message.end):
        if one.number == 1 and one.wire == BYTES:
            key, value = "", None
            for inner in fields(data, one.start, one.end):
                if inner.number == 1 and inner.wire == BYTES:
                    key = text(data, inner)
                elif inner.number == 2 and inner.wire == BYTES:
                    value = _json_value(data, inner, 0)
            found["params"][key] = value
        elif one.number == 4 and one.wire == BYTES:
            found["group"] = text(data, one)
        elif one.number == 5 and one.wire == FIXED64:
            found["start_time"] = double(data, one)
    return found


def _json_value(data: bytes, message: Field, depth: int) -> Any:
    """Return a ``google.protobuf.Value``."""
    if depth > _DEEPEST:
        raise WireError("a parameter is nested too deeply")
    for one in fields(data, message.start, message.end):
        if one.number == 2 and one.wire == FIXED64:
            return double(data, one)
        if one.number == 3 and one.wire == BYTES:
            return text(data, one)
        if one.number == 4:
            return bool(one.value)
        if one.number == 6 and one.wire == BYTES:
            inner = fields(data, one.start, one.end)
            return [_json_value(data, item, depth + 1) for item in inner if item.number == 1]
    return None
