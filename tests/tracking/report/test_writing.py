"""The HTML of a report, read without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from neural.errors import InvalidInputError, NotFoundError, StorageError
from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.report.selecting import selected
from neural.tracking.report.writing import ReportOptions, make_report, write_report

MakeRun = Callable[..., str]
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202e\x1b[2J"


class Outline(HTMLParser):
    """Counts elements and collects what is read."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element and its attributes."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Keep the text of elements that are no program."""
        if self.tags[-1:] not in (["script"], ["style"]):
            self.words.append(data)


def test_says_what_there_is(manager: ExperimentManager, odd_run: str) -> None:
    """Title, notes, params, statuses and values can be read without a script."""
    report = make_report(manager, [odd_run], ReportOptions(title="My <report>", made=0.0))

    words = " ".join(Outline(report.html).words)
    for said in ("My <report>", "odd", "<b>&", "nested.list", "completed", "neural import"):
        assert said in words
    assert report.points == 16


def test_hostile_names_stay_text(base_dir: Path, manager: ExperimentManager) -> None:
    """Whatever runs, metrics, params, tags and notes are called, no element comes of it."""
    plain = make_report(manager, [_run(base_dir, "plain")])
    hostile = make_report(manager, [_run(base_dir, HOSTILE)], ReportOptions(title=HOSTILE))

    found = Outline(hostile.html)
    assert sorted(set(found.tags)) == sorted(set(Outline(plain.html).tags))
    assert not any(name.startswith("on") for name, _ in found.attributes)
    assert HOSTILE.replace("\x1b", "") in " ".join(found.words).replace("\x1b", "")


def _run(base_dir: Path, name: str) -> str:
    with ExperimentTracker(
        name,
        base_dir,
        auto_visualize=False,
        capture_environment=False,
        notes=name,
        tags={name: name},
    ) as tracker:
        tracker.log_hyperparameters({name: name})
        tracker.log_metrics({name: 1.0}, step=0)
    return tracker.experiment_id


def test_nothing_may_leave(manager: ExperimentManager, make_run: MakeRun) -> None:
    """The policy allows the page's own scripts by their hashes and no request at all."""
    html = make_report(manager, [make_run()]).html.decode()

    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert not re.search(r"unsafe-eval|https?:|connect-src|script-src[^;]*unsafe", policy[1])
    assert not re.search(r'(?:src|href)="(?!#)', html)


def test_no_path_and_no_secret(base_dir: Path, manager: ExperimentManager) -> None:
    """Neither in what is read nor in what is packed."""
    secret = "ghp_" + "a1B2" * 9
    with ExperimentTracker("s", base_dir, auto_visualize=False, notes=f"by {secret}") as tracker:
        tracker.log_hyperparameters({"password": "hunter2hunter2", "token": secret})
        tracker.log_metrics({"loss": 1.0})

    report = make_report(manager, [tracker.experiment_id])

    words = " ".join(Outline(report.html).words)
    assert str(base_dir) not in words
    assert secret not in words
    assert "hunter2hunter2" not in words
    assert [note for note in report.notes if "hyperparameters.json" in note]


def test_same_runs_same_file(manager: ExperimentManager, make_run: MakeRun) -> None:
    """Two reports of one moment are equal, byte for byte."""
    ids, options = [make_run()], ReportOptions(made=1.0)

    assert make_report(manager, ids, options).html == make_report(manager, ids, options).html


def test_damaged_run(base_dir: Path, manager: ExperimentManager, make_run: MakeRun) -> None:
    """What can be read of it is there, and what is wrong with it is said."""
    run_id = make_run()
    (next(base_dir.glob(f"*_{run_id}")) / "hyperparameters.json").write_text('{"lr": ')

    report = make_report(manager, [run_id])

    assert report.points == 4
    assert [note for note in report.notes if "hyperparameters.json, byte" in note]


def test_run_that_is_gone(manager: ExperimentManager, make_run: MakeRun) -> None:
    """The id is named."""
    make_run()

    with pytest.raises(NotFoundError, match="gone"):
        make_report(manager, ["gone"])


def test_place_that_cannot_be_written(
    manager: ExperimentManager, make_run: MakeRun, tmp_path: Path
) -> None:
    """The message names the file."""
    with pytest.raises(StorageError, match="nowhere"):
        write_report(manager, [make_run()], tmp_path / "nowhere" / "r.html")


def test_live_run(base_dir: Path, manager: ExperimentManager) -> None:
    """A run that is being written is reported up to its last whole entry."""
    with ExperimentTracker(
        "live", base_dir, auto_visualize=False, capture_environment=False
    ) as tracker:
        for step in range(3):
            tracker.log_metrics({"loss": 1.0}, step=step)

        report = make_report(manager, [tracker.experiment_id])

    assert report.points == 3
    assert "running" in " ".join(Outline(report.html).words)


class TestSelected:
    """Which runs are chosen."""

    def test_by_filter(self, manager: ExperimentManager, make_run: MakeRun) -> None:
        """Only those it lets through, in the order asked for."""
        ids = [make_run(params={"lr": lr}) for lr in (0.1, 0.3, 0.2)]

        assert selected(manager, "params.lr > 0.15", sort="params.lr") == [ids[2], ids[1]]

    def test_by_ids(self, manager: ExperimentManager, make_run: MakeRun) -> None:
        """In the order given, each once."""
        ids = [make_run(), make_run()]

        assert selected(manager, ids=[*ids[::-1], ids[0]]) == ids[::-1]

    def test_nothing(self, manager: ExperimentManager, make_run: MakeRun) -> None:
        """The filter is named, and what to do."""
        make_run()

        with pytest.raises(InvalidInputError, match=r"lr > 9.*neural ls"):
            selected(manager, "params.lr > 9")
