"""A double of NVIDIA's management library: a machine whose cards a test makes up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

__all__ = ["PlayedNvml", "PlayedNvmlError"]


class PlayedNvmlError(Exception):
    """What this library raises."""


class PlayedNvml:
    """Fits the port :class:`neural.tracking._nvml.Nvml`.

    Every card has 80 GB, 20 of them in use, runs kernels 97 percent of the time, is 61
    degrees warm and draws 412.5 watts.

    Args:
        names: Names of the cards, as text or, as old versions of the library, as bytes.
        broken: Names of calls that fail, separated by blanks; may be changed later.
    """

    NVMLError: type[Exception] = PlayedNvmlError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self, *names: str | bytes, broken: str = "") -> None:
        self.names = names
        self.broken = set(broken.split())
        self.calls: list[str] = []

    def nvmlInit(self) -> None:  # noqa: N802 - the names are NVIDIA's
        """Fail without a driver."""
        self._called("nvmlInit")

    def nvmlShutdown(self) -> None:  # noqa: N802
        """Give the library back."""
        self._called("nvmlShutdown")

    def nvmlSystemGetDriverVersion(self) -> bytes:  # noqa: N802
        """Return a version."""
        self._called("nvmlSystemGetDriverVersion")
        return b"550.1"

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        """Return how many cards there are."""
        self._called("nvmlDeviceGetCount")
        return len(self.names)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        """Return a card."""
        self._called("nvmlDeviceGetHandleByIndex")
        return index

    def nvmlDeviceGetName(self, handle: Any) -> str | bytes:  # noqa: N802
        """Return the card's name."""
        self._called("nvmlDeviceGetName")
        return self.names[int(handle)]

    def nvmlDeviceGetMemoryInfo(self, handle: Any) -> Any:  # noqa: N802
        """Return used and total bytes."""
        self._called("nvmlDeviceGetMemoryInfo")
        return SimpleNamespace(used=20_000_000_000, total=80_000_000_000)

    def nvmlDeviceGetUtilizationRates(self, handle: Any) -> Any:  # noqa: N802
        """Return percents of time."""
        self._called("nvmlDeviceGetUtilizationRates")
        return SimpleNamespace(gpu=97, memory=40)

    def nvmlDeviceGetTemperature(self, handle: Any, sensor: int) -> int:  # noqa: N802
        """Return degrees Celsius."""
        self._called("nvmlDeviceGetTemperature")
        return 61

    def nvmlDeviceGetPowerUsage(self, handle: Any) -> int:  # noqa: N802
        """Return milliwatts."""
        self._called("nvmlDeviceGetPowerUsage")
        return 412_500

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.broken:
            raise PlayedNvmlError(name)
