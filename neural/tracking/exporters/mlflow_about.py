"""Params and tags of a run as MLflow can hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from neural.tracking.exporters.naming import fitted, flat_params, param_text
from neural.tracking.sinks import RunStart, Tally

__all__ = ["DOCUMENTS", "MOST_NAME", "MOST_TAG", "RUN_TAG", "About", "Names", "about", "is_path"]

#: Tag by which the copy of a run is found again.
RUN_TAG = "neural.run_id"
#: Folder of the artifacts of ours: all that a tag or param may be too short for.
DOCUMENTS = "neural"

# Limits of MLflow's own checks.
MOST_NAME = 250
MOST_TAG = 5000
_MOST_PARAM = 6000
_UNFIT = re.compile(r"[^\w.\- /]")


class Names:
    """Names as MLflow takes them; each that is another one is told once.

    Args:
        tally: Told of them.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._told: set[str] = set()
        #: The true name by the one that MLflow has.
        self.changed: dict[str, str] = {}

    def fit(self, what: str, name: str, fits: Callable[[str], bool]) -> str:
        """Return the name for MLflow.

        Args:
            what: What has the name, in words a user knows.
            name: Any Unicode text.
            fits: Whether the name has a form that MLflow takes.
        """
        key = fitted(name, _UNFIT, MOST_NAME, ok=fits(name))
        if key != name and name not in self._told:
            self._told.add(name)
            self._tally.converted(f"{what} {name!a} is called {key!r}")
        if key != name:
            self.changed[key] = name
        return key


def is_path(name: str) -> bool:
    """Tell whether MLflow takes a name for a path that stays where it is."""
    return all(part not in ("", ".", "..") for part in name.split("/")) and name == name.strip()


@dataclass
class About:
    """Params and tags that are not there yet.

    Attributes:
        params: Key and text.
        tags: Key and text.
    """

    params: list[tuple[str, str]] = field(default_factory=list)
    tags: list[tuple[str, str]] = field(default_factory=list)


def about(
    run: RunStart,
    more_tags: Mapping[str, str],
    names: Names,
    tally: Tally,
    *,
    params: Mapping[str, str],
    tags: Mapping[str, str],
) -> About:
    """Return what of a run's params and tags MLflow does not have.

    Args:
        run: The run.
        more_tags: Further tags for the copy.
        names: Makes names fit.
        tally: Told what is converted and what is skipped.
        params: What MLflow has.
        tags: The same.
    """
    found = About()
    for name, value in flat_params(run.params).items():
        key = names.fit("parameter", name, is_path)
        text = _param(name, param_text(value), tally)
        if params.get(key) == text:
            tally.skipped()
        elif key in params:
            # MLflow never changes a param.
            tally.converted(f"parameter {name!r} was changed since; the tag has it")
            found.tags.append((f"changed.{key}"[:MOST_NAME], text[:MOST_TAG]))
        else:
            found.params.append((key, text))
    wanted = dict(_tags(run, more_tags, names, tally))
    new = [(key, text) for key, text in wanted.items() if tags.get(key) != text]
    tally.skipped(len(wanted) - len(new))
    found.tags += new
    return found


def _param(name: str, text: str, tally: Tally) -> str:
    if len(text) <= _MOST_PARAM:
        return text
    tally.converted(
        f"parameter {name!r} has {len(text):,} characters; MLflow takes {_MOST_PARAM:,}, all of "
        f"it is in {DOCUMENTS}/run.json"
    )
    return text[: _MOST_PARAM - 1] + "…"


def _tags(
    run: RunStart, more_tags: Mapping[str, str], names: Names, tally: Tally
) -> Iterator[tuple[str, str]]:
    for name, text in {**run.tags, **more_tags}.items():
        # Names that begin so have a meaning of their own in MLflow.
        taken = name.startswith(("mlflow.", "neural.", "changed."))
        key = names.fit("tag", f"tag.{name}" if taken else name, is_path)
        yield key, _short(f"tag {name!r}", str(text), tally)
    for name, text in run.facts.items():
        yield f"neural.{name}", _short(name, text, tally)
    for name, goal in run.goals.items():
        yield names.fit("goal of", f"neural.goal.{name}", is_path), goal
    if run.notes:
        yield "mlflow.note.content", _short("notes", run.notes, tally)


def _short(what: str, text: str, tally: Tally) -> str:
    if len(text) <= MOST_TAG:
        return text
    tally.converted(
        f"{what} of {len(text):,} characters cut to {MOST_TAG:,}; all of it is in "
        f"{DOCUMENTS}/run.json"
    )
    return text[: MOST_TAG - 1] + "…"
