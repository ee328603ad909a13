"""What a run printed, over HTTP and followed over a WebSocket.

Both send the same parts (:func:`part_as_json`). The socket only follows; where it cannot be
opened (a proxy that knows no WebSockets), the browser asks the HTTP route again and again. The
guard of the whole server looks at ``Host``, ``Origin`` and token before the socket is accepted.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, Response

from neural.errors import InvalidInputError, NeuralError, NotFoundError
from neural.tracking.storage.layout import RunPaths
from neural.tracking.ui.ansi import AnsiConverter
from neural.tracking.ui.files import file_response, open_contained, run_folder
from neural.tracking.ui.log_file import LogPart, after, before, from_line, last
from neural.tracking.ui.page import AppContext

__all__ = ["STREAMS", "add_routes", "log_sizes", "log_url", "part_as_json", "raw_url", "socket_url"]

STREAMS = ("stdout", "stderr")

#: Seconds between two looks at a log that is being followed.
POLL_S = 0.5

#: Looks until the run is asked again whether it still runs.
LOOKS_PER_STATUS = 8

#: Statuses of runs that may print more.
_ALIVE = ("created", "running")


def log_url(context: AppContext, experiment_id: str) -> str:
    """Return the address of the parts of a run's logs; the name of the stream goes behind it."""
    return context.href(f"/api/v1/runs/{quote(experiment_id, safe='')}/log/")


def raw_url(context: AppContext, experiment_id: str, stream: str) -> str:
    """Return the address of a log as it is, to be downloaded; takes byte ranges."""
    return context.href(f"/api/v1/runs/{quote(experiment_id, safe='')}/logs/{stream}.log")


def socket_url(context: AppContext, experiment_id: str) -> str:
    """Return the path of the socket that follows a run's logs."""
    return context.href(f"/ws/logs/{quote(experiment_id, safe='')}")


def log_sizes(context: AppContext, experiment_id: str) -> dict[str, int]:
    """Return the bytes of each log there is, by stream.

    Raises:
        NotFoundError: There is no such run.
    """
    folder = run_folder(context, experiment_id)
    found: dict[str, int] = {}
    for stream in STREAMS:
        with contextlib.suppress(NotFoundError), _open(folder, stream) as file:
            found[stream] = file.seek(0, 2)
    return found


def _open(folder: Path, stream: str) -> BinaryIO:
    if stream not in STREAMS:
        raise InvalidInputError(f"stream must be one of {STREAMS}, got {stream!r}")
    return open_contained(folder, RunPaths(folder).logs_dir / f"{stream}.log")


def part_as_json(part: LogPart, converter: AnsiConverter | None = None) -> dict[str, Any]:
    """Return a part as the browser takes it: every line as a list of pieces of text.

    Args:
        part: From :mod:`neural.tracking.ui.log_file`.
        converter: Knows the colour that the lines before left on.
    """
    converter = converter or AnsiConverter()
    lines = [_line(converter, line) for line in part.lines]
    # The unfinished line will come again, whole: it must not change the colour of what follows.
    after_lines = converter.style
    tail = _line(converter, part.tail) if part.tail else None
    converter.style = after_lines
    return {
        "start": part.start,
        "end": part.end,
        "line": part.line,
        "lines": lines,
        "tail": tail,
        "size": part.size,
    }


def _line(converter: AnsiConverter, line: bytes) -> list[tuple[str, ...]]:
    pieces = converter.line(line.decode(errors="replace"))
    # Most text is plain, and then its text is all that travels.
    return [tuple(piece) if piece.classes or piece.css else (piece.text,) for piece in pieces]


def _part(
    context: AppContext,
    experiment_id: str,
    stream: str,
    offset: int | None,
    earlier: int | None,
    line: int | None,
) -> dict[str, Any]:
    with _open(run_folder(context, experiment_id), stream) as file:
        if offset is not None:
            found = after(file, offset)
        elif earlier is not None:
            found = before(file, earlier)
        else:
            found = last(file) if line is None else from_line(file, line)
    return part_as_json(found)


def add_routes(server: FastAPI, context: AppContext, prefix: str) -> None:
    """Add the HTTP routes below ``prefix``, and the socket below the application's own."""

    @server.get(f"{prefix}/runs/{{experiment_id}}/log/{{stream}}")
    async def _get_part(
        experiment_id: str,
        stream: str,
        offset: int | None = None,
        before: int | None = None,
        line: int | None = None,
    ) -> dict[str, Any]:
        return await asyncio.to_thread(_part, context, experiment_id, stream, offset, before, line)

    @server.get(f"{prefix}/runs/{{experiment_id}}/logs/{{stream}}.log", response_class=FileResponse)
    async def _raw(experiment_id: str, stream: str) -> Response:
        def opened() -> BinaryIO:
            return _open(run_folder(context, experiment_id), stream)

        return file_response(await asyncio.to_thread(opened), f"{experiment_id}-{stream}.log")

    @server.websocket(f"{context.prefix}/ws/logs/{{experiment_id}}")
    async def _follow(
        socket: WebSocket, experiment_id: str, stream: str = "stdout", offset: int = 0
    ) -> None:
        await socket.accept()
        follower = _Follower(context, experiment_id, stream, max(0, offset))
        # Says at once that the browser went away, while nothing is there to be sent.
        gone = asyncio.ensure_future(_until_closed(socket))
        try:
            await _send_all(socket, follower, gone)
        except NeuralError as error:
            await _send(socket, {"problem": str(error)})
        finally:
            gone.cancel()
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.close()


async def _until_closed(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()


async def _send_all(socket: WebSocket, follower: _Follower, gone: asyncio.Future[None]) -> None:
    looks = 0
    while not gone.done():
        # Asked before the log is read: what is printed in between is read after all.
        ended = looks % LOOKS_PER_STATUS == 0 and await asyncio.to_thread(follower.ended)
        message = await asyncio.to_thread(follower.look)
        if message is not None:
            await _send(socket, message)
        if not follower.at_end:
            continue
        if ended:
            await _send(socket, {"ended": True})
            return
        looks += 1
        await asyncio.wait([gone], timeout=POLL_S)


async def _send(socket: WebSocket, message: dict[str, Any]) -> None:
    # The browser may have left between two messages; then nobody misses this one.
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await socket.send_json(message)


class _Follower:
    """Reads on where it stopped; one for each socket."""

    def __init__(self, context: AppContext, experiment_id: str, stream: str, offset: int) -> None:
        self._context, self._id, self._stream = context, experiment_id, stream
        self._converter = AnsiConverter()
        self._offset = offset
        self._line: int | None = None
        self._seen: tuple[int, bytes] | None = None
        self.at_end = True

    def ended(self) -> bool:
        return self._context.manager.run(self._id).status not in _ALIVE

    def look(self) -> dict[str, Any] | None:
        """Return what is new, or ``None``."""
        folder = run_folder(self._context, self._id)
        try:
            with _open(folder, self._stream) as file:
                part = after(file, self._offset, self._line)
        except NotFoundError:  # nothing was printed yet
            self.at_end = True
            return None
        self.at_end = part.at_end
        if part.size < self._offset:  # the file was replaced: begin again
            self._offset, self._line, self._seen = 0, 1, None
            self._converter = AnsiConverter()
            return {"reset": True}
        state = (part.end, part.tail)
        if state == self._seen or (self._seen is None and not part.lines and not part.tail):
            self._seen = state
            return None
        self._seen = state
        self._offset, self._line = part.end, part.line + len(part.lines)
        return part_as_json(part, self._converter)
