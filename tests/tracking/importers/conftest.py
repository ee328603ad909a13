"""Which tests of the importers there are: some need files that are not part of the repository."""

from __future__ import annotations

import os

# Not a skip: where nobody gives such files there is nothing to be tested, in CI either.
collect_ignore = [] if "NEURAL_REAL_INPUTS" in os.environ else ["test_real_inputs.py"]
