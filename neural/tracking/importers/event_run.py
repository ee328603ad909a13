"""What the records of event files come to: metrics, images, texts, histograms, hyperparameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural.tracking.importers.event_frames import Frames
from neural.tracking.importers.event_hparams import hparams
from neural.tracking.importers.event_scalars import Scalars
from neural.tracking.importers.event_tensor import Tensor
from neural.tracking.importers.events import (
    Event,
    Value,
    histogram,
    read_event,
    simple_value,
)
from neural.tracking.importers.reading import MOST_MEDIA_BYTES, ReadRun, Skips
from neural.tracking.importers.wire import BYTES, Field, WireError, fields
from neural.tracking.sources import Place, SourceMedia

__all__ = ["EventRun", "image_ending"]

_HPARAMS_PREFIX = "_hparams_/"
_LONGEST_INLINE_TEXT = 4096
_STATUS = {1: "completed", 2: "failed", 3: "running"}
_MAGIC_ENDINGS = (
    (b"\x89PNG", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"RIFF", ".webp"),
)


def image_ending(head: bytes) -> str | None:
    """Return the ending of an image file by its first bytes; ``None`` if it is none we know."""
    return next((ending for magic, ending in _MAGIC_ENDINGS if head.startswith(magic)), None)


class _Where(NamedTuple):
    """The record that is being read."""

    data: bytes
    name: str
    offset: int  # of the data in the file


class EventRun:
    """Takes what is read of a run's event files.

    Args:
        read: The run.
        skips: Takes what is left out.
    """

    def __init__(self, read: ReadRun, skips: Skips) -> None:
        self.skips = skips
        self._run = read
        self._plugins: dict[str, str] = {}
        self._said: set[str] = set()
        self._first = math.inf
        self._params: dict[str, Any] = {}
        self._facts: dict[str, Any] = {}

    @property
    def path(self) -> Path:
        """Folder of the run."""
        about = self._run.about.path
        return about.parent if about.is_file() else about

    def tell(self) -> None:
        """Bring what is known of the run up to date."""
        starts = self._facts.get("start_time", self._first)
        self._run.tell(
            start_time=starts if math.isfinite(starts) and starts else None,
            end_time=self._facts.get("end_time") or None,
            status=_STATUS.get(self._facts.get("status", 0)),
            group=self._facts.get("group") or None,
            params=dict(self._params),
        )

    def add_params(self, params: Mapping[str, Any]) -> None:
        """Add hyperparameters that stand elsewhere; those of the events win."""
        self._params = {**params, **self._params}

    def add_scalars(self, tag: str, pieces: Sequence[tuple[NDArray[np.int64], Scalars]]) -> None:
        """Add points of one metric.

        Args:
            tag: Its name.
            pieces: Points, and for each the number of its record; ordered by that together.
        """
        try:
            points = self._run.metric(tag)
        except ValueError as exc:
            self._once(tag, f"{tag!r} is left out: {exc}", None)
            return
        if len(pieces) == 1:
            one = pieces[0][1]
            step, time, value = one.step, one.time, one.value
        else:
            order = np.argsort(np.concatenate([at for at, _ in pieces]), kind="stable")
            step = np.concatenate([one.step for _, one in pieces])[order]
            time = np.concatenate([one.time for _, one in pieces])[order]
            value = np.concatenate([one.value for _, one in pieces])[order]
        points.extend(step, time, value)
        self._first = min(self._first, float(time[0]))

    def add_events(
        self, which: Sequence[int], block: bytes, frames: Frames, name: str, offset: int
    ) -> list[tuple[int, Scalars]]:
        """Read records one by one; returns the points among them, each with its record's number.

        Args:
            which: Numbers of the records.
            block: Bytes they lie in.
            frames: Where they lie.
            name: File, relative to the run.
            offset: Where the block begins in it.
        """
        found: list[tuple[int, Scalars]] = []
        for at in which:
            start, length = int(frames.starts[at]), int(frames.lengths[at])
            where = _Where(block[start : start + length], name, offset + start)
            try:
                found += ((at, one) for one in self._event(where))
            except (ValueError, OverflowError) as exc:
                self.skips.add(self.path / name, f"a record is no event: {exc}", where.offset)
        return found

    def _event(self, where: _Where) -> list[Scalars]:
        event = read_event(where.data)
        if event.time > 0:
            self._first = min(self._first, event.time)
        found = []
        for value in event.values:
            number = self._value(event, value, where)
            if number is not None:
                found.append(_point(value.tag, event, number))
        return found

    def _value(self, event: Event, value: Value, where: _Where) -> float | None:
        """Return a number, or keep what else it is."""
        tag = value.tag
        if value.plugin:
            self._plugins.setdefault(tag, value.plugin)
        if value.plugin == "hparams" or tag.startswith(_HPARAMS_PREFIX):
            said = hparams(value.content)
            self._params |= said.pop("params", {})
            self._facts |= said
        elif value.simple is not None:
            return simple_value(where.data, value.simple)
        elif value.tensor is not None:
            return self._tensor(event, value, where)
        elif value.image is not None:
            self._image(event, value, where)
        elif value.histogram is not None:
            made = histogram(where.data, value.histogram)
            if made is not None:
                self._add(event, tag, "histogram", value=made)
        elif value.audio is not None:
            self._once(tag, f"{tag!r} is sound, which is not shown", where)
        return None

    def _tensor(self, event: Event, value: Value, where: _Where) -> float | None:
        assert value.tensor is not None
        tensor = Tensor.read(where.data, value.tensor)
        plugin = self._plugins.get(value.tag, "")
        if tensor.is_text:
            self._strings(event, value.tag, plugin, tensor, where)
            return None
        if plugin == "histograms":
            made = _buckets(tensor.numbers(where.data))
            if made is not None:
                self._add(event, value.tag, "histogram", value=made)
            return None
        if plugin in ("", "scalars"):
            numbers = tensor.numbers(where.data)
            if len(numbers) == 1:
                return float(numbers[0])
        self._once(value.tag, f"{value.tag!r} of {plugin or 'no plugin'} is not shown", where)
        return None

    def _strings(self, event: Event, tag: str, plugin: str, tensor: Tensor, where: _Where) -> None:
        if plugin == "text" or (plugin == "" and len(tensor.strings) == 1):
            for one in tensor.strings:
                self._text(event, tag, one, where)
        elif plugin == "images" and len(tensor.strings) > 2:
            for one in tensor.strings[2:]:  # before them stand width and height
                self._picture(event, tag, one, where)
        else:
            self._once(tag, f"{tag!r} of {plugin or 'no plugin'} is not shown", where)

    def _text(self, event: Event, tag: str, one: Field, where: _Where) -> None:
        if one.end - one.start <= _LONGEST_INLINE_TEXT:
            text = where.data[one.start : one.end].decode("utf-8", "replace")
            self._add(event, tag, "text", value=text)
        else:
            self._add(event, tag, "text", place=_place(where, one))

    def _image(self, event: Event, value: Value, where: _Where) -> None:
        assert value.image is not None
        for one in fields(where.data, value.image.start, value.image.end):
            if one.number == 4 and one.wire == BYTES:
                self._picture(event, value.tag, one, where)

    def _picture(self, event: Event, tag: str, one: Field, where: _Where) -> None:
        ending = image_ending(where.data[one.start : one.start + 8])
        if ending is None or one.end - one.start > MOST_MEDIA_BYTES:
            self._once(tag, f"{tag!r} holds images of a kind that is not shown", where)
            return
        self._add(event, tag, "image", place=_place(where, one), ending=ending)

    def _add(self, event: Event, tag: str, kind: Any, **what: Any) -> None:
        self._run.add_media(
            SourceMedia(key=tag or "unnamed", kind=kind, step=event.step, time=event.time, **what)
        )

    def _once(self, tag: str, reason: str, where: _Where | None) -> None:
        """Say of a tag once that it is left out."""
        if tag not in self._said and len(self._said) < 10_000:
            self._said.add(tag)
            name = "" if where is None else where.name
            self.skips.add(self.path / name, reason, None if where is None else where.offset)


def _place(where: _Where, one: Field) -> Place:
    return Place(path=where.name, offset=where.offset + one.start, size=one.end - one.start)


def _point(tag: str, event: Event, number: float) -> Scalars:
    return Scalars(
        tag,
        np.zeros(1, np.int64),
        np.array([event.step], np.int64),
        np.array([event.time], np.float64),
        np.array([number], np.float64),
    )


def _buckets(numbers: NDArray[np.float64]) -> dict[str, list[float]] | None:
    """Return rows of ``left, right, count`` as edges and counts."""
    if len(numbers) == 0 or len(numbers) % 3:
        raise WireError("a histogram is not made of left, right and count")
    left, right, count = numbers.reshape(-1, 3).T
    if not count.any():
        return None
    return {"edges": [*left.tolist(), float(right[-1])], "counts": count.tolist()}
