"""S1, S8: who can reach a server needs its token, by whichever door it was started."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from neural.tracking import jupyter
from neural.tracking.ui.origins import is_loopback

DOORS = (
    ("neural", "ui"),
    ("neural.tracking.aquarium_app",),
    ("neural.tracking.comparison_ui",),
)

doors = pytest.mark.parametrize("door", DOORS, ids=" ".join)


def start(door: Sequence[str], base_dir: Path, *flags: str) -> subprocess.Popen[str]:
    """Start a server at any free port."""
    module, *words = door
    command = [sys.executable, "-u", "-m", module, *words, "--base-dir", str(base_dir)]
    return subprocess.Popen(
        [*command, "--port", "0", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def get(port: int, path: str, cookie: str = "") -> http.client.HTTPResponse:
    """Ask for a page as a browser does that has perhaps signed in."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@doors
def test_s1_s8_reachable_from_elsewhere_it_asks_for_its_token(
    door: Sequence[str], tmp_path: Path
) -> None:
    """The token is printed once, opens nothing but a session, and the session opens the pages."""
    with start(door, tmp_path, "--host", "0.0.0.0") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = urlsplit(line.split()[-1])
        port, token = int(address.port or 0), address.query.removeprefix("token=")

        refused = get(port, "/")
        traded = get(port, f"{address.path}?{address.query}")
        cookie = SimpleCookie(traded.headers["set-cookie"])
        (morsel,) = cookie.values()
        opened = get(port, "/", f"{morsel.key}={morsel.value}")

        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert (refused.status, traded.status, opened.status) == (401, 303, 200)
    assert re.fullmatch(r"[\w-]{43}", token)
    assert (line + out + err).count(token) == 1
    assert morsel["httponly"]
    assert morsel["samesite"] == "Strict"
    assert "token" not in traded.headers["location"]


@doors
def test_s1_without_its_token_it_does_not_start(door: Sequence[str], tmp_path: Path) -> None:
    """Exit code 2 and one line that says why; nothing is printed, kept or opened."""
    with start(door, tmp_path, "--host", "0.0.0.0", "--no-token") as process:
        out, err = process.communicate(timeout=30)

    assert (process.returncode, out, err.count("\n")) == (2, "", 1)
    assert "without a token is refused" in err
    assert list(tmp_path.iterdir()) == []


def test_s1_a_notebook_reaches_its_own_machine_only(tmp_path: Path) -> None:
    """The server of a notebook has no say in where it is bound."""
    shown = jupyter.show(tmp_path, proxy="")
    jupyter.stop_all()

    assert is_loopback(str(urlsplit(shown.url).hostname))
