"""``neural ui``: the same settings as the program of its own."""

from __future__ import annotations

from typing import Any

import pytest

from neural.tracking import aquarium_app
from tests.cli.conftest import Command


def test_every_setting_reaches_the_dashboard(
    neural: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that may be repeated come as a list."""
    given: dict[str, Any] = {}
    monkeypatch.setattr(aquarium_app, "launch_aquarium", lambda **settings: given.update(settings))
    names = ["--allow-host", "gpu1", "--allow-host", "gpu2", "--frame-ancestor", "https://lab.org"]
    names += ["--open-root", "/data", "--open-root", "/logs", "--export-to", "wandb"]

    outcome = neural("ui", "--port", "0", "--token", "--prefix", "/proxy/1/", *names)

    assert outcome.code == 0
    assert given.pop("base_dir")
    assert given == {
        "port": 0,
        "host": "127.0.0.1",
        "token": True,
        "allow_hosts": ["gpu1", "gpu2"],
        "prefix": "/proxy/1/",
        "frame_ancestors": ["https://lab.org"],
        "open_roots": ["/data", "/logs"],
        "export_to": ["wandb"],
    }


def test_a_server_for_everybody_without_a_token_is_refused(neural: Command) -> None:
    """S1: it says why, and nothing starts."""
    outcome = neural("ui", "--host", "0.0.0.0", "--no-token", "--port", "0")

    assert outcome.code == 2
    assert "token" in outcome.err
