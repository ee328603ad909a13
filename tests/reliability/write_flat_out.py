"""Worker: logs as fast as it can for a while, and says how much that was."""

from __future__ import annotations

import json
import sys
import time

from neural.tracking import ExperimentTracker
from neural.tracking.storage.metrics_choices import WriterKind


def main(folder: str, writer: WriterKind, seconds: float) -> None:
    """Log ``x = step / 2`` and ``y = step`` until the time is over; print the number of calls."""
    tracker = ExperimentTracker(
        "flat out", folder, auto_visualize=False, capture_environment=False, writer=writer
    )
    sys.stdout.write(f"{tracker.experiment_id}\n")
    sys.stdout.flush()
    end, step = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        for _ in range(100):
            tracker.log_metrics({"x": step / 2, "y": step}, step=step)
            step += 1
    tracker.finish()
    sys.stdout.write(json.dumps(step))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
