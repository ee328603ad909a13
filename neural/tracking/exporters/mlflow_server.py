"""MLflow's client with an end to its patience, and with errors that tell no secrets."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson

from neural._optional import optional_import
from neural.errors import ExportError, InvalidInputError
from neural.tracking.exporters.addresses import check_address, secrets_of
from neural.tracking.redaction import redact_text, redact_url

__all__ = ["Metric", "Senders", "Server", "mlflow_module"]

_T = TypeVar("_T")

#: Key, value, milliseconds since the Unix epoch, and step.
Metric = tuple[str, float, int, int]

#: How long MLflow's client goes on where a server does not answer; what the user set stays.
_PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # Nothing is sent on to another host than the one that was checked.
    "MLFLOW_ALLOW_HTTP_REDIRECTS": "false",
}


class Server:
    """A tracking server, or a SQLite file.

    Args:
        uri: ``http(s)://…`` or ``sqlite:///…``; ``None`` is MLflow's own default.

    Raises:
        MissingExtraError: MLflow is not installed.
        InvalidInputError: It is neither.
        RefusedError: The server is one that nobody sends runs to.
    """

    def __init__(self, uri: str | None) -> None:
        self._tracking = mlflow_module("tracking")
        self.uri = uri or str(self._tracking.get_tracking_uri())
        _check_uri(self.uri)
        self._secrets = secrets_of(self.uri)
        #: MLflow's own, once :meth:`connect` was called.
        self.client: Any = None
        requests = mlflow_module("requests.exceptions", top="")
        #: What its calls raise.
        self.exceptions: tuple[type[Exception], ...] = (
            mlflow_module("exceptions").MlflowException,
            requests.RequestException,
            OSError,
        )

    @property
    def is_remote(self) -> bool:
        """Whether it is reached over the network."""
        return self.uri.startswith("http")

    def connect(self) -> None:
        """Make the client.

        Raises:
            ExportError: MLflow refuses.
        """
        self.client = self.do("connect", self._tracking.MlflowClient, self.uri)

    def do(self, what: str, call: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
        """Call MLflow's client; whatever it raises becomes an error without secrets.

        Raises:
            ExportError: It failed.
        """
        try:
            with _patience():
                return call(*args, **kwargs)
        except self.exceptions as exc:
            raise self.error(what, exc) from None  # the cause may hold the address whole

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[tuple[str, str]] = (),
        tags: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Send points, params and tags in one request.

        Args:
            run_id: MLflow's id of the run.
            metrics: Key, value, milliseconds and step; at most 1,000 of all three together.
            params: Key and text.
            tags: The same.

        Raises:
            ExportError: It failed.
        """
        store = getattr(getattr(self.client, "_tracking_client", None), "store", None)
        call = getattr(store, "_call_endpoint", None)
        if self.is_remote and call is not None:
            # The same request as that of MLflow's client, which takes as long to make it ready
            # as its server takes to answer it: entities, messages, indented JSON.
            body = orjson.dumps(_batch(run_id, metrics, params, tags)).decode()
            self.do("send a batch", call, mlflow_module("protos.service_pb2").LogBatch, body)
            return
        entities = mlflow_module("entities")
        self.do(
            "send a batch",
            self.client.log_batch,
            run_id,
            metrics=[entities.Metric(*metric) for metric in metrics],
            params=[entities.Param(*pair) for pair in params],
            tags=[entities.RunTag(*pair) for pair in tags],
        )

    def error(self, what: str, exc: Exception) -> ExportError:
        """Return the error that says what was not done, and why."""
        reason = redact_text(" ".join(str(exc).split())[:500], secrets=self._secrets)
        return ExportError(f"MLflow at {redact_url(self.uri)} did not {what}: {reason}")

    def address(self, experiment_id: str | None, run_id: str) -> str:
        """Return where a person finds a run."""
        if self.is_remote:
            base = redact_url(self.uri).rstrip("/")
            return f"{base}/#/experiments/{experiment_id}/runs/{run_id}"
        return f"{redact_url(self.uri)}#{run_id}"


def _batch(
    run_id: str,
    metrics: Sequence[Metric],
    params: Sequence[tuple[str, str]],
    tags: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    """Return MLflow's message ``LogBatch`` as JSON has it."""
    return {
        "run_id": run_id,
        "metrics": [
            {
                "key": key,
                "value": value if value == value else "NaN",
                "timestamp": time_ms,
                "step": step,
            }
            for key, value, time_ms, step in metrics
        ],
        "params": [{"key": key, "value": text} for key, text in params],
        "tags": [{"key": key, "value": text} for key, text in tags],
    }


class Senders:
    """Threads that send while the next batch is made ready; MLflow's server is mostly waited for.

    Args:
        count: How many; with 0 the caller sends.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count, "neural-export") if count else None
        self._sending: deque[Future[None]] = deque()

    def send(self, call: Callable[[], None]) -> None:
        """Send soon; waits where more than two for each thread are on their way.

        Raises:
            ExportError: An earlier one failed.
        """
        if self._pool is None:
            call()
            return
        while len(self._sending) >= 2 * self._count:
            self._sending.popleft().result()
        self._sending.append(self._pool.submit(call))

    def wait(self) -> None:
        """Wait until all are sent.

        Raises:
            ExportError: One failed.
        """
        while self._sending:
            self._sending.popleft().result()

    def close(self) -> None:
        """Send no more; those on their way are waited for."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._sending.clear()


def mlflow_module(name: str, *, top: str = "mlflow.") -> Any:
    """Return a module of MLflow, or of what it comes with.

    Raises:
        MissingExtraError: It is not installed.
    """
    return optional_import(f"{top}{name}", extra="mlflow", purpose="export to MLflow")


def _check_uri(uri: str) -> None:
    kind = urlsplit(uri).scheme
    if kind in ("http", "https"):
        check_address(uri)
    elif kind == "file" or not kind or len(kind) == 1:
        raise InvalidInputError(
            f"MLflow no longer writes into bare folders such as {uri!r}. Give a server "
            "(http://host:5000) or a SQLite file (sqlite:////path/to/mlflow.db)"
        )
    elif kind == "sqlite":
        logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of every table it makes


class _Patient:
    """How many calls are being made, and what was set in the environment for them."""

    lock = threading.Lock()
    calls = 0
    added: tuple[str, ...] = ()


@contextmanager
def _patience() -> Iterator[None]:
    """Give MLflow's client, which reads the environment, our patience while it is called."""
    with _Patient.lock:
        if not _Patient.calls:
            _Patient.added = tuple(name for name in _PATIENCE if name not in os.environ)
            os.environ.update({name: _PATIENCE[name] for name in _Patient.added})
        _Patient.calls += 1
    try:
        yield
    finally:
        with _Patient.lock:
            _Patient.calls -= 1
            if not _Patient.calls:
                for name in _Patient.added:
                    os.environ.pop(name, None)
