"""Settings: what cannot be used is as by default, and is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neural.errors import InvalidInputError, StorageError
from neural.tracking.storage.settings import Settings, SettingsStore


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    """Settings of a store that does not exist yet."""
    return SettingsStore(tmp_path / "runs")


def test_without_a_file_all_is_as_by_default(store: SettingsStore) -> None:
    """Looking makes nothing."""
    assert store.look() == (Settings(), ())
    assert not store.path.parent.exists()


def test_a_change_keeps_the_rest(store: SettingsStore) -> None:
    """Two changes add up, and another reader sees both."""
    store.change(theme="light", columns=["metrics.loss.best"])
    store.change(smoothing=0.6)

    expected = Settings(theme="light", smoothing=0.6, columns=("metrics.loss.best",))
    assert SettingsStore(store.path.parent.parent).load() == expected


def test_keys_of_another_version_stay(store: SettingsStore) -> None:
    """What this version does not know is not thrown away by a change."""
    store.change(theme="dark")
    store.path.write_text(json.dumps({"theme": "dark", "later": 1}))

    store.change(density="comfortable")

    assert json.loads(store.path.read_text())["later"] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "pink"),
        ("density", 3),
        ("smoothing", 1.0),
        ("smoothing", float("nan")),
        ("smoothing", True),
        ("refresh_s", 0),
        ("refresh_s", True),
        ("keys", "yes"),
        ("columns", "abc"),
        ("columns", [1]),
    ],
)
def test_a_value_that_makes_no_sense(store: SettingsStore, name: str, value: Any) -> None:
    """It is refused when set; in a file it is named and the rest is read."""
    with pytest.raises(InvalidInputError, match=name):
        store.change(**{name: value})

    store.path.parent.mkdir(parents=True, exist_ok=True)
    store.path.write_text(json.dumps({name: value, "later": 1}))
    found, problems = store.look()
    assert found == Settings()
    assert len(problems) == 1
    assert name in problems[0]


def test_an_unknown_setting(store: SettingsStore) -> None:
    """The message names it."""
    with pytest.raises(InvalidInputError, match="no setting 'colour'"):
        store.change(colour="red")


def test_a_damaged_file_is_set_aside(store: SettingsStore) -> None:
    """Reading gives the defaults and says why; a change starts anew and keeps the old bytes."""
    store.path.parent.mkdir(parents=True)
    store.path.write_text("{")

    assert store.look()[0] == Settings()
    assert "settings.json" in store.look()[1][0]
    assert store.change(theme="dark").theme == "dark"
    assert store.path.with_name("settings.json.damaged").read_text() == "{"


def test_reset_goes_back_to_the_defaults(store: SettingsStore) -> None:
    """The file is gone, also when there was none."""
    store.change(theme="dark")

    assert store.reset() == Settings()
    assert store.reset() == Settings()
    assert not store.path.exists()


def test_a_store_that_cannot_be_written(store: SettingsStore) -> None:
    """The message names the directory and what helps."""
    store.path.parent.parent.mkdir()
    store.path.parent.write_text("a file where the folder should be")

    with pytest.raises(StorageError, match="The settings cannot be kept in"):
        store.change(theme="dark")
