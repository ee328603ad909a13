"""R21: any Unicode name comes back exactly, and never leads out of the run's directory."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from neural.testing.metrics_oracle import entries_of, strict_json
from neural.tracking.experiment_tracker import ExperimentTracker

PLAIN = [
    "loss",
    "Loss",
    "LOSS",
    "a/b",
    "a_b",
    "A_b",
    "a b",
    "a-b",
    "a.b",
    "val/loss",
    "0",
    "-",
    "_",
]
PATHS = [
    "..",
    ".",
    "../x",
    "../../../../etc/passwd",
    "/etc/passwd",
    "a/../../b",
    "..\\..\\b",
    "C:\\x",
    "\\\\server\\share",
    "file:///etc/passwd",
    "a:stream",
    "~",
    "$HOME",
    "%2e%2e%2f",
    "a//b",
    "a/",
    "/",
    "\\",
    "a\\b",
    "..a",
    "a/./b",
    "./a",
]
DEVICES = [
    f"{name}{end}"
    for name in ("CON", "con", "PRN", "AUX", "NUL", "COM1", "LPT9", "com0")
    for end in ("", ".txt", ".tar.gz", " ")
]
DOTS = [
    ".hidden",
    "..hidden",
    "-dash",
    "--help",
    "dot.",
    "dots..",
    "space ",
    " space",
    " ",
    "  ",
    "",
]
SIGNS = [*':*?"<>|', "a:b", "a*b", "a?b", 'a"b', "a<b>", "a|b", "a'b", "a`b", "a;b", "a&b", "a#b"]
CONTROL = [
    "\n",
    "a\nb",
    "a\r\nb",
    "\t",
    "\0",
    "a\0b",
    "\x1b[31m",
    "\x07",
    "\x7f",
    "\x85",
    "\ufeffa",
]
LINES = ["\n]", ",\n{", "},]{", "\u2028", "a\u2029b", '"', '\\"', "\\u0041", "\\n", "]"]
UNICODE = [
    "损失",
    "точность",
    "ضياع",
    "שגיאה",
    "é",
    "e\u0301",
    "Å",
    "\u212b",
    "ﬁ",
    "fi",
    "ß",
    "SS",
    "ı",
    "i",
    "İ",
    "Σ",
    "ς",
    "🙂",
    "👩‍💻",
    "🏳️‍🌈",
    "\u202eexe.gnp",
    "a\u200bb",
    "\u00a0",
    "\U0010ffff",
    "\ue000",
    "ａ",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L",
]
LONG = [
    "x" * 119,
    "x" * 120,
    "x" * 121,
    "X" * 121,
    "x" * 255,
    "x" * 256,
    "x" * 10_000,
    "é" * 127,
    "é" * 128,
    "損" * 85,
    "損" * 86,
    "🙂" * 64,
    "a" * 116 + ".csv",
    "a" * 117 + ".csv",
    "a" * 300 + ".csv",
    "a." + "b" * 300,
]
LIKE_OURS = [
    "metadata.json",
    "metrics.json",
    "versions.json",
    ".tmp",
    "a.tmp",
    "a_b-7f8a9d2b1c3e",
    "loss-0123456789ab.png",
    "run",
    "_",
    "__proto__",
    "constructor",
    "NaN",
    "null",
]
CASES = [f"{w}{i}" for i in range(6) for w in ("metric", "Metric", "METRIC", "metríc", "metric ")]
NAMES = list(
    dict.fromkeys(
        PLAIN
        + PATHS
        + DEVICES
        + DOTS
        + SIGNS
        + CONTROL
        + LINES
        + UNICODE
        + LONG
        + LIKE_OURS
        + CASES
    )
)


def make(base: Path, name: str = "names") -> ExperimentTracker:
    """A run that draws nothing."""
    return ExperimentTracker(name, base, False, capture_environment=False)


def files_below(folder: Path) -> list[str]:
    """Relative names of all files and folders."""
    return [
        os.path.relpath(Path(root, name), folder)
        for root, folders, files in os.walk(folder)
        for name in [*folders, *files]
    ]


def check_folder(outside: Path, base: Path) -> None:
    """Nothing has left ``base``, and no two files meet where case does not count."""
    found = files_below(base)
    assert files_below(outside) == [base.name, *(f"{base.name}/{name}" for name in found)]
    files = [name for name in found if (base / name).is_file()]
    assert len({name.casefold() for name in files}) == len(files)
    for name in found:
        folder, _, file = name.rpartition("/")
        assert name.isascii()
        assert all(len(part) <= 120 for part in folder.split("/"))
        assert len(file) <= 130  # a version is called v<n>_<name>


def test_there_are_200_names() -> None:
    """The size that was agreed on."""
    assert len(NAMES) >= 200


def test_experiment_names(tmp_path: Path) -> None:
    """One run each; the true name is in metadata.json."""
    base = tmp_path / "base"
    for name in NAMES:
        tracker = make(base, name)

        assert (
            strict_json((tracker.experiment_dir / "metadata.json").read_bytes())["experiment_name"]
            == name
        )
        assert tracker.experiment_dir.parent == base
        tracker.finish()

    assert len(list(base.iterdir())) == len(NAMES)
    check_folder(tmp_path, base)


def test_metric_names(tmp_path: Path) -> None:
    """In one entry and in one each, in order."""
    tracker = make(tmp_path / "base")
    tracker.log_metrics(dict.fromkeys(NAMES, 0.5), step=0)
    for step, name in enumerate(NAMES):
        tracker.log_metric(name, step, step)

    together, *alone = entries_of(tracker.experiment_dir / "metrics.json")
    assert list(together)[2:] == NAMES
    assert [list(entry)[2] for entry in alone] == NAMES
    assert tracker.metric_names() == NAMES
    for step, name in enumerate(NAMES):
        assert tracker.get_metrics(name) == [0.5, step]


def test_parameter_names(tmp_path: Path) -> None:
    """At the top and nested, all at once and one by one."""
    tracker = make(tmp_path / "base")
    values = {name: number for number, name in enumerate(NAMES)}
    tracker.log_hyperparameters({"nested": values})
    for name, number in values.items():
        tracker.log_hyperparameters({name: number})

    assert tracker.hyperparameters == {"nested": values, **values}


def test_tag_names(tmp_path: Path) -> None:
    """As names alone, and with a text."""
    tracker = make(tmp_path / "base")
    tracker.add_tags(*NAMES)
    assert tracker.tags == dict.fromkeys(NAMES, "")

    tracker.add_tags(**{name: name for name in NAMES})

    assert tracker.tags == {name: name for name in NAMES}


def test_artifact_names(tmp_path: Path) -> None:
    """Each file is there under its name, with its own content."""
    base = tmp_path / "base"
    tracker = make(base)
    source = tmp_path.parent / f"{tmp_path.name}-source"
    for number, name in enumerate(NAMES):
        source.write_text(str(number), encoding="utf-8")
        tracker.log_artifact(source, name)

    index = tracker.artifacts
    assert list(index) == NAMES
    for number, name in enumerate(NAMES):
        path = tracker.experiment_dir / index[name]["path"]
        assert path.read_text(encoding="utf-8") == str(number)
    tracker.finish()
    check_folder(tmp_path, base)


def test_versioned_artifact_names(tmp_path: Path) -> None:
    """Each name has versions of its own, also where upper and lower case do not count."""
    base = tmp_path / "base"
    tracker = make(base)
    source = tmp_path.parent / f"{tmp_path.name}-source"
    names = [*NAMES[::2], "Loss", "loss"]
    for number, name in enumerate(names):
        source.write_text(str(number), encoding="utf-8")
        tracker.log_artifact(source, name, version=True)

    for name in set(names):
        versions = tracker.list_artifact_versions(name)
        assert [version.artifact_name for version in versions] == [name] * names.count(name)
    tracker.finish()
    check_folder(tmp_path, base)


def test_figure_names(tmp_path: Path) -> None:
    """Each figure has a file of its own."""

    class Figure:
        def __init__(self, text: str) -> None:
            self._text = text

        def savefig(self, path: Path) -> None:
            path.write_bytes(self._text.encode())

    base = tmp_path / "base"
    tracker = make(base)
    paths = {name: tracker.log_figure(Figure(name), name) for name in NAMES}

    for name, path in paths.items():
        assert path is not None
        assert path.read_bytes() == name.encode()
    tracker.finish()
    check_folder(tmp_path, base)


@pytest.mark.parametrize(
    "log",
    [
        lambda tracker, name, n: tracker.log_text(name, "x" * 20_000 + str(n)),
        lambda tracker, name, n: tracker.log_table(name, {"n": [n]}),
    ],
    ids=["text", "table"],
)
def test_media_names(tmp_path: Path, log: Callable[[ExperimentTracker, str, int], None]) -> None:
    """Keys of texts and tables come back, and each file is the one that was logged."""
    base = tmp_path / "base"
    tracker = make(base)
    for number, name in enumerate(NAMES):
        log(tracker, name, number)

    entries = strict_json((tracker.experiment_dir / "media.json").read_bytes())
    assert [entry["key"] for entry in entries] == NAMES
    for number, entry in enumerate(entries):
        assert str(number) in (tracker.experiment_dir / entry["path"]).read_text(encoding="utf-8")
    tracker.finish()
    check_folder(tmp_path, base)
