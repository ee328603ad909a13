"""Every error this package raises on purpose.

NeuralError
├── InvalidInputError       a value, name or option is unusable      (a ValueError)
│   └── FilterSyntaxError   ... in a filter; knows the position
├── MetricValueError        a metric's value is not a number         (a TypeError)
├── NotFoundError           an id or a name leads nowhere            (a LookupError)
│   └── UnknownNameError    ... and here are the names that would have worked
├── ReadOnlyError           a tracker that only reads was told to log
├── RunIsAliveError         the run is being written right now
├── ExportError             a platform did not take what was sent
├── MissingExtraError       an optional package is not installed     (an ImportError)
├── RefusedError            a setting that would not be safe
└── StorageError            a run directory cannot be read or written

Anything else that escapes is a bug.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

__all__ = [
    "ExportError",
    "FilterSyntaxError",
    "InvalidInputError",
    "MetricValueError",
    "MissingExtraError",
    "NeuralError",
    "NotFoundError",
    "ReadOnlyError",
    "RefusedError",
    "RunIsAliveError",
    "StorageError",
    "UnknownNameError",
]


class NeuralError(Exception):
    """Base of all errors above: catch this one at a program's outer edge."""

    #: Name of this kind of error in HTTP answers and events; never changes.
    code: ClassVar[str] = "error"


class InvalidInputError(NeuralError, ValueError):
    """A value, name or option that a caller gave cannot be used."""

    code = "invalid_input"


class FilterSyntaxError(InvalidInputError):
    """A filter cannot be understood.

    Args:
        message: What is wrong and what was expected, without the position.
        text: The whole filter.
        position: Zero-based index into ``text`` where it went wrong.
    """

    code = "filter_syntax"

    def __init__(self, message: str, text: str, position: int) -> None:
        self.message = message
        self.text = text
        self.position = position
        super().__init__(message, text, position)

    def __str__(self) -> str:
        return f"{self.message}\n  {self.text}\n  {' ' * self.position}^"


class MetricValueError(NeuralError, TypeError):
    """A metric's value is not a number; the message names the metric."""

    code = "metric_value"


class NotFoundError(NeuralError, LookupError):
    """An id, a name or a path leads nowhere."""

    code = "not_found"


class UnknownNameError(NotFoundError):
    """No entry has this name.

    Args:
        kind: What was looked up, in words a user knows: ``"chart"``.
        name: The name that was asked for.
        known: The names that exist.
    """

    code = "unknown_name"

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(sorted(known))
        # Handing every argument on keeps the error picklable, so that it
        # crosses a process boundary whole.
        super().__init__(self.kind, self.name, self.known)

    def __str__(self) -> str:
        import difflib  # only a mistake needs it

        close = difflib.get_close_matches(self.name, self.known, n=3)
        if close:
            hint = f"Did you mean {' or '.join(map(repr, close))}?"
        else:
            hint = f"Known: {', '.join(self.known) or 'none'}."
        return f"Unknown {self.kind} {self.name!r}. {hint}"


class ReadOnlyError(NeuralError):
    """A tracker opened for reading was told to write."""

    code = "read_only"


class RunIsAliveError(NeuralError):
    """The run is being written right now, so it is not changed under its writer."""

    code = "run_is_alive"


class ExportError(NeuralError):
    """A platform cannot be reached, refuses, or does not answer; the message says which."""

    code = "export"


class MissingExtraError(NeuralError, ImportError):
    """An optional package is not installed.

    Args:
        package: The package that is missing.
        extra: Extra of this distribution that installs it.
        purpose: What it is for, as it reads after "to".
    """

    code = "missing_extra"

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        self.package = package
        self.extra = extra
        self.purpose = purpose
        super().__init__(package, extra, purpose)

    def __str__(self) -> str:
        return (
            f"{self.package!r} is needed to {self.purpose}. "
            f"Install it with: pip install 'neural-aquarium[{self.extra}]'"
        )


class RefusedError(NeuralError):
    """A setting was refused because it would not be safe; the message says why."""

    code = "refused"


class StorageError(NeuralError):
    """A run directory cannot be read or written; the message names the path."""

    code = "storage"
