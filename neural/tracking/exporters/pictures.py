"""Image files as platforms take them: png, jpeg or gif, with their size."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Picture", "as_picture"]

_TAKEN = frozenset({"PNG", "JPEG", "GIF"})
_CHANNELS = {"1": 1, "L": 1, "I;16": 1, "LA": 2, "RGB": 3, "P": 3, "RGBA": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An encoded image.

    Attributes:
        data: Its bytes.
        width: In pixels.
        height: In pixels.
        channels: Values a pixel.
        is_converted: Whether it is another format than the file's.
    """

    data: bytes
    width: int
    height: int
    channels: int
    is_converted: bool


def as_picture(path: Path) -> Picture:
    """Return an image file, as png unless it is a png, jpeg or gif already.

    Raises:
        OSError: It cannot be read, or is no image of pixels.
        ValueError: It is larger than is sensible.
    """
    from PIL import Image

    data = path.read_bytes()
    try:
        with Image.open(io.BytesIO(data)) as image:
            kind, mode, (width, height) = image.format, image.mode, image.size
            if kind not in _TAKEN:
                buffer = io.BytesIO()
                image.save(buffer, format="PNG")
                data = buffer.getvalue()
    except Image.DecompressionBombError as exc:
        raise ValueError(str(exc)) from exc
    return Picture(
        data=data,
        width=width,
        height=height,
        channels=_CHANNELS.get(mode, 3),
        is_converted=kind not in _TAKEN,
    )
