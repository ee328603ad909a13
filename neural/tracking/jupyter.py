"""Aquarium in a notebook: the whole dashboard in a frame, or one chart as a figure.

    from neural.tracking.jupyter import chart, show

    show("neural_experiments")                    # the dashboard, live
    chart("neural_experiments", "val/loss")       # one chart, kept in the notebook

Where the notebook itself is somewhere else (JupyterHub, a remote machine), the browser cannot
reach a port of this machine. The dashboard is then shown through the proxy of the notebook
server (``pip install jupyter-server-proxy``); ``proxy`` is the path it has there.
"""

from __future__ import annotations

import html
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neural.errors import InvalidInputError

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from neural.tracking.charts.positions import XAxis
    from neural.tracking.charts.theme import Theme
    from neural.tracking.experiment_manager import ExperimentManager
    from neural.tracking.ui.serving import ServerThread

__all__ = ["Shown", "chart", "show", "stop_all"]

#: Notebooks on this machine, at whatever port.
LOCAL_NOTEBOOKS = ("http://localhost:*", "http://127.0.0.1:*")

#: Runs of a chart when none are named: the newest of those that have the metric.
MOST_RUNS = 20

#: Address and server by what it was started with.
_running: dict[tuple[Any, ...], tuple[str, ServerThread]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Shown:
    """A dashboard in a notebook: what a cell shows when it is its last value.

    Attributes:
        url: Address of the page, for a tab of its own. Behind a proxy it is a path of the
            notebook's host.
        height_px: Height of the frame.
    """

    url: str
    height_px: int

    def _repr_html_(self) -> str:
        source = html.escape(self.url, quote=True)
        return (
            f'<iframe src="{source}" title="Aquarium" width="100%" height="{self.height_px}" '
            'style="border:1px solid #7488a8;border-radius:8px" '
            'allow="clipboard-write; fullscreen"></iframe>'
        )


def show(
    base_dir: str | Path = "neural_experiments",
    *,
    page: str = "/",
    height_px: int = 800,
    proxy: str | None = None,
    ancestors: Sequence[str] = LOCAL_NOTEBOOKS,
    allow_hosts: Sequence[str] = (),
    token: bool | None = None,
) -> Shown:
    """Return the dashboard over ``base_dir``, to be the last value of a cell.

    A server is started in a thread of the kernel, on a free port that only this machine can
    reach; a second call for the same runs uses the first one's. It ends with the kernel.

    Args:
        base_dir: Directory that holds the runs.
        page: Page and state to open: ``"/compare?runs=a,b"``.
        height_px: Height of the frame in pixels.
        proxy: Path under which the notebook server shows ports of this machine:
            ``"/user/ada/proxy"``. ``None`` takes JupyterHub's own if there is one, else the
            browser goes to the port itself. An empty text always goes to the port.
        ancestors: Origins of notebooks that may hold the frame. Through a proxy it is the
            notebook's own and need not be named.
        allow_hosts: Names by which browsers reach the notebook through a proxy.
        token: Ask for a token, which the address then holds. Worth it on a machine that
            others have accounts on.

    Raises:
        InvalidInputError: ``base_dir``, ``page`` or one of ``ancestors`` cannot be used.
        MissingExtraError: The packages of the dashboard are not installed.
    """
    if not page.startswith("/") or page.startswith("//"):
        raise InvalidInputError(f"page must be a path such as '/compare', got {page!r}")
    root = Path(base_dir).expanduser().resolve()
    base = _proxy_of_hub() if proxy is None else proxy
    framed = ("'self'", *ancestors) if base else tuple(ancestors)
    key = (root, base, framed, tuple(allow_hosts), token)
    with _lock:
        if key not in _running or not _running[key][1].runs:
            _running[key] = _start(root, base, framed, allow_hosts, token)
        address, _ = _running[key]
    return Shown(_with_token(address, page, root if token else None), height_px)


def _proxy_of_hub() -> str:
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "")
    return f"{prefix.rstrip('/')}/proxy" if prefix else ""


def _with_token(address: str, page: str, root: Path | None) -> str:
    if root is None:
        return address + page
    from neural.tracking.ui.tokens import TokenFile

    sign = "&" if "?" in page else "?"
    return f"{address}{page}{sign}token={TokenFile(root).ensure()}"


def _start(
    root: Path, base: str, framed: Sequence[str], allow_hosts: Sequence[str], token: bool | None
) -> tuple[str, ServerThread]:
    from neural.tracking.aquarium_app import create_app
    from neural.tracking.ui.prefix import clean_prefix
    from neural.tracking.ui.serving import listen, serve_in_thread

    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    try:
        prefix = clean_prefix(f"{base}/{port}") if base else ""
        app = create_app(
            root, prefix=prefix, frame_ancestors=framed, allow_hosts=allow_hosts, token=token
        )
    except BaseException:
        listener.close()
        raise
    return prefix or f"http://127.0.0.1:{port}", serve_in_thread(app.server, listener)


def stop_all() -> None:
    """Stop every server that :func:`show` started; the frames then say that it is gone."""
    with _lock:
        for _, server in _running.values():
            server.stop()
        _running.clear()


def chart(
    base_dir: str | Path,
    metric: str,
    runs: Sequence[str] | None = None,
    *,
    smoothing: float = 0.0,
    x: XAxis = "step",
    log_y: bool = False,
    theme: Theme = "light",
) -> go.Figure:
    """Return one metric of some runs as a figure, without a server; the notebook keeps it.

    Args:
        base_dir: Directory that holds the runs.
        metric: Name of the metric.
        runs: Ids of the runs; ``None`` takes the newest 20 that have the metric.
        smoothing: Weight of the past, in ``[0, 1)``; 0 is off.
        x: ``"step"``, ``"relative"`` (seconds since the run began) or ``"time"``.
        log_y: Logarithmic y axis.
        theme: ``"light"`` or ``"dark"``.

    Raises:
        NotFoundError: There is no run with one of these ids.
        MissingExtraError: Plotly is not installed.
    """
    from neural.tracking.charts.positions import View
    from neural.tracking.charts.run_comparison import run_comparison, run_comparison_figure
    from neural.tracking.experiment_manager import ExperimentManager

    manager = ExperimentManager(base_dir)
    ids = _newest_with(manager, metric) if runs is None else list(runs)
    records = [manager.run(run_id) for run_id in ids]
    found = run_comparison(
        metric,
        {run_id: manager.metric(run_id, metric, view="drawn") for run_id in ids},
        labels={one.experiment_id: one.display_name or one.experiment_name for one in records},
        starts={one.experiment_id: one.start_time for one in records},
        view=View(x=x, log_y=log_y, smoothing=smoothing),
    )
    return run_comparison_figure(found, theme=theme)


def _newest_with(manager: ExperimentManager, metric: str) -> list[str]:
    quoted = metric.replace('"', '""')
    rows = manager.search(f'not metrics."{quoted}" is missing', limit=MOST_RUNS)
    return [str(row["experiment_id"]) for row in rows]
