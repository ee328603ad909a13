"""Chosen runs as one HTML file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from neural import __version__
from neural._clock import now
from neural._files import replace_bytes
from neural.errors import InvalidInputError, StorageError
from neural.tracking.charts.theme import (
    GRAPH_CONFIG,
    TOKENS,
    RunStyle,
    run_styles,
    short_label,
    template,
)
from neural.tracking.records import RunRecord, Series
from neural.tracking.report.blocks import BlockWriter
from neural.tracking.report.collecting import Collected, collect, further_files
from neural.tracking.report.content import Content, Run, content_of, without_secrets
from neural.tracking.report.document import document
from neural.tracking.report.entries import to_columns
from neural.tracking.report.names import is_safe_folder
from neural.tracking.report.package import MOST_BYTES, MOST_FILES, StoredFile, StoredRun, pack
from neural.tracking.report.page import Origin, body
from neural.tracking.report.reading import DATA_ID, FILES_ID
from neural.tracking.report.tables import look_of
from neural.tracking.run_library import RunLibrary
from neural.tracking.smoothing import as_floats
from neural.tracking.storage.layout import folder_name, is_metrics_name

__all__ = ["FILES_BYTES", "Report", "ReportOptions", "make_report", "write_report"]

#: Artifacts and other files that are put into a report unless another limit is given: 50 MB.
FILES_BYTES = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """How a report is made.

    Attributes:
        title: Its title; empty is made from the names of the runs.
        metrics: Metrics to draw, in this order; empty is all. The file holds all in any case.
        group_by: How curves are grouped at first: ``"auto"`` (all equal but the seed),
            ``"name"``, ``"group"``, ``"params.<name>"``, ``"tags.<name>"``; empty is not at all.
        files_bytes: Put artifacts, media, plots, versions, logs and code differences in, too, up
            to so many bytes; ``None`` leaves them out.
        made: When it is made, epoch seconds; ``None`` is now.
    """

    title: str = ""
    metrics: Sequence[str] = ()
    group_by: str = ""
    files_bytes: int | None = None
    made: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report.

    Attributes:
        html: The whole file.
        title: Its title.
        ids: The runs in it.
        points: Logged values in it.
        files: Artifacts and other files in it.
        notes: What is not in it and why, a sentence each.
    """

    html: bytes
    title: str
    ids: tuple[str, ...]
    points: int
    files: int
    notes: tuple[str, ...]


@dataclass(kw_only=True)
class _Packed:
    """The runs as they are packed.

    Attributes:
        runs: They.
        blocks: Their numbers.
        file_runs: Their artifacts and other files.
        file_blocks: Content of these.
        notes: What is not in it.
    """

    runs: list[StoredRun]
    blocks: BlockWriter
    file_runs: list[StoredRun]
    file_blocks: BlockWriter
    notes: list[str]


def write_report(
    library: RunLibrary, ids: Sequence[str], path: Path, options: ReportOptions | None = None
) -> Report:
    """Write a report of runs to ``path``, which is replaced as a whole; see :func:`make_report`.

    Raises:
        StorageError: It cannot be written there.
    """
    report = make_report(library, ids, options)
    try:
        replace_bytes(path, report.html)
    except OSError as exc:
        raise StorageError(f"The report cannot be written to {path}: {exc.strerror}") from exc
    return report


def make_report(
    library: RunLibrary, ids: Sequence[str], options: ReportOptions | None = None
) -> Report:
    """Return a report of runs: a file that shows them without a network and brings them back.

    Args:
        library: The runs.
        ids: Exact ids, in the order of the tables.
        options: Title, metrics, groups, files.

    Raises:
        NotFoundError: One of the runs is not there.
        InvalidInputError: A metric or a grouping of ``options`` is unknown, or the runs are more
            than one file can take.
        MissingExtraError: Plotly is not installed.
    """
    options = options or ReportOptions()
    records = [without_secrets(library.run(one)) for one in ids]
    content = content_of(records, options.metrics, options.group_by)
    styles = run_styles(ids, library.colors.load())
    packed = _packed(library, content, options)
    title = options.title or _title(content)
    origin = Origin(
        title=title,
        made=now() if options.made is None else options.made,
        place=library.base_dir.absolute().name,
        version=__version__,
        points=sum(metric.count for record in records for metric in record.metrics.values()),
        files=sum(len(run.files) for run in packed.file_runs),
        notes=tuple(packed.notes),
    )
    data = {DATA_ID: pack(packed.runs, packed.blocks, _view(content, styles))}
    if packed.file_runs:
        data[FILES_ID] = pack(packed.file_runs, packed.file_blocks, {})
    return Report(
        html=document(body(content, styles, origin, options.group_by), content, title, data),
        title=title,
        ids=tuple(ids),
        points=origin.points,
        files=origin.files,
        notes=tuple(packed.notes),
    )


