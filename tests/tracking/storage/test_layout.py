"""R21: any name becomes a folder or file name that is safe on every file system."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.tracking.storage.layout import (
    MAX_NAME_BYTES,
    RunPaths,
    file_name,
    folder_name,
    is_metrics_name,
    is_run_folder,
    new_id,
    writer_file_name,
)

ANY_TEXT = st.text(max_size=300)
#: Names that meet where case, width, composition or a cleaned character do not count.
CLOSE_NAMES = st.text('aAäÄ._- /\\:*?"<>|\n\t\0eé\u0301\u202e\u2028con0', max_size=12)

DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{i}" for d in ("com", "lpt") for i in range(10))}


def is_safe(name: str) -> bool:
    """Whether Linux, macOS and Windows all take a name as it is, and no tool trips over it."""
    return (
        name.isascii()
        and name.isprintable()
        and 0 < len(name) <= MAX_NAME_BYTES
        and not set(name) & set("/\\:*?\"<>| '$&;`")
        and name[0] not in ".-"
        and name[-1] not in "."
        and name.split(".")[0].lower() not in DEVICES
    )


@given(ANY_TEXT | CLOSE_NAMES)
def test_folder_names_are_safe(name: str) -> None:
    """Property: ASCII, at most 120 bytes, no device of Windows, nothing a shell would notice."""
    assert is_safe(folder_name(name, "0123456789ab"))


@given(ANY_TEXT | CLOSE_NAMES)
def test_file_names_are_safe(name: str) -> None:
    """Property: the same for files inside a run."""
    assert is_safe(file_name(name))


@given(st.lists(CLOSE_NAMES, unique=True, max_size=20))
def test_no_two_names_share_a_file(names: list[str]) -> None:
    """Property: also where a file system does not tell upper from lower case."""
    taken: set[str] = set()
    for name in names:
        taken.add(file_name(name, frozenset(taken)).lower())

    assert len(taken) == len(names)


@given(ANY_TEXT | CLOSE_NAMES)
def test_no_name_imitates_the_name_of_another(name: str) -> None:
    """Property: what looks like a cleaned name is cleaned itself, so it cannot meet one."""
    cleaned = file_name(name)

    if cleaned != name:
        assert file_name(cleaned).lower() != cleaned.lower()


@given(ANY_TEXT)
def test_a_folder_name_ends_with_the_id(name: str) -> None:
    """Property: so that no two runs share one, and the seed's readers find the id."""
    assert folder_name(name, "0123456789ab").rpartition("_")[2] == "0123456789ab"


@pytest.mark.parametrize("name", ["resnet-50", "a.b_c", "x" * 100, "model.pt", "Loss", "0"])
def test_plain_names_stay_as_they_are(name: str) -> None:
    """People look into these folders."""
    assert file_name(name) == name
    assert folder_name(name, "id") == f"{name}_id"


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [("my plot.png", "my_plot-", ".png"), ("a/b.tar.gz", "a_b.tar-", ".gz"), ("ä", "_-", "")],
)
def test_cleaned_names_keep_their_ending(name: str, start: str, end: str) -> None:
    """It tells other programs what the file is."""
    found = file_name(name)

    assert found.startswith(start)
    assert found.endswith(end)


def test_a_name_whose_file_is_taken_gets_another() -> None:
    """`Loss` and `loss` are two artifacts on every file system."""
    assert file_name("Loss", {"loss"}) != "Loss"


def test_ids() -> None:
    """Twelve hex characters; 10^5 of them without a collision."""
    ids = {new_id() for _ in range(100_000)}

    assert len(ids) == 100_000
    assert all(len(i) == 12 and set(i) <= set("0123456789abcdef") for i in ids)


@given(ANY_TEXT, st.integers(min_value=0, max_value=2**22))
def test_files_of_further_writers(host: str, pid: int) -> None:
    """Property: a safe name, and one that is known as metrics."""
    name = writer_file_name(host, pid, "abcd")

    assert is_safe(name)
    assert is_metrics_name(name)


def test_metrics_files_come_in_one_order(tmp_path: Path) -> None:
    """The owner's first, then by name; nothing else that lies there."""
    for name in (
        "metrics.z-1-aaaa.json",
        "metrics.json",
        "metrics.a-1-aaaa.json",
        "metrics_old.json",
        ".metrics.json.77.tmp",
        "metrics.json.damaged",
    ):
        (tmp_path / name).touch()

    found = [path.name for path in RunPaths(tmp_path).metrics_files()]

    assert found == ["metrics.json", "metrics.a-1-aaaa.json", "metrics.z-1-aaaa.json"]


@pytest.mark.parametrize(
    ("file", "is_run"), [("metadata.json", True), ("metrics.json", True), ("summary.json", False)]
)
def test_what_makes_a_folder_a_run(tmp_path: Path, file: str, is_run: bool) -> None:
    """Either of two files."""
    (tmp_path / file).touch()

    assert is_run_folder(tmp_path) is is_run
