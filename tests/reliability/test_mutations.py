"""Do the fault tests see faults? Plant known ones in a copy of the source and demand failures.

The letters are those of the eight faults that the suite must see; the others came later.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = [pytest.mark.torture, pytest.mark.timeout(1_200)]

REPOSITORY = Path(__file__).parents[2]
WRITER = "neural/tracking/storage/metrics_writer.py"
LOG = "neural/tracking/storage/metrics_log.py"
WRITER_TESTS = "tests/tracking/storage/test_metrics_writer.py"
KILL_TESTS = "tests/reliability/test_kill_metrics.py"
DISK_TESTS = "tests/reliability/test_disk_faults.py"
SESSION_TESTS = "tests/reliability/test_sessions.py"

APPEND_PWRITE = """    def _write(self, entry: bytes) -> None:
        end = self.end
"""
APPEND_MAPPED = '''        """See :meth:`MetricsWriter.append_promptly`."""
        at = self._at
'''
REWRITE = """        data = os.pread(self._handle, end + 2, 0)[:end]
        os.ftruncate(self._handle, 0)
        _write_all(self._handle, data + (b",\\n" if end > 1 else b" \\n") + entry + CLOSING, 0)
"""


@dataclass(frozen=True)
class Mutation:
    """A fault, where it is planted, and the tests of which each must see it.

    Attributes:
        name: For the test's name.
        file: In which it is planted.
        old: What stands there now, exactly once.
        new: What stands there then.
        tests: Each of them must fail.
        needs: Package that the tests need, which is not among those of development.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    needs: str | None = None

    @property
    def can_be_tried(self) -> bool:
        """Whether what it needs is installed."""
        return self.needs is None or find_spec(self.needs) is not None


