"""What every store that finds runs by filter must do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from neural.errors import FilterSyntaxError
from neural.testing.fact_stores import FactStore

__all__ = ["FilterContract"]

#: 21 November 2026, 09:33:20 UTC.
NOW = 1_795_253_600.0
HOUR, DAY = 3600.0, 86_400.0


class FilterContract:
    """The meaning of filters and sorts: subclass it and give an empty ``store`` fixture.

    The letters in the tables are the ids of the runs in ``runs``, in the order of ids.
    """

    runs: ClassVar[list[Mapping[str, Any]]] = [
        {
            "id": "a",
            "name": "resnet-50",
            "status": "completed",
            "created": NOW - 10 * DAY,
            "duration": 5400.0,
            "pinned": True,
            "archived": False,
            "params.lr": 0.001,
            "params.batch": 64,
            "params.optimizer": "adam",
            "params.ema": True,
            "params.betas": [0.9, 0.999],
            "metrics.loss.last": 0.5,
            "metrics.loss.best": 0.25,
            "metrics.val/acc.best": 0.95,
            "tags.baseline": "",
            "tags.team": "vision",
            "notes": "The first that works.\nÜber 90 %",
        },
        {
            "id": "b",
            "name": "ResNet_18",
            "status": "failed",
            "created": NOW - 2 * DAY,
            "duration": 0.0,
            "archived": True,
            "params.lr": "0.01",
            "params.batch": "64",
            "params.optimizer": "SGD",
            "params.seed": -(2**53) - 1,
            "params.ema": "True",
            "metrics.loss.last": math.nan,
            "metrics.loss.best": 0.75,
            "metrics.f1.last": math.nan,
            "metrics.f1.best": None,
            "tags.team": "nlp",
        },
        {
            "id": "c",
            "name": "vit",
            "display_name": "It's a résumé",
            "status": "running",
            "created": NOW - HOUR,
            "duration": 0.0,
            "params.lr": "auto",
            "params.batch": 128,
            "params.seed": 2**53 + 1,
            "params.ema": False,
            "metrics.loss.last": math.inf,
            "metrics.loss.best": math.inf,
            'params.a "b" c': 1,
        },
        {"id": "d", "name": "run", "status": "unknown"},
    ]

    @pytest.fixture
    def filled(self, store: FactStore) -> FactStore:
        """Return ``store`` with the runs of the tables in it."""
        for run in self.runs:
            store.add(run)
        return store

    def check(self, store: FactStore, text: str, expected: str) -> None:
        """Assert that ``text`` finds the runs whose ids are the letters of ``expected``."""
        assert "".join(sorted(store.find(text, now=NOW))) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("metrics.loss < 1", "a"),
            ("metrics.loss.best <= 0.75", "ab"),
            ("metrics.loss > 1e300", "c"),
            ("metrics.loss = inf", "c"),
            ("metrics.loss >= -5", "ac"),
            ('metrics."val/acc".best > .9', "a"),
            ("params.batch = 64", "ab"),
            ("params.batch == 64.0", "ab"),
            ("params.batch != 64", "c"),
            ("params.batch in (64, 128)", "abc"),
            ("params.lr < 1e-2", "a"),
            ("params.lr <= 1e-2", "ab"),
            ('params."a ""b"" c" = 1', "c"),
        ],
    )
    def test_numbers(self, filled: FactStore, text: str, expected: str) -> None:
        """Numbers compare by value, also where a parameter came as text."""
        self.check(filled, text, expected)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("params.seed = 9007199254740993", "c"),
            ("params.seed = 9007199254740992", ""),
            ("params.seed > 9007199254740992", "c"),
            ("params.seed >= 9007199254740994", ""),
            ("params.seed in (1, 9007199254740993)", "c"),
            ("params.seed < inf", "bc"),
            ("params.seed < -9007199254740992", "b"),
            ("params.seed >= -9007199254740992", "c"),
            ("params.seed <= -9007199254740994", ""),
            ("params.seed > -inf", "bc"),
        ],
    )
    def test_long_integers(self, filled: FactStore, text: str, expected: str) -> None:
        """Integers that float64 cannot hold compare exactly."""
        self.check(filled, text, expected)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("status = 'failed'", "b"),
            ('status = "failed"', "b"),
            ("status = failed", "b"),
            ("status in (failed, 'running')", "bc"),
            ("status not in ('failed')", "acd"),
            ("name = 'resnet-50'", "a"),
            ("name = 'RESNET-50'", ""),
            ("name < 'a'", "b"),
            ("params.batch = '64'", "ab"),
            ("params.lr = '0.010'", ""),
            ("params.optimizer > 3", ""),
            ("not params.optimizer > 3", "ab"),
            ("display_name = 'It''s a résumé'", "c"),
        ],
    )
    def test_texts(self, filled: FactStore, text: str, expected: str) -> None:
        """Texts compare character by character; what cannot be compared is unequal."""
        self.check(filled, text, expected)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("params.ema = true", "ab"),
            ("params.ema = 1", "a"),
            ("params.ema != true", "c"),
            ("pinned", "a"),
            ("not pinned", "bcd"),
            ("archived = false", "acd"),
            ("not archived = 1", "acd"),
            ("archived is missing", ""),
        ],
    )
    def test_booleans(self, filled: FactStore, text: str, expected: str) -> None:
        """Booleans are 0 and 1, and a flag that was never set is false."""
        self.check(filled, text, expected)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("metrics.loss is nan", "b"),
            ("metrics.loss = nan", "b"),
            ("metrics.loss is not nan", "ac"),
            ("metrics.loss > 0", "ac"),
            ("not metrics.loss > 0", "b"),
            ("metrics.loss != 0.5", "bc"),
            ("metrics.loss in (nan, 0.5)", "ab"),
            ("metrics.f1 is nan", "b"),
        ],
    )
    def test_nan_is_a_value(self, filled: FactStore, text: str, expected: str) -> None:
        """Nothing but ``is nan`` is true of NaN, so every ``not`` is."""
        self.check(filled, text, expected)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("metrics.loss.best > 0.5", "bc"),
            ("not metrics.loss.best > 0.5", "a"),
            ("metrics.loss.best is missing", "d"),
            ("not metrics.loss.best is missing", "abc"),
            ("metrics.f1.best is missing", "abcd"),
            ("metrics.f1.best > 0 or not metrics.f1.best > 0", ""),
            ("metrics.loss.best > 0.5 or status = running", "bc"),
            ("not (metrics.loss.best > 0.5 and status = failed)", "acd"),
            ("not (metrics.loss.best > 0.5 or status = failed)", "a"),
            ("params.nowhere = 1 or not params.nowhere = 1", ""),
        ],
    )
    def test_missing_is_unknown(self, filled: FactStore, text: str, expected: str) -> None:
        """A condition on a missing value is neither true nor false."""
        self.check(filled, text, expected)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("name like 'resnet%'", "ab"),
            ("name like 'RESNET__0'", "a"),
            (r"name like '%\_18'", "b"),
            ("name not like '%net%'", "cd"),
            ("params.batch like '6%'", "b"),
            ("params.betas like '[0.9,%'", "a"),
            ("name ~ '^res'", "a"),
            ("name ~ '(?i)^res'", "ab"),
            ("name !~ '[0-9]'", "cd"),
            ("notes ~ 'works.$'", ""),
            ("notes ~ '(?m)works.$'", "a"),
        ],
    )
    def test_patterns(self, filled: FactStore, text: str, expected: str) -> None:
        """``like`` fits the whole text in any case, ``~`` any part of it."""
        self.check(filled, text, expected)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("resnet", "ab"),
            ("resnet 50", "a"),
            ("RÉSUMÉ", "c"),
            ("'first that'", "a"),
            ("über", "a"),
            ("base", "a"),
            ("not vision", "bcd"),
            ("resnet and status = failed", "b"),
            ("'%'", "a"),
        ],
    )
    def test_words(self, filled: FactStore, text: str, expected: str) -> None:
        """A bare word is looked for in names, ids, notes and tags, in any case."""
        self.check(filled, text, expected)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("tags.baseline", "a"),
            ("not tags.baseline", "bcd"),
            ("'baseline' in tags", "a"),
            ("'baseline' not in tags", "bcd"),
            ("tags.team = 'nlp'", "b"),
            ("tags.team is not missing", "ab"),
        ],
    )
    def test_tags(self, filled: FactStore, text: str, expected: str) -> None:
        """A tag is there or not, and may have a text."""
        self.check(filled, text, expected)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("created > 2d ago", "c"),
            ("created >= '2 days ago'", "bc"),
            ("created < -1d", "ab"),
            ("created > '2026-11-12T00:00Z'", "bc"),
            ("created = '2026-11-19T09:33Z'", "b"),
            ("created != '2026-11-19T09:33Z'", "ac"),
            ("created > '2026-11-19T09:33Z'", "c"),
            ("created > 1795160000", "c"),
            ("duration > 1h", "a"),
            ("not duration > 2h", "abc"),
        ],
    )
    def test_times(self, filled: FactStore, text: str, expected: str) -> None:
        """A minute lasts a minute: equal is inside it, greater is after it."""
        self.check(filled, text, expected)

    def test_blank_finds_all(self, filled: FactStore) -> None:
        """No filter is no condition."""
        self.check(filled, "  ", "abcd")

    def test_count(self, filled: FactStore) -> None:
        """The count is the number of runs on all pages."""
        assert filled.count("resnet or status = running") == 3

    def test_syntax_error(self, filled: FactStore) -> None:
        """What is no filter raises, and the error knows where."""
        with pytest.raises(FilterSyntaxError) as caught:
            filled.find("status = ")

        assert caught.value.position == 9

    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            ("", "cbad"),
            ("created", "abcd"),
            ("-created", "cbad"),
            ("id", "abcd"),
            ("-id", "dcba"),
            ("metrics.loss", "acbd"),
            ("-metrics.loss", "cabd"),
            ("params.lr", "abcd"),
            ("-params.lr", "bacd"),
            ("params.optimizer", "abcd"),
            ("params.batch, -name", "bacd"),
            ("-params.batch, name", "cabd"),
            ("-pinned", "acbd"),
            ("name desc", "cdba"),
        ],
    )
    def test_sort(self, filled: FactStore, sort: str, expected: str) -> None:
        """Numbers, texts, NaN, missing; newest first among equals; either way round."""
        assert "".join(filled.find(sort=sort, now=NOW)) == expected

    @pytest.mark.parametrize("pattern", ["(.*a){25}$", "(x+x+)+y", "((a|b|ab)*)*c"])
    def test_hostile_regular_expression(self, store: FactStore, pattern: str) -> None:
        """Patterns on which backtracking never ends are answered."""
        store.add({"id": "a", "name": "ab" * 40 + "!"})

        assert store.find(f"name ~ '{pattern}'") == []
