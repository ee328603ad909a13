"""Opening, importing and closing a folder, through the callbacks of its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from neural.tracking.aquarium_app import create_app
from neural.tracking.experiment_manager import ExperimentManager
from neural.tracking.lens.manager import LensManager
from neural.tracking.pages.opened import page
from neural.tracking.ui.page import AppContext, PageLocation
from tests.tracking.pages.export.conftest import Screen

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one run of another tracker, and something that is left out."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "metrics.csv").write_text("step,loss\n0,0.5\n1,0.25\n")
    (tmp_path / "logs" / "away").symlink_to("/etc")
    return tmp_path / "logs"


@pytest.fixture
def app(tmp_path: Path, folder: Path) -> Dash:
    """The dashboard over an empty store, which may open that folder."""
    return create_app(tmp_path / "runs", open_roots=[folder])


def _open(screen: Screen, path: str, kind: str | None = None) -> dict[str, Any]:
    pressed = {"opened-open.n_clicks": 1, "opened-path.value": path, "opened-kind.value": kind}
    return screen.press("opened-open.n_clicks", "opened-changed.data", pressed)


def _shown(screen: Screen) -> dict[str, Any]:
    found = screen.press("opened-tick.n_intervals", "opened-folders.children", {})["response"]
    return dict(found)


def _rows(screen: Screen) -> int:
    return int(screen.get("/api/v1/health").json()["runs"])


def _key(screen: Screen) -> str:
    (card,) = _shown(screen)["opened-folders"]["children"]
    return str(card["props"]["data-folder"])


def test_open_show_close(app: Dash, folder: Path) -> None:
    """Its run is counted in the store while it is open; what was left out is told."""
    screen = Screen(app)
    assert _rows(screen) == 0

    _open(screen, str(folder))

    shown = json.dumps(_shown(screen)["opened-folders"])
    assert str(folder) in shown
    assert "1 thing left out" in shown
    assert "leads out of the folder" in shown
    assert _rows(screen) == 1

    screen.press_one("opened-folder", {"what": "close", "key": _key(screen)}, "opened-changed.data")
    assert _rows(screen) == 0
    assert "Nothing of other trackers" in json.dumps(_shown(screen)["opened-folders"])


def test_pictures_and_files(app: Dash, folder: Path, tmp_path: Path) -> None:
    """A picture of an opened run is shown, by its first bytes; nothing else of the folder is."""
    for name in ("metrics", "images"):
        (folder / "plots" / name).mkdir(parents=True)
    (folder / "metrics.csv").unlink()
    (folder / "metrics.json").write_text('{"loss": 0.5, "step": 0}')
    (folder / "plots" / "metrics" / "loss.tsv").write_text("step\tloss\n0\t0.5\n")
    picture = PNG + b"\0" * 40
    (folder / "plots" / "images" / "digit.png").write_bytes(picture)
    screen = Screen(app)
    _open(screen, str(folder))
    manager = LensManager(tmp_path / "runs")
    manager.opened.open(folder)
    (run,) = (row["experiment_id"] for row in manager.search())
    path = manager.media(run)[0]["path"]

    shown = screen.get(f"/api/v1/runs/{run}/{path}")

    assert (shown.status_code, shown.content) == (200, picture)
    assert shown.headers["content-type"] == "image/png"
    for odd in ("media/1.png", "media/..%2F..%2Fmetrics.json", "artifacts/metrics.json"):
        assert screen.get(f"/api/v1/runs/{run}/{odd}").status_code == 404


def test_import(app: Dash, folder: Path, tmp_path: Path) -> None:
    """A job copies it; then the run is ours, listed once, also when the folder is closed."""
    screen = Screen(app)
    _open(screen, str(folder))

    screen.press_one(
        "opened-folder", {"what": "import", "key": _key(screen)}, "opened-changed.data"
    )
    shown = screen.until_jobs("opened-imports.children", "opened-tick")

    assert "1 added" in json.dumps(shown["opened-imports"])
    assert "2 points" in json.dumps(shown["opened-imports"])
    assert ExperimentManager(tmp_path / "runs").count() == 1
    assert _rows(screen) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["away", "metrics.csv"]


@pytest.mark.parametrize("path", ["/etc", "", "{tmp}", "{tmp}/logs/away", "{tmp}/logs/../runs"])
def test_what_may_not_be_opened(app: Dash, tmp_path: Path, path: str) -> None:
    """Ways out, links out, the folder above: a toast, and nothing is open."""
    screen = Screen(app)

    answer = _open(screen, path.format(tmp=tmp_path))

    assert answer["sideUpdate"]["shell-toast"]["data"]["kind"] == "error"
    assert _rows(screen) == 0


def test_another_kind_is_not_guessed(app: Dash, folder: Path) -> None:
    """A person who knows better is believed; a kind that does not exist is told."""
    screen = Screen(app)

    answer = _open(screen, str(folder), "pickle")

    assert "pickle" in answer["sideUpdate"]["shell-toast"]["data"]["text"]


def test_without_an_open_root(tmp_path: Path, folder: Path) -> None:
    """Only exports of the store itself may be opened, and the page says what to start."""
    base_dir = tmp_path / "runs"
    context = AppContext(manager=LensManager(base_dir), base_dir=base_dir)
    drawn = str(page.layout(context, PageLocation()).to_plotly_json())
    assert "neural ui --open-root" in drawn

    answer = _open(Screen(create_app(base_dir)), str(folder))
    assert "--open-root" in answer["sideUpdate"]["shell-toast"]["data"]["text"]
