"""The store that the tests of security know, for whoever spoils what is sent to its server."""

from __future__ import annotations

from tests.security.conftest import site

__all__ = ["site"]
