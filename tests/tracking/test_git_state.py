"""What real git says about real repositories, and that asking changes nothing."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from pathlib import Path

import pytest

from neural.tracking import _git_state
from neural.tracking._git_state import DIFF_FILE, DIFF_LIMIT_BYTES, git_state

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None and "CI" not in os.environ, reason="git is not installed"
)


def git(folder: Path, *arguments: str) -> str:
    """Run git as the tests' own author, without the settings of this machine."""
    identity = {
        f"GIT_{who}_{what}": "t@e.st"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **identity},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the settings of this machine out."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-such-gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit of train.py, clean."""
    folder = tmp_path / "code"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "train.py").write_text("lr = 0.1\nseed = 1\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def test_a_clean_repository(repository: Path) -> None:
    """Commit and branch are known, and there is no diff."""
    state = git_state(str(repository))

    assert state == (
        {
            "root": str(repository),
            "commit": git(repository, "rev-parse", "HEAD"),
            "branch": "main",
            "remote": None,
            "dirty": False,
            "untracked": [],
            "untracked_count": 0,
        },
        None,
        [],
    )


def test_outside_a_repository(tmp_path: Path) -> None:
    """No repository is no problem."""
    assert git_state(str(tmp_path)) == (None, None, [])


def test_staged_and_unstaged_changes_apply_to_the_commit(repository: Path, tmp_path: Path) -> None:
    """The diff, given to git apply on the commit, brings the working tree back."""
    (repository / "new.py").write_text("staged = True\n")
    git(repository, "add", "new.py")
    (repository / "train.py").write_text("lr = 0.2\nseed = 1\n")
    (repository / "notes.txt").write_text("untracked")

    facts, diff, problems = git_state(str(repository))

    assert facts is not None
    assert (facts["dirty"], facts["diff_file"], facts["diff_cut"]) == (True, DIFF_FILE, False)
    assert (facts["untracked"], facts["untracked_count"], problems) == (["notes.txt"], 1, [])
    again = tmp_path / "again"
    git(tmp_path, "clone", "-q", str(repository), str(again))
    (tmp_path / "diff").write_text(diff or "")
    git(again, "apply", str(tmp_path / "diff"))
    assert (again / "train.py").read_text() == "lr = 0.2\nseed = 1\n"
    assert (again / "new.py").read_text() == "staged = True\n"


def test_the_diff_can_be_left_out(repository: Path) -> None:
    """Whether there are changes is still told."""
    (repository / "train.py").write_text("lr = 0.2\n")

    facts, diff, _ = git_state(str(repository), diff=False)

    assert facts is not None
    assert facts["dirty"]
    assert "diff_file" not in facts
    assert diff is None


def test_a_repository_without_commits(tmp_path: Path) -> None:
    """Everything staged is new then."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "train.py").write_text("lr = 0.1\n")
    git(tmp_path, "add", ".")

    facts, diff, problems = git_state(str(tmp_path))

    assert facts is not None
    assert (facts["commit"], facts["branch"], facts["dirty"]) == (None, "main", True)
    assert "+lr = 0.1\n" in (diff or "")
    assert problems == []


def test_a_detached_head(repository: Path) -> None:
    """The commit is known, the branch is none."""
    git(repository, "checkout", "-q", "--detach")

    facts, _, problems = git_state(str(repository))

    assert facts is not None
    assert facts["commit"] == git(repository, "rev-parse", "HEAD")
    assert (facts["branch"], problems) == (None, [])


def test_a_subdirectory_shows_the_whole_repository(repository: Path) -> None:
    """Changes outside the directory of the script belong to the run, too."""
    (repository / "deep").mkdir()
    (repository / "train.py").write_text("lr = 0.2\n")
    git(repository, "config", "diff.relative", "true")

    facts, diff, _ = git_state(str(repository / "deep"))

    assert facts is not None
    assert facts["root"] == str(repository)
    assert "+lr = 0.2\n" in (diff or "")


def test_a_linked_worktree(repository: Path, tmp_path: Path) -> None:
    """Where .git is a file, the worktree's own branch is shown."""
    git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))

    facts, _, problems = git_state(str(tmp_path / "side"))

    assert facts is not None
    assert (facts["branch"], problems) == ("side", [])


def test_secrets_of_remotes_are_taken_out(repository: Path) -> None:
    """Neither user-info nor the text that insteadOf puts in is kept."""
    git(repository, "remote", "add", "other", "https://host/other")
    git(repository, "remote", "add", "origin", "https://me:hunter2@host/team/code.git")
    git(repository, "config", "url.https://hunter3@host/.insteadOf", "https://host/")

    facts, _, _ = git_state(str(repository))

    assert facts is not None
    assert facts["remote"] == "https://[redacted]@host/team/code.git"


def test_the_remote_of_the_branch_comes_first(repository: Path) -> None:
    """A branch that follows another remote than origin says so."""
    git(repository, "remote", "add", "origin", "https://host/origin")
    git(repository, "remote", "add", "fork", "git@host:fork.git")
    git(repository, "config", "branch.main.remote", "fork")

    facts, _, _ = git_state(str(repository))

    assert facts is not None
    assert facts["remote"] == "git@host:fork.git"


