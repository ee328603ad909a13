"""What a page is, how its address is matched, and how all pages are found."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from dash import html

from neural.errors import UnknownNameError
from neural.tracking.ui import page as page_module
from neural.tracking.ui.page import (
    AppContext,
    Page,
    PageLocation,
    find_page,
    load_pages,
    search_string,
)


def a_page(path: str, order: int | None = None) -> Page:
    """Return a page that is only its path."""
    return Page(
        path=path,
        title=path,
        layout=lambda context, location: html.Div(),
        register=lambda app, context: None,
        order=order,
    )


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Page:
    """Put a page of another package beside one that cannot be imported."""
    found = a_page("/plugin", order=9)
    monkeypatch.setattr(page_module, "plugin_page", found, raising=False)
    targets = {"good": "neural.tracking.ui.page:plugin_page", "bad": "no_such_module_here:page"}
    monkeypatch.setattr(page_module.pages, "_targets", targets)
    return found


@pytest.mark.parametrize(
    ("path", "pathname", "variables"),
    [
        ("/", "/", {}),
        ("/", "", {}),
        ("/compare", "/compare", {}),
        ("/compare", "/compare/", {}),
        ("/compare", "/compared", None),
        ("/compare", "/x/compare", None),
        ("/experiments/{experiment_id}", "/experiments/4f2a", {"experiment_id": "4f2a"}),
        ("/experiments/{experiment_id}", "/experiments/a%2Fb%20c", {"experiment_id": "a/b c"}),
        ("/experiments/{experiment_id}", "/experiments/", None),
        ("/experiments/{experiment_id}", "/experiments/a/b", None),
        ("/a.b", "/aXb", None),
    ],
)
def test_matching_an_address(path: str, pathname: str, variables: dict[str, str] | None) -> None:
    """A variable is one segment, decoded; everything else is taken by the letter."""
    assert a_page(path).match(pathname) == variables


def test_a_location_reads_its_query() -> None:
    """Repeated keys, joined ids and what is not there."""
    location = PageLocation("/compare", "?runs=a,b&m=loss&m=val%2Facc&runs=c&empty=")

    assert location.get_ids("runs") == ["a", "b", "c"]
    assert location.get_all("m") == ["loss", "val/acc"]
    assert location.get("m") == "loss"
    assert location.get("x", "step") == "step"
    assert location.get("empty", "default") == ""


def test_a_default_view_has_a_clean_address() -> None:
    """What is empty, off or unset is left out."""
    assert search_string({"a": None, "b": "", "c": False, "d": []}) == ""


@pytest.mark.parametrize("text", ["a b", "100%", "a&b=c", "ä/图", "<script>", "+", "a,b"])
def test_view_state_survives_the_address(text: str) -> None:
    """Any text comes back as it was."""
    search = search_string({"m": [text, "other"], "s": 0.6})

    assert PageLocation("/", search).get_all("m") == [text, "other"]
    assert PageLocation("/", search).get("s") == "0.6"


def test_an_address_stands_below_the_prefix() -> None:
    """Behind a proxy every address begins with its path."""
    manager: Any = None
    context = AppContext(manager=manager, base_dir=Path("/runs"), prefix="/lab/aquarium")

    assert context.href("/compare", {"runs": "a,b"}) == "/lab/aquarium/compare?runs=a%2Cb"


def test_finding_the_page_of_an_address() -> None:
    """The page, and the location it is told."""
    run = a_page("/experiments/{experiment_id}")

    found = find_page([a_page("/", 1), run], "/experiments/4f2a", "?tab=logs")

    assert found is not None
    assert found[0] is run
    assert found[1] == PageLocation("/experiments/4f2a", "?tab=logs", {"experiment_id": "4f2a"})


def test_an_address_of_no_page() -> None:
    """Nothing is found, so that "not found" can be said."""
    assert find_page([a_page("/", 1)], "/nowhere") is None


def test_the_first_page_stands_at_the_root() -> None:
    """An application of the compare page alone opens on it."""
    compare = a_page("/compare", 1)

    found = find_page([compare, a_page("/experiments/{experiment_id}")], "/")

    assert found is not None
    assert found[0] is compare


def test_a_broken_plugin_is_left_out_and_logged(
    plugin: Page, caplog: pytest.LogCaptureFixture
) -> None:
    """The dashboard starts with the pages that work."""
    with caplog.at_level(logging.ERROR):
        found = load_pages()

    assert found == (plugin,)
    assert "page 'bad' cannot be loaded" in caplog.text


def test_a_page_that_was_asked_for_by_name_must_load(plugin: Page) -> None:
    """Who names a page is told why it is not there."""
    with pytest.raises(ImportError):
        load_pages(["bad"])
    with pytest.raises(UnknownNameError, match="Unknown page 'goood'"):
        load_pages(["goood"])


def test_pages_come_in_the_order_of_the_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those without a place in it come last."""
    found = {"a": a_page("/a", 3), "b": a_page("/b"), "c": a_page("/c", 1)}
    monkeypatch.setattr(page_module.pages, "load", found.__getitem__)

    assert [page.path for page in load_pages(["a", "b", "c"])] == ["/c", "/a", "/b"]


def test_naming_the_pages_imports_none() -> None:
    """Our own pages are strings until they are shown."""
    assert {"experiments", "run_detail", "compare"} <= set(page_module.pages)
