"""The doctor: rules that look at the curves of one run and say what is wrong, with the numbers."""

from __future__ import annotations

from neural.tracking.analysis.doctor.diagnosis import RULES, Rule, diagnose
from neural.tracking.analysis.doctor.finding import Finding, Severity
from neural.tracking.analysis.doctor.patient import Patient, RunFacts

__all__ = ["RULES", "Finding", "Patient", "Rule", "RunFacts", "Severity", "diagnose"]
