"""Saved views: one file each, contained, and none hides another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural.errors import InvalidInputError, NotFoundError, StorageError
from neural.tracking.storage.views import MOST_BYTES, SavedView, ViewStore

STATE = {"page": "/compare", "search": "?runs=a,b&s=0.6"}


@pytest.fixture
def store(tmp_path: Path) -> ViewStore:
    """A store of views in a directory that does not exist yet."""
    return ViewStore(tmp_path / "runs")


def names(store: ViewStore) -> list[str]:
    """Return the names that are listed."""
    return [view["name"] for view in store.list()]


def test_a_view_comes_back_whole(store: ViewStore) -> None:
    """What was saved is what is loaded, and the list says where it belongs."""
    view_id = store.save("Best of June", STATE)

    assert store.load(view_id) == STATE
    assert [(v["id"], v["name"], v["page"]) for v in store.list()] == [
        (view_id, "Best of June", "/compare")
    ]


def test_nothing_is_made_by_looking(store: ViewStore) -> None:
    """An empty list leaves no folder behind."""
    assert store.list() == []
    assert not store.folder.exists()


@pytest.mark.parametrize(
    "name", ["<b>bold</b>", "../../etc/passwd", "con", "сравнение 🐟", "a\ud800b"]
)
def test_names_may_be_any_text(store: ViewStore, name: str) -> None:
    """A name never becomes a path; only what no file can hold is replaced."""
    store.save(name, STATE)

    assert names(store) == [name.encode("utf-8", "replace").decode()]


def test_two_views_of_one_name(store: ViewStore) -> None:
    """Neither replaces the other."""
    first, second = store.save("same", STATE), store.save("same", {"page": "/"})

    assert first != second
    assert names(store) == ["same", "same"]


def test_a_view_without_a_name_is_written_once(store: ViewStore) -> None:
    """The same long address leads to the same id, and the list does not show it."""
    first, second = store.save("", STATE), store.save("", dict(STATE))

    assert first == second
    assert len(list(store.folder.iterdir())) == 1
    assert store.load(first) == STATE
    assert store.list() == []


def test_rename_keeps_all_else(store: ViewStore) -> None:
    """Id, state and time of saving stay."""
    view_id = store.save("old", STATE)
    before = store.list()[0]

    store.rename(view_id, "new")

    assert store.list() == [SavedView(**{**before, "name": "new"})]
    assert store.load(view_id) == STATE


def test_rename_to_nothing(store: ViewStore) -> None:
    """A view that was saved does not vanish from the list by losing its name."""
    view_id = store.save("old", STATE)

    with pytest.raises(InvalidInputError, match="needs a name"):
        store.rename(view_id, "  ")


def test_a_deleted_view_is_gone(store: ViewStore) -> None:
    """Its address leads nowhere, and says so; a second deletion too."""
    view_id = store.save("old", STATE)
    store.delete(view_id)

    assert store.list() == []
    with pytest.raises(NotFoundError, match=view_id):
        store.load(view_id)
    with pytest.raises(NotFoundError, match=view_id):
        store.delete(view_id)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"name": "x"}', b'{"name": 1, "state": {}}', b"\xff"]
)
def test_a_damaged_file_hides_no_other(store: ViewStore, content: bytes) -> None:
    """It is listed by its id with what is wrong, behind the good ones, and can be deleted."""
    good = store.save("good", STATE)
    bad = store.folder / "0123456789ab.json"
    bad.write_bytes(content)

    listed = store.list()
    assert [view["id"] for view in listed] == [good, "0123456789ab"]
    assert "damaged" in listed[1]["problem"]
    with pytest.raises(StorageError, match=r"0123456789ab\.json"):
        store.load("0123456789ab")

    store.delete("0123456789ab")
    assert names(store) == ["good"]


def test_a_link_is_not_followed(store: ViewStore, tmp_path: Path) -> None:
    """A file outside that looks like a view is not shown through a link."""
    store.save("good", STATE)
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps({"name": "secret", "created": 0, "state": STATE}))
    (store.folder / "0123456789ab.json").symlink_to(secret)

    with pytest.raises(StorageError, match="symbolic link"):
        store.load("0123456789ab")


@settings(max_examples=300)
@given(st.text() | st.from_regex(r"(\.\./|%2e|/|\\|[0-9a-f])*"))
def test_s9_an_id_never_becomes_a_path(view_id: str) -> None:
    """Whatever stands in an address, nothing outside the folder is looked at."""
    store = ViewStore(Path("/nonexistent"))

    with pytest.raises(NotFoundError):
        store.load(view_id)
    with pytest.raises(NotFoundError):
        store.delete(view_id)


def test_a_store_that_cannot_be_written(store: ViewStore) -> None:
    """The message names the directory and what helps."""
    store.folder.parent.parent.mkdir()
    store.folder.parent.write_text("a file where the folder should be")

    with pytest.raises(StorageError, match=r"cannot be kept in .*views.*writable"):
        store.save("x", STATE)


@pytest.mark.parametrize("state", [{"x": object()}, {"x": "\ud800"}, {"x": "a" * MOST_BYTES}])
def test_a_state_that_cannot_be_kept(store: ViewStore, state: dict[str, object]) -> None:
    """It is refused by name and leaves no file behind."""
    with pytest.raises(InvalidInputError, match="the state of a view"):
        store.save("x", state)

    assert store.list() == []


def test_a_name_that_is_too_long(store: ViewStore) -> None:
    """The message says how long it may be and how long it is."""
    with pytest.raises(InvalidInputError, match="at most 200 characters, got 201"):
        store.save("a" * 201, STATE)
