"""What every store of runs must do, as tests to inherit."""

from __future__ import annotations

import math
from typing import Any, Protocol

import pytest

from neural.errors import NotFoundError, RunIsAliveError
from neural.tracking.query import parse, parse_sort
from neural.tracking.storage.port import RunStore

__all__ = ["RunStoreContract", "Stock"]

EVERYTHING = parse("")


class Stock(Protocol):
    """A store, and the means to put runs into it that the store itself does not have."""

    store: RunStore

    def add(
        self, name: str, values: dict[str, list[Any]], *, params: dict[str, Any], ended: bool
    ) -> str:
        """Make a run that began after all earlier ones; returns its id.

        Args:
            name: Its experiment name.
            values: Metrics: their values at steps 0, 1, ….
            params: Its hyperparameters.
            ended: Whether it is completed; else it is being written.
        """
        ...

    def log(self, experiment_id: str, step: int, values: dict[str, Any]) -> None:
        """Log one more entry to a run that is being written."""
        ...


def _names(stock: Stock, wanted: str = "", sort: str = "", **window: Any) -> list[str]:
    rows = stock.store.catalog.page(parse(wanted), parse_sort(sort), **window).rows
    return [row["experiment_name"] for row in rows]


def _add(stock: Stock, name: str, *losses: Any, lr: float = 0.1, ended: bool = True) -> str:
    values = {"loss": list(losses)} if losses else {}
    return stock.add(name, values, params={"optimizer": {"lr": lr}}, ended=ended)


