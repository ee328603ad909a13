"""Names are strings until they are used."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from neural import _registry
from neural._registry import Registry
from neural.errors import UnknownNameError


@pytest.fixture
def registry() -> Registry[Callable[..., object]]:
    """Names of which one leads to a module and one leads nowhere."""
    return Registry(
        "codec",
        group="neural.tests",
        builtin={"json": "json:dumps", "broken": "no_such_module_here:thing"},
    )


def test_load_imports_what_the_name_stands_for(registry: Registry[Callable[..., object]]) -> None:
    """The attribute of the module comes back."""
    dumps = registry.load("json")

    assert dumps([1]) == "[1]"


def test_unknown_name_lists_close_matches(registry: Registry[Callable[..., object]]) -> None:
    """A slip of the finger is answered with the name that was meant."""
    with pytest.raises(UnknownNameError, match="Did you mean 'json'"):
        registry.load("jsn")


def test_naming_imports_nothing(registry: Registry[Callable[..., object]]) -> None:
    """Listing the names leaves a broken module alone."""
    names = list(registry)

    assert names == ["broken", "json"]
    assert "no_such_module_here" not in sys.modules


def test_a_name_is_never_replaced_silently(registry: Registry[Callable[..., object]]) -> None:
    """Registering a taken name is refused and the first entry stays."""
    with pytest.raises(ValueError, match="codec 'json' is already registered"):
        registry.register("json", "pickle:dumps")

    assert registry.load("json").__module__ == "json"


def test_registered_name_loads(registry: Registry[Callable[..., object]]) -> None:
    """What is added later is found like our own."""
    registry.register("len", "builtins:len")

    assert "len" in registry
    assert registry.load("len") is len


def test_entry_points_of_other_packages_are_in_the_table(
    registry: Registry[Callable[..., object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin is found by its group, and cannot replace one of ours."""
    plugins = EntryPoints(
        [
            EntryPoint("sum", "builtins:sum", "neural.tests"),
            EntryPoint("json", "pickle:dumps", "neural.tests"),
        ]
    )
    monkeypatch.setattr(_registry, "entry_points", lambda group: plugins.select(group=group))

    assert registry.load("sum") is sum
    assert registry.load("json").__module__ == "json"
