"""Paths that try to get out, as they stand in a request line."""

from __future__ import annotations

import itertools
from urllib.parse import quote

__all__ = ["hostile_paths", "printable"]

_UPS = (
    *("..", "%2e%2e", ".%2e", "%252e%252e", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae", "..;", ".. "),
    *("...", "....//..", "..%00", "..%5c..", "%2e%2e%2f..", "．．", "..%u2215", "%uff0e%uff0e"),
)
_SLASHES = ("/", "%2f", "%252f", "%5c", "\\", "//", "/./", "%c0%af")
_TARGETS = (
    "canary.txt",
    "mnist_4f2a90c1d3e5-evil/canary.txt",
    "etc/passwd",
    "canary.txt%00.png",
)
_OTHERS = (
    *("/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "///etc/passwd", "%00", "a%00b"),
    *("C:/Windows/win.ini", "C:%5cWindows%5cwin.ini", "c:canary.txt", "%5c%5chost%5cshare"),
    *("\\\\host\\share\\canary.txt", "file:///etc/passwd", "CON", "NUL", "aux.txt", "LPT1"),
    *("canary.txt::$DATA", "a:stream", "canary.txt.", "canary.txt ", "canary.txt%20", "."),
    *("..", "./", "", "%2e", "%2e/", "~/canary.txt", "~root", "$HOME/canary.txt"),
    *("canary.txt?x", "..#/canary.txt", "..%23/canary.txt", "..%3f/canary.txt", "%0d%0aX: y"),
    *("proc/self/environ", "/proc/self/cwd/canary.txt", "/dev/fd/0", "a/../../canary.txt"),
    *("artifacts/../../canary.txt", "samples/../../canary.txt", "media/../canary.txt"),
    *("..\\canary.txt", "samples\\..\\..\\canary.txt", "%ff%fe", "%e2%80%ae", "a" * 5000),
)


def hostile_paths() -> list[str]:
    """Return more than five hundred paths, percent-encoded or not, each once.

    They climb (plainly, encoded once, twice and overlong, with NUL, backslash, semicolon and
    signs that look like dots), begin at the root, name drives, shares, devices, streams and
    siblings whose name only begins alike, or are too long.
    """
    climbing = (
        up + slash + (up + slash) * depth + target
        for up, slash, target, depth in itertools.product(_UPS, _SLASHES, _TARGETS, (0, 2))
    )
    return list(dict.fromkeys([*climbing, *_OTHERS]))


def printable(target: str) -> str:
    """Return ``target`` as bytes of a request line can say it; what is encoded stays so."""
    return quote(target, safe="/?=&%:;#\\~$@+,!*'()|[]{}^ ")
