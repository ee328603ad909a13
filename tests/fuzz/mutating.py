"""How inputs are spoiled: bytes of files, and JSON that a page sends."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

__all__ = ["Change", "Edit", "changes", "edits", "json_values", "spoiled_bytes", "spoiled_json"]

#: What readers of text stumble over, apart from noise.
PIECES = [
    *(b"", b"\0", b"\n", b"\r\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x1b[2J"),
    *(b'"', b"\\", b"\\ud800", b"{", b"}", b"[", b"]", b",", b":", b"[" * 300, b'{"a":' * 300),
    *(b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"-0", b"1" * 400, b"0x10", b"1.5.2"),
    *(b"9223372036854775808", b"253402300800", b"-62135596801", b'"1e400"', b"../../x", b"/etc/x"),
    *(b"&a [*a]", b"!!python/object:os.system x", b"'''", b"%", b"=1+1", b"<script>", b"\xc3"),
]


class Edit(NamedTuple):
    """One edit of a text of bytes.

    Attributes:
        start: Where, as a part of its length from 0 to 1.
        size: How many bytes it takes away there.
        put: What it puts there.
        times: How often.
    """

    start: float
    size: int
    put: bytes
    times: int


edits = st.lists(
    st.builds(
        Edit,
        st.floats(0, 1),
        st.sampled_from([0, 0, 1, 1, 2, 8, 100, 10**9]),
        st.sampled_from(PIECES) | st.binary(max_size=6),
        st.sampled_from([1, 1, 1, 2, 50]),
    ),
    min_size=1,
    max_size=5,
)


def spoiled_bytes(whole: bytes, made: Sequence[Edit]) -> bytes:
    """Return ``whole`` with the edits made one after the other."""
    for edit in made:
        at = round(edit.start * len(whole))
        whole = whole[:at] + edit.put * edit.times + whole[at + edit.size :]
    return whole


LEAVES = [
    *(None, True, False, 0, 1, -1, 3, 2**31, 2**53 + 1, -(2**63), 10**30, 0.5, -0.0, 1e308),
    *("", "0", "x", "a" * 3000, "NaN", "null", "../../canary.txt", "/etc/passwd", "%00", "\0"),
    *("<img src=x onerror=alert(1)>", "{{7*7}}", "'; drop table runs; --", "(a+)+$", "\ud7ff"),
    *(
        "loss",
        "val/loss",
        "params.lr",
        "metrics.loss.last",
        "charts",
        "dark",
        "\u202e",
        "__class__",
    ),
]

leaves = st.sampled_from(LEAVES) | st.integers(-5, 100) | st.text(max_size=5)

json_values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


class Change(NamedTuple):
    """One change of a JSON value.

    Attributes:
        place: Which of its parts, counted from the whole on and round again.
        kind: ``"put"``, ``"drop"``, ``"twice"`` or ``"deep"``.
        value: What is put there.
    """

    place: int
    kind: str
    value: Any


changes = st.lists(
    st.builds(
        Change,
        st.integers(0, 10_000),
        st.sampled_from(["put", "put", "put", "put", "drop", "twice", "deep"]),
        json_values,
    ),
    min_size=1,
    max_size=4,
)


def spoiled_json(whole: Any, made: Sequence[Change]) -> Any:
    """Return a copy of a JSON value with the changes made one after the other."""
    box = {"whole": copy.deepcopy(whole)}
    for change in made:
        places = list(_places(box))
        parent, key = places[change.place % len(places)]
        _change(parent, key, change)
        box.setdefault("whole", None)
    return box["whole"]


def _places(value: Any) -> Any:
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(parts):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def _change(parent: Any, key: Any, change: Change) -> None:
    if change.kind == "drop":
        del parent[key]
    elif change.kind == "twice" and isinstance(parent, list):
        parent.append(copy.deepcopy(parent[key]))
    elif change.kind == "deep":
        parent[key] = [[[[parent[key]]]]]
    else:
        parent[key] = change.value
