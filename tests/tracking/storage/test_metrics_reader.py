"""Reading the metrics of a run: what was logged comes back, and only what is new is read."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural.tracking.storage import metrics_file, metrics_format
from neural.tracking.storage.metrics_reader import RunMetrics

Write = Callable[..., Path]
Append = Callable[[Path, Iterable[Any]], None]


def points(metrics: RunMetrics, name: str, view: Any = "logged") -> list[tuple[int, Any]]:
    """Return ``(step, value)`` of a series."""
    series = metrics.series(name, view)
    return list(zip(series.step.tolist(), series.value.tolist(), strict=True))


def attempts(run_dir: Path, *offsets: dict[str, int]) -> None:
    """Write a metadata.json that tells where attempts began."""
    stored = [{"offsets": by_file} for by_file in offsets]
    (run_dir / "metadata.json").write_text(json.dumps({"attempts": stored}))


def test_a_series_comes_back_in_logging_order(run_dir: Path, write_metrics: Write) -> None:
    """Steps, times and values stand as they were logged, whatever the steps do."""
    write_metrics([(1.0, 5, {"loss": 0.5}), (2.0, 3, {"loss": 0.25}), (3.0, 5, {"acc": 1})])

    step, time, value = RunMetrics(run_dir).series("loss")

    assert step.tolist() == [5, 3]
    assert time.tolist() == [1.0, 2.0]
    assert value.tolist() == [0.5, 0.25]


def test_an_unknown_metric_is_empty(run_dir: Path, write_metrics: Write) -> None:
    """A name that was never logged gives three empty arrays of the right types."""
    write_metrics([(1.0, 0, {"loss": 0.5})])

    series = RunMetrics(run_dir).series("accuracy")

    assert [(len(a), a.dtype.kind) for a in series] == [(0, "i"), (0, "f"), (0, "f")]


def test_a_run_without_files_is_empty(run_dir: Path) -> None:
    """Nothing logged yet is no error."""
    metrics = RunMetrics(run_dir / "not made yet")

    assert (metrics.names(), metrics.entries(), metrics.entry_count()) == ([], [], 0)
    assert metrics.problems == []


@pytest.mark.parametrize(
    ("logged", "dtype"),
    [
        ([0.1, -0.0, 5e-324], "float64"),
        ([1, 2.5], "float64"),
        ([2**53, 2**60], "float64"),
        ([2**53 + 1, 3], "int64"),
        ([-(2**63), 2**63 - 1], "int64"),
        ([2**53 + 1, 0.5], "object"),
        ([10**400, 1], "object"),
    ],
)
def test_values_are_exact(
    run_dir: Path, write_metrics: Write, logged: list[Any], dtype: str
) -> None:
    """The array has the first type of float64, int64 and object that keeps every value."""
    write_metrics([(1.0, i, {"x": value}) for i, value in enumerate(logged)])

    values = RunMetrics(run_dir).series("x").value

    assert values.dtype == dtype
    assert list(map(repr, values.tolist())) == list(
        map(repr, logged if dtype != "float64" else map(float, logged))
    )


def test_a_large_integer_after_floats_stays_exact(
    run_dir: Path, write_metrics: Write, append_metrics: Append
) -> None:
    """A series read as float64 so far widens when a value comes that it cannot hold."""
    path = write_metrics([(1.0, 0, {"x": 1}), (1.0, 1, {"x": 0.5})])
    metrics = RunMetrics(run_dir)
    before = metrics.series("x").value

    append_metrics(path, [(2.0, 2, {"x": 2**53 + 1})])

    assert points(metrics, "x") == [(0, 1), (1, 0.5), (2, 2**53 + 1)]
    assert before.tolist() == [1.0, 0.5]


def test_nan_and_infinities_are_floats(run_dir: Path, write_metrics: Write) -> None:
    """The words of the file are numbers again, in series and in entries."""
    write_metrics([(1.0, 0, {"x": math.nan, "y": -math.inf}), (2.0, 1, {"x": math.inf})])
    metrics = RunMetrics(run_dir)

    assert str(metrics.series("x").value.tolist()) == "[nan, inf]"
    assert str(metrics.entries()[0]["y"]) == "-inf"


@pytest.mark.parametrize("name", ['say "hi"', "back\\slash", "new\nline", "", "é/ü", "v0"])
def test_any_name_is_found(run_dir: Path, write_metrics: Write, name: str) -> None:
    """Names that the typed decoder cannot take are read all the same."""
    write_metrics([(1.0, 0, {name: 0.5, "other": 1.0})])
    metrics = RunMetrics(run_dir)

    assert points(metrics, name) == [(0, 0.5)]
    assert metrics.names() == [name, "other"]


def test_only_what_is_new_is_read(
    run_dir: Path, write_metrics: Write, append_metrics: Append, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second call asks the file from the last offset on, for each kind of reading."""
    path = write_metrics([(1.0, i, {"x": i}) for i in range(50)])
    metrics = RunMetrics(run_dir)
    metrics.series("x"), metrics.entries(), metrics.summaries()
    append_metrics(path, [(2.0, 50, {"x": 50})])
    sizes: list[int] = []
    pread = os.pread
    for module in (metrics_file, metrics_format):
        monkeypatch.setattr(
            module, "read_at", lambda *args: sizes.append(len(d := pread(*args))) or d
        )

    assert (len(metrics.series("x").step), len(metrics.entries())) == (51, 51)
    assert metrics.summaries()["x"].last == 50
    assert max(sizes) < 100


