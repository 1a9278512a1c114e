"""The domain of the control room."""

from monitoring.models.alarm import Alarm
from monitoring.models.alarm_definition import AlarmDefinition
from monitoring.models.alarm_journal_entry import AlarmJournalEntry
from monitoring.models.alarm_occurrence import AlarmOccurrence
from monitoring.models.analysis import Analysis
from monitoring.models.analysis_preset import AnalysisPreset
from monitoring.models.cursor import AnalysisCursor
from monitoring.models.detector_evaluation import DetectorEvaluation
from monitoring.models.detector_model import DetectorModel
from monitoring.models.detector_settings import DetectorSettings
from monitoring.models.diagnosis import AlarmDiagnosis, DiagnosisModel
from monitoring.models.event_frame import EventFrame
from monitoring.models.limit_cursor import LimitCursor
from monitoring.models.log_entry import LogEntry
from monitoring.models.public_link import PublicLink
from monitoring.models.saved_trend import SavedTrend
from monitoring.models.shelving import Shelving
from monitoring.models.watch import Watch

__all__ = [
    "Alarm",
    "AlarmDefinition",
    "AlarmDiagnosis",
    "AlarmJournalEntry",
    "AlarmOccurrence",
    "Analysis",
    "AnalysisCursor",
    "AnalysisPreset",
    "DetectorEvaluation",
    "DetectorModel",
    "DetectorSettings",
    "DiagnosisModel",
    "EventFrame",
    "LimitCursor",
    "LogEntry",
    "PublicLink",
    "SavedTrend",
    "Shelving",
    "Watch",
]