MUTATIONS = [
    Mutation(
        "a: rewrite the file in place, pwrite",
        WRITER,
        APPEND_PWRITE,
        APPEND_PWRITE + REWRITE + "        self.end = end + 2 + len(entry)\n        return\n",
        (f"{KILL_TESTS}::test_killed_while_logging[ci-4]", f"{DISK_TESTS} -k fills_up"),
    ),
    Mutation(
        "a: rewrite the file in place, mapped",
        WRITER,
        APPEND_MAPPED,
        APPEND_MAPPED
        + "        end = self._at\n"
        + REWRITE
        + "        self._at = end + 2 + len(entry)\n        return\n",
        (f"{KILL_TESTS}::test_killed_while_logging[ci-4]", f"{DISK_TESTS} -k fills_up"),
    ),
    Mutation(
        "b: keep entries in a buffer",
        WRITER,
        APPEND_PWRITE,
        APPEND_PWRITE
        + """        self._kept = [*getattr(self, "_kept", []), entry]
        if len(self._kept) < 20:
            return
        entry, self._kept = b",\\n".join(self._kept), []
""",
        (WRITER_TESTS, f"{KILL_TESTS}::test_killed_while_logging[ci-4]"),
    ),
    Mutation(
        "c: ignore that fewer bytes were written",
        WRITER,
        "        if written != len(data):\n",
        "        if written == 0:\n",
        (WRITER_TESTS, f"{DISK_TESTS} -k fills_up"),
    ),
    Mutation(
        "c: ignore that fewer blanks were written",
        WRITER,
        "    while written < len(data):\n",
        "    if written < len(data):\n",
        (WRITER_TESTS,),  # in a whole run, the other writer then steps in
    ),
    Mutation(
        "d: do not test the Host",
        "neural/tracking/ui/security.py",
        '        if named and scope["path"].startswith("/"):\n',
        "        if scope:\n",
        ("tests/tracking/ui/test_security.py", "tests/tracking/ui/test_wire.py"),
    ),
    Mutation(
        "e: compare paths as texts, files that are served",
        "neural/tracking/ui/files.py",
        "    if not real.is_relative_to(real_root):\n        raise missing\n",
        "    if not str(real).startswith(str(real_root)):\n        raise missing\n"
        "    return os.open(real, os.O_RDONLY)\n",
        ("tests/tracking/ui/test_files.py",),
    ),
    Mutation(
        "e: compare paths as texts, artifacts",
        "neural/tracking/storage/artifact_index.py",
        "    if path.is_relative_to(root) and path != root:\n",
        "    if str(path).startswith(str(root)) and path != root:\n",
        ("tests/tracking/storage/test_artifact_index.py",),
    ),
    Mutation(
        "f: do not test the calling site of DELETE",
        "neural/tracking/ui/security.py",
        'frozenset({"GET", "HEAD", "OPTIONS"})',
        'frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})',
        ("tests/tracking/ui/test_security.py", "tests/security/test_routes.py"),
    ),
    Mutation(
        "g: start the relay of the output in our own session",
        "neural/tracking/_console_descriptors.py",
        "            start_new_session=True,\n",
        "",
        (f"{SESSION_TESTS}::test_the_relay_of_the_output",),
    ),
    Mutation(
        "g: start a mirror in our own group",
        "neural/tracking/mirror_process.py",
        "        setpgroup=0,\n",
        "",
        (f"{SESSION_TESTS}::test_a_mirror",),
    ),
    Mutation(
        "g: start a job in our own session",
        "neural/tracking/export_jobs/runner.py",
        "            start_new_session=True,\n",
        "",
        (f"{SESSION_TESTS}::test_a_job",),
    ),
    Mutation(
        "h: export without looking at what is there, folders",
        "neural/tracking/exporters/ledger.py",
        'known = isinstance(stored, dict) and stored.get("run_id") == self._run_id',
        "known = False",
        ("tests/tracking/exporters/test_files.py",),
    ),
    Mutation(
        "h: export without looking up the run tag, MLflow",
        "neural/tracking/exporters/mlflow.py",
        "        self._found = self._find_run()\n",
        "        self._found = None\n",
        ("tests/tracking/exporters/test_mlflow.py -m platforms -k twice_is_once",),
        needs="mlflow",
    ),
    Mutation(
        "i: commit a mapped entry with one copy",
        WRITER,
        """        window[behind:stop] = entry + b"\\n]"
        window[at:behind] = b",\\n" if at != 1 or self._base else b" \\n"
""",
        """        head = b",\\n" if at != 1 or self._base else b" \\n"
        window[at:stop] = head + entry + b"\\n]"
""",
        (f"{WRITER_TESTS}::test_a_copy_cut_short_shows_no_wrong_value",),
    ),
    Mutation(
        "a child keeps its parent's file after a fork",
        LOG,
        "    for log in list(_logs):\n        log.abandon()\n",
        "    return\n",
        ("tests/tracking/storage/test_metrics_log.py", "tests/reliability/test_processes.py"),
    ),
    Mutation(
        "a lock is left to a forked child",
        "neural/_files.py",
        "            fcntl.flock(handle, fcntl.LOCK_UN)\n",
        "            pass\n",
        ("tests/reliability/test_processes.py -k lock_of_a_directory",),
    ),
    Mutation(
        "a half-written tail is taken for an entry",
        "neural/tracking/storage/metrics_format.py",
        'entry.startswith(b"{") and entry.endswith(b"}") and _is_json(entry)',
        'entry.startswith(b"{")',
        ("tests/tracking/storage/test_metrics_format.py",),
    ),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source and its tests, in a place where they may be spoiled."""
    target = tmp_path_factory.mktemp("copy")
    for name in ("neural", "tests"):
        shutil.copytree(
            REPOSITORY / name, target / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("setup.cfg", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, target / name)
    return target


def run_tests(copy: Path, tests: str) -> subprocess.CompletedProcess[str]:
    """Run some tests on the copy, up to the first that fails."""
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "--timeout", "240", *tests.split()]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_copy_is_what_is_tested(copy: Path) -> None:
    """A control: the unspoiled copy passes, and the tests import nothing but the copy."""
    probe = copy / "tests" / "test_probe.py"
    probe.write_text(
        f"import neural\ndef test_it():\n    assert neural.__file__.startswith({str(copy)!r})\n",
        encoding="utf-8",
    )

    tried = [mutation for mutation in MUTATIONS if mutation.can_be_tried]
    all_tests = {tests for mutation in tried for tests in mutation.tests}
    for tests in sorted({"tests/test_probe.py", *all_tests}):
        ended = run_tests(copy, tests)
        assert ended.returncode == 0, f"{tests}\n{ended.stdout[-3_000:]}{ended.stderr[-1_000:]}"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_fault_is_seen(
    copy: Path, mutation: Mutation, require: Callable[[object, str], None]
) -> None:
    """Tests fail, rather than cannot be run."""
    require(mutation.can_be_tried, f"{mutation.needs} is not installed")
    path = copy / mutation.file
    original = path.read_text(encoding="utf-8")
    assert original.count(mutation.old) == 1, "the source has changed: plant the fault anew"
    path.write_text(original.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        ended = [run_tests(copy, tests) for tests in mutation.tests]
    finally:
        path.write_text(original, encoding="utf-8")

    for tests, process in zip(mutation.tests, ended, strict=True):
        assert process.returncode == 1, f"not seen by {tests}\n{process.stdout[-3_000:]}"
        assert "failed" in process.stdout