def test_secrets_in_the_diff_are_taken_out(repository: Path) -> None:
    """Values by name, files by kind, and what is known from the environment."""
    (repository / ".env").write_text("ANYTHING=hunter2\n")
    (repository / "train.py").write_text('password = "hunter2"\nname = "zq8xk2mvp0"\n')
    git(repository, "add", ".")

    _, diff, _ = git_state(str(repository), secrets=["zq8xk2mvp0"])

    assert diff is not None
    assert "hunter2" not in diff
    assert "zq8xk2mvp0" not in diff
    assert '+password = "[redacted]"\n' in diff


def test_a_repository_of_someone_else(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What git refuses is told once, with git's own reason."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    facts, diff, problems = git_state(str(repository))

    assert facts is not None
    assert (facts["commit"], diff) == (None, None)
    assert "dubious ownership" in problems[0]


def test_git_is_not_installed(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository without git to read it is a problem, and no exception."""
    monkeypatch.setenv("PATH", str(repository))

    facts, _, problems = git_state(str(repository))

    assert facts is not None
    assert facts["commit"] is None
    assert problems == ["git: cannot be started ([Errno 2] No such file or directory: 'git')"]


def test_a_broken_repository(repository: Path) -> None:
    """A damaged HEAD is told in git's words."""
    (repository / ".git/HEAD").write_text("nonsense")

    _, _, problems = git_state(str(repository))

    assert problems
    assert problems[0].startswith("git: status: fatal:")


def test_a_git_that_hangs_is_stopped(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hanging git is killed with what it started, and the capture goes on."""
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nsleep 1000 & echo $! >> {tmp_path}/pids\nwait\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(_git_state, "_TIMEOUT_S", 0.3)

    _, _, problems = git_state(str(repository))

    assert "git status took longer than 0.3 s and was stopped" in problems[0]
    for pid in (tmp_path / "pids").read_text().split():
        assert _ends(int(pid))


def _ends(pid: int) -> bool:
    """Wait until a process that is not our child has ended."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    ended, _, _ = select.select([process], [], [], 10)
    os.close(process)
    return bool(ended)


def test_a_tree_too_large_to_look_through(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit and the branch are known even where git status does not end in time."""
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    real = shutil.which("git")
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *status*) exec sleep 1000;; esac\nexec {real} "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(_git_state, "_TIMEOUT_S", 2.0)

    facts, _, problems = git_state(str(repository))

    assert facts is not None
    assert (facts["commit"], facts["branch"]) == (git(repository, "rev-parse", "HEAD"), "main")
    assert problems == ["git: git status took longer than 2 s and was stopped"]


def test_a_long_diff_is_cut_at_a_line(repository: Path) -> None:
    """The first mebibyte is kept, in whole lines, and the cut is marked."""
    (repository / "train.py").write_text("".join(f"line number {i}\n" for i in range(200_000)))

    facts, diff, problems = git_state(str(repository))

    assert facts is not None
    assert diff is not None
    assert (facts["diff_cut"], problems) == (True, [])
    assert DIFF_LIMIT_BYTES - 200 < len(diff) < DIFF_LIMIT_BYTES + 200
    *_, last, mark = diff.splitlines()
    assert last.startswith("+line number ")
    assert mark.startswith("# Cut here: of a longer diff the first 1,048,576 bytes")


def test_programs_in_the_settings_are_not_run(repository: Path, tmp_path: Path) -> None:
    """No pager, external diff, textconv or file monitor of the repository is started."""
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\necho $0 >> {tmp_path}/was-run\n")
    spy.chmod(0o755)
    for key in ("core.pager", "diff.external", "diff.spy.textconv", "core.fsmonitor", "pager.diff"):
        git(repository, "config", key, str(spy))
    (repository / ".git/info/attributes").write_text("*.py diff=spy\n")
    (repository / "train.py").write_text("lr = 0.2\n")

    _, diff, problems = git_state(str(repository))

    assert "+lr = 0.2\n" in (diff or "")
    assert problems == []
    assert not (tmp_path / "was-run").exists()


def test_asking_changes_nothing_in_the_repository(repository: Path) -> None:
    """A touched file would make git refresh its index; here it may not."""
    os.utime(repository / "train.py", (1, 1))
    before = {path: path.stat().st_mtime_ns for path in (repository / ".git").rglob("*")}

    git_state(str(repository))

    assert {path: path.stat().st_mtime_ns for path in (repository / ".git").rglob("*")} == before


def test_variables_of_a_git_hook_do_not_mislead(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory decides which repository is asked, not GIT_DIR."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q", "-b", "elsewhere")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))

    facts, _, _ = git_state(str(repository))

    assert facts is not None
    assert facts["branch"] == "main"


def test_names_outside_ascii_and_binary_files(repository: Path) -> None:
    """Odd names are shown as they are; bytes that are no text break nothing."""
    (repository / "mødel ü.bin").write_bytes(bytes(range(256)))
    (repository / "train.py").write_bytes(b"name = '\xff\xfe'\r\n")

    facts, diff, problems = git_state(str(repository))

    assert facts is not None
    assert facts["untracked"] == ["mødel ü.bin"]
    assert "+name = '\ufffd\ufffd'\r\n" in (diff or "")
    assert problems == []