@pytest.mark.contract
class RunStoreContract:
    """What every store of runs must do: subclass it and give a ``stock`` fixture."""

    def test_an_empty_store(self, stock: Stock) -> None:
        """No run is an answer, not an error."""
        page = stock.store.catalog.page(EVERYTHING)

        assert (page.rows, page.total, stock.store.catalog.count(EVERYTHING)) == ([], 0, 0)
        assert stock.store.catalog.names("metrics") == []
        assert stock.store.trash() == []

    def test_newest_first(self, stock: Stock) -> None:
        """Unless another order is asked for."""
        for name, loss in (("a", 0.3), ("b", 0.1), ("c", 0.2)):
            _add(stock, name, loss)

        assert _names(stock) == ["c", "b", "a"]
        assert _names(stock, sort="metrics.loss.best") == ["b", "c", "a"]
        assert _names(stock, sort="-name", limit=1, offset=1) == ["b"]
        assert stock.store.catalog.page(EVERYTHING, limit=1).total == 3

    def test_filters(self, stock: Stock) -> None:
        """They ask for facts of the run; what is missing is neither true nor false."""
        _add(stock, "a", 0.5, 0.25, lr=0.1)
        _add(stock, "b", 0.75, math.nan, lr=0.2)
        _add(stock, "c", lr=0.3)

        assert _names(stock, "params.optimizer.lr >= 0.2") == ["c", "b"]
        assert _names(stock, "metrics.loss.best < 0.5 and status = 'completed'") == ["a"]
        assert _names(stock, "metrics.loss is nan") == ["b"]
        assert _names(stock, "not metrics.loss.best < 0.5") == ["b"]
        assert stock.store.catalog.count(parse("metrics.loss is missing")) == 1

    def test_a_row(self, stock: Stock) -> None:
        """It says what a listing shows."""
        run_id = _add(stock, "Über/nets", 0.5, 0.25, 0.75)

        (row,) = stock.store.catalog.page(EVERYTHING).rows

        assert (row["experiment_name"], row["experiment_id"]) == ("Über/nets", run_id)
        assert (row["status"], row["problems"]) == ("completed", [])
        assert row["summary"]["latest"] == {"loss": 0.75}
        assert row["summary"]["best"] == {"loss": {"value": 0.25, "step": 1, "mode": "min"}}
        assert row["hyperparameters"] == {"optimizer.lr": 0.1}

    def test_single_facts(self, stock: Stock) -> None:
        """Cells of a table need no whole runs; what a run does not have is left out."""
        first, second = _add(stock, "a", 0.5, 0.25, lr=0.1), _add(stock, "b", math.nan)
        catalog = stock.store.catalog
        assert catalog.page(EVERYTHING).total == 2

        found = catalog.cells([first, second, "unknown"], ["name", "metrics.loss.mean", "pinned"])

        assert found[first] == {"name": "a", "metrics.loss.mean": 0.375, "pinned": False}
        assert math.isnan(found[second]["metrics.loss.mean"])
        assert "unknown" not in found

    def test_texts_that_occur(self, stock: Stock) -> None:
        """The most frequent first; numbers are no texts."""
        for name in ("a", "b", "b"):
            _add(stock, name, 0.5)

        assert stock.store.catalog.texts("name", 5) == ["b", "a"]
        assert stock.store.catalog.texts("name", 1) == ["b"]
        assert stock.store.catalog.texts("metrics.loss.last", 5) == []

    def test_what_varies(self, stock: Stock) -> None:
        """A value is constant if all runs that a filter finds have it, and the same one."""
        _add(stock, "a", 0.5, lr=0.1)
        _add(stock, "a", 0.5, lr=0.2)
        _add(stock, "b", lr=0.2)
        keys = ["name", "params.optimizer.lr", "metrics.loss.last", "params.none"]
        catalog = stock.store.catalog

        assert catalog.varying(EVERYTHING, keys) == set(keys) - {"params.none"}
        assert catalog.varying(parse("name = 'a'"), keys) == {"params.optimizer.lr"}

    def test_a_record(self, stock: Stock) -> None:
        """Its figures leave NaN out; NaN is counted."""
        run_id = _add(stock, "a", 3.0, math.nan, 1.0)

        record = stock.store.catalog.record(run_id)

        loss = record.metrics["loss"]
        assert (record.experiment_name, record.entries, record.alive) == ("a", 3, False)
        assert (loss.count, loss.nan_count, loss.mean) == (3, 1, 2.0)
        assert (loss.last, loss.min_step, loss.max_step) == (1.0, 2, 0)

    @pytest.mark.parametrize("wrong", ["unknown", "", "*", "..", "a/b"])
    def test_unknown_ids(self, stock: Stock, wrong: str) -> None:
        """They lead nowhere, and the error says so."""
        _add(stock, "a", 0.5)

        with pytest.raises(NotFoundError, match="no run"):
            stock.store.catalog.record(wrong)
        with pytest.raises(NotFoundError, match="no run"):
            stock.store.metrics(wrong)
        with pytest.raises(NotFoundError, match="no run"):
            stock.store.annotate(wrong, {}, {"notes": "n"})
        with pytest.raises(NotFoundError, match="no run"):
            stock.store.delete(wrong)
        with pytest.raises(NotFoundError, match="in the trash"):
            stock.store.restore(wrong)
        assert stock.store.revision([wrong]) == {}

    @pytest.mark.parametrize(
        "values",
        [
            [0.1, -0.0, 5e-324],
            [math.nan, math.inf, -math.inf],
            [2**53 + 1, 3],
            [10**400, 0.5],
        ],
    )
    def test_values_come_back_exactly(self, stock: Stock, values: list[Any]) -> None:
        """In the series, in the entries, and as the last value."""
        run_id = stock.add("a", {"x": values}, params={}, ended=True)
        metrics = stock.store.metrics(run_id)

        assert str(metrics.series("x").value.tolist()) == str(values)
        assert str([entry["x"] for entry in metrics.entries()]) == str(values)
        assert str(metrics.summaries()["x"].last) == str(values[-1])

    def test_series(self, stock: Stock) -> None:
        """In logging order as logged; by step, the last write of each, as drawn."""
        run_id = stock.add("a", {"x": [10, 11], "y": [1, 2]}, params={}, ended=False)
        stock.log(run_id, 0, {"x": 12})
        metrics = stock.store.metrics(run_id)

        assert metrics.names() == ["x", "y"]
        assert metrics.series("x").step.tolist() == [0, 1, 0]
        assert metrics.series("x", "drawn").value.tolist() == [12, 11]
        assert metrics.series_of(["y"])["y"].value.tolist() == [1, 2]
        assert [len(array) for array in metrics.series("unknown")] == [0, 0, 0]

    def test_a_run_that_is_being_written(self, stock: Stock) -> None:
        """Every call sees what was logged before it."""
        run_id = _add(stock, "a", 0.5, ended=False)
        revision = stock.store.revision([run_id])[run_id]

        stock.log(run_id, 1, {"loss": 0.25})

        assert stock.store.metrics(run_id).series("loss").value.tolist() == [0.5, 0.25]
        assert stock.store.catalog.record(run_id).metrics["loss"].last == 0.25
        assert _names(stock, "metrics.loss = 0.25 and status = 'running'") == ["a"]
        assert stock.store.revision([run_id])[run_id] != revision

    def test_names(self, stock: Stock) -> None:
        """All names in the store, in alphabetical order."""
        run_id = stock.add("a", {"b.c/d": [1], "a": [2]}, params={"p": {"q": 1}}, ended=True)
        stock.store.annotate(run_id, {"t": ""}, {})

        found = [stock.store.catalog.names(kind) for kind in ("metrics", "params", "tags")]

        assert found == [["a", "b.c/d"], ["p.q"], ["t"]]

    def test_annotations(self, stock: Stock) -> None:
        """What is given changes, ``None`` takes away, all else stays."""
        run_id = _add(stock, "a", 0.5)
        stock.store.annotate(
            run_id, {"x": "1", "y": ""}, {"notes": "n", "display_name": "d", "pinned": True}
        )
        revision = stock.store.revision([run_id])
        stock.store.annotate(run_id, {"x": None}, {"display_name": None, "pinned": None})

        record = stock.store.catalog.record(run_id)
        assert (record.tags, record.notes) == ({"y": ""}, "n")
        assert (record.display_name, record.pinned) == (None, False)
        assert stock.store.revision([run_id]) != revision

    def test_there_and_back(self, stock: Stock) -> None:
        """A deleted run is in the trash until it is restored, and comes back as it was."""
        first, second = _add(stock, "a", 0.5), _add(stock, "b", 0.25)
        before = stock.store.catalog.record(first)
        for run_id in (first, second):
            stock.store.delete(run_id)

        assert _names(stock) == []
        assert [row["experiment_id"] for row in stock.store.trash()] == [second, first]
        stock.store.restore(first)

        assert _names(stock) == ["a"]
        assert stock.store.catalog.record(first) == before
        assert stock.store.metrics(first).series("loss").value.tolist() == [0.5]

    def test_purge(self, stock: Stock) -> None:
        """Only what is in the trash goes, and all or nothing of what was named."""
        first, second = _add(stock, "a", 0.5), _add(stock, "b", 0.25)
        stock.store.delete(first)
        with pytest.raises(NotFoundError, match=second):
            stock.store.purge([first, second])
        assert len(stock.store.trash()) == 1

        stock.store.purge()

        assert stock.store.trash() == []
        assert _names(stock) == ["b"]

    def test_a_live_run_is_not_deleted(self, stock: Stock) -> None:
        """It stays where it is, and can be logged to."""
        run_id = _add(stock, "a", 0.5, ended=False)

        with pytest.raises(RunIsAliveError, match=run_id):
            stock.store.delete(run_id)
        stock.log(run_id, 1, {"loss": 0.25})
        assert len(stock.store.metrics(run_id).entries()) == 2

    def test_the_revision_of_the_store(self, stock: Stock) -> None:
        """It stays while nothing happens, and moves when a run comes, changes or goes."""
        run_id = _add(stock, "a", 0.5)
        revisions = [self._revision(stock), self._revision(stock)]
        stock.store.annotate(run_id, {"t": "1"}, {})
        revisions.append(self._revision(stock))
        stock.store.delete(run_id)
        revisions.append(self._revision(stock))

        assert revisions[0] == revisions[1]
        assert len(set(revisions)) == 3

    def _revision(self, stock: Stock) -> int:
        return stock.store.catalog.page(EVERYTHING).revision
