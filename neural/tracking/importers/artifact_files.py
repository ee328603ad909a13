"""The files below a folder of artifacts, as a source lists them."""

from __future__ import annotations

import re
from pathlib import Path

from neural.tracking._source_tree import walk
from neural.tracking.importers.event_run import image_ending
from neural.tracking.importers.reading import ReadRun, Skips
from neural.tracking.sources import Place, SourceFile, SourceMedia

__all__ = ["add_artifacts"]

_MOST_FILES = 100_000
#: ``images/<key>%step%<n>%timestamp%<ms>%<uuid>.png``, with ``+`` in place of ``%`` in places.
_LOGGED_IMAGE = re.compile(
    r"images/(?P<key>.+)[%+]step[%+](?P<step>\d{1,18})[%+]timestamp[%+](?P<ms>\d{1,15})[%+]"
)


def add_artifacts(run: ReadRun, folder: Path, root: Path, skips: Skips) -> None:
    """List the files below ``folder``; logged images become media.

    Args:
        run: Takes them.
        folder: The artifacts.
        root: What places are relative to.
        skips: Takes what is left out.
    """
    for here in walk(folder):
        for problem in here.problems:
            skips.add(problem.path, problem.reason)
        for name in here.files:
            if len(run.files) >= _MOST_FILES:
                skips.add(folder, f"there are more than {_MOST_FILES:,} files")
                return
            _add(run, here.path / name, folder, root)


def _add(run: ReadRun, path: Path, folder: Path, root: Path) -> None:
    inner = path.relative_to(folder).as_posix()
    place = Place(path=path.relative_to(root).as_posix())
    image = _LOGGED_IMAGE.match(inner)
    try:
        size = path.stat().st_size
        ending = None
        if image is not None and "compressed" not in path.name:
            with path.open("rb") as file:
                ending = image_ending(file.read(8))
    except OSError:
        return
    if image is not None and ending is not None:
        key = image["key"].replace("#", "/").replace("~", "/")
        step, time = int(image["step"]), int(image["ms"]) / 1000
        run.add_media(
            SourceMedia(key=key, kind="image", step=step, time=time, place=place, ending=ending)
        )
    else:
        run.files.append(SourceFile(name=inner, place=place, size=size))
