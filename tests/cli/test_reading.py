"""ls, show, compare, du and fsck."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from neural.cli.output import clean, size
from neural.tracking import ExperimentTracker
from tests.cli.conftest import Command, log_run


def test_ls_lists_newest_first(neural: Command, runs: Sequence[str]) -> None:
    """With the best value of the metrics that most runs have."""
    header, *rows = neural("ls").cells

    assert header[-1] == "metrics.val/loss.best"
    assert [(row[0], row[-1]) for row in rows] == [(runs[1], "0.5"), (runs[0], "0.2")]


def test_ls_filters_sorts_and_shows_chosen_columns(neural: Command, runs: Sequence[str]) -> None:
    """The filter language and the columns speak the same names."""
    outcome = neural(
        "ls",
        'metrics."val/loss".best < 1',
        "--sort",
        'metrics."val/loss".best',
        "--columns",
        "id,params.lr,params.optimizer.name,tags.team,metrics.val/loss.last",
    )

    assert outcome.cells[1:] == [
        [runs[0], "0.1", "adam", "vision", "0.2"],
        [runs[1], "0.01", "adam", "vision", "0.5"],
    ]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("metrics.val/loss", "0.2"),
        ("metrics.val/loss.best", "0.2"),
        ("metrics.val/loss.max", "0.9"),
        ("metrics.val/loss.count", "2"),
        ('metrics."val/loss".best_step', "1"),
        ("params.optimizer.name", "adam"),
        ("tags.team", "vision"),
        ("tags", "team=vision"),
        ("experiment_name", "mnist"),
        ("problems", ""),
        ("params.nothing", "-"),
        ("repeat", "-"),
    ],
)
def test_ls_shows_any_field(neural: Command, runs: Sequence[str], column: str, cell: str) -> None:
    """Whatever a filter can name, and all tags or problems together."""
    outcome = neural("ls", f"id = '{runs[0]}'", "--columns", column)

    assert [line.rstrip("\n") for line in outcome.out.splitlines()] == [column, cell]


def test_ls_takes_commas_in_quoted_names(neural: Command, runs: Sequence[str]) -> None:
    """They do not part columns."""
    outcome = neural("ls", "--limit", "1", "--columns", 'id,params."a,b"')

    assert outcome.cells[0] == ["id", 'params."a,b"']


def test_ls_refuses_columns_that_it_does_not_know(neural: Command, runs: Sequence[str]) -> None:
    """An empty column would look like missing values."""
    outcome = neural("ls", "--columns", "id,statsu")

    assert outcome.code == 1
    assert "status" in outcome.err


def test_ls_leaves_the_machine_out(neural: Command, base_dir: Path) -> None:
    """What the machine did is no result; asked for, it is shown."""
    with ExperimentTracker("a", base_dir, auto_visualize=False) as tracker:
        tracker.log_metrics({"system/memory_percent": 40.0, "loss": 0.5}, step=0)

    assert neural("ls").cells[0][-1] == "metrics.loss.best"
    assert neural("ls", "--columns", "metrics.system/memory_percent").cells[1] == ["40"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((), "There are no runs in"), (("status = failed",), "No run fits the filter in")],
)
def test_ls_of_nothing(
    neural: Command, base_dir: Path, arguments: tuple[str, ...], said: str
) -> None:
    """It is said to the reader, and not to the program that reads the table."""
    base_dir.mkdir()
    found = neural("ls", *arguments)

    assert (found.code, len(found.cells)) == (0, 1)
    assert found.err == f"{said} {base_dir}\n"
    assert neural("ls", *arguments, "--json").json == []


def test_ls_limit(neural: Command, runs: Sequence[str]) -> None:
    """Only so many."""
    rows = neural("ls", "--json", "--limit", "1").json

    assert [row["experiment_id"] for row in rows] == [runs[1]]


def test_show_takes_a_prefix(neural: Command, runs: Sequence[str]) -> None:
    """The start of an id is enough where it is the only one."""
    shown = neural("show", "aa1").out

    assert runs[0] in shown
    assert "optimizer.name\tadam" in shown
    assert "val/loss\t0.2\t1\t0.2\t1\t2" in shown


def test_show_as_json(neural: Command, runs: Sequence[str]) -> None:
    """All of the run, for other programs."""
    row = neural("show", runs[0], "--json").json

    assert row["hyperparameters"] == {"lr": 0.1, "optimizer.name": "adam"}
    assert row["summary"]["best"]["val/loss"] == {"value": 0.2, "step": 1, "mode": "min"}


def test_compare_shows_only_what_differs(neural: Command, runs: Sequence[str]) -> None:
    """Equal parameters are left out unless they are asked for."""
    some, every = neural("compare", *runs), neural("compare", *runs, "--all")

    assert some.cells[1:] == [["lr", "0.1", "0.01"], ["val/loss (min)", "0.2", "0.5"]]
    assert ["optimizer.name", "adam", "adam"] in every.cells


def test_nan_is_strict_json(neural: Command, base_dir: Path) -> None:
    """Other programs can read it."""
    log_run(base_dir, "cc55", 0.1, [float("nan")])

    row = neural("show", "cc55", "--json").json

    assert row["summary"]["latest"]["val/loss"] == "NaN"


def test_du_names_each_run_and_the_total(neural: Command, runs: Sequence[str]) -> None:
    """Largest first."""
    rows = neural("du", "--json").json

    assert {row["experiment_id"] for row in rows} == set(runs)
    assert rows == sorted(rows, key=lambda row: -row["bytes"])
    assert neural("du").cells[-1][2] == "total"


def test_fsck_reports_and_mends_a_torn_tail(
    neural: Command, base_dir: Path, runs: Sequence[str]
) -> None:
    """Found, mended, and then nothing is left to report."""
    metrics = base_dir / f"mnist_{runs[0]}" / "metrics.json"
    whole = metrics.read_bytes()
    metrics.write_bytes(whole[:-2] + b',\n{"timestamp": 1, "st')

    found = neural("fsck")
    mended = neural("fsck", "--repair")

    assert found.code == 1
    assert "metrics.json" in found.out
    assert mended.code == 0
    assert metrics.read_bytes() == whole
    assert neural("fsck").out == "nothing to report\n"


def test_fsck_seals_finished_runs_and_tells_a_changed_number(
    neural: Command, base_dir: Path, runs: Sequence[str]
) -> None:
    """A number that became another one is JSON all the same; the seal knows."""
    sealed = neural("fsck", "--seal")
    path = base_dir / f"mnist_{runs[0]}" / "metrics.json"
    path.write_bytes(path.read_bytes().replace(b'"step":0', b'"step":9', 1))

    found = neural("fsck", "--json")

    assert (sealed.code, "Sealed" in sealed.out) == (0, True)
    assert found.code == 1
    assert ("seal_broken", 0) in [(f["kind"], f["offset"]) for f in found.json]


@pytest.mark.parametrize("text", ["\x1b[2Jname", "a\nb", "\x9b31m", "\u202egnp", "a\u2028b"])
def test_names_do_not_drive_the_terminal(text: str) -> None:
    """Control characters are shown as a replacement."""
    shown = clean(text)

    assert len(shown) == len(text)
    assert shown.isprintable()


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (999, "999 B"), (1234567, "1.2 MB")])
def test_sizes_are_short(count: int, text: str) -> None:
    """In the unit that suits them."""
    assert size(count) == text
