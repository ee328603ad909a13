"""What git says about the code that runs: commit, branch, remote, uncommitted changes.

git is asked, never told: it takes no lock, writes no index, starts no pager, no external
diff, no file monitor and no network, and it is stopped when it takes too long.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from neural.tracking.redaction import redact_diff, redact_text, redact_url

__all__ = ["DIFF_FILE", "DIFF_LIMIT_BYTES", "GitState", "git_state"]

#: Name of the file beside environment.json that holds the uncommitted changes.
DIFF_FILE = "git_diff.patch"
#: Longest diff that is kept.
DIFF_LIMIT_BYTES = 1 << 20
#: Longest list of untracked files that is kept; the number of all of them is kept beside it.
UNTRACKED_LIMIT = 1_000

_OUTPUT_LIMIT_BYTES = 8 << 20
_TIMEOUT_S = 20.0
#: These would send git to another repository than the one around the directory, or
#: change what a diff looks like.
_MISLEADING = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"),
    *("GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS"),
)
_QUIET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
_STATUS = (
    *("status", "--porcelain=v2", "--branch", "-z"),
    *("--untracked-files=normal", "--no-renames"),
)
_DIFF = (
    *("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative"),
    *("--submodule=short", "--src-prefix=a/", "--dst-prefix=b/"),
)


class GitState(NamedTuple):
    """What git says.

    Attributes:
        facts: Ready for JSON; ``None`` outside a repository.
        diff: Redacted uncommitted changes of tracked files; ``None`` for none.
        problems: Sentences about what could not be found out.
    """

    facts: dict[str, Any] | None
    diff: str | None
    problems: list[str]


class _GitError(Exception):
    """git failed; the text says how."""


def git_state(directory: str, *, diff: bool = True, secrets: Collection[str] = ()) -> GitState:
    """Return the state of the repository around ``directory``.

    Args:
        directory: Where the code runs.
        diff: Whether the uncommitted changes are wanted, too.
        secrets: Values to take out wherever they stand.
    """
    root = _repository_around(directory)
    if root is None:
        return GitState(None, None, [])
    problems: list[str] = []
    facts: dict[str, Any] = dict.fromkeys(("commit", "branch", "remote", "dirty"))
    facts["root"] = root
    facts |= _attempt(problems, lambda: _status(root), {})
    if problems:  # a tree too large to look through still has a commit
        facts |= _attempt(problems, lambda: _head(root), {})
    facts["remote"] = _attempt(problems, lambda: _remote(root, facts["branch"]), None)
    text = None
    if diff and facts["dirty"]:
        raw, cut = _attempt(problems, lambda: _uncommitted(root, facts["commit"]), (b"", False))
        text = redact_diff(raw.decode("utf-8", "replace"), secrets=secrets) or None
        if text is not None:
            facts |= {"diff_file": DIFF_FILE, "diff_cut": cut}
    # One cause, such as a repository that belongs to someone else, fails every question.
    return GitState(facts, text, list(dict.fromkeys(problems)))


def _repository_around(directory: str) -> str | None:
    start = Path(directory).absolute()
    return next((str(path) for path in (start, *start.parents) if (path / ".git").exists()), None)


def _attempt(problems: list[str], ask: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return ask()
    except _GitError as exc:
        problems.append(redact_text(f"git: {exc}"))
        return otherwise


def _status(root: str) -> dict[str, Any]:
    output, _ = _git(root, _STATUS, _OUTPUT_LIMIT_BYTES)
    lines = output.decode("utf-8", "replace").split("\0")
    heads = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    commit, branch = heads.get("branch.oid"), heads.get("branch.head")
    untracked = [line[2:] for line in lines if line.startswith("? ")]
    return {
        "commit": None if commit == "(initial)" else commit,
        "branch": None if branch == "(detached)" else branch,
        "dirty": any(line[:2] in ("1 ", "2 ", "u ") for line in lines),
        "untracked": untracked[:UNTRACKED_LIMIT],
        "untracked_count": len(untracked),
    }


def _head(root: str) -> dict[str, Any]:
    commit, _ = _git(root, ("rev-parse", "--verify", "--quiet", "HEAD"), 1 << 10, fine=(0, 1))
    branch, _ = _git(root, ("symbolic-ref", "--quiet", "--short", "HEAD"), 1 << 10, fine=(0, 1))
    return {"commit": commit.decode().strip() or None, "branch": branch.decode().strip() or None}


def _remote(root: str, branch: str | None) -> str | None:
    """Return where the branch, else the repository, comes from.

    Read from the settings: ``remote get-url`` would put the secrets of an ``insteadOf`` in.
    """
    pattern = r"^(remote\..*\.url|branch\..*\.remote)$"
    # Exit code 1 says that nothing matched.
    output, _ = _git(root, ["config", "-z", "--get-regexp", pattern], 1 << 20, fine=(0, 1))
    lines = output.decode("utf-8", "replace").split("\0")
    settings = dict(line.split("\n", 1) for line in lines if "\n" in line)
    urls = {key[7:-4]: url for key, url in settings.items() if key.startswith("remote.")}
    name = settings.get(f"branch.{branch}.remote", "origin")
    url = urls.get(name) or next(iter(urls.values()), None)
    return None if url is None else redact_url(url)


def _uncommitted(root: str, commit: str | None) -> tuple[bytes, bool]:
    """Return the changes, staged or not, against the commit, and whether they were cut."""
    if commit is None:
        empty, _ = _git(root, ["hash-object", "-t", "tree", "--stdin"], 100)
        commit = empty.decode().strip()
    diff, whole = _git(root, [*_DIFF, commit, "--"], DIFF_LIMIT_BYTES)
    if whole:
        return diff, False
    mark = f"# Cut here: of a longer diff the first {DIFF_LIMIT_BYTES:,} bytes are kept.\n"
    return diff[: diff.rfind(b"\n") + 1] + mark.encode(), True


def _git(
    root: str, command: Sequence[str], limit_bytes: int, *, fine: tuple[int, ...] = (0,)
) -> tuple[bytes, bool]:
    """Run git and return at most ``limit_bytes`` of its output, and whether that is all.

    Raises:
        _GitError: git is missing, took too long, or ended with another code than ``fine``.
    """
    argv = ["git", "--no-pager", "-c", "core.fsmonitor=false", *command]
    environment = {k: v for k, v in os.environ.items() if k not in _MISLEADING} | _QUIET
    with tempfile.TemporaryFile() as errors:
        try:
            # A group of its own: Ctrl-C is not for it, and helpers that it starts end with it.
            process = subprocess.Popen(
                argv,
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                process_group=0,
            )
        except OSError as exc:
            raise _GitError(f"cannot be started ({exc})") from exc
        with process:
            output, whole = _read(process, limit_bytes, f"git {command[0]}")
        if whole and process.returncode not in fine:
            raise _GitError(f"{command[0]}: {_reason(errors, process.returncode)}")
    return output, whole


def _read(process: subprocess.Popen[bytes], limit_bytes: int, name: str) -> tuple[bytes, bool]:
    assert process.stdout is not None
    parts: list[bytes] = []
    size = 0
    deadline = time.monotonic() + _TIMEOUT_S
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while size <= limit_bytes:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                _kill(process)
                raise _GitError(f"{name} took longer than {_TIMEOUT_S:g} s and was stopped")
            part = os.read(process.stdout.fileno(), 65_536)
            if not part:
                return b"".join(parts), True
            parts.append(part)
            size += len(part)
    _kill(process)
    return b"".join(parts)[:limit_bytes], False


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()


def _reason(errors: IO[bytes], code: int) -> str:
    errors.seek(0)
    lines = errors.read(65_536).decode("utf-8", "replace").splitlines()
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return next(iter(fatal or lines), f"ended with code {code}")
