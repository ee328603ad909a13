"""What is changed from the table of runs: one run in its row, many at once, and back again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neural.errors import NeuralError, NotFoundError
from neural.tracking.experiment_manager import ExperimentManager
from neural.tracking.pages.experiments.grid import short, tag_text
from neural.tracking.pages.run.notes import tag_of

__all__ = ["BULK", "Done", "apply", "edit_cell", "set_tags", "toggle", "typed_tags", "undo"]


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, and how it is taken back.

    Attributes:
        text: In a sentence: ``"3 runs are in the trash."``
        back: For :func:`undo`; empty: nothing to take back.
        failed: What could not be done, a sentence each.
    """

    text: str
    back: Mapping[str, Any]
    failed: tuple[str, ...] = ()


def edit_cell(manager: ExperimentManager, run: str, column: str, value: Any) -> Done:
    """Change the name, the notes or the tags of a run as they were typed into a cell.

    Args:
        manager: The runs.
        run: Exact id.
        column: ``"name"``, ``"notes"`` or ``"tags"``; nothing else can be edited.
        value: A text; of tags, the list of texts as the table shows them.

    Raises:
        NotFoundError: There is no such run.
        StorageError: It cannot be written.
    """
    record = manager.run(run)
    name = record.display_name or record.experiment_name
    if column == "tags":
        return set_tags(manager, run, [str(text) for text in value or ()])
    text = str(value or "").strip()
    if column == "name":
        before = record.display_name or ""
        manager.annotate(run, display_name="" if text == record.experiment_name else text)
        words = f"{short(name)} is called {short(text or record.experiment_name)} now."
        return Done(words, {"act": "display_name", "values": {run: before}})
    if column == "notes":
        manager.annotate(run, notes=text)
        return Done(f"The notes of {short(name)} are kept.", _back_to_notes(run, record.notes))
    return Done("", {})


def _back_to_notes(run: str, notes: str) -> dict[str, Any]:
    return {"act": "notes", "values": {run: notes}}


def set_tags(manager: ExperimentManager, run: str, shown: Sequence[str]) -> Done:
    """Give a run exactly the tags that ``shown`` spells; one that was cut short stays whole.

    Raises:
        NotFoundError: There is no such run.
        StorageError: It cannot be written.
    """
    before = dict(manager.run(run).tags)
    spelled = {short(tag_text(*tag)): tag[0] for tag in before.items()}
    wanted = [text.strip() for text in shown]
    gone: dict[str, str | None] = {
        name: None for text, name in spelled.items() if text not in wanted
    }
    new = dict(filter(None, map(tag_of, (text for text in wanted if text not in spelled))))
    manager.annotate(run, tags={**gone, **new})
    return Done("The tags are kept.", _back_to_tags({run: before}, [*gone, *new]))


def typed_tags(text: str, known: Iterable[str]) -> list[str]:
    """Return the tags in a text that separates them by commas.

    Args:
        text: As typed: ``baseline, team: vision``.
        known: Tags the run has, as they are shown; those with a comma in them stay whole.
    """
    found = []
    for tag in known:
        if "," in tag and tag in text:
            found.append(tag)
            text = text.replace(tag, "", 1)
    return [*found, *(part.strip() for part in text.split(",") if part.strip())]


def _back_to_tags(before: Mapping[str, Mapping[str, str]], names: Iterable[str]) -> dict[str, Any]:
    changed = list(names)
    values = {run: {name: tags.get(name) for name in changed} for run, tags in before.items()}
    return {"act": "tags", "values": values}


def toggle(manager: ExperimentManager, run: str) -> Done:
    """Pin a run that is not pinned, and the other way round.

    Raises:
        NotFoundError: There is no such run.
        StorageError: It cannot be written.
    """
    record = manager.run(run)
    manager.annotate(run, pinned=not record.pinned)
    name = short(record.display_name or record.experiment_name)
    words = f"{name} is {'not pinned any more' if record.pinned else 'pinned to the top'}."
    return Done(words, {"act": "pinned", "values": {run: record.pinned}})


# ---- many at once


