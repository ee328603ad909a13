"""The port to NVIDIA's library, with a machine that has cards and with one that has none."""

from __future__ import annotations

import pytest

from neural.testing.nvml import PlayedNvml
from neural.tracking._machine_facts import gpu_facts
from neural.tracking._nvml import Gpu, GpuReader, GpuSample, Nvml


def test_cards_and_what_they_do() -> None:
    """Bytes and texts, milliwatts and percents come out in our units."""
    reader = GpuReader.open(PlayedNvml("H200", b"A100"))

    assert reader is not None
    assert reader.driver() == "550.1"
    assert reader.gpus() == [Gpu("H200", 80_000_000_000), Gpu("A100", 80_000_000_000)]
    assert reader.samples()[1] == GpuSample(1, 97.0, 20_000_000_000, 80_000_000_000, 61.0, 412.5)


@pytest.mark.parametrize("broken", ["nvmlInit", "nvmlInit nvmlShutdown"])
def test_no_driver(broken: str) -> None:
    """A machine without a driver is no error."""
    assert GpuReader.open(PlayedNvml(broken=broken)) is None


def test_what_a_card_does_not_tell() -> None:
    """A card without a power meter still shows the rest."""
    quiet = PlayedNvml("MIG", broken="nvmlDeviceGetPowerUsage nvmlDeviceGetUtilizationRates")

    reader = GpuReader.open(quiet)

    assert reader is not None
    assert reader.samples() == [GpuSample(0, None, 20_000_000_000, 80_000_000_000, 61.0, None)]


def test_a_card_that_fell_off_the_bus() -> None:
    """Cards that cannot be reached are left out, also while sampling."""
    library = PlayedNvml("H200", "A100")
    reader = GpuReader.open(library)
    library.broken |= {
        "nvmlDeviceGetMemoryInfo",
        "nvmlDeviceGetUtilizationRates",
        "nvmlDeviceGetTemperature",
        "nvmlDeviceGetPowerUsage",
    }

    assert reader is not None
    assert reader.samples() == [GpuSample(n, None, None, None, None, None) for n in (0, 1)]


def test_the_library_is_given_back_once() -> None:
    """Closing twice shuts the library down once."""
    library = PlayedNvml("H200")
    reader = GpuReader.open(library)
    assert reader is not None

    reader.close()
    reader.close()

    assert library.calls.count("nvmlShutdown") == 1
    assert reader.samples() == []


def test_cards_among_the_facts_of_a_machine() -> None:
    """The facts hold what environment.json shows, and the library is given back."""
    library = PlayedNvml("H200")

    facts = gpu_facts(library)

    assert facts == {
        "gpus": [{"name": "H200", "memory_bytes": 80_000_000_000}],
        "gpu_driver": "550.1",
    }
    assert library.calls[-1] == "nvmlShutdown"


def test_the_port_is_what_the_library_has() -> None:
    """Every name of the port exists in NVIDIA's own package."""
    library = pytest.importorskip("pynvml")

    names = {name for name in dir(Nvml) if name.startswith("nvml")} | set(Nvml.__annotations__)

    assert len(names) == 12
    assert {name for name in names if not hasattr(library, name)} == set()


def test_this_very_machine() -> None:
    """With or without a card, the installed library is opened and closed without an error."""
    reader = GpuReader.open()

    if reader is not None:
        assert [sample.number for sample in reader.samples()] == list(range(len(reader.gpus())))
        reader.close()
