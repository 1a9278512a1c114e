"""Detectors, their settings and presets for engineers; analyses and alarms to look at."""

from monitoring.admin.alarms import (
    AlarmDefinitionAdmin,
    AlarmJournalEntryAdmin,
    AlarmOccurrenceAdmin,
    EventFrameAdmin,
    ShelvingAdmin,
)
from monitoring.admin.detectors import DetectorModelAdmin
from monitoring.admin.records import (
    AlarmAdmin,
    AlarmDiagnosisAdmin,
    AnalysisAdmin,
    DetectorEvaluationAdmin,
    DiagnosisModelAdmin,
)
from monitoring.admin.settings import AnalysisPresetAdmin, DetectorSettingsAdmin

__all__ = [
    "AlarmAdmin",
    "AlarmDefinitionAdmin",
    "AlarmDiagnosisAdmin",
    "AlarmJournalEntryAdmin",
    "AlarmOccurrenceAdmin",
    "AnalysisAdmin",
    "AnalysisPresetAdmin",
    "DetectorEvaluationAdmin",
    "DetectorModelAdmin",
    "DetectorSettingsAdmin",
    "DiagnosisModelAdmin",
    "EventFrameAdmin",
    "ShelvingAdmin",
]
