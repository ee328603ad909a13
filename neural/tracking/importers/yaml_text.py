"""YAML that strangers have written: plain values only, without end of neither depth nor aliases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neural.tracking._source_tree import read_whole
from neural.tracking.importers.reading import Skips

if TYPE_CHECKING:
    import yaml

__all__ = ["parse_yaml", "plain_value", "read_params"]

_MOST_BYTES = 4 << 20
_MOST_ALIASES = 100
_DEEPEST = 50


def parse_yaml(data: bytes) -> Any:
    """Return what a YAML text says; objects of a language come back as plain values.

    Raises:
        ValueError: It is no YAML, is nested too deeply, or repeats itself by too many aliases.
    """
    import yaml

    try:
        return yaml.load(data, Loader=_loader())  # noqa: S506 - a safe loader, with limits
    except yaml.YAMLError as exc:
        raise ValueError(f"it is no YAML: {' '.join(str(exc).split())[:200]}") from exc
    except RecursionError as exc:
        raise ValueError("it is nested too deeply") from exc


def _loader() -> type[yaml.SafeLoader]:
    import yaml

    class Loader(yaml.SafeLoader):
        """A safe loader that counts."""

        aliases = 0
        depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                self.aliases += 1
            self.depth += 1
            if self.aliases > _MOST_ALIASES or self.depth > _DEEPEST:
                raise yaml.YAMLError("too many aliases, or nested too deeply")
            try:
                return super().compose_node(parent, index)
            finally:
                self.depth -= 1

    def plain(loader: Any, _suffix: str, node: yaml.Node) -> Any:
        """Read an object of some language as the values it is written with; nothing is made."""
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)

    Loader.add_multi_constructor("!", plain)
    Loader.add_multi_constructor("tag:yaml.org,2002:python/", plain)
    return Loader


def read_params(folder: Path, name: str, skips: Skips) -> dict[str, Any]:
    """Return the mapping in a YAML file; what it cannot give is listed."""
    try:
        found = parse_yaml(read_whole(folder, name, _MOST_BYTES))
        if found is None:
            return {}
        if not isinstance(found, Mapping):
            raise ValueError("it holds no names and values")
        return {str(key): plain_value(value) for key, value in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as exc:
        skips.add(folder / name, f"it cannot be read: {exc}")
        return {}


def plain_value(value: Any, depth: int = 0) -> Any:
    """Return ``value`` as JSON has it: names as text, and other things as their text."""
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {str(key): plain_value(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain_value(item, depth + 1) for item in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return str(value)
