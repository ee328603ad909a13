"""What can be found out about the interpreter, the machine and the installed packages."""

from __future__ import annotations

import os
import platform
import socket
import sys
from datetime import datetime
from importlib.metadata import Distribution, distributions
from typing import Any

from neural.tracking._nvml import GpuReader, Nvml

__all__ = [
    "gpu_facts",
    "host_facts",
    "now",
    "package_versions",
    "platform_facts",
    "python_facts",
]


def now() -> str:
    """Return the time now as ISO text with its offset."""
    return datetime.now().astimezone().isoformat()


def python_facts() -> dict[str, Any]:
    """Return version, implementation and place of the interpreter."""
    return {
        "version": ".".join(map(str, sys.version_info[:3])) + _release_level(),
        "implementation": sys.implementation.name,
        "executable": sys.executable or None,
        "virtual_env": sys.prefix if sys.prefix != sys.base_prefix else None,
    }


def _release_level() -> str:
    level = sys.version_info.releaselevel
    return "" if level == "final" else f"{level[0]}{sys.version_info.serial}"


def platform_facts() -> dict[str, Any]:
    """Return the operating system and its release."""
    try:
        distribution = platform.freedesktop_os_release().get("PRETTY_NAME")
    except OSError:
        distribution = None
    # Not platform.platform(): it may start a program to learn the processor's name.
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "distribution": distribution,
    }


def host_facts() -> dict[str, Any]:
    """Return name, processors and memory of the machine."""
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "name": socket.gethostname(),
        "cpu": _first_line_value("/proc/cpuinfo", "model name"),
        "cpu_count": os.cpu_count(),
        "cpus_usable": len(affinity(0)) if affinity is not None else os.cpu_count(),
        "memory_bytes": _memory_bytes(),
    }


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def _first_line_value(path: str, key: str) -> str | None:
    """Return the value of the first ``key : value`` line of a file, if there is one."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() == key:
                    return value.strip()
    except OSError:
        pass
    return None


def gpu_facts(nvml: Nvml | None = None) -> dict[str, Any]:
    """Return the graphics cards: from NVML if it is there, else their names from the driver.

    Args:
        nvml: The library; ``None`` imports it if it is installed.
    """
    reader = GpuReader.open(nvml)
    if reader is not None:
        try:
            return {"gpus": [gpu._asdict() for gpu in reader.gpus()], "gpu_driver": reader.driver()}
        finally:
            reader.close()
    return {"gpus": [{"name": name} for name in _gpu_names_of_driver()]}


def _gpu_names_of_driver(folder: str = "/proc/driver/nvidia/gpus") -> list[str]:
    """Return the names that the driver shows without any library."""
    try:
        cards = sorted(os.listdir(folder))
    except OSError:
        return []
    names = (_first_line_value(f"{folder}/{card}/information", "Model") for card in cards)
    return [name for name in names if name]


def package_versions() -> dict[str, str]:
    """Return name -> version of every package that can be imported, by name."""
    found: dict[str, tuple[str, str]] = {}
    for distribution in distributions():
        name, version = _name_and_version(distribution)
        # What comes first on sys.path is what gets imported.
        if name:
            found.setdefault(name.lower().replace("_", "-"), (name, version))
    return dict(sorted(found.values(), key=lambda item: item[0].lower()))


def _name_and_version(distribution: Distribution) -> tuple[str, str]:
    """Return two fields of the metadata, without parsing the README that follows them."""
    try:
        text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    except (OSError, UnicodeError):
        return "", ""  # a package that was half removed
    header = dict(
        line.split(": ", 1) for line in text.partition("\n\n")[0].splitlines() if ": " in line
    )
    return header.get("Name", "").strip(), header.get("Version", "").strip()
