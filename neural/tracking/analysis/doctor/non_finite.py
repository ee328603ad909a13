"""The first NaN or infinity of a run, and the step before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neural.tracking.analysis.doctor.finding import Finding, figure_text, listed
from neural.tracking.analysis.doctor.patient import Patient
from neural.tracking.records import Series
from neural.tracking.smoothing import as_floats

__all__ = ["non_finite"]


@dataclass(frozen=True, slots=True)
class _Loss:
    """Where a metric stopped being a number; ``before`` is the last finite point."""

    name: str
    step: int
    kind: str
    before: tuple[int, float] | None
    end: int
    count: int
    recovers: bool


def non_finite(patient: Patient) -> list[Finding]:
    """Find NaN and infinities: one finding for metrics that stay so, one for those that recover.

    A metric stays broken when its last value is not finite either. Metrics that never were
    a number are left out where others were: they are undefined, not broken.
    """
    lost = [loss for name, one in patient.series.items() if (loss := _loss(name, one))]
    lost.sort(key=lambda loss: loss.step)
    stays = [loss for loss in lost if not loss.recovers and loss.before is not None]
    recovers = [loss for loss in lost if loss.recovers]
    never = [loss for loss in lost if not loss.recovers and loss.before is None]
    findings = []
    if stays:
        findings.append(_staying(stays))
    if recovers:
        findings.append(_passing(recovers))
    if never and len(never) == len(patient.series):
        findings.append(_never(never))
    return findings


def _loss(name: str, series: Series) -> _Loss | None:
    order = np.argsort(series.step, kind="stable")
    step, value = np.asarray(series.step)[order], as_floats(series.value)[order]
    is_finite = np.isfinite(value)
    if is_finite.all():
        return None
    first = int(np.argmin(is_finite))
    before = (int(step[first - 1]), float(value[first - 1])) if first else None
    bad = np.flatnonzero(~is_finite)
    return _Loss(
        name=name,
        step=int(step[first]),
        kind="NaN" if np.isnan(value[first]) else "infinite",
        before=before,
        end=int(step[bad[-1]]),
        count=int(bad.size),
        recovers=bool(is_finite[-1]),
    )


def _staying(lost: list[_Loss]) -> Finding:
    first = lost[0]
    assert first.before is not None
    step, value = first.before
    text = (
        f"{first.name} is {first.kind} from step {first.step:,} on. "
        f"The last number before it was {figure_text(value)} at step {step:,}."
    )
    if len(lost) > 1:
        text += f" {listed(_names(lost[1:]))} followed."
    return Finding(
        rule="non_finite",
        severity="error",
        title=f"{first.kind} from step {first.step:,} on",
        text=text,
        metrics=_names(lost),
        region=(step, max(loss.end for loss in lost)),
        numbers={"step": first.step, "step_before": step, "value_before": value},
    )


def _passing(lost: list[_Loss]) -> Finding:
    first, count = lost[0], sum(loss.count for loss in lost)
    return Finding(
        rule="non_finite",
        severity="warning",
        title=f"{count:,} value{'s' if count > 1 else ''} not finite",
        text=f"{listed(_names(lost))} had {count:,} NaN or infinite "
        f"value{'s' if count > 1 else ''}, the first at step {first.step:,}, and recovered.",
        metrics=_names(lost),
        region=(min(loss.step for loss in lost), max(loss.end for loss in lost)),
        numbers={"step": first.step, "count": count},
    )


def _never(lost: list[_Loss]) -> Finding:
    end = max(loss.end for loss in lost)
    return Finding(
        rule="non_finite",
        severity="error",
        title="Never a number",
        text=f"No value of {listed(_names(lost))} is a finite number, from the first step on.",
        metrics=_names(lost),
        region=(lost[0].step, end),
        numbers={"step": lost[0].step, "count": sum(loss.count for loss in lost)},
    )


def _names(lost: list[_Loss]) -> tuple[str, ...]:
    return tuple(loss.name for loss in lost)