def apply(manager: ExperimentManager, act: str, runs: Sequence[str], text: str = "") -> Done:
    """Do ``act``, one of :data:`BULK`, to many runs; one that refuses stops no other.

    Args:
        manager: The runs.
        act: What to do.
        runs: Exact ids.
        text: Of ``tag`` and ``untag``: the tags, separated by commas.

    Raises:
        KeyError: There is no such act.
    """
    words, one = BULK[act]
    values: dict[str, Any] = {}
    failed = []
    for run in dict.fromkeys(runs):
        try:
            values[run] = one(manager, run, text)
        except NeuralError as error:
            failed.append(str(error))
    number = f"{len(values):,} run{' is' if len(values) == 1 else 's are'}"
    return Done(
        f"{number} {words}.", {"act": act, "values": values} if values else {}, tuple(failed)
    )


def _flag(name: str, value: bool) -> Callable[[ExperimentManager, str, str], Any]:
    def change(manager: ExperimentManager, run: str, _text: str) -> Any:
        before = getattr(manager.run(run), name)
        _annotate(manager, run, name, value)
        return before

    return change


def _annotate(manager: ExperimentManager, run: str, name: str, value: Any) -> None:
    changes: dict[str, Any] = {name: value}
    manager.annotate(run, **changes)


def _discard(manager: ExperimentManager, run: str, _text: str) -> Any:
    if not manager.delete_experiment(run):
        raise NotFoundError(f"There is no run {run!r} any more")
    return None


def _tag(manager: ExperimentManager, run: str, text: str) -> Any:
    new = dict(filter(None, map(tag_of, text.split(","))))
    before = manager.run(run).tags
    manager.annotate(run, tags=new)
    return {name: before.get(name) for name in new}


def _untag(manager: ExperimentManager, run: str, text: str) -> Any:
    named = [tag[0] for tag in map(tag_of, text.split(",")) if tag is not None]
    before = manager.run(run).tags
    manager.annotate(run, tags=dict.fromkeys(named))
    return {name: before[name] for name in named if name in before}


#: What can be done to many runs: how it reads afterwards, and what does it to one. Each
#: returns what :func:`undo` needs.
BULK: dict[str, tuple[str, Callable[[ExperimentManager, str, str], Any]]] = {
    "tag": ("tagged", _tag),
    "untag": ("without the tag", _untag),
    "archive": ("archived", _flag("archived", True)),
    "unarchive": ("back from the archive", _flag("archived", False)),
    "pin": ("pinned to the top", _flag("pinned", True)),
    "unpin": ("not pinned any more", _flag("pinned", False)),
    "discard": ("in the trash", _discard),
}

#: The values that acts change, by act; the value before is kept for each run.
_VALUES = {"archive": "archived", "unarchive": "archived", "pin": "pinned", "unpin": "pinned"}


def undo(manager: ExperimentManager, back: Mapping[str, Any]) -> Done:
    """Take back what was done.

    Args:
        manager: The runs.
        back: Of :class:`Done`; it was in the browser, so nothing in it is trusted to be sound.
    """
    act, values = str(back.get("act")), dict(back.get("values") or {})
    failed = []
    for run, before in values.items():
        try:
            _undo_one(manager, act, run, before)
        except NeuralError as error:
            failed.append(str(error))
    done = len(values) - len(failed)
    return Done(f"Undone for {done:,} run{'' if done == 1 else 's'}.", {}, tuple(failed))


def _undo_one(manager: ExperimentManager, act: str, run: str, before: Any) -> None:
    name = _VALUES.get(act, act)
    if act == "discard":
        if not manager.restore_experiment(run):
            raise NotFoundError(f"The run {run!r} is not in the trash any more")
    elif act in ("tag", "untag", "tags"):
        tags = {str(k): None if v is None else str(v) for k, v in dict(before or {}).items()}
        manager.annotate(run, tags=tags)
    elif name in ("archived", "pinned"):
        _annotate(manager, run, name, bool(before))
    elif name in ("notes", "display_name"):
        _annotate(manager, run, name, str(before or ""))
