"""What every source of runs must do, as tests to inherit."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pytest

from neural.errors import NotFoundError, StorageError
from neural.tracking.detection import detect
from neural.tracking.sources import Place, RunSource, run_id_of

__all__ = ["AppendedSourceContract", "FileSourceContract", "RunSourceContract", "SourceStock"]


class SourceStock(Protocol):
    """A place that another tracker writes one run to.

    Attributes:
        kind: Name of the kind that reads it; empty if it is not on disk.
        path: Folder that holds nothing but the place; ``None`` if it is not on disk.
    """

    kind: str
    path: Path | None

    def open(self) -> RunSource:
        """Return a new source of the place."""
        ...

    def put(self, metric: str, points: Sequence[tuple[int, float]]) -> None:
        """Write points, ``(step, value)``, as the tracker does; values are float32."""
        ...


def _values(source: RunSource, metric: str = "loss") -> list[float]:
    (run,) = source.runs()
    return source.series(run.source_id)[metric].value.tolist()  # type: ignore[no-any-return]


def _read(stock: SourceStock) -> RunSource:
    source = stock.open()
    source.refresh()
    return source


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _on_disk(stock: SourceStock) -> Path:
    assert stock.path is not None
    return stock.path


@pytest.mark.contract
class RunSourceContract:
    """What every source must do: subclass it and give a ``stock`` fixture."""

    def test_points_come_back_in_logging_order(self, stock: SourceStock) -> None:
        """Order is the order of logging, and steps are those of the tracker."""
        stock.put("loss", [(0, 0.5), (1, 0.25), (5, 0.75)])

        source = _read(stock)

        (run,) = source.runs()
        series = source.series(run.source_id)["loss"]
        assert series.step.tolist() == [0, 1, 5]
        assert series.value.tolist() == [0.5, 0.25, 0.75]
        assert len(series.time) == 3

    def test_what_is_added_is_read_on(self, stock: SourceStock) -> None:
        """A refresh tells whether there was anything new, and adds it behind the rest."""
        stock.put("loss", [(0, 0.5)])
        source = stock.open()
        first = source.refresh()
        again = source.refresh()
        stock.put("loss", [(1, 0.25)])

        assert (first, again, source.refresh()) == (True, False, True)
        assert _values(source) == [0.5, 0.25]

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_values_that_are_no_numbers(self, stock: SourceStock, value: float) -> None:
        """A diverged run is still a run."""
        stock.put("loss", [(0, 1.0), (1, value)])

        assert str(_values(_read(stock))) == str([1.0, value])

    def test_steps_that_go_back(self, stock: SourceStock) -> None:
        """All points of a restarted run are kept, and the run says so."""
        stock.put("loss", [(0, 1.0), (1, 2.0), (2, 3.0), (1, 4.0), (2, 5.0)])

        source = _read(stock)

        assert _values(source) == [1.0, 2.0, 3.0, 4.0, 5.0]
        assert "go back once" in " ".join(source.runs()[0].remarks)

    def test_names_that_the_store_uses(self, stock: SourceStock) -> None:
        """A metric called ``timestamp`` has another name here, and the run says which."""
        stock.put("loss", [(0, 0.5)])
        stock.put("timestamp", [(0, 0.25)])

        source = _read(stock)

        (run,) = source.runs()
        assert "timestamp" not in source.series(run.source_id)
        assert source.series(run.source_id)["source_timestamp"].value.tolist() == [0.25]
        assert run.renamed == {"timestamp": "source_timestamp"}

    def test_the_same_run_each_time(self, stock: SourceStock) -> None:
        """Its id here does not change between two looks, nor when points are added."""
        stock.put("loss", [(0, 0.5)])
        ids = [run_id_of(stock.kind, run) for run in _read(stock).runs()]
        stock.put("loss", [(1, 0.5)])

        assert [run_id_of(stock.kind, run) for run in _read(stock).runs()] == ids

    def test_unknown_runs(self, stock: SourceStock) -> None:
        """They lead nowhere, and the error says so."""
        stock.put("loss", [(0, 0.5)])
        source = _read(stock)

        for method in (source.series, source.media, source.files):
            with pytest.raises(NotFoundError, match="no-such-run"):
                method("no-such-run")

    @pytest.mark.parametrize("path", ["gone", "../outside", "/etc/passwd", "", "a\0b", "."])
    def test_places_that_lead_nowhere(self, stock: SourceStock, path: str) -> None:
        """Nothing is read that does not lie in the place."""
        stock.put("loss", [(0, 0.5)])

        with pytest.raises(StorageError):
            _read(stock).load(Place(path=path))


@pytest.mark.contract
class FileSourceContract(RunSourceContract):
    """What every source on disk must do as well."""

    def test_it_is_found(self, stock: SourceStock) -> None:
        """It is recognised by what it holds, and what is found can be opened."""
        folder = _on_disk(stock)
        stock.put("loss", [(0, 0.5), (1, 0.25), (2, 0.125)])

        (found,) = detect(folder).detections

        source = found.open()
        source.refresh()
        assert found.kind == stock.kind
        assert _values(source) == [0.5, 0.25, 0.125]

    def test_the_place_stays_as_it_is(self, stock: SourceStock) -> None:
        """Nothing is written, and no file is added."""
        folder = _on_disk(stock)
        stock.put("loss", [(0, 0.5), (1, math.nan)])
        before = _digest(folder)

        source = _read(stock)
        detect(folder)
        source.files(source.runs()[0].source_id)

        assert _digest(folder) == before

    def test_damaged_bytes(self, stock: SourceStock) -> None:
        """Whatever the bytes are, nothing is raised: what cannot be read is listed."""
        folder = _on_disk(stock)
        stock.put("loss", [(i, i / 8) for i in range(20)])
        originals = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        dice = random.Random(4)

        for _ in range(60):
            path = dice.choice(sorted(originals))
            path.write_bytes(_damaged(originals[path], dice))
            source = stock.open()
            source.refresh()
            for run in source.runs():
                source.series(run.source_id)
                source.media(run.source_id)
            assert all(str(skipped) for skipped in source.skipped())
            detect(folder)
            path.write_bytes(originals[path])


@pytest.mark.contract
class AppendedSourceContract(FileSourceContract):
    """What a source must do whose writer only ever extends one file."""

    def test_cut_anywhere(self, stock: SourceStock) -> None:
        """A last record that is not whole is left out, and read when it is."""
        folder = _on_disk(stock)
        stock.put("loss", [(0, 0.5), (1, 0.25)])
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        stock.put("loss", [(2, 0.125)])
        after = {path: path.read_bytes() for path in before}
        (grown,) = [path for path in before if before[path] != after[path]]

        for cut in range(len(before[grown]), len(after[grown])):
            grown.write_bytes(after[grown][:cut])
            source = _read(stock)
            assert _values(source) in ([0.5, 0.25], [0.5, 0.25, 0.125]), cut
            with grown.open("ab") as file:
                file.write(after[grown][cut:])
            source.refresh()
            assert _values(source) == [0.5, 0.25, 0.125], cut


def _damaged(data: bytes, dice: random.Random) -> bytes:
    """Return ``data`` cut, or with some bytes changed, added or taken away."""
    damaged = bytearray(data)
    at = dice.randrange(len(damaged) + 1)
    match dice.randrange(4):
        case 0:
            del damaged[at:]
        case 1:
            del damaged[at : at + dice.randrange(1, 9)]
        case 2:
            damaged[at:at] = dice.randbytes(dice.randrange(1, 9))
        case _:
            for _ in range(dice.randrange(1, 6)):
                if damaged:
                    damaged[dice.randrange(len(damaged))] = dice.randrange(256)
    return bytes(damaged)
