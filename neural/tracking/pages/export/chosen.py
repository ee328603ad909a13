"""Which runs an export is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from neural.tracking.lens.manager import LensManager
from neural.tracking.query.printer import spell_text
from neural.tracking.run_library import RunLibrary
from neural.tracking.ui.format import format_size

__all__ = ["MOST_RUNS", "Chosen", "chosen_runs", "described", "group_options"]

#: More are sent by ``neural export``.
MOST_RUNS = 10_000
#: Of more runs nobody waits until the sizes of their artifacts are added up.
_MOST_SIZED = 200
_MOST_GROUPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Runs to send.

    Attributes:
        names: What they are called, by id, in the order in which they are sent.
        gone: How many of those that were asked for are not there.
        beyond: How many more a filter finds than can be sent at once.
        opened: How many belong to another tracker and are only shown here.
    """

    names: dict[str, str] = field(default_factory=dict)
    gone: int = 0
    beyond: int = 0
    opened: int = 0


def chosen_runs(library: RunLibrary, source: str, ids: Sequence[str], filter_text: str) -> Chosen:
    """Return the runs that a page names.

    Args:
        library: The store.
        source: ``filter`` takes what a filter finds, anything else the ids.
        ids: Exact ids.
        filter_text: See :meth:`RunLibrary.search`.

    Raises:
        FilterSyntaxError: The filter cannot be understood.
    """
    if source == "filter":
        page = library.page(filter_text, limit=MOST_RUNS)
        names = {row["experiment_id"]: _name(row["display_name"], row) for row in page.rows}
        return _own(library, Chosen(names=names, beyond=page.total - len(names)))
    wanted = list(dict.fromkeys(ids))[:MOST_RUNS]
    known = library.cells(wanted, ("name", "display_name"))
    found = {
        one: _name(
            known[one].get("display_name"),
            {"experiment_name": known[one].get("name"), "experiment_id": one},
        )
        for one in wanted
        if one in known
    }
    return _own(library, Chosen(names=found, gone=len(wanted) - len(found)))


def _own(library: RunLibrary, chosen: Chosen) -> Chosen:
    """Leave out what is only shown: its files are of another tracker, and not ours to send."""
    if not isinstance(library, LensManager) or not library.opened.folders():
        return chosen
    own = {one: name for one, name in chosen.names.items() if not library.is_opened(one)}
    return replace(chosen, names=own, opened=len(chosen.names) - len(own))


def _name(display_name: object, row: dict[str, object]) -> str:
    return str(display_name or f"{row['experiment_name']}_{row['experiment_id']}")


def described(library: RunLibrary, chosen: Chosen) -> list[str]:
    """Return in sentences how many runs were chosen, how large they are, and what is missing."""
    count = len(chosen.names)
    some = f"{count:,} run{'' if count == 1 else 's'}"
    said = [f"{some}{_size(library, chosen)}." if count else "No runs chosen."]
    if chosen.opened:
        said.append(f"{chosen.opened:,} more are of opened folders: import them first.")
    if chosen.gone:
        said.append(f"{chosen.gone:,} more are not in this store.")
    if chosen.beyond:
        said.append(f"{chosen.beyond:,} more match; neural export sends any number.")
    return said


def _size(library: RunLibrary, chosen: Chosen) -> str:
    if len(chosen.names) > _MOST_SIZED:
        return ""
    size = sum(artifact.size for one in chosen.names for artifact in library.artifacts(one))
    return f", {format_size(size)} of artifacts" if size else ", no artifacts"


def group_options(library: RunLibrary) -> list[dict[str, str]]:
    """Return the groups and experiment names of a store as filters, for a drop-down."""
    found = [("Group", "group", text) for text in library.texts("group", _MOST_GROUPS)]
    found += [("Name", "name", text) for text in library.texts("name", _MOST_GROUPS)]
    return [
        {"label": f"{kind}: {text}", "value": f"{key} = {spell_text(text)}"}
        for kind, key, text in found
    ]
