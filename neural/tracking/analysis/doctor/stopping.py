"""Runs that crashed, failed, or hang."""

from __future__ import annotations

import numpy as np

from neural.tracking.analysis.doctor.finding import Finding, span_text
from neural.tracking.analysis.doctor.patient import Patient
from neural.tracking.records import RunStatus

__all__ = ["ended_badly", "stalled"]

#: A silence is a stall when it is this many times the usual interval, ...
_TIMES_USUAL = 20.0
#: ... and this many times the longest pause so far: validation and checkpoints pause too.
_TIMES_LONGEST = 3.0
#: Intervals that are needed to know what is usual.
_FEWEST_INTERVALS = 5
#: Seconds of silence that are never a stall: a reader may be late by more than nothing.
_PATIENCE = 30.0
#: Share of the whole run that a pause in the middle has to take before it is worth a line.
_PAUSE_SHARE = 0.1


def ended_badly(patient: Patient) -> list[Finding]:
    """Find out whether the run crashed or failed, and how far it came."""
    status = patient.facts.status
    if status not in {RunStatus.CRASHED, RunStatus.FAILED}:
        return []
    why = (
        "The process ended without saying so: killed, out of memory, or the machine went down."
        if status == RunStatus.CRASHED
        else "It ended with an exception; the traceback is kept with the run."
    )
    extent = patient.extent
    last = extent[1] if extent else None
    where = f"The last point is at step {last:,}." if last is not None else "Nothing was logged."
    return [
        Finding(
            rule="ended_badly",
            severity="error",
            title=f"The run {status}" + (f" after step {last:,}" if last is not None else ""),
            text=f"{where} {why}",
            region=None if last is None else (last, last),
            numbers={} if last is None else {"step": last},
        )
    ]


def stalled(patient: Patient) -> list[Finding]:
    """Find a run that should be logging and is not, and long pauses of one that went on."""
    step, time = patient.pulse
    gaps = np.diff(time)
    if gaps.size < _FEWEST_INTERVALS:
        return []
    return [*_silence(patient, gaps), *_pause(step, time, gaps)]


def _silence(patient: Patient, gaps: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[Finding]:
    now, last = patient.facts.now, patient.last_time
    if patient.facts.status != RunStatus.RUNNING or now is None or last is None:
        return []
    usual, longest = float(np.median(gaps)), float(gaps.max())
    silent = now - last
    if silent < max(_TIMES_USUAL * usual, _TIMES_LONGEST * longest, _PATIENCE):
        return []
    end = patient.extent[1] if patient.extent else 0
    return [
        Finding(
            rule="stalled",
            severity="warning",
            title=f"Nothing logged for {span_text(silent)}",
            text=f"The run is marked as running, but its last point, at step {end:,}, is "
            f"{span_text(silent)} old. Usually one comes every {span_text(usual)}; the longest "
            f"pause so far was {span_text(longest)}.",
            region=(end, end),
            numbers={"silent_s": silent, "usual_s": usual, "longest_s": longest, "step": end},
        )
    ]


def _pause(
    step: np.ndarray[tuple[int], np.dtype[np.int64]],
    time: np.ndarray[tuple[int], np.dtype[np.float64]],
    gaps: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> list[Finding]:
    at = int(np.argmax(gaps))
    usual, rest = float(np.median(gaps)), float(np.delete(gaps, at).max())
    longest, whole = float(gaps[at]), float(time[-1] - time[0])
    limit = max(_TIMES_USUAL * usual, _TIMES_LONGEST * rest, _PATIENCE, _PAUSE_SHARE * whole)
    if longest < limit:
        return []
    begin, end = sorted((int(step[at]), int(step[at + 1])))
    return [
        Finding(
            rule="stalled",
            severity="info",
            title=f"Paused for {span_text(longest)}",
            text=f"Nothing was logged for {span_text(longest)} between steps {begin:,} and "
            f"{end:,}, {longest / whole:.0%} of the whole run. Usually a point comes every "
            f"{span_text(usual)}.",
            region=(begin, end),
            numbers={"silent_s": longest, "usual_s": usual, "step": begin},
        )
    ]
