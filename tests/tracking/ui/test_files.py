"""Files of runs: nothing outside a run is read, and nothing in one is run by a browser.

Canaries lie wherever a wrong path could lead. Their content is one marker, which
must never be in an answer.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from dash import Dash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural.errors import NotFoundError
from neural.tracking.ui.files import (
    artifact_url,
    media_url,
    open_contained,
    picture_type,
    relative,
)
from neural.tracking.ui.page import AppContext
from tests.security.hostile_paths import hostile_paths, printable

HOST = ("host", "127.0.0.1:8053")
MARKER = b"CANARY-7d1f5c2a"
API = "/api/v1/runs/4f2a90c1d3e5"

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
GIF = b"GIF89a" + b"\0" * 40

Ask = Callable[..., Any]


@pytest.fixture
def canaries(store: Any, run_folder: Path) -> list[Path]:
    """Return files outside the run, or outside its media, that hold the marker."""
    sibling = run_folder.with_name(f"{run_folder.name}-evil")
    other_media = run_folder / "media-evil"
    places = [
        store.root.parent / "canary.txt",
        store.root / "canary.txt",
        sibling / "canary.txt",
        sibling / "artifacts" / "canary.txt",
        other_media / "canary.txt",
        run_folder / "canary.txt",
    ]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(MARKER)
    return places


@pytest.fixture
def picture(run_folder: Path) -> Path:
    """Return a picture that the run keeps."""
    path = run_folder / "artifacts" / "plot.png"
    path.write_bytes(PNG)
    return path


def targets_of(payload: str) -> list[str]:
    """Return ``payload`` in every place of an address that takes a path."""
    return [
        f"{API}/artifacts/{payload}",
        f"{API}/artifacts/artifacts?file={payload}",
        f"{API}/media/{payload}",
        f"/api/v1/runs/{payload}/artifacts/canary.txt",
    ]


def test_s9_the_corpus_is_large_enough() -> None:
    """At least 500 different payloads, or the test below is thinner than it says."""
    assert len(set(hostile_paths())) >= 500


@pytest.mark.torture  # every parameter of every route, daily: tests/security/test_paths.py
def test_s9_no_payload_reads_outside_the_run(app: Dash, ask: Ask, canaries: list[Path]) -> None:
    """The marker is in no answer, and every answer is one that was meant."""
    (canaries[-1]).unlink()  # lies in the run itself, where an artifact may be
    answers = {
        target: ask(app.server, "GET", printable(target), [HOST])
        for payload in hostile_paths()
        for target in targets_of(payload)
    }

    assert [target for target, answer in answers.items() if MARKER in answer.body] == []
    assert {answer.status for answer in answers.values()} <= {400, 404, 422}


def test_s9_the_files_that_are_meant_are_served(
    app: Dash, ask: Ask, run_folder: Path, picture: Path
) -> None:
    """The refusals above are of the paths: ordinary ones are answered."""
    (run_folder / "media" / "samples" / "0-ab.png").write_bytes(PNG)
    paths = [
        f"{API}/artifacts/artifacts/plot.png",
        f"{API}/artifacts/artifacts?file=plot.png",
        f"{API}/media/samples/0-ab.png",
    ]

    assert [ask(app.server, "GET", path, [HOST]).status for path in paths] == [200, 200, 200]


_PIECES = st.sampled_from(
    [
        *("..", ".", "/", "//", "\\", "%2e", "%2f", "%5c", "%00", "canary.txt", "artifacts"),
        *("media", "mnist_4f2a90c1d3e5-evil", ":", "C:", "~", "?", "#", ";", " ", "é", "\u202e"),
    ]
)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pieces=st.lists(st.one_of(_PIECES, st.text(max_size=4)), max_size=9))
def test_s9_no_mixture_reads_outside_the_run(
    run_folder: Path, canaries: list[Path], pieces: list[str]
) -> None:
    """Whatever is joined to the folder, what opens lies below it."""
    root = run_folder / "media"
    target = root / "".join(pieces).replace("\0", "%00").lstrip("/")

    try:
        with open_contained(root, target) as file:
            content = file.read()
    except NotFoundError:
        content = b""

    assert MARKER not in content


@pytest.mark.torture
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(pieces=st.lists(st.one_of(_PIECES, st.text(max_size=4)), max_size=12))
def test_s9_no_mixture_reads_outside_the_run_at_length(
    app: Dash, ask: Ask, canaries: list[Path], pieces: list[str]
) -> None:
    """The same through the whole server."""
    target = f"{API}/media/{quote(''.join(pieces), safe='/%')}"

    assert MARKER not in ask(app.server, "GET", target, [HOST]).body


@pytest.mark.parametrize(
    "text", ["", "a//b", "/a", "a/", "./a", "a/..", "..", "a\\b", "C:a", "a\0b", "a\nb", "\x1b"]
)
def test_a_path_that_is_none(text: str) -> None:
    """It is refused by its text alone, before the disk is asked."""
    with pytest.raises(NotFoundError):
        relative(text)


@pytest.mark.parametrize(
    "text", ["a", "a/b.png", "ä ö/图.png", "..a", "a..b", "%2e%2e", "ab:c", "~"]
)
def test_a_path_with_odd_names(text: str) -> None:
    """Odd names are names: nothing is decoded a second time."""
    assert str(relative(text)) == text


# ---- S10: links ------------------------------------------------------------------------


def test_s10_a_link_out_of_the_run_is_not_followed(run_folder: Path, canaries: list[Path]) -> None:
    """Neither to a file nor through a folder, nor into a folder whose name only begins alike."""
    links = {
        "file": canaries[0],
        "folder": canaries[0].parent,
        "etc": Path("/etc"),
        "sibling": canaries[2].parent,
    }
    for name, target in links.items():
        (run_folder / "artifacts" / name).symlink_to(target)
    tries = ["file", "folder/canary.txt", "etc/passwd", "sibling/canary.txt"]

    for path in tries:
        with pytest.raises(NotFoundError):
            open_contained(run_folder, run_folder / "artifacts" / path)


def test_s10_over_http_a_link_out_of_the_run_is_not_found(
    app: Dash, ask: Ask, run_folder: Path, canaries: list[Path]
) -> None:
    """Status 404 and not a byte of the file, also where the folder's name only begins alike."""
    (run_folder / "media" / "up").symlink_to(run_folder.with_name(f"{run_folder.name}-evil"))
    (run_folder / "media" / "near").symlink_to(run_folder / "media-evil")
    (run_folder / "up").symlink_to(run_folder.with_name(f"{run_folder.name}-evil"))
    paths = ["media/up/canary.txt", "media/near/canary.txt", "artifacts/up/canary.txt"]

    answers = [ask(app.server, "GET", f"{API}/{path}", [HOST]) for path in paths]

    assert [answer.status for answer in answers] == [404, 404, 404]
    assert not any(MARKER in answer.body for answer in answers)


