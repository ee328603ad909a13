"""NVIDIA's management library behind a port of our own, so that a test can play a GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

__all__ = ["Gpu", "GpuReader", "GpuSample", "Nvml"]


class Nvml(Protocol):
    """What is used of the module ``pynvml``; any call may raise ``NVMLError``.

    ``nvmlInit`` comes first and once. A driver that is missing, a card that has no fan or
    no power meter, a card that fell off the bus: all are an ``NVMLError``.
    """

    NVMLError: type[Exception]
    NVML_TEMPERATURE_GPU: int

    def nvmlInit(self) -> None: ...  # noqa: N802 - the names are NVIDIA's
    def nvmlShutdown(self) -> None: ...  # noqa: N802
    def nvmlSystemGetDriverVersion(self) -> str | bytes: ...  # noqa: N802
    def nvmlDeviceGetCount(self) -> int: ...  # noqa: N802
    def nvmlDeviceGetHandleByIndex(self, index: int) -> Any: ...  # noqa: N802
    def nvmlDeviceGetName(self, handle: Any) -> str | bytes: ...  # noqa: N802
    def nvmlDeviceGetMemoryInfo(self, handle: Any) -> Any: ...  # noqa: N802
    def nvmlDeviceGetUtilizationRates(self, handle: Any) -> Any: ...  # noqa: N802
    def nvmlDeviceGetTemperature(self, handle: Any, sensor: int) -> int: ...  # noqa: N802
    def nvmlDeviceGetPowerUsage(self, handle: Any) -> int: ...  # noqa: N802


class Gpu(NamedTuple):
    """A card: its name and its memory in bytes (``None`` where it does not tell)."""

    name: str
    memory_bytes: int | None


class GpuSample(NamedTuple):
    """What a card is doing; ``None`` where it does not tell.

    Attributes:
        number: NVML's number of the card, which ``nvidia-smi`` shows too.
        utilization: Percent of the time in which a kernel ran.
        memory_used_bytes: Memory in use, by all processes.
        memory_total_bytes: Memory of the card.
        temperature_c: Degrees Celsius.
        power_w: Watts.
    """

    number: int
    utilization: float | None
    memory_used_bytes: int | None
    memory_total_bytes: int | None
    temperature_c: float | None
    power_w: float | None


class GpuReader:
    """Reads the cards of this machine; use :meth:`open`.

    Args:
        nvml: The library, initialised.
    """

    def __init__(self, nvml: Nvml) -> None:
        self._nvml = nvml
        self._open = True
        self._handles = [
            (index, handle)
            for index in range(self._ask(nvml.nvmlDeviceGetCount) or 0)
            if (handle := self._ask(nvml.nvmlDeviceGetHandleByIndex, index)) is not None
        ]

    @classmethod
    def open(cls, nvml: Nvml | None = None) -> GpuReader | None:
        """Return a reader, or ``None`` where there is no NVIDIA driver or library.

        Args:
            nvml: The library; ``None`` imports ``pynvml`` if it is installed.
        """
        nvml = nvml if nvml is not None else _installed()
        if nvml is None:
            return None
        try:
            nvml.nvmlInit()
        except nvml.NVMLError:
            return None
        return cls(nvml)

    def gpus(self) -> list[Gpu]:
        """Return the cards in NVML's order."""
        return [self._gpu(handle) for _, handle in self._handles]

    def driver(self) -> str | None:
        """Return the version of the driver."""
        version = self._ask(self._nvml.nvmlSystemGetDriverVersion)
        return None if version is None else _text(version)

    def samples(self) -> list[GpuSample]:
        """Return what each card is doing now."""
        return [self._sample(index, handle) for index, handle in self._handles]

    def close(self) -> None:
        """Give the library back; a second call does nothing."""
        if self._open:
            self._open, self._handles = False, []
            self._ask(self._nvml.nvmlShutdown)

    def _gpu(self, handle: Any) -> Gpu:
        name = self._ask(self._nvml.nvmlDeviceGetName, handle)
        memory = self._ask(self._nvml.nvmlDeviceGetMemoryInfo, handle)
        total = None if memory is None else int(memory.total)
        return Gpu("unknown" if name is None else _text(name), total)

    def _sample(self, index: int, handle: Any) -> GpuSample:
        nvml = self._nvml
        memory = self._ask(nvml.nvmlDeviceGetMemoryInfo, handle)
        rates = self._ask(nvml.nvmlDeviceGetUtilizationRates, handle)
        celsius = self._ask(nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU)
        milliwatts = self._ask(nvml.nvmlDeviceGetPowerUsage, handle)
        return GpuSample(
            number=index,
            utilization=None if rates is None else float(rates.gpu),
            memory_used_bytes=None if memory is None else int(memory.used),
            memory_total_bytes=None if memory is None else int(memory.total),
            temperature_c=None if celsius is None else float(celsius),
            power_w=None if milliwatts is None else milliwatts / 1000,
        )

    def _ask(self, question: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return question(*arguments)
        except self._nvml.NVMLError:
            return None  # not supported by this card, or the card is gone


def _installed() -> Nvml | None:
    try:
        import pynvml
    except ImportError:
        return None
    found: Nvml = pynvml
    return found


def _text(value: str | bytes) -> str:
    # Older versions of the library return bytes.
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
