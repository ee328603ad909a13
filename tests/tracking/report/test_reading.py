"""Reports that mean no good: nothing they name leads anywhere."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from neural.errors import InvalidInputError, StorageError
from neural.tracking.report.blocks import BlockWriter
from neural.tracking.report.importing import import_report
from neural.tracking.report.package import StoredFile, StoredRun, pack
from neural.tracking.report.reading import DATA_ID, FILES_ID, SCRIPT_TYPE, read_report

METADATA = StoredFile(name="metadata.json", text='{"experiment_id": "1"}')

HOSTILE = [
    *("../evil.json", "/etc/passwd", "artifacts/../../evil", "artifacts//evil", "artifacts/./evil"),
    *("..", ".", "", "artifacts/", "artifacts", "evil.py", "conftest.py", "artifacts\\..\\evil"),
    *("C:/evil", "artifacts/a:stream", "artifacts/\0", "artifacts/\x1b[2J", "artifacts/ok/.."),
    *("metrics.../../x.json", "metrics.\n.json", "metrics./x.json", ".aquarium/index.sqlite"),
    *("artifacts/.hidden", "artifacts/dot.", "artifacts/blank ", "artifacts/" + "a/" * 40 + "b"),
    *("artifacts/" + "x" * 256, "versions/..", "logs/\u0000.log", "METADATA.JSON/x"),
]


def write(path: Path, *runs: StoredRun, element: str = DATA_ID, further: bytes = b"") -> Path:
    """Write a file that passes for a report of ``runs``."""
    data = base64.b64encode(pack(list(runs), BlockWriter(), {}))
    opening = f'<script type="{SCRIPT_TYPE}" id="{element}">'.encode()
    path.write_bytes(b"<html>" + opening + data + b"</script>" + further)
    return path


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Where a report is written."""
    return tmp_path / "report.html"


def refused(report: Path, tmp_path: Path, match: str = "report") -> None:
    """Check that an import stops and leaves nothing behind, inside the store or beside it."""
    before = sorted(tmp_path.rglob("*"))
    store = tmp_path / "store"

    with pytest.raises(InvalidInputError, match=match):
        import_report(report, store)

    assert [p for p in sorted(tmp_path.rglob("*")) if p not in before] in ([], [store])


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_file_name(name: str, report: Path, tmp_path: Path) -> None:
    """Only files that runs have, inside of their run."""
    write(report, StoredRun("a_1", [METADATA, StoredFile(name=name, text="x")]))

    refused(report, tmp_path, "not allowed")


@pytest.mark.parametrize(
    "folder", ["..", "../up", "/abs", "", ".trash", ".neural", "a/b", "a\\b", "a\0", "x" * 300]
)
def test_hostile_folder(folder: str, report: Path, tmp_path: Path) -> None:
    """A run's directory is one visible name."""
    refused(write(report, StoredRun(folder, [METADATA])), tmp_path, "not allowed")


@pytest.mark.parametrize("other", ["metadata.json", "METADATA.json"])
def test_file_twice(other: str, report: Path, tmp_path: Path) -> None:
    """No second file takes the place of a first, also not on disks that ignore the case."""
    file = StoredFile(name=other, text="{}")

    refused(write(report, StoredRun("a_1", [METADATA, file])), tmp_path)


def test_file_that_is_a_folder(report: Path, tmp_path: Path) -> None:
    """A file of another's folder name is refused before anything is written."""
    files = [StoredFile(name=name, text="x") for name in ("artifacts/a", "artifacts/a/b")]

    refused(write(report, StoredRun("a_1", [METADATA, *files])), tmp_path, "twice")


@pytest.mark.parametrize(
    "file",
    [
        StoredFile(name="annotations.json"),
        StoredFile(name="annotations.json", text="{}", block=0),
        StoredFile(name="annotations.json", block=7),
    ],
    ids=["nothing", "two", "unknown"],
)
def test_content_that_is_not_there(file: StoredFile, report: Path, tmp_path: Path) -> None:
    """A file says once what it holds."""
    refused(write(report, StoredRun("a_1", [METADATA, file])), tmp_path)


def test_no_run(report: Path, tmp_path: Path) -> None:
    """Files alone are no run."""
    stray = StoredFile(name="summary.json", text="{}")

    refused(write(report, StoredRun("a_1", [stray])), tmp_path, "neither")


def test_two_runs_of_one_id(report: Path, tmp_path: Path) -> None:
    """An id belongs to one run."""
    write(report, StoredRun("a_1", [METADATA]), StoredRun("b_1", [METADATA]))

    refused(report, tmp_path, "one id")


def test_data_twice(report: Path, tmp_path: Path) -> None:
    """Which of two were meant nobody can tell."""
    run = StoredRun("a_1", [METADATA])
    other = write(tmp_path / "other.html", run).read_bytes()
    write(report, run, further=other)

    refused(report, tmp_path, "twice")


def test_files_of_other_runs(report: Path, tmp_path: Path) -> None:
    """The further files belong to the runs of the report."""
    stray = StoredRun("b_2", [StoredFile(name="artifacts/x", text="x")])
    other = write(tmp_path / "other.html", stray, element=FILES_ID).read_bytes()
    write(report, StoredRun("a_1", [METADATA]), further=other)

    refused(report, tmp_path, "not in it")


@pytest.mark.parametrize(
    "data",
    [b"", b"<html></html>", b"\xff" * 99, b'<script type="application/gzip" id="neural-data">'],
)
def test_no_report(data: bytes, report: Path, tmp_path: Path) -> None:
    """Another file is told to be one, or to be cut off."""
    report.write_bytes(data)

    refused(report, tmp_path, "no report|cut off")


def test_too_many_files(report: Path, tmp_path: Path) -> None:
    """Ten thousand files are enough."""
    files = [StoredFile(name=f"artifacts/{n}", text="") for n in range(10_001)]

    refused(write(report, StoredRun("a_1", [METADATA, *files])), tmp_path, "10,000 files")


def test_missing_file(tmp_path: Path) -> None:
    """The message names the path."""
    with pytest.raises(StorageError, match=r"nowhere\.html"):
        read_report(tmp_path / "nowhere.html")
