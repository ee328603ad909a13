"""Bodies of requests: read whole up to a cap, and JSON before anything sees them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

import orjson
from starlette.types import Message, Receive

from neural.errors import NeuralError

__all__ = ["MAX_JSON_BYTES", "Body", "BodyRefusedError", "read_body", "replay"]

#: Largest body that is taken. What a page sends is view state, never data.
MAX_JSON_BYTES = 1_000_000

#: A body has to be there after this many seconds, however slowly it trickles.
READ_TIMEOUT_S = 30.0


class BodyRefusedError(NeuralError):
    """The body of a request is not taken.

    Args:
        status: HTTP status that says so.
        message: What was expected.
    """

    code: ClassVar[str] = "body"

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(status, message)

    def __str__(self) -> str:
        return str(self.args[1])


@dataclass(frozen=True, slots=True)
class Body:
    """A whole body.

    Attributes:
        content: Its bytes.
        gone: Whether the client went away before the end.
    """

    content: bytes
    gone: bool = False

    def check(self, content_type: str) -> None:
        """Make sure that the body is JSON; an empty one is fine.

        A form, which a page of any site can send, is never taken.

        Raises:
            BodyRefusedError: It is something else, or broken, or nested too deeply.
        """
        if not self.content:
            return
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise BodyRefusedError(415, "A body has to be application/json.")
        try:
            orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            raise BodyRefusedError(400, "The body is not valid JSON.") from error


async def read_body(receive: Receive, content_length: str, *, limit: int = MAX_JSON_BYTES) -> Body:
    """Read a body of at most ``limit`` bytes; stop as soon as it is longer.

    Args:
        receive: Where its parts come from.
        content_length: What the client announced, or an empty string.
        limit: Largest size in bytes.

    Raises:
        BodyRefusedError: It is too large, or does not arrive in time.
    """
    too_large = BodyRefusedError(413, f"The body is larger than {limit:,} bytes.")
    if content_length.isdecimal() and int(content_length) > limit:
        raise too_large
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return Body(b"".join(parts), gone=True)
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > limit:
                    raise too_large
                if not message.get("more_body", False):
                    return Body(b"".join(parts))
    except TimeoutError as error:
        raise BodyRefusedError(408, "The body did not arrive in time.") from error


def replay(body: Body, receive: Receive) -> Receive:
    """Return a ``receive`` that gives ``body`` once and then what ``receive`` gives."""
    given = False

    async def once() -> Message:
        nonlocal given
        if body.gone:
            return {"type": "http.disconnect"}
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body.content, "more_body": False}

    return once
