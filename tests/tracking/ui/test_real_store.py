"""The dashboard over runs that were really logged, with every page there is."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from dash import Dash

from neural.tracking import ExperimentTracker
from neural.tracking.aquarium_app import create_app
from neural.tracking.ui.page import load_pages, pages

HOST = ("host", "127.0.0.1:8053")
MARKER = b"CANARY-31c0b6"
Ask = Callable[..., Any]


@pytest.fixture
def base_dir(tmp_path: Path) -> Path:
    """Return a store beside a file that nobody may see."""
    (tmp_path / "canary.txt").write_bytes(MARKER)
    return tmp_path / "runs"


@pytest.fixture
def run(base_dir: Path, tmp_path: Path) -> tuple[str, Path]:
    """Log one run with an artifact and a folder of artifacts; return its id and folder."""
    (tmp_path / "model.bin").write_bytes(b"weights")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "part.txt").write_bytes(b"part")
    tracker = ExperimentTracker("mnist", base_dir=base_dir, auto_visualize=False)
    tracker.log_metrics({"loss": 0.5}, step=0)
    tracker.log_artifact(str(tmp_path / "model.bin"), "best model/α")
    tracker.log_artifact(str(tmp_path / "folder"), "folder")
    tracker.finish()
    return tracker.experiment_id, next(base_dir.glob("mnist_*"))


@pytest.fixture
def real(run: tuple[str, Path], base_dir: Path) -> Dash:
    """Return the whole dashboard over the run."""
    return create_app(base_dir)


def artifact(app: Dash, ask: Ask, run_id: str, name: str, query: str = "") -> Any:
    """Ask for an artifact by its name."""
    target = f"/api/v1/runs/{run_id}/artifacts/{quote(name, safe='')}{query}"
    return ask(app.server, "GET", target, [HOST])


def test_an_artifact_is_downloaded_by_its_name(real: Dash, ask: Ask, run: tuple[str, Path]) -> None:
    """Any name, and a file of a folder."""
    model = artifact(real, ask, run[0], "best model/α")
    part = artifact(real, ask, run[0], "folder", "?file=part.txt")

    assert (model.status, model.body) == (200, b"weights")
    assert (part.status, part.body) == (200, b"part")


@pytest.mark.parametrize("run_id", ["nope", "..", "%2e%2e", ".neural", "mnist"])
def test_s11_an_id_is_an_id_and_no_path(real: Dash, ask: Ask, run_id: str) -> None:
    """What no run is called leads nowhere."""
    assert artifact(real, ask, run_id, "best model/α").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "../../canary.txt",
        "/etc/passwd",
        "..",
        "artifacts/../../../canary.txt",
        "artifacts/up/x",
        "",
    ],
)
def test_s9_an_index_of_artifacts_is_not_trusted(
    real: Dash, ask: Ask, run: tuple[str, Path], path: str
) -> None:
    """A run from elsewhere may say anything; its files are still its own only."""
    run_id, folder = run
    entry = {"path": path, "type": "other", "size": 6, "timestamp": "2026-11-21T10:00:00+00:00"}
    (folder / "artifacts.json").write_text(json.dumps({"evil": entry}))
    (folder / "artifacts" / "up").symlink_to(folder.parent.parent)

    answer = artifact(real, ask, run_id, "evil")

    assert answer.status == 404
    assert MARKER not in answer.body
    assert b"root:" not in answer.body


def test_s10_an_artifact_that_is_a_link_is_not_followed_out(
    real: Dash, ask: Ask, run: tuple[str, Path]
) -> None:
    """The name is in the index, and the file is somebody else's."""
    run_id, folder = run
    index = json.loads((folder / "artifacts.json").read_text())
    kept = folder / index["best model/α"]["path"]
    kept.unlink()
    kept.symlink_to(folder.parent.parent / "canary.txt")

    answer = artifact(real, ask, run_id, "best model/α")

    assert (answer.status, MARKER in answer.body) == (404, False)


def test_reading_through_the_server_changes_no_run(
    real: Dash, ask: Ask, run: tuple[str, Path]
) -> None:
    """No file of the run is newer or other after every kind of question."""
    before = _state(run[1])
    for path in ("/", "/api/v1/health", "/api/v1/live", "/_dash-layout", "/_dash-dependencies"):
        assert ask(real.server, "GET", path, [HOST]).status == 200
    artifact(real, ask, run[0], "best model/α")

    assert _state(run[1]) == before


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    paths = [Path(parent) / name for parent, _, names in os.walk(folder) for name in names]
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in paths}


def test_the_live_state_counts_and_changes(real: Dash, ask: Ask, base_dir: Path) -> None:
    """A run that begins is counted, and every point it logs changes the revision."""

    def look() -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(ask(real.server, "GET", "/api/v1/live", [HOST]).body)
        return found

    rest, still = look(), look()
    with ExperimentTracker("live", base_dir=base_dir, auto_visualize=False) as tracker:
        tracker.log_metrics({"loss": 1.0})
        begun = look()
        tracker.log_metrics({"loss": 0.9})
        further = look()
    ended = look()

    assert (rest["running"], begun["running"], ended["running"]) == (0, 1, 0)
    assert rest["revision"] == still["revision"]
    assert len({r["revision"] for r in (rest, begun, further, ended)}) == 4


def test_all_our_pages_are_there() -> None:
    """None of those in the table is missing or left out for an error."""
    ours = ("experiments", "run_detail", "compare", "views", "settings")

    assert set(ours) <= set(pages)
    assert [page.path for page in load_pages(ours)] == [
        "/",
        "/compare",
        "/views",
        "/settings",
        "/experiments/{experiment_id}",
    ]


def test_every_callback_of_every_page_is_a_coroutine(real: Dash) -> None:
    """One plain function would stop the whole server while it runs."""
    callbacks = [entry["callback"] for entry in real.callback_map.values() if "callback" in entry]

    assert len(callbacks) > 3
    assert [c.__name__ for c in callbacks if not inspect.iscoroutinefunction(c)] == []