def test_a_live_file_is_followed_entry_by_entry(run_dir: Path, write_metrics: Write) -> None:
    """Blanks kept ready behind the end are no entries, and an uncommitted one is not shown."""
    path = write_metrics([(1.0, 0, {"x": 0.5})], tail=b"\n]" + b" " * 500)
    metrics = RunMetrics(run_dir)
    assert points(metrics, "x") == [(0, 0.5)]
    at = path.read_bytes().index(b"\n]")
    entry = metrics_format.encode_entry(2.0, 1, {"x": 0.25})
    with path.open("r+b") as file:
        os.pwrite(file.fileno(), entry + b"\n]", at + 2)
        uncommitted = points(metrics, "x")
        os.pwrite(file.fileno(), b",\n", at)

    assert uncommitted == [(0, 0.5)]
    assert points(metrics, "x") == [(0, 0.5), (1, 0.25)]


def test_a_replaced_file_is_read_again(run_dir: Path, write_metrics: Write) -> None:
    """Another file in the same place, longer or shorter, is not read on from the old offset."""
    write_metrics([(1.0, i, {"x": 1.0}) for i in range(3)])
    metrics = RunMetrics(run_dir)
    metrics.series("x"), metrics.entries(), metrics.summaries()
    (run_dir / "metrics.json").rename(run_dir / "old")

    write_metrics([(1.0, i, {"x": 2.0}) for i in range(4)])

    assert points(metrics, "x") == [(i, 2.0) for i in range(4)]
    assert metrics.entry_count() == len(metrics.entries()) == 4


def test_a_file_cut_short_is_read_again(run_dir: Path, write_metrics: Write) -> None:
    """What was read before and is gone from the file is gone from the series."""
    path = write_metrics([(1.0, i, {"x": 1.0}) for i in range(9)])
    metrics = RunMetrics(run_dir)
    metrics.series("x")

    path.write_bytes(path.read_bytes()[:100] + b"\n]")

    assert len(metrics.series("x").step) < 9


def test_a_value_that_is_edited_in_place_is_read_again(run_dir: Path, write_metrics: Write) -> None:
    """Nobody writes the file and its size stays, so only its time tells."""
    path = write_metrics([(1.0, i, {"x": i}) for i in range(9)])
    metrics = RunMetrics(run_dir)
    metrics.series("x"), metrics.entries(), metrics.summaries()
    edited = path.read_bytes().replace(b'"x":4', b'"x":7')
    with path.open("r+b") as file:
        file.write(edited)
    os.utime(path, ns=(1, 1))

    assert points(metrics, "x")[4] == (4, 7)
    assert metrics.entries()[4]["x"] == 7
    assert metrics.summaries()["x"].mean == (36 + 3) / 9


def test_several_files_merge_on_the_running_maximum(run_dir: Path, write_metrics: Write) -> None:
    """The order inside a file is kept though its clock went back; ties go to the owner's file."""
    write_metrics([(1.0, 0, {"x": 10}), (5.0, 1, {"x": 11}), (2.0, 2, {"x": 12})])
    write_metrics([(3.0, 0, {"x": 20}), (5.0, 1, {"x": 21})], "metrics.host-1-ab.json")
    metrics = RunMetrics(run_dir)

    assert [value for _, value in points(metrics, "x")] == [10, 20, 11, 12, 21]
    assert [entry["x"] for entry in metrics.entries()] == [10, 20, 11, 12, 21]


