"""The capture of a run's surroundings: complete, redacted, and off the calling thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from neural.tracking import _machine_facts
from neural.tracking.environment import capture_environment, start_capture


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    """What is captured of this very process."""
    return capture_environment().content


def test_the_interpreter_and_the_machine(content: dict[str, Any]) -> None:
    """The facts agree with what Python itself says."""
    assert content["python"]["version"].startswith(f"{sys.version_info[0]}.{sys.version_info[1]}.")
    assert content["python"]["executable"] == sys.executable
    assert content["platform"]["system"] == os.uname().sysname
    assert content["host"]["name"] == os.uname().nodename
    assert content["host"]["memory_bytes"] > 1 << 28
    assert content["cwd"] == os.getcwd()


def test_packages_are_listed_with_their_versions(content: dict[str, Any]) -> None:
    """Names are as their authors write them; versions are those that get imported."""
    from importlib.metadata import version

    assert content["packages"]["pytest"] == version("pytest")
    assert content["packages"]["numpy"] == version("numpy")
    names = list(content["packages"])
    assert names == sorted(names, key=str.lower)


def test_nothing_went_wrong_and_all_of_it_is_json(content: dict[str, Any]) -> None:
    """The content can be written as it is."""
    assert content["problems"] == []
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_parts_can_be_switched_off() -> None:
    """What is not wanted is not there."""
    content, diff = capture_environment(packages=False, git=False)

    assert "packages" not in content
    assert "git" not in content
    assert diff is None


def test_a_package_that_was_half_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Metadata that is missing or damaged hides no other package."""
    (tmp_path / "gone-1.0.dist-info").mkdir()
    (tmp_path / "damaged-1.0.dist-info").mkdir()
    (tmp_path / "damaged-1.0.dist-info/METADATA").write_bytes(b"\xff\xfe\x00Name")
    (tmp_path / "whole_one-1.0.dist-info").mkdir()
    (tmp_path / "whole_one-1.0.dist-info/METADATA").write_text(
        "Name: Whole-One\nVersion: 1.0\n\nName: no"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    found = _machine_facts.package_versions()

    assert found["Whole-One"] == "1.0"
    assert "pytest" in found


_SCRIPT = """
import json, os, sys
from neural.tracking.environment import capture_environment
os.chdir("/")
content, diff = capture_environment()
print(json.dumps(content))
"""


def _captured_by(script: Path, *arguments: str | bytes, **variables: str) -> dict[str, Any]:
    script.write_text(_SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        env={**os.environ, "PYTHONPATH": os.getcwd(), **variables},
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


PLANTED = (
    *("AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "WANDB_API_KEY", "OPENAI_API_KEY", "GITHUB_TOKEN"),
    *("DB_PASSWORD", "PGPASSWORD", "NVIDIA_API_KEY", "TF_VAR_password", "JAX_SECRET", "SLURM_JWT"),
    *("SLURM_AUTH_TOKEN", "OMP_PASSWORD", "NCCL_SECRET", "NEPTUNE_API_TOKEN", "COMET_API_KEY"),
    *("MLFLOW_TRACKING_PASSWORD", "HTTPS_PROXY", "MY_PRIVATE_VALUE", "UCX_API_KEY"),
)


def test_variables_are_kept_by_an_allow_list(tmp_path: Path) -> None:
    """Twenty planted secrets, in allowed families too, are not there; what is useful is."""
    useful = {
        "CUDA_VISIBLE_DEVICES": "0,1",
        "RANK": "3",
        "SLURM_JOB_ID": "77",
        "OMP_NUM_THREADS": "2",
    }
    secrets = {name: f"hunter2-{number}" for number, name in enumerate(PLANTED)}

    content = _captured_by(tmp_path / "x.py", **useful, **secrets)

    assert "hunter2" not in json.dumps(content)
    assert content["environment"].items() >= useful.items()


def test_the_command_line_is_redacted(tmp_path: Path) -> None:
    """Secret options go by name; copies of secrets from the environment go everywhere."""
    script = tmp_path / "x.py"

    content = _captured_by(
        script,
        "--hub-token",
        "hunter2",
        "--note=uses-zq8xk2mvp0",
        "--lr=0.1",
        CORP_TOKEN="zq8xk2mvp0",
    )

    assert content["argv"] == [
        str(script),
        "--hub-token",
        "[redacted]",
        "--note=uses-[redacted]",
        "--lr=0.1",
    ]
    assert content["command"][1:] == content["argv"]
    assert content["script"] == str(script)


def test_arguments_that_are_no_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are replaced, for the file must be readable."""
    content = _captured_by(tmp_path / "x.py", b"--name=\xff")

    assert content["argv"][1] == "--name=?"


def test_a_working_directory_that_was_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a working directory everything else is still captured."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    content, _ = capture_environment(packages=False)

    assert content["cwd"] is None
    assert content["python"]["version"]


class Kept:
    """Takes what a capture writes."""

    def __init__(self) -> None:
        self.written: list[tuple[dict[str, Any], str | None]] = []
        self.threads: set[int] = set()

    def __call__(self, content: dict[str, Any], diff: str | None) -> None:
        """Keep it and the thread that brought it."""
        self.written.append((content, diff))
        self.threads.add(threading.get_ident())


def test_a_capture_writes_early_and_once_more() -> None:
    """What is known at once comes first, everything follows, and not from this thread."""
    kept = Kept()

    ended = start_capture(kept).join(30)

    assert ended
    (first, _), (last, _) = kept.written
    assert first["argv"] == last["argv"] == sys.argv
    assert "packages" in last.keys() - first.keys()
    assert threading.get_ident() not in kept.threads


def test_importing_is_free() -> None:
    """Nothing slow is imported before a thread needs it."""
    code = (
        "import sys, neural.tracking; before = set(sys.modules);"
        "import neural.tracking.environment;"
        "slow = 'subprocess importlib.metadata platform pynvml email neural.tracking.redaction';"
        "print(sorted(set(slow.split()) & (set(sys.modules) - before)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_failing_writer_ends_the_capture_quietly(caplog: pytest.LogCaptureFixture) -> None:
    """An exception of the callback becomes one warning, never one in user code."""

    def fail(content: dict[str, Any], diff: str | None) -> None:
        raise RuntimeError("disk on fire")

    ended = start_capture(fail).join(30)

    assert ended
    assert [record.getMessage() for record in caplog.records] == [
        "The environment was not kept: disk on fire"
    ]


def test_a_part_that_fails_becomes_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """One odd part of a system hides no other, and its message holds no secret."""

    def fail() -> dict[str, Any]:
        raise OSError("cannot reach https://me:hunter2@host")

    monkeypatch.setattr(_machine_facts, "host_facts", fail)

    content, _ = capture_environment(packages=False, git=False)

    assert content["problems"] == ["host: OSError: cannot reach https://[redacted]@host"]
    assert content["python"]["version"]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_can_wait_for_its_parents_capture() -> None:
    """The thread does not exist in a child; waiting for it there ends at once."""
    release = threading.Event()

    def wait(content: dict[str, Any], diff: str | None) -> None:
        release.wait(30)

    handle = start_capture(wait, packages=False, git=False)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if handle.join(5) else 1)
    release.set()
    _, status = os.waitpid(pid, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert handle.join(30)
