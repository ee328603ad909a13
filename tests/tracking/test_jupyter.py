"""The dashboard and single charts in a notebook."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from neural.errors import InvalidInputError, NotFoundError
from neural.tracking import ExperimentTracker, jupyter
from neural.tracking.jupyter import chart, show


@pytest.fixture
def base_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A store of two runs, of which one has the metric; servers end with the test."""
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    for name, metric in (("with", 'val "loss"'), ("without", "acc")):
        with ExperimentTracker(
            name, tmp_path, auto_visualize=False, capture_environment=False
        ) as tracker:
            for step in range(3):
                tracker.log_metrics({metric: 1.0 / (step + 1)}, step=step)
    yield tmp_path
    jupyter.stop_all()


def policy_of(url: str) -> str:
    """Return the Content-Security-Policy of what answers at ``url``."""
    with urllib.request.urlopen(url) as answer:
        return str(answer.headers["content-security-policy"])


def test_the_frame_holds_a_running_dashboard(base_dir: Path) -> None:
    """It answers on loopback and lets notebooks of this machine frame it, nobody else."""
    shown = show(base_dir, page="/compare?runs=a,b", height_px=500)

    assert f'src="{shown.url}"' in shown._repr_html_()
    assert 'height="500"' in shown._repr_html_()
    assert shown.url.startswith("http://127.0.0.1:")
    assert policy_of(shown.url).endswith("frame-ancestors http://localhost:* http://127.0.0.1:*")


def test_a_second_frame_uses_the_same_server(base_dir: Path) -> None:
    """Running a cell again must not leave a server behind each time."""
    assert show(base_dir).url == show(base_dir).url


def test_a_stopped_server_is_started_again(base_dir: Path) -> None:
    """After ``stop_all`` nothing answers at the old address, and the next call works."""
    old = show(base_dir).url
    jupyter.stop_all()

    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(old)
    assert policy_of(show(base_dir).url)


def test_through_the_proxy_of_a_hub(base_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address is a path of the notebook's host, and only that host may frame it."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")

    url = show(base_dir, ancestors=()).url
    port = url.strip("/").rpartition("/")[2]

    assert url == f"/user/ada/proxy/{port}/"
    assert policy_of(f"http://127.0.0.1:{port}/").endswith("frame-ancestors 'self'")


def test_with_a_token_nobody_else_gets_in(base_dir: Path) -> None:
    """The address holds the token; without it the server asks."""
    url = show(base_dir, token=True).url
    bare = url.partition("?")[0]

    assert "?token=" in url
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(bare)


def test_the_frame_quotes_what_it_is_told(base_dir: Path) -> None:
    """A page cannot break out of the attribute."""
    made = show(base_dir, page='/x"><script>alert(1)</script>')._repr_html_()

    assert "<script>" not in made


@pytest.mark.parametrize("page", ["compare", "//evil.example", "https://evil.example"])
def test_a_page_elsewhere(base_dir: Path, page: str) -> None:
    """A page is a path of the dashboard."""
    with pytest.raises(InvalidInputError, match="page must be a path"):
        show(base_dir, page=page)


@pytest.mark.parametrize("origin", ["*", "https://*", "evil", "http://a; script-src *", "'none'"])
def test_an_ancestor_that_is_no_origin(base_dir: Path, origin: str) -> None:
    """It is refused by name, before a server is started."""
    with pytest.raises(InvalidInputError, match="frame ancestor"):
        show(base_dir, ancestors=[origin])


def test_a_chart_without_a_server(base_dir: Path) -> None:
    """The runs that have the metric are drawn, by name, whatever is in it."""
    figure = chart(base_dir, 'val "loss"')

    drawn = [trace for trace in figure.data if trace.name]
    assert [trace.name for trace in drawn] == ["with"]
    assert list(drawn[0].y) == pytest.approx([1.0, 0.5, 1 / 3], rel=1e-5)


def test_a_chart_of_a_run_that_is_not_there(base_dir: Path) -> None:
    """The message names the id."""
    with pytest.raises(NotFoundError, match="no-such-run"):
        chart(base_dir, "acc", ["no-such-run"])