def test_entries_without_the_metric_count_for_the_merge(
    run_dir: Path, write_metrics: Write
) -> None:
    """A series is merged as the entries are, though another metric's entry set the clock."""
    write_metrics([(9.0, 0, {"y": 0}), (1.0, 1, {"x": 1})])
    write_metrics([(5.0, 0, {"x": 2})], "metrics.host-1-ab.json")

    assert [value for _, value in points(RunMetrics(run_dir), "x")] == [2, 1]


def test_drawn_is_the_last_write_of_a_step(run_dir: Path, write_metrics: Write) -> None:
    """Charts get one value a step, by step; the series itself keeps all."""
    write_metrics([(1.0, 2, {"x": 1}), (2.0, 1, {"x": 2}), (3.0, 2, {"x": 3})])
    metrics = RunMetrics(run_dir)

    assert points(metrics, "x", "drawn") == [(1, 2), (2, 3)]
    assert len(metrics.series("x").step) == 3


def test_a_later_attempt_hides_what_it_overtakes(run_dir: Path, write_metrics: Write) -> None:
    """Per metric, from the attempt's own first step on; what it never reached stays hidden too."""
    path = write_metrics([(1.0, i, {"x": i, "y": i}) for i in range(5)])
    offset = path.read_bytes().index(b"\n]")
    new = metrics_format.encode_entry(9.0, 2, {"x": 200})
    path.write_bytes(path.read_bytes()[:offset] + b",\n" + new + b"\n]")
    attempts(run_dir, {}, {"metrics.json": offset})
    metrics = RunMetrics(run_dir)

    assert points(metrics, "x", "drawn") == [(0, 0), (1, 1), (2, 200)]
    assert points(metrics, "y", "drawn") == [(i, i) for i in range(5)]


def test_an_attempt_begins_inside_what_was_read_at_once(
    run_dir: Path, write_metrics: Write
) -> None:
    """The points before an offset are counted though the block around it was decoded whole."""
    path = write_metrics([(1.0, i % 4, {"x": i}) for i in range(8)])
    data = path.read_bytes()
    offset = [i for i in range(len(data)) if data.startswith(b",\n", i)][3]
    attempts(run_dir, {}, {"metrics.json": offset})

    assert points(RunMetrics(run_dir), "x", "drawn") == [(i, i + 4) for i in range(4)]


def test_a_second_process_is_no_attempt(run_dir: Path, write_metrics: Write) -> None:
    """Points of two live writers stand side by side; of one step the later write is drawn."""
    write_metrics([(1.0, 0, {"x": 1}), (3.0, 1, {"x": 2})])
    write_metrics([(2.0, 0, {"x": 3})], "metrics.host-1-ab.json")
    attempts(run_dir, {})

    assert points(RunMetrics(run_dir), "x", "drawn") == [(0, 3), (1, 2)]


def test_several_series_are_read_together(run_dir: Path, write_metrics: Write) -> None:
    """One call for many names gives what a call for each gives."""
    write_metrics([(1.0, i, {f"m{k}": i * k for k in range(100) if k % (i + 1)}) for i in range(9)])
    names = [f"m{k}" for k in range(100)]

    together = RunMetrics(run_dir).series_of(names)

    alone = RunMetrics(run_dir)
    assert all(np.array_equal(together[n].value, alone.series(n).value) for n in names)


def test_a_damaged_line_costs_only_itself(run_dir: Path, write_metrics: Write) -> None:
    """The others are kept, and the problem names file and byte offset."""
    path = write_metrics([(1.0, i, {"x": i}) for i in range(5)])
    data = path.read_bytes()
    offset = data.index(b'{"timestamp":1.0,"step":2')
    path.write_bytes(data.replace(b'"step":2', b'"st\xff\xff":2'))
    metrics = RunMetrics(run_dir)

    assert [step for step, _ in points(metrics, "x")] == [0, 1, 3, 4]
    assert [entry["step"] for entry in metrics.entries()] == [0, 1, 3, 4]
    assert [p.partition(": ")[0] for p in metrics.problems] == [f"metrics.json, byte {offset}"]


