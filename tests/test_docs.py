"""What the pages say is so: links lead somewhere, code runs, commands exist.

A Python block is run by itself in a fresh directory. What it needs but a reader need not see
stands in a comment straight before it (blocks with prompts are doctests of the whole page):

    <!-- prelude
    loss = 0.5
    -->

`<!-- server -->` marks a block that serves until it is interrupted. Of commands it is checked that
they and their options exist.
"""

from __future__ import annotations

import configparser
import functools
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
PAGES = sorted(page for pattern in ("*.md", "docs/**/*.md") for page in REPOSITORY.glob(pattern))
BLOCK = re.compile(
    r"^(?:<!-- *(?P<note>.*?)-->\n)?^```(?P<language>\w+)\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
TEST = re.compile(r"`(tests/[\w/]+\.py::\w+)`")
#: Commands of other programs, shown but not ours to check.
OTHERS = {"cd", "git", "sudo", "sqlite3", "jq"}


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    note: str
    language: str
    code: str

    @property
    def place(self) -> str:
        """File and line, as an editor takes them."""
        return f"{self.page.relative_to(REPOSITORY)}:{self.line}"

    @property
    def prelude(self) -> str:
        """Code to run first; the reader does not see it."""
        return self.note.removeprefix("prelude").strip() if self.note.startswith("prelude") else ""


def blocks(language: str) -> Iterator[Block]:
    """Yield the fenced blocks of all pages that are in ``language``."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            line = text.count("\n", 0, found.start("code"))
            note = (found["note"] or "").strip()
            if found["language"] == language:
                yield Block(page, line, note, language, found["code"])


def placed(block: Block) -> str:
    """Name a block by where it stands."""
    return block.place


PYTHON = list(blocks("python"))
SERVERS = [block for block in PYTHON if block.note == "server"]
SESSIONS = sorted({block.page for block in PYTHON if block.code.startswith(">>>")})
SCRIPTS = [b for b in PYTHON if b.note != "server" and not b.code.startswith(">>>")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    """Relative links and images name a file of this repository, and anchors a heading in it."""
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = page.parent / path if path else page

        assert file.exists(), f"{page.name} links to {target}, which does not exist"
        if anchor:
            assert anchor in headings(file), f"{page.name} links to {target}: no such heading"


@pytest.mark.parametrize(
    "named", sorted({name for page in PAGES for name in TEST.findall(page.read_text())})
)
def test_a_test_that_is_named_exists(named: str) -> None:
    """A page does not promise a test that was renamed or taken out."""
    file, _, name = named.partition("::")

    assert f"\ndef {name}(" in (REPOSITORY / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("block", SCRIPTS, ids=placed)
def test_python_block_runs(block: Block, tmp_path: Path) -> None:
    """What a reader copies runs as it stands."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{block.prelude}\n{block.code}"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", SESSIONS, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_session_answers_as_printed(page: Path, tmp_path: Path) -> None:
    """What a page shows at the prompt, from its first line to its last, is what comes."""
    done = subprocess.run(
        [sys.executable, "-m", "doctest", page],
        cwd=tmp_path,
        env=environment() | {"TZ": "UTC"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("block", SERVERS, ids=placed)
def test_server_block_serves(block: Block, tmp_path: Path) -> None:
    """A block that starts a server answers, and Ctrl-C ends it cleanly."""
    port = free_port()
    code, replaced = re.subn(r"port=\d+", f"port={port}", block.code)
    assert replaced == 1, f"{block.place} must say port=…, so that a test can choose another"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        address = next(line for line in server.stdout if str(port) in line)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            status = answer.status
        server.send_signal(signal.SIGINT)

        assert server.wait() == 0, address
    assert status == 200


@pytest.mark.parametrize(
    ("place", "command"),
    [(block.place, line) for block in blocks("bash") for line in block.code.splitlines()],
)
def test_command_exists(place: str, command: str) -> None:
    """Every command in a bash block exists, with the options it is shown with."""
    for words in simple_commands(command):
        asked, expected = help_for(words)
        if not asked:
            continue
        answer = subprocess.run(
            asked, cwd=REPOSITORY, env=environment(), capture_output=True, text=True, check=False
        )

        assert answer.returncode == 0, f"{place}: {shlex.join(words)}\n{answer.stderr}"
        missing = [word for word in expected if word not in answer.stdout]
        assert not missing, f"{place}: {shlex.join(asked)} does not know {missing}"


def simple_commands(line: str) -> Iterator[list[str]]:
    """Yield the commands that pipes, redirections and comments leave of ``line``."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, "|"]:
        if set(word) <= set("|&;<>()"):
            if words:
                yield words
            words = []
        elif words or not re.fullmatch(r"[A-Z_]+=.*", word):
            words.append(word)


def help_for(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what to run instead of ``words``, and the options its help must name."""
    program, *rest = words
    options = [word.partition("=")[0] for word in rest if word.startswith("--")]
    match program, rest:
        case "make", _:
            return ["make", "--dry-run", *rest], []
        case "neural", [command, *_]:
            return [sys.executable, "-m", "neural", command, "--help"], options
        case "python", ["-m", module, *_] if module.startswith("neural"):
            return [sys.executable, "-m", module, "--help"], options
        case "python", [script, *_] if script.endswith(".py"):
            return [sys.executable, script, "--help"], options
        case "pip", ["install", *_]:
            return [], known_extras(rest)
    if program in OTHERS:
        return [], []
    assert (REPOSITORY / program).exists(), f"{program} is no command this test knows"
    return [], []


def known_extras(words: Sequence[str]) -> list[str]:
    """Return nothing; every extra that ``words`` ask for must be one of ours."""
    setup = configparser.ConfigParser()
    setup.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    extras = set(setup["options.extras_require"])
    for asked in re.findall(r"\[([\w,]+)\]", " ".join(words)):
        assert set(asked.split(",")) <= extras
    return []


@functools.cache
def headings(page: Path) -> set[str]:
    """Return the anchors of the headings of ``page``."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in found}


def environment() -> dict[str, str]:
    """Return the environment of a user who has installed the package."""
    return {**os.environ, "COLUMNS": "200", "MPLBACKEND": "agg", "NO_COLOR": "1"}


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
