"""From the fields of the page to the job that they ask for."""

from __future__ import annotations

import pytest

from neural.errors import InvalidInputError
from neural.tracking.export_jobs.spec import PLATFORMS
from neural.tracking.pages.export.form import FIELDS, PART_WORDS, fields_of, spec_of
from neural.tracking.sinks import PARTS, sinks

ALL = {"parts": list(PARTS)}


def test_fields_of_another_platform_do_not_count() -> None:
    """What was typed for MLflow stays there when somebody turns to CSV."""
    typed = {
        **ALL,
        "address": "http://127.0.0.1:5000",
        "project": "p",
        "tags": "x",
        "mode": "online",
    }

    spec = spec_of("export", ["a"], {**typed, "platform": "csv"})

    assert (spec.place, dict(spec.tags), dict(spec.options)) == (None, {}, {})


def test_wandb() -> None:
    """The place is the project; the folder is where offline runs are written."""
    typed = {
        "project": " nets ",
        "entity": "",
        "mode": "offline",
        "folder": "w",
        "tags": "a, b: c,",
    }

    spec = spec_of("export", ["a"], {**ALL, **typed, "platform": "wandb"})

    assert spec.place == "nets"
    assert spec.options == {"mode": "offline", "dir": "w"}
    assert spec.tags == {"a": "", "b": "c"}


def test_parts_that_stay_here() -> None:
    """An archive holds all of a run, whatever was ticked."""
    ticked = {"parts": ["params", "metrics"]}

    assert spec_of("export", ["a"], {**ticked, "platform": "json"}).without == (
        "media",
        "artifacts",
    )
    assert spec_of("export", ["a"], {**ticked, "platform": "zip"}).without == ()


def test_nothing_to_send() -> None:
    """No part, or no platform, is said before anything is kept."""
    with pytest.raises(InvalidInputError, match="at least one part"):
        spec_of("export", ["a"], {"parts": [], "platform": "csv"})
    with pytest.raises(InvalidInputError, match="is no platform"):
        spec_of("export", ["a"], {**ALL, "platform": "../csv"})


def test_every_platform_that_is_offered_exists() -> None:
    """And has fields of the form."""
    assert set(PLATFORMS) <= set(sinks)
    assert all(fields_of(name) and fields_of(name) <= set(FIELDS) for name in PLATFORMS)
    assert set(PART_WORDS) == set(PARTS)