def test_s10_a_link_inside_the_run_is_followed(run_folder: Path, picture: Path) -> None:
    """What stays in the run is shown."""
    (run_folder / "artifacts" / "latest.png").symlink_to("plot.png")

    with open_contained(run_folder, run_folder / "artifacts" / "latest.png") as file:
        assert file.read() == PNG


def test_s10_a_loop_of_links_ends(run_folder: Path) -> None:
    """It is "not found" at once, not a hang."""
    (run_folder / "artifacts" / "a").symlink_to("b")
    (run_folder / "artifacts" / "b").symlink_to("a")
    started = time.monotonic()

    with pytest.raises(NotFoundError):
        open_contained(run_folder, run_folder / "artifacts" / "a" / "x")

    assert time.monotonic() - started < 1


def test_s10_a_named_pipe_does_not_hang(run_folder: Path) -> None:
    """Only files are served; opening a pipe would wait for its other end."""
    os.mkfifo(run_folder / "artifacts" / "pipe")

    with pytest.raises(NotFoundError, match="only files are served"):
        open_contained(run_folder, run_folder / "artifacts" / "pipe")


def test_s10_a_folder_that_becomes_a_link_after_the_check(
    run_folder: Path, canaries: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment between check and opening, hit every time: the link is not followed."""
    inside = run_folder / "artifacts" / "d"
    inside.mkdir()
    (inside / "canary.txt").write_bytes(b"inside")
    opened: list[Any] = []
    real_open = os.open

    def swap_then_open(path: Any, *arguments: Any, **options: Any) -> int:
        if not opened:
            inside.rename(run_folder / "artifacts" / "aside")
            inside.symlink_to(canaries[2].parent)
        opened.append(path)
        return real_open(path, *arguments, **options)

    monkeypatch.setattr(os, "open", swap_then_open)

    with pytest.raises(NotFoundError):
        open_contained(run_folder, inside / "canary.txt")
    assert inside.is_symlink(), "the fault did not happen"


@pytest.mark.parametrize("tries", [500, pytest.param(5000, marks=pytest.mark.torture)])
def test_s10_a_folder_that_is_swapped_for_a_link(
    run_folder: Path, canaries: list[Path], tries: int
) -> None:
    """While a folder turns into a link and back, the file outside is never read."""
    inside, aside = run_folder / "artifacts" / "d", run_folder / "artifacts" / "aside"
    inside.mkdir()
    (inside / "canary.txt").write_bytes(b"inside")
    outside = run_folder / "artifacts" / "link"
    outside.symlink_to(canaries[2].parent)
    seen: set[bytes] = set()
    with _swapping(inside, aside, outside) as swaps:
        done = 0
        while done < tries or swaps() < 100:
            done += 1
            try:
                with open_contained(run_folder, inside / "canary.txt") as file:
                    seen.add(file.read())
            except NotFoundError:
                seen.add(b"")

    assert MARKER not in seen
    assert b"inside" in seen


class _swapping:  # noqa: N801 - reads as a verb in the test
    """Swap ``inside`` for the link ``outside`` and back, over and over, in a thread."""

    def __init__(self, inside: Path, aside: Path, outside: Path) -> None:
        self._paths = (inside, aside, outside)
        self._swaps = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Callable[[], int]:
        self._thread.start()
        return lambda: self._swaps

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        inside, aside, outside = self._paths
        while not self._stop.is_set():
            inside.rename(aside)
            outside.rename(inside)
            inside.rename(outside)
            aside.rename(inside)
            self._swaps += 1


# ---- S21: how files are served -----------------------------------------------------------

SCRIPT = b"<script>alert(1)</script>"

#: Name, content, whether it is shown in place.
UPLOADS = [
    ("a.png", PNG, True),
    ("a.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 20, True),
    ("a.gif", GIF, True),
    ("a.webp", b"RIFF\x10\0\0\0WEBPVP8 ", True),
    ("page.html", b"<!DOCTYPE html>" + SCRIPT, False),
    ("page.htm", SCRIPT, False),
    ("pic.svg", b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>", False),
    ("pic.svg.png", b"<?xml version='1.0'?><svg>" + SCRIPT + b"</svg>", False),
    ("html.png", SCRIPT, False),
    ("gif.html", GIF + SCRIPT, True),
    ("png.svg", PNG + b"<svg onload=alert(1)>", True),
    ("riff.webp", b"RIFF\x10\0\0\0WAVEfmt ", False),
    ("late.png", b" \x89PNG\r\n\x1a\n", False),
    ("data.xml", b"<?xml version='1.0'?><x/>", False),
    ("code.js", b"alert(1)", False),
    ("doc.pdf", b"%PDF-1.7", False),
    ("empty.png", b"", False),
]


@pytest.mark.parametrize(("name", "content", "shown"), UPLOADS, ids=[u[0] for u in UPLOADS])
def test_s21_only_real_pictures_are_shown_in_place(
    app: Dash, ask: Ask, run_folder: Path, name: str, content: bytes, shown: bool
) -> None:
    """By their first bytes, whatever they are called; the type is never one that runs."""
    (run_folder / "artifacts" / name).write_bytes(content)

    answer = ask(app.server, "GET", f"{API}/artifacts/artifacts/{name}", [HOST])

    kind = answer.headers["content-type"]
    assert answer.body == content
    assert answer.headers["content-disposition"].startswith("inline" if shown else "attachment")
    assert kind.startswith("image/") if shown else kind == "application/octet-stream"
    assert kind != "image/svg+xml"


def test_s21_a_file_can_do_nothing(app: Dash, ask: Ask, picture: Path) -> None:
    """Sandboxed, allowed no source at all, and its type is not guessed."""
    headers = ask(app.server, "GET", f"{API}/artifacts/artifacts/plot.png", [HOST]).headers

    assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ['a"b.bin', "ü 图.bin", "a;b.bin", "a\rb.bin"])
def test_s21_a_name_cannot_break_out_of_its_header(
    app: Dash, ask: Ask, store: Any, run_folder: Path, name: str
) -> None:
    """Quotes, other alphabets and line breaks are encoded."""
    (run_folder / "artifacts" / "f.bin").write_bytes(b"x")
    store.artifacts_by_name[name] = "artifacts/f.bin"

    answer = ask(app.server, "GET", f"{API}/artifacts/{quote(name)}", [HOST])

    disposition = answer.headers["content-disposition"]
    assert answer.status == 200
    assert disposition.isascii()
    assert disposition.isprintable()
    assert "filename" in disposition


def test_a_part_of_a_file(app: Dash, ask: Ask, run_folder: Path) -> None:
    """A range is answered with exactly its bytes, unpacked, so that a download resumes."""
    (run_folder / "artifacts" / "w.bin").write_bytes(bytes(range(256)) * 40)
    headers = [HOST, ("range", "bytes=1000-1009"), ("accept-encoding", "gzip")]

    answer = ask(app.server, "GET", f"{API}/artifacts/artifacts/w.bin", headers)

    assert answer.status == 206
    assert answer.body == (bytes(range(256)) * 40)[1000:1010]
    assert answer.headers["content-range"] == "bytes 1000-1009/10240"


def test_ten_thousand_ranges_cost_nothing(app: Dash, ask: Ask, run_folder: Path) -> None:
    """The header that once took quadratic time is answered at once."""
    (run_folder / "artifacts" / "w.bin").write_bytes(b"x" * 50_000)
    ranges = ",".join(f"{i}-{i}" for i in range(0, 20_000, 2))
    started = time.monotonic()

    answer = ask(
        app.server,
        "GET",
        f"{API}/artifacts/artifacts/w.bin",
        [HOST, ("range", f"bytes={ranges}")],
    )

    assert answer.status in (200, 206, 400, 416)
    assert time.monotonic() - started < 2


def test_the_head_of_a_file(app: Dash, ask: Ask, picture: Path) -> None:
    """HEAD gives the size and no bytes."""
    answer = ask(app.server, "HEAD", f"{API}/artifacts/artifacts/plot.png", [HOST])

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(len(PNG))


def test_no_descriptor_is_left_open(app: Dash, ask: Ask, picture: Path) -> None:
    """Answers, refusals and directories close what they opened."""
    paths = ["artifacts/artifacts/plot.png", "artifacts/artifacts", "media/no.png", "media/samples"]

    def ask_all() -> int:
        for path in paths:
            ask(app.server, "GET", f"{API}/{path}", [HOST])
        return len(os.listdir("/dev/fd"))

    before = ask_all()

    assert [ask_all() for _ in range(5)][-1] <= before


def test_a_message_does_not_say_where_the_store_lies(app: Dash, ask: Ask, store: Any) -> None:
    """The text of an error names the file, not the directory of the server."""
    answer = ask(app.server, "GET", f"{API}/media/no.png", [HOST])

    assert answer.status == 404
    assert b"no.png" in answer.body
    assert str(store.root).encode() not in answer.body


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (PNG[:16], "image/png"),
        (GIF[:16], "image/gif"),
        (b"GIF88a", None),
        (b"<svg", None),
        (b"", None),
        (b"BM", None),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(head: bytes, kind: str | None) -> None:
    """Four kinds, and nothing that could hold script."""
    assert picture_type(head) == kind


def test_addresses_of_files_lead_back_to_them(
    app: Dash, ask: Ask, store: Any, run_folder: Path, picture: Path
) -> None:
    """Names with any sign in them survive the way through an address."""
    context = AppContext(manager=store, base_dir=store.root)
    store.artifacts_by_name["best model?#/α.png"] = "artifacts/plot.png"
    (run_folder / "media" / "samples" / "50% ä.png").write_bytes(PNG)
    addresses = [
        artifact_url(context, "4f2a90c1d3e5", "best model?#/α.png"),
        media_url(context, "4f2a90c1d3e5", "media/samples/50% ä.png"),
    ]

    answers = [ask(app.server, "GET", address, [HOST]) for address in addresses]

    assert [answer.body for answer in answers] == [PNG, PNG]


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() <= before + 8  # the pool of to_thread may have grown
