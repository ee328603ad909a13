"""The manager of a dashboard that shows runs of other trackers beside ours."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from neural.errors import NotFoundError
from neural.tracking.experiment_manager import ExperimentManager
from neural.tracking.lens.joined import JoinedStore
from neural.tracking.lens.opened import OpenedFolders, OpenedStore
from neural.tracking.records import Artifact
from neural.tracking.sources import SourceFile, SourceMedia

__all__ = ["LensManager"]


class LensManager(ExperimentManager):
    """The runs of one folder, and beside them those of other trackers that were opened.

    What is asked of an opened run is answered as for one of ours; what would change it raises
    :class:`~neural.errors.ReadOnlyError`. An opened run that was imported is ours.

    Args:
        base_dir: Folder that holds our runs; need not exist.
        read_only: Refuse every method that would change something of ours.
    """

    def __init__(
        self, base_dir: str | os.PathLike[str] = "neural_experiments", *, read_only: bool = False
    ) -> None:
        super().__init__(base_dir, read_only=read_only)
        #: What is open; empty at first.
        self.opened = OpenedFolders()
        self._joined = JoinedStore(self._root, self.opened)
        self._store = self._joined

    def is_opened(self, experiment_id: str) -> bool:
        """Tell whether a run belongs to another tracker, and is only shown."""
        return self._joined.foreign(experiment_id) is not None

    def opened_folder(self, experiment_id: str) -> Path | None:
        """Return the folder of a run that is only shown; ``None`` for ours."""
        store = self._joined.foreign(experiment_id)
        return None if store is None else store.run_folder(experiment_id)

    def opened_image(self, experiment_id: str, path: str) -> bytes | None:
        """Return an image of a run that is only shown; ``None`` for ours.

        Args:
            experiment_id: The run.
            path: As :meth:`media` has it, without ``media/``.

        Raises:
            NotFoundError: There is no such image.
            StorageError: It cannot be read any more.
        """
        store = self._joined.foreign(experiment_id)
        if store is None:
            return None
        for place, media in enumerate(store.media(experiment_id)):
            if _image_path(place, media) == f"media/{path}":
                return store.load(experiment_id, media)
        raise NotFoundError(f"There is no image {path!r} in run {experiment_id!r}")

    def media(self, experiment_id: str) -> list[dict[str, Any]]:
        """See :meth:`RunLibrary.media`."""
        store = self._joined.foreign(experiment_id)
        if store is None:
            return super().media(experiment_id)
        found = enumerate(store.media(experiment_id))
        return [_media_entry(store, experiment_id, place, media) for place, media in found]

    def artifacts(self, experiment_id: str) -> list[Artifact]:
        """See :meth:`RunLibrary.artifacts`."""
        store = self._joined.foreign(experiment_id)
        if store is None:
            return super().artifacts(experiment_id)
        return sorted(map(_artifact, store.files(experiment_id)), key=lambda one: one.name)

    def artifact_path(self, experiment_id: str, name: str) -> Path:
        """See :meth:`RunLibrary.artifact_path`."""
        store = self._joined.foreign(experiment_id)
        if store is None:
            return super().artifact_path(experiment_id, name)
        for file in store.files(experiment_id):
            if file.name == name:
                return store.run_folder(experiment_id) / file.place.path
        raise NotFoundError(f"There is no artifact {name!r} in run {experiment_id!r}")

    def environment(self, experiment_id: str) -> dict[str, Any]:
        """See :meth:`RunLibrary.environment`; of other trackers' runs nothing is known."""
        return {} if self.is_opened(experiment_id) else super().environment(experiment_id)

    def console(self, experiment_id: str) -> dict[str, Path]:
        """See :meth:`RunLibrary.console`; of other trackers' runs none is shown."""
        return {} if self.is_opened(experiment_id) else super().console(experiment_id)


def _artifact(file: SourceFile) -> Artifact:
    return Artifact(name=file.name, path=file.place.path, type="other", size=file.size)


def _image_path(place: int, media: SourceMedia) -> str | None:
    return f"media/{place}{media.ending}" if media.kind == "image" else None


def _media_entry(
    store: OpenedStore, experiment_id: str, place: int, media: SourceMedia
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "timestamp": media.time,
        "step": media.step,
        "key": media.key,
        "kind": media.kind,
    }
    path = _image_path(place, media)
    if path is not None:
        return {**entry, "path": path}
    if media.value is None and media.place is not None:
        return {**entry, "value": store.load(experiment_id, media).decode("utf-8", "replace")}
    return {**entry, "value": media.value}
