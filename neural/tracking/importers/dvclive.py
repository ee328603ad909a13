"""The folder that DVCLive writes: a file for each metric, images, parameters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from neural.tracking._source_tree import Folder, walk
from neural.tracking.importers.event_run import image_ending
from neural.tracking.importers.line_file import LineFile
from neural.tracking.importers.reading import ReadRun, SourceBase
from neural.tracking.importers.rows import number_of, time_of
from neural.tracking.importers.yaml_text import read_params
from neural.tracking.sources import Claim, Place, SourceKind, SourceMedia, SourceRun

__all__ = ["KIND", "DvcliveSource"]

_METRICS, _IMAGES = "plots/metrics", "plots/images"


def recognise(folder: Folder) -> Iterator[Claim]:
    """Claim folders that hold a summary and plots of metrics."""
    if "plots" in folder.folders and {"metrics.json", "params.yaml", "dvc.yaml"} & set(
        folder.files
    ):
        metrics = folder.path / _METRICS
        if metrics.is_dir() and not metrics.is_symlink():
            yield Claim(path=folder.path, why="plots/metrics beside metrics.json", whole=True)


class DvcliveSource(SourceBase):
    """One run: the folder.

    Args:
        place: The folder.
        root: Folder that the name of the run is relative to.
    """

    def __init__(self, place: Path, root: Path) -> None:
        super().__init__(place)
        self._root = place
        inside = place != root and place.is_relative_to(root)
        name = place.relative_to(root).as_posix() if inside else place.name
        self._read = ReadRun(
            SourceRun(
                source_id=name,
                identity=str(place),
                name=name,
                experiment_name=root.name or "dvclive",
                status="unknown",
                path=place,
            )
        )
        self._runs = {name: self._read}
        self._series: dict[str, _Series] = {}
        self._images: set[str] = set()

    def refresh(self) -> bool:
        """See :meth:`~neural.tracking.sources.RunSource.refresh`."""
        before = len(self._read.media)
        changed = False
        for name in self._below(_METRICS):
            if name.endswith(".tsv"):
                series = self._series.setdefault(name, _Series(self, name))
                changed |= self._try(self._root / name, series.read_on)
        for name in self._below(_IMAGES):
            self._image(name)
        params = read_params(self._root, "params.yaml", self._skips)
        if params and params != self._read.about.params:
            self._read.tell(params=params)
            changed = True
        return changed or len(self._read.media) > before

    def _below(self, where: str) -> list[str]:
        """Return files below a folder, relative to the run."""
        top = self._root / where
        if not top.is_dir() or top.is_symlink():
            return []
        return [
            (folder.path / name).relative_to(self._root).as_posix()
            for folder in walk(top)
            for name in folder.files
        ]

    def _image(self, name: str) -> None:
        """Add an image; of several of one name the file name is the step."""
        if name in self._images:
            return
        self._images.add(name)
        path = self._root / name
        inner = Path(name).relative_to(_IMAGES)
        is_step = inner.stem.isdecimal() and len(inner.parts) > 1 and len(inner.stem) < 18
        try:
            with path.open("rb") as file:
                ending = image_ending(file.read(8))
            time = path.stat().st_mtime
        except OSError as exc:
            self._skips.add(path, f"it cannot be read: {exc.strerror}")
            return
        if ending is None:
            self._skips.add(path, "it is no image of a kind that is shown")
            return
        key = inner.parent if is_step else inner.with_suffix("")
        self._read.add_media(
            SourceMedia(
                key=key.as_posix(),
                kind="image",
                step=int(inner.stem) if is_step else 0,
                time=time,
                place=Place(path=name),
                ending=ending,
            )
        )


class _Series:
    """The file of one metric: its columns are the step, perhaps a time, and the value."""

    def __init__(self, source: DvcliveSource, name: str) -> None:
        self._source = source
        self._name = name
        self._file = LineFile(source._root, name)
        self._metric = name.removeprefix(f"{_METRICS}/").removesuffix(".tsv")
        self._columns: list[str] = []

    def read_on(self) -> bool:
        """Read what was added."""
        changed = False
        path = self._source._root / self._name
        for offset, line in self._file.lines(lambda r, at: self._source._skips.add(path, r, at)):
            cells = line.decode("utf-8", "replace").split("\t")
            if not self._columns:
                self._columns = cells
                continue
            row = dict(zip(self._columns, cells, strict=False))
            step, value = number_of(row.get("step")), number_of(cells[-1])
            if type(step) is not int or abs(step) >= 2**63 or len(cells) != len(self._columns):
                self._source._skips.add(path, "a row is no step and value", offset)
                continue
            if value is None:
                self._source._skips.add(path, f"{cells[-1][:50]!r} is no number", offset)
                continue
            time = time_of(row.get("timestamp")) if len(self._columns) > 2 else None
            points = self._source._read.metric(self._metric)
            points.add(step, self._file.changed if time is None else time, value)
            changed = True
        return changed


KIND = SourceKind(title="DVCLive", rank=45, recognise=recognise, open=DvcliveSource)
