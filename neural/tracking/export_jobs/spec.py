"""What a job is to do, how far it is with each run, and both as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from neural.errors import InvalidInputError
from neural.tracking.export_manager import ExportResult

__all__ = [
    "FOLDER_PLATFORMS",
    "KINDS",
    "OPEN_STATES",
    "PLATFORMS",
    "JobSpec",
    "RunProgress",
]

#: Platforms that a page offers, by name; the title is what people call them.
PLATFORMS: Mapping[str, str] = {
    "mlflow": "MLflow",
    "wandb": "W&B",
    "tensorboard": "TensorBoard",
    "csv": "CSV",
    "json": "JSON",
    "parquet": "Parquet",
    "zip": "Zip archive",
}
#: Those whose place is a folder.
FOLDER_PLATFORMS = frozenset({"tensorboard", "csv", "json", "parquet", "zip"})

#: ``export`` sends, ``check`` counts what would be sent, ``test`` asks whether the platform
#: answers, ``import`` copies runs of another tracker into the store.
KINDS = ("export", "check", "test", "import")

#: Of a run: it is still to be sent.
OPEN_STATES = frozenset({"waiting", "running"})
_RUN_STATES = ("waiting", "running", "done", "partly", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """What a job is to do; nothing in it is secret.

    Attributes:
        kind: One of :data:`KINDS`.
        platform: One of :data:`PLATFORMS`; of an import the kind of source, or empty.
        place: Address, project or folder, without secrets; of an import what is read.
        runs: Ids of the runs, each once; an import has none.
        tags: Further tags for the copies.
        options: What only one platform knows.
        without: Parts of the runs that stay here, of :data:`~neural.tracking.sinks.PARTS`.
    """

    kind: str = "export"
    platform: str = ""
    place: str | None = None
    runs: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {**asdict(self), "tags": dict(self.tags), "options": dict(self.options)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Inverse of :meth:`to_json`; keys it does not know are ignored.

        Raises:
            InvalidInputError: It is not what :meth:`to_json` writes.
        """
        texts = {"kind": data.get("kind"), "platform": data.get("platform")}
        place, runs = data.get("place"), data.get("runs") or []
        sound = all(isinstance(text, str) for text in texts.values())
        sound = sound and texts["kind"] in KINDS and isinstance(place, str | None)
        if not (sound and _are_texts(runs) and _are_texts(data.get("without") or [])):
            raise InvalidInputError("it does not say what is to be done")
        return cls(
            kind=str(texts["kind"]),
            platform=str(texts["platform"]),
            place=place,
            runs=tuple(runs),
            tags=_texts(data.get("tags")),
            options=_texts(data.get("options")),
            without=tuple(data.get("without") or ()),
        )


def _are_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def _texts(value: object) -> dict[str, str]:
    given = value.items() if isinstance(value, Mapping) else ()
    return {name: text for name, text in given if isinstance(name, str) and isinstance(text, str)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """How far a job is with one run.

    Attributes:
        run_id: The run; of an import its id in the store, of a test empty.
        name: As a person knows it.
        state: ``waiting``, ``running``, ``done``, ``partly`` (it arrived, and something of it did
            not) or ``failed``.
        message: What came of it, a sentence; empty while it waits.
        sent: Points, files and other things that were sent, or in a check would be.
        skipped: Those that were there already.
        converted: What the platform cannot hold as it is, a sentence each.
        failed: What did not arrive, a sentence each.
        url: Where the result is.
    """

    run_id: str
    name: str = ""
    state: str = "waiting"
    message: str = ""
    sent: int = 0
    skipped: int = 0
    converted: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    url: str | None = None

    def with_result(self, result: ExportResult) -> RunProgress:
        """Return it as the result of its export has it."""
        arrived = "partly" if result.failed else "done"
        return replace(
            self,
            state=arrived if result.ok else "failed",
            message=str(result),
            sent=result.sent,
            skipped=result.skipped,
            converted=result.converted,
            failed=result.failed,
            url=result.url,
        )

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Inverse of :meth:`to_json`; what is missing or damaged is as for a run that waits."""
        state, url = data.get("state"), data.get("url")
        return cls(
            run_id=str(data.get("run_id") or ""),
            name=str(data.get("name") or ""),
            state=state if state in _RUN_STATES else "waiting",
            message=str(data.get("message") or ""),
            sent=_count(data.get("sent")),
            skipped=_count(data.get("skipped")),
            converted=_sentences(data.get("converted")),
            failed=_sentences(data.get("failed")),
            url=url if isinstance(url, str) else None,
        )


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _sentences(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()