def test_the_last_line_of_a_live_file_is_read_again(
    run_dir: Path, write_metrics: Write, locked: Any
) -> None:
    """A reader that looks in the middle of a commit reports no damage and misses nothing."""
    path = write_metrics([(1.0, i, {"x": i}) for i in range(3)])
    whole = path.read_bytes()
    metrics = RunMetrics(run_dir)
    with locked(path) as handle:
        os.pwrite(
            handle,
            whole.replace(b',\n{"timestamp":1.0,"step":2', b',]{"timestamp":1.0,"step":2'),
            0,
        )
        midway = points(metrics, "x"), metrics.entry_count(), metrics.problems
        os.pwrite(handle, whole, 0)

        assert points(metrics, "x") == [(0, 0), (1, 1), (2, 2)]
    assert midway == ([(0, 0), (1, 1), (2, 2)], 3, [])
    assert metrics.entry_count() == 3


def test_a_torn_tail_is_left_out(run_dir: Path, write_metrics: Write) -> None:
    """A file cut at any byte gives the entries before the cut, and says so if one is missing."""
    path = write_metrics([(1.0, i, {"x": i + 0.5}) for i in range(6)])
    whole = path.read_bytes()
    ends = [i for i in range(len(whole)) if whole[i : i + 1] == b"}"]
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])

        found = RunMetrics(run_dir).series("x").step.tolist()

        assert found == list(range(sum(end < cut for end in ends))), cut


def test_the_seeds_own_format_is_read(run_dir: Path) -> None:
    """An indented array with bare NaN is a metrics file like any other."""
    stored = [{"timestamp": 1.5, "step": 0, "x": math.nan}, {"timestamp": 2, "step": 1, "x": 0.5}]
    (run_dir / "metrics.json").write_text(json.dumps(stored, indent=2))
    metrics = RunMetrics(run_dir)

    assert str(points(metrics, "x")) == "[(0, nan), (1, 0.5)]"
    assert metrics.summaries()["x"].nan_count == 1
    assert metrics.problems == []


def test_a_rewritten_seed_file_is_read_again(run_dir: Path) -> None:
    """The seed rewrites its file at each call; the series grows with it."""
    path = run_dir / "metrics.json"
    path.write_text("[]")
    metrics = RunMetrics(run_dir)
    assert points(metrics, "x") == []

    path.write_text(json.dumps([{"timestamp": 1.5, "step": 0, "x": 1}], indent=2))

    assert points(metrics, "x") == [(0, 1.0)]
    assert metrics.entries() == [{"timestamp": 1.5, "step": 0, "x": 1}]


def test_what_is_no_number_is_told(run_dir: Path) -> None:
    """Text and null of another writer are not drawn; text is named, entries keep both."""
    stored = [{"timestamp": 1.5, "step": 0, "x": None, "phase": "warm-up", "ok": True}]
    (run_dir / "metrics.json").write_text(json.dumps(stored))
    metrics = RunMetrics(run_dir)

    assert metrics.names() == ["ok"]
    assert points(metrics, "ok") == [(0, 1.0)]
    assert metrics.entries() == stored
    assert metrics.problems == [
        "metrics.json: 'phase' holds values of type str, which are not drawn"
    ]


def test_the_revision_moves_with_each_entry(
    run_dir: Path, write_metrics: Write, append_metrics: Append
) -> None:
    """It stays while nothing happens, and changes with a new entry or a new file."""
    path = write_metrics([(1.0, 0, {"x": 1})])
    metrics = RunMetrics(run_dir)
    revisions = [metrics.revision(), metrics.revision()]

    append_metrics(path, [(2.0, 1, {"x": 2})])
    revisions.append(metrics.revision())
    write_metrics([], "metrics.host-1-ab.json", tail=b"\n]")
    revisions.append(metrics.revision())

    assert revisions[0] == revisions[1]
    assert len(set(revisions)) == 3


def test_what_was_handed_out_does_not_change(
    run_dir: Path, write_metrics: Write, append_metrics: Append
) -> None:
    """Arrays of an earlier call stay as they were, and cannot be written to."""
    path = write_metrics([(1.0, 0, {"x": 1})])
    metrics = RunMetrics(run_dir)
    before = metrics.series("x")

    append_metrics(path, [(2.0, 1, {"x": 2})])
    metrics.series("x")

    assert before.value.tolist() == [1.0]
    with pytest.raises(ValueError, match="read-only"):
        before.value[0] = 5
