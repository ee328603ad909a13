"""Files of runs over HTTP: contained in the run, and nothing that a browser would run.

A run directory may come from anywhere (an unpacked archive, another person's disk),
so its files are treated as hostile: a path cannot leave the run, a link cannot
lead out of it, and only real pictures are shown in place.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from neural.errors import NotFoundError
from neural.tracking.lens.manager import LensManager
from neural.tracking.storage.layout import RunPaths
from neural.tracking.ui.page import AppContext

__all__ = [
    "add_routes",
    "artifact_url",
    "file_response",
    "media_url",
    "open_contained",
    "picture_type",
    "relative",
    "run_folder",
]

#: The policy of every file: shown in a frame or a tab of its own, it can do nothing.
FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"

_DRIVE = re.compile(r"[A-Za-z]:")

#: First bytes of the pictures that are shown in place.
_PICTURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
)


def artifact_url(context: AppContext, experiment_id: str, name: str, file: str = "") -> str:
    """Return the address of an artifact.

    Args:
        context: The application.
        experiment_id: The run.
        name: Name of the artifact.
        file: For an artifact that is a directory, a file in it.
    """
    path = f"/api/v1/runs/{quote(experiment_id, safe='')}/artifacts/{quote(name, safe='')}"
    return context.href(path, {"file": file})


def media_url(context: AppContext, experiment_id: str, path: str) -> str:
    """Return the address of a media file; ``path`` as it stands in ``media.json``."""
    path = path.removeprefix("media/")
    return context.href(f"/api/v1/runs/{quote(experiment_id, safe='')}/media/{quote(path)}")


def relative(text: str) -> PurePosixPath:
    """Return ``text`` as a path below a folder.

    The text was decoded once, by the server; a percent sign that is left is part
    of a name and is not decoded again.

    Raises:
        NotFoundError: It is empty, absolute, has a drive, a backslash, a NUL or
            another control character, or a part ``.`` or ``..`` or an empty one.
    """
    parts = text.split("/")
    odd = any(part in ("", ".", "..") for part in parts)
    if odd or "\\" in text or _DRIVE.match(text) or any(ord(sign) < 32 for sign in text):
        raise NotFoundError(f"{text!r} is not the path of a file in a run")
    return PurePosixPath(*parts)


def open_contained(root: Path, target: Path) -> BinaryIO:
    """Open the regular file ``target`` if it really lies below ``root``.

    Links inside ``root`` are followed as long as they stay inside. Between the check
    and the opening nobody can swap a folder for a link: the opening goes folder by
    folder and follows none.

    Raises:
        NotFoundError: There is no such file below ``root``.
    """
    missing = NotFoundError(f"there is no file {target.name!r} in the run")
    if "\0" in str(target):
        raise missing
    try:
        real_root = root.resolve(strict=True)
        real = target.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # not there, or a loop of links
        raise missing from error
    if not real.is_relative_to(real_root):
        raise missing
    try:
        return _open_below(real_root, real.relative_to(real_root).parts)
    except OSError as error:  # gone meanwhile, or a link since the check
        raise missing from error


def _open_below(root: Path, parts: Sequence[str]) -> BinaryIO:
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with contextlib.ExitStack() as opened:
        opened.callback(os.close, folder)
        for part in parts[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            folder = os.open(part, flags, dir_fd=folder)
            opened.callback(os.close, folder)
        # Not blocking: a named pipe in a run would stop this thread for ever.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(parts[-1] if parts else ".", flags, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotFoundError("only files are served")
    return os.fdopen(descriptor, "rb")


def picture_type(head: bytes) -> str | None:
    """Return the media type of a picture by its first 16 bytes; ``None`` for all else."""
    return next((media for magic, media in _PICTURES if magic.match(head)), None)


class _OpenFileResponse(FileResponse):
    """Sends a file that is already open, so that its path is not looked up again."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        head = os.pread(file.fileno(), 16, 0)
        picture = picture_type(head)
        super().__init__(
            f"/dev/fd/{file.fileno()}",
            media_type=picture or "application/octet-stream",
            filename=name,
            content_disposition_type="inline" if picture else "attachment",
            stat_result=os.fstat(file.fileno()),
            headers={"content-security-policy": FILE_POLICY, "cache-control": "private, no-cache"},
        )
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, whole or the ranges that were asked for, and close it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


def file_response(file: BinaryIO, name: str) -> Response:
    """Return an open file as a download (a real picture is shown in place); takes byte ranges.

    Args:
        file: Closed once it is sent.
        name: What the browser calls it.
    """
    return _OpenFileResponse(file, name)


def run_folder(context: AppContext, experiment_id: str) -> Path:
    """Return the folder of a run: right below the store, or where another tracker has put it.

    Raises:
        NotFoundError: There is no such run.
    """
    if isinstance(context.manager, LensManager):
        opened = context.manager.opened_folder(experiment_id)
        if opened is not None:  # below a folder that somebody opened, who was allowed to
            return opened
    # The name of a folder in base_dir and nothing else, wherever the store has it from.
    name = relative(context.manager.run(experiment_id).folder)
    if len(name.parts) != 1:
        raise NotFoundError(f"run {experiment_id!r} has no folder of its own")
    return context.base_dir / name


def _artifact(context: AppContext, experiment_id: str, name: str, file: str) -> _OpenFileResponse:
    folder = run_folder(context, experiment_id)
    target = context.manager.artifact_path(experiment_id, name)
    if file:
        target = target / relative(file)
    return _OpenFileResponse(open_contained(folder, target), (file or name).rpartition("/")[2])


def _media(context: AppContext, experiment_id: str, path: str) -> _OpenFileResponse:
    name = relative(path)
    if isinstance(context.manager, LensManager):
        image = context.manager.opened_image(experiment_id, str(name))
        if image is not None:
            return _OpenFileResponse(_in_memory(image), name.name)
    folder = RunPaths(run_folder(context, experiment_id)).media_dir
    return _OpenFileResponse(open_contained(folder, folder / name), name.name)


def _in_memory(data: bytes) -> BinaryIO:
    """Return bytes as a file that is open; it is gone once it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  # whoever sends it closes it
    file.write(data)
    file.flush()
    return cast("BinaryIO", file)


def add_routes(server: FastAPI, context: AppContext, prefix: str) -> None:
    """Add the routes of artifacts and media below ``prefix``."""

    @server.api_route(f"{prefix}/runs/{{experiment_id}}/artifacts/{{name:path}}", **_FILE)
    async def _artifact_route(experiment_id: str, name: str, file: str = "") -> _OpenFileResponse:
        return await asyncio.to_thread(_artifact, context, experiment_id, name, file)

    @server.api_route(f"{prefix}/runs/{{experiment_id}}/media/{{path:path}}", **_FILE)
    async def _media_route(experiment_id: str, path: str) -> _OpenFileResponse:
        return await asyncio.to_thread(_media, context, experiment_id, path)


#: How the routes of files are described: no JSON comes from them.
_FILE: dict[str, Any] = {"methods": ["GET", "HEAD"], "response_class": FileResponse}
