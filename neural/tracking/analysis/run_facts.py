"""What a run was made of, as flat facts that two runs can be compared by."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from neural.tracking.analysis.groups import Row
from neural.tracking.analysis.seeds import is_seed_name
from neural.tracking.analysis.words import name_words
from neural.tracking.records import Artifact

__all__ = [
    "DATA_WORDS",
    "Fact",
    "Facts",
    "Kind",
    "RunSide",
    "changed_lines",
    "environment_facts",
    "facts_of",
    "param_kind",
]

#: What sort of thing differs.
Kind = Literal["param", "data", "code", "seed", "package", "hardware", "environment"]

#: Words that make a parameter or an artifact one of data; whole words of its name.
DATA_WORDS = frozenset(
    {
        *("data", "dataset", "datasets", "corpus", "split", "splits", "fold", "folds"),
        *("subset", "samples", "examples", "labels", "csv", "parquet", "tokenizer", "vocab"),
    }
)
#: Parts of environment.json that tell one machine from another.
_HARDWARE = {
    "platform": ("system", "release", "machine", "distribution"),
    "host": ("name", "cpu", "cpu_count", "cpus_usable", "memory_bytes", "gpu_driver"),
}


class Fact(NamedTuple):
    """Where a fact belongs: its kind and its name; names are unique within a kind."""

    kind: Kind
    name: str


#: What a run was made of.
Facts: TypeAlias = dict[Fact, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSide:
    """One of two runs, with all that is kept of it.

    Attributes:
        row: As ``ExperimentManager.search`` returns it.
        environment: As ``ExperimentManager.environment`` returns it; empty when nothing is known.
        diff: Text of the uncommitted changes (``git_diff.patch``); ``None`` for none.
        artifacts: As ``ExperimentManager.artifacts`` returns them.
    """

    row: Row
    environment: Mapping[str, Any] = field(default_factory=dict)
    diff: str | None = None
    artifacts: Sequence[Artifact] = ()

    @property
    def label(self) -> str:
        """What the run is called: its display name, or else its experiment name and id."""
        name = self.row.get("experiment_name") or "run"
        return str(self.row.get("display_name") or f"{name} {self.row.get('experiment_id')}")


def facts_of(side: RunSide) -> Facts:
    """Return the facts of a run: parameters, data, code, packages, machine, variables."""
    params: Mapping[str, Any] = side.row.get("hyperparameters") or {}
    facts: Facts = {Fact(param_kind(name), name): value for name, value in params.items()}
    facts |= environment_facts(side.environment)
    if side.environment.get("git"):
        facts[Fact("code", "uncommitted changes")] = _fingerprint(side.diff)
    for artifact in side.artifacts:
        if artifact.checksum and _is_data(artifact.name):
            facts[Fact("data", artifact.name)] = artifact.checksum
    return facts


def environment_facts(environment: Mapping[str, Any]) -> Facts:
    """Return the facts of an environment.json: code, packages, machine, variables."""
    return dict(_environment_facts(environment))


def param_kind(name: str) -> Kind:
    """Return whether a parameter is a seed, says which data, or is any other.

    Example:
        >>> [param_kind(name) for name in ("lr", "seed", "dataset.name", "metadata")]
        ['param', 'seed', 'data', 'param']
    """
    if is_seed_name(name):
        return "seed"
    return "data" if _is_data(name) else "param"


def changed_lines(a: str | None, b: str | None) -> int:
    r"""Return how many changed lines of two patches are in only one of them.

    Example:
        >>> changed_lines("+++ b/x.py\n+one\n-two", "+++ b/x.py\n+one\n-three\n+four")
        3
    """
    left, right = Counter(_changes(a)), Counter(_changes(b))
    return ((left - right) + (right - left)).total()


def _changes(patch: str | None) -> Iterator[str]:
    for line in (patch or "").splitlines():
        if line[:1] in ("+", "-") and not line.startswith(("+++ ", "--- ")):
            yield line


def _is_data(name: str) -> bool:
    return not DATA_WORDS.isdisjoint(name_words(name))


def _fingerprint(diff: str | None) -> str:
    """Return a short text that is equal for equal changes."""
    if not diff:
        return "none"
    lines = sum(1 for _ in _changes(diff))
    return f"{lines} lines ({hashlib.sha256(diff.encode()).hexdigest()[:8]})"


def _environment_facts(environment: Mapping[str, Any]) -> Iterator[tuple[Fact, Any]]:
    git: Mapping[str, Any] = environment.get("git") or {}
    if git.get("commit"):
        yield Fact("code", "commit"), str(git["commit"])[:12]
    if environment.get("script"):
        # The same script in another clone is the same script.
        yield Fact("code", "script"), str(environment["script"]).replace("\\", "/").split("/")[-1]
    version = (environment.get("python") or {}).get("version")
    if version:
        yield Fact("package", "python"), version
    for name, installed in (environment.get("packages") or {}).items():
        yield Fact("package", name), installed
    for part, names in _HARDWARE.items():
        found: Mapping[str, Any] = environment.get(part) or {}
        for name in names:
            if found.get(name) is not None:
                yield Fact("hardware", f"{part} {name}"), found[name]
    gpus = (environment.get("host") or {}).get("gpus")
    if gpus is not None:
        models = [str(gpu.get("name") if isinstance(gpu, Mapping) else gpu) for gpu in gpus]
        yield Fact("hardware", "gpus"), ", ".join(models) or "none"
    for name, value in (environment.get("environment") or {}).items():
        yield Fact("environment", name), value