def _title(content: Content) -> str:
    names = dict.fromkeys(run.record.experiment_name for run in content.runs)
    some = ", ".join(list(names)[:3]) + (", …" if len(names) > 3 else "")
    return f"Report: {some}"


# ---------------------------------------------------------------------- data


def _packed(library: RunLibrary, content: Content, options: ReportOptions) -> _Packed:
    packed = _Packed(
        runs=[], blocks=BlockWriter(), file_runs=[], file_blocks=BlockWriter(), notes=[]
    )
    drawn = [metric.name for metric in content.metrics]
    room = options.files_bytes
    for run in content.runs:
        record = run.record
        folder = library.base_dir.absolute() / record.folder
        found = replace(collect(folder), folder=_folder(record))
        wanted = [name for name in drawn if name in record.metrics]
        series = library.metrics(record.experiment_id, wanted, view="drawn")
        packed.runs.append(_stored(found, series, packed.blocks))
        further = Collected(folder=found.folder)
        if room is not None:
            room = further_files(folder, room, further)
            packed.file_runs.append(_stored_files(further, packed.file_blocks))
        packed.notes += _notes(run, found, further)
    _check_size(packed)
    return packed


def _folder(record: RunRecord) -> str:
    """Return the name of the directory that an import makes: the run's own wherever it can be."""
    if is_safe_folder(record.folder):
        return record.folder
    return folder_name(record.experiment_name, record.experiment_id)


def _stored(found: Collected, series: Mapping[str, Series], blocks: BlockWriter) -> StoredRun:
    return StoredRun(
        folder=found.folder,
        files=[_stored_file(name, data, blocks) for name, data in found.files.items()],
        series={name: _series(one, blocks) for name, one in series.items() if one.step.size},
    )


def _stored_file(name: str, data: bytes, blocks: BlockWriter) -> StoredFile:
    entries = to_columns(data, blocks) if is_metrics_name(name) else None
    if entries is not None:
        return StoredFile(name=name, entries=entries)
    try:
        return StoredFile(name=name, text=data.decode())
    except UnicodeDecodeError:
        return StoredFile(name=name, block=blocks.add_bytes(data))


def _stored_files(found: Collected, blocks: BlockWriter) -> StoredRun:
    stored = [StoredFile(name=n, block=blocks.add_bytes(d)) for n, d in found.files.items()]
    return StoredRun(folder=found.folder, files=stored)


def _series(series: Series, blocks: BlockWriter) -> tuple[int, int, int]:
    step, time = np.asarray(series.step, np.int64), np.asarray(series.time, np.float64)
    return blocks.add(step), blocks.add(time), blocks.add(as_floats(series.value))


def _notes(run: Run, found: Collected, further: Collected) -> Iterable[str]:
    for problem in run.record.problems:
        yield f"{run.label}: {problem}"
    for name in found.redacted:
        yield f"{run.label}: secrets were taken out of {name}"
    for reason in (*found.left_out, *further.left_out):
        yield f"{run.label}: left out {reason}"


def _check_size(packed: _Packed) -> None:
    """Refuse to write what would be refused when it is read."""
    files_there = sum(len(run.files) for run in (*packed.runs, *packed.file_runs))
    size = sum(len(d) for b in (packed.blocks, packed.file_blocks) for d in b.data())
    if files_there > MOST_FILES or size > MOST_BYTES // 4:
        raise InvalidInputError(
            f"The report would hold {files_there:,} files and {size / 1e6:,.0f} MB, more than one "
            "file can take: choose fewer runs, or leave out their artifacts"
        )


# ---------------------------------------------------------------------- what the scripts need


def _view(content: Content, styles: Mapping[str, RunStyle]) -> dict[str, Any]:
    runs = [
        {
            "label": run.label,
            "start": run.record.start_time,
            **_look(run.label, styles[run.record.experiment_id]),
        }
        for run in content.runs
    ]
    return {
        "runs": runs,
        "metrics": [metric.name for metric in content.metrics],
        "groupings": [
            {"key": one.key, "title": one.title, "groups": list(_groups(one.groups))}
            for one in content.groupings
        ],
        "templates": {theme: template(theme) for theme in TOKENS},
        "config": GRAPH_CONFIG,
    }


def _groups(groups: Sequence[tuple[str, tuple[int, ...]]]) -> Iterable[dict[str, Any]]:
    styles = run_styles(label for label, _ in groups)
    for label, places in groups:
        yield {"label": label, "runs": places, **_look(label, styles[label])}


def _look(label: str, style: RunStyle) -> dict[str, Any]:
    return {
        "plot": short_label(label),
        "look": look_of(style),
        "dash": style.dash,
        "dark": style.color("dark"),
        "light": style.color("light"),
    }
