"""F2: functions that take any text from strangers raise only what they say, and keep their word.

The filter language has tests of its own in tests/tracking/query/test_properties.py.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural.cli.output import clean
from neural.errors import FilterSyntaxError, InvalidInputError
from neural.tracking.importers.yaml_text import parse_yaml
from neural.tracking.pages.compare.git_diff import diff_blocks
from neural.tracking.query import parse, parse_sort
from neural.tracking.redaction import (
    looks_secret,
    redact_argv,
    redact_diff,
    redact_mapping,
    redact_text,
    redact_url,
)
from neural.tracking.storage.layout import file_name, folder_name
from neural.tracking.storage.small_files import DamagedError, parse_json
from neural.tracking.ui.ansi import AnsiConverter
from neural.tracking.ui.origins import host_allowed
from neural.tracking.ui.page import PageLocation
from neural.tracking.ui.policy import checked_ancestor
from neural.tracking.ui.prefix import clean_prefix
from neural.tracking.ui.tokens import session_valid
from tests.fuzz.corpus import kept

#: No text takes longer, on however slow a machine.
SLOWEST_S = 20.0

SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")

#: Words of all the languages at once: what is a delimiter in one is text in the others.
PIECES = """
password= --api-key token: hf_ sk- AKIA ghp_ https://u:p@h/ ?sig= BEGIN END PRIVATE KEY ----- Bearer
diff --git a/ b/ @@ -1 +1 +++ .env id_rsa \\ / .. . ~ C: CON nul : ; & = ? # % %2e ' " ` $ { } [ ]
( ) , < > | ! * and or not in like ~= metrics.loss params. 1e999 NaN -0 true null 2026-11-21 2d ago
&a *a !!python/object <<: - ? |- {"a": [1, \\ud800 é 学 \u202e 🙂 http://h:1 'self' localhost [::1]
""".split()  # noqa: SIM905 - a hundred strings in quotes, some of quotes, are no easier to read
CONTROLS = ["\n", "\r", "\t", "\0", "\x1b[", "31m", "\x1b]8;;", "\x07", "\x9b", "\u2028", " "]

pieces = st.sampled_from(PIECES) | st.sampled_from(CONTROLS) | st.text(max_size=3)
texts = st.lists(pieces, max_size=12).map("".join) | st.text(max_size=40)


def _only(kind: type[Exception] | tuple[type[Exception], ...], call: Callable[[], Any]) -> Any:
    try:
        return call()
    except kind as error:
        assert str(error)
        return None


def _names(text: str) -> None:
    for name in (folder_name(text, "0123456789ab"), file_name(text)):
        assert SAFE_NAME.fullmatch(name)
        assert len(name) <= 120


def _redacted(text: str) -> None:
    shown = redact_text(text)
    assert redact_text(shown) == shown
    assert shown.count("\n") == text.count("\n")
    redact_url(text)
    looks_secret(text, text)
    assert redact_mapping({text: text}).keys() == {text}
    assert len(redact_argv(text.split("\n"))) == len(text.split("\n"))


def _diff(text: str) -> None:
    assert redact_diff(text).count("\n") == text.count("\n")
    lines = [line for _, block in diff_blocks(text) for line in block.splitlines()]
    assert len(lines) <= len(text.splitlines()) + 1


def _log(text: str) -> None:
    shown = "".join(piece.text for piece in AnsiConverter().line(text.replace("\n", "")))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)


def _terminal(text: str) -> None:
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028]", clean(text))


def _filter(text: str) -> None:
    _only(FilterSyntaxError, lambda: str(parse(text).tree))
    _only(FilterSyntaxError, lambda: parse_sort(text))


def _documents(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    _only(ValueError, lambda: parse_yaml(data))
    _only(DamagedError, lambda: parse_json(data))


def _addresses(text: str) -> None:
    prefix = _only(InvalidInputError, lambda: clean_prefix(text))
    assert not prefix or re.fullmatch(r"(/[\w.~@%:-]+)+", prefix)
    ancestor = _only(InvalidInputError, lambda: checked_ancestor(text))
    assert ancestor is None or not set(ancestor) & set(" ;,\r\n")
    assert not host_allowed([f"{text}.evil.test"], ())
    assert isinstance(PageLocation(search=text).query, dict)


def _cookies(text: str) -> None:
    assert not session_valid("x" * 43, text)


TARGETS = {
    target.__name__.strip("_"): target
    for target in (
        *(_names, _redacted, _diff, _log, _terminal, _filter, _documents, _addresses, _cookies),
    )
}


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("examples", [60, pytest.param(20_000, marks=pytest.mark.torture)])
@pytest.mark.parametrize("target", TARGETS)
def test_f2_any_text(target: str, examples: int) -> None:
    """Only documented errors, and what each promises of its result."""

    @settings(max_examples=examples, deadline=None)
    @given(text=texts)
    def holds(text: str) -> None:
        TARGETS[target](text)

    holds()


@pytest.mark.parametrize("target", TARGETS)
def test_f2_what_once_failed(target: str) -> None:
    """Each kept text, and in time."""
    for content in kept("texts"):
        started = time.monotonic()
        TARGETS[target](content.decode("utf-8", "replace"))
        assert time.monotonic() - started < SLOWEST_S
