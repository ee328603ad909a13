"""Files kept with a run: a list, and a look into pictures and texts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.errors import NotFoundError
from neural.tracking.pages.tables import table
from neural.tracking.records import Artifact
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import card, empty_state, safe_link
from neural.tracking.ui.files import artifact_url, open_contained, picture_type
from neural.tracking.ui.format import format_size, format_time
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext

__all__ = ["LOOK", "PREVIEW", "artifacts_tab", "look_into", "text_start"]

#: Type of the ids of the buttons that open a preview; ``index`` is the place in the list.
LOOK = "run-artifact-look"
PREVIEW = "run-artifact-preview"

#: How much of a text is shown.
MOST_TEXT_BYTES = 64 * 1024
#: How many files of a directory are listed.
MOST_FILES = 200
MOST_ROWS = 500


def artifacts_tab(
    context: AppContext, experiment_id: str, artifacts: Sequence[Artifact]
) -> list[Component]:
    """Return the content of the tab.

    Args:
        context: The application.
        experiment_id: The run.
        artifacts: Its artifacts.
    """
    if not artifacts:
        why = html.P("No file was kept with this run.")
        return [empty_state("No artifacts", why, snippet='tracker.log_artifact("model.pt")')]
    shown = artifacts[:MOST_ROWS]
    rows = [_row(context, experiment_id, i, artifact) for i, artifact in enumerate(shown)]
    heads = ("Name", "Type", "+Size", "SHA-256", "Kept", "Actions")
    total = format_size(sum(artifact.size for artifact in artifacts))
    parts: list[Component] = [table(heads, rows, label="Artifacts")]
    if len(artifacts) > len(shown):
        parts.append(
            html.P(f"The first {len(shown):,} of {len(artifacts):,}.", className="aq-hint")
        )
    return [
        card(f"Artifacts ({len(artifacts):,}, {total})", parts),
        html.Div(id=PREVIEW, **attributes(aria_live="polite")),
    ]


def _row(context: AppContext, experiment_id: str, index: int, artifact: Artifact) -> html.Tr:
    is_folder = artifact.type == "directory"
    look: Component = html.Button(
        "Files" if is_folder else "Preview",
        id={"type": LOOK, "index": index},
        type="button",
        className="btn btn-outline-primary btn-sm",
        **attributes(aria_label=f"{'Files of' if is_folder else 'Preview of'} {artifact.name}"),
    )
    download = safe_link(
        [icon("download"), html.Span("Download")],
        artifact_url(context, experiment_id, artifact.name),
        download=artifact.name.rpartition("/")[2],
        className="btn btn-outline-primary btn-sm",
        **attributes(aria_label=f"Download {artifact.name}"),
    )
    checksum = artifact.checksum or ""
    return html.Tr(
        [
            html.Th([icon("folder" if is_folder else "file"), artifact.name], scope="row"),
            html.Td(artifact.type),
            html.Td(
                format_size(artifact.size),
                className="aq-cell-end",
                title=f"{artifact.size:,} bytes",
            ),
            html.Td(html.Code(checksum[:12] or "–", title=checksum)),
            html.Td(format_time(artifact.timestamp), className="aq-number"),
            html.Td(html.Div([look] if is_folder else [look, download], className="aq-actions")),
        ]
    )


def look_into(context: AppContext, experiment_id: str, artifact: Artifact) -> html.Section:
    """Return a preview: a picture, the start of a text, the files of a directory, or why not.

    What the file is, its first bytes say, never its name.
    """
    return card(artifact.name, _look(context, experiment_id, artifact))


def _look(context: AppContext, experiment_id: str, artifact: Artifact) -> list[Component]:
    run_dir = context.base_dir / context.manager.run(experiment_id).folder
    try:
        path = context.manager.artifact_path(experiment_id, artifact.name)
        if path.is_dir():
            return _folder(context, experiment_id, artifact, run_dir, path)
        with open_contained(run_dir, path) as file:
            start = file.read(MOST_TEXT_BYTES + 1)
    except NotFoundError as error:
        return [html.P(f"It cannot be shown: {error}.", className="aq-text-warn")]
    if picture_type(start[:16]):
        address = artifact_url(context, experiment_id, artifact.name)
        return [html.Img(src=address, alt=artifact.name, className="aq-picture")]
    text = text_start(start)
    if text is None:
        return [html.P("This is neither a picture nor a text: download it.", className="aq-muted")]
    parts: list[Component] = [html.Pre(text, className="aq-trace", tabIndex=0)]
    if len(start) > MOST_TEXT_BYTES:
        words = (
            f"The first {format_size(MOST_TEXT_BYTES)} of {format_size(artifact.size)} are shown."
        )
        parts.append(html.P(words, className="aq-hint"))
    return parts


def text_start(data: bytes) -> str | None:
    """Return the start of a text file as text; ``None`` if ``data`` is no text.

    Args:
        data: Up to one byte more than is shown; its end may cut a character in two.
    """
    if b"\0" in data:
        return None
    try:
        return data[:MOST_TEXT_BYTES].decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and len(data) > MOST_TEXT_BYTES:
            return data[: error.start].decode()
        return None


def _folder(
    context: AppContext, experiment_id: str, artifact: Artifact, run_dir: Path, path: Path
) -> list[Component]:
    if not path.resolve().is_relative_to(run_dir.resolve()):
        raise NotFoundError(f"{artifact.name!r} does not lie in the run")
    names = sorted(_files_below(path))
    rows = [
        html.Tr(
            [
                html.Th(_file_link(context, experiment_id, artifact.name, name), scope="row"),
                html.Td(format_size(size), className="aq-cell-end"),
            ]
        )
        for name, size in names[:MOST_FILES]
    ]
    parts: list[Component] = [table(("File", "+Size"), rows, label=f"Files of {artifact.name}")]
    if len(names) > MOST_FILES:
        parts.append(html.P(f"At least {len(names) - MOST_FILES:,} more.", className="aq-hint"))
    return parts if names else [html.P("The directory is empty.", className="aq-muted")]


def _file_link(context: AppContext, experiment_id: str, artifact: str, name: str) -> Any:
    address = artifact_url(context, experiment_id, artifact, file=name)
    return safe_link(name, address, download=name.rpartition("/")[2])


def _files_below(folder: Path, most: int = 10 * MOST_FILES) -> Iterator[tuple[str, int]]:
    """Yield up to ``most`` files below ``folder`` as ``(relative path, size)``."""
    count = 0
    # Links are not followed: one may lead out of the run, or in a circle.
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where) / name
            if count >= most:
                return
            if path.is_symlink() or not path.is_file():
                continue
            count += 1
            yield path.relative_to(folder).as_posix(), path.stat().st_size
