"""The domain of the control room."""

from monitoring.models.alarm import Alarm
from monitoring.models.analysis import Analysis
from monitoring.models.analysis_preset import AnalysisPreset
from monitoring.models.cursor import AnalysisCursor
from monitoring.models.detector_evaluation import DetectorEvaluation
from monitoring.models.detector_model import DetectorModel
from monitoring.models.detector_settings import DetectorSettings
from monitoring.models.diagnosis import AlarmDiagnosis, DiagnosisModel
from monitoring.models.watch import Watch

__all__ = [
    "Alarm",
    "AlarmDiagnosis",
    "Analysis",
    "AnalysisCursor",
    "AnalysisPreset",
    "DetectorEvaluation",
    "DetectorModel",
    "DetectorSettings",
    "DiagnosisModel",
    "Watch",
]
