"""``python -m neural`` is the ``neural`` command."""

from __future__ import annotations

import sys

from neural.cli.app import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
