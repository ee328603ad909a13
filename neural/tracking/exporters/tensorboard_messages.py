"""TensorBoard's messages: events with points, texts, images, histograms and hyperparameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from neural._optional import optional_import
from neural.tracking.exporters.naming import fitted

__all__ = ["Messages", "tag_of"]

#: Names of metrics become tags of protocol buffers, which hold any text but these.
_UNFIT = re.compile("[\ud800-\udfff]")
_MOST_NAME = 1000


def tag_of(name: str) -> str:
    """Return a name as TensorBoard takes it."""
    return fitted(name, _UNFIT, _MOST_NAME)


class Messages:
    """Makes TensorBoard's messages.

    Raises:
        MissingExtraError: TensorBoard is not installed.
    """

    def __init__(self) -> None:
        self._event = _module("compat.proto.event_pb2")
        self._pb = _module("compat.proto.summary_pb2")
        self._tensor = _module("compat.proto.tensor_pb2")
        self._types = _module("compat.proto.types_pb2")
        self._hparams = _module("plugins.hparams.plugin_data_pb2")
        self._hparams_api = _module("plugins.hparams.api_pb2")
        self._hparams_names = _module("plugins.hparams.metadata")
        self._texts = _module("plugins.text.metadata")
        self.record_writer = _module("summary.writer.record_writer").RecordWriter

    def first(self, time: float) -> Any:
        """Return what every event file begins with."""
        return self._event.Event(wall_time=time, file_version="brain.Event:2")

    def event(self, summary: Any, step: int, time: float) -> Any:
        """Return a summary with its place."""
        return self._event.Event(wall_time=time, step=step, summary=summary)

    def scalar(self, tag: str, step: int, time: float, value: float) -> Any:
        """Return one point."""
        summary = self._pb.Summary(value=[self._pb.Summary.Value(tag=tag, simple_value=value)])
        return self.event(summary, step, time)

    def text(self, tag: str, text: str) -> Any:
        """Return a text, in Markdown."""
        tensor = self._tensor.TensorProto(
            dtype=self._types.DT_STRING, string_val=[text.encode("utf-8", "replace")]
        )
        tensor.tensor_shape.SetInParent()
        metadata = self._texts.create_summary_metadata(display_name=None, description=None)
        return self._one(tag=tag, tensor=tensor, metadata=metadata)

    def image(self, tag: str, picture: Any) -> Any:
        """Return an image."""
        image = self._pb.Summary.Image(
            height=picture.height,
            width=picture.width,
            colorspace=picture.channels,
            encoded_image_string=picture.data,
        )
        return self._one(tag=tag, image=image)

    def histogram(self, tag: str, value: Mapping[str, Any]) -> Any:
        """Return a histogram; its sums are those of the middles of the bins."""
        edges, counts = (np.asarray(value[key], dtype=np.float64) for key in ("edges", "counts"))
        middles = (edges[:-1] + edges[1:]) / 2
        histogram = self._pb.HistogramProto(
            min=edges[0],
            max=edges[-1],
            num=counts.sum(),
            sum=(middles * counts).sum(),
            sum_squares=(middles**2 * counts).sum(),
            bucket_limit=edges[1:].tolist(),
            bucket=counts.tolist(),
        )
        return self._one(tag=tag, histo=histogram)

    def session_start(self, values: Mapping[str, Any], run_id: str, time: float) -> Any:
        """Return hyperparameters; the run is a session group of its own."""
        info = self._hparams.SessionStartInfo(group_name=run_id, start_time_secs=time)
        for name, value in values.items():
            field = info.hparams[tag_of(name)]
            if isinstance(value, bool):
                field.bool_value = value
            elif isinstance(value, str):
                field.string_value = value.encode("utf-8", "replace").decode()
            else:
                field.number_value = value
        data = self._hparams.HParamsPluginData(session_start_info=info)
        return self._plugin(self._hparams_names.SESSION_START_INFO_TAG, data)

    def session_end(self, status: str, time: float) -> Any:
        """Return how the run ended."""
        value = self._hparams_api.Status.Value(status)
        info = self._hparams.SessionEndInfo(status=value, end_time_secs=time)
        data = self._hparams.HParamsPluginData(session_end_info=info)
        return self._plugin(self._hparams_names.SESSION_END_INFO_TAG, data)

    def _plugin(self, tag: str, data: Any) -> Any:
        metadata = self._hparams_names.create_summary_metadata(data)
        return self._one(tag=tag, metadata=metadata, tensor=self._hparams_names.NULL_TENSOR)

    def _one(self, **fields: Any) -> Any:
        return self._pb.Summary(value=[self._pb.Summary.Value(**fields)])


def _module(name: str) -> Any:
    return optional_import(
        f"tensorboard.{name}", extra="tensorboard", purpose="export to TensorBoard"
    )
