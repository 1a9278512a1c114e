"""Which of the known disturbances an alarm looks like: pure numerical code, no Django."""

from monitoring.diagnosis.classifier import Diagnosis, DiagnosisClassifier
from monitoring.diagnosis.signature import AGES, HISTORY, signature

__all__ = ["AGES", "HISTORY", "Diagnosis", "DiagnosisClassifier", "signature"]
