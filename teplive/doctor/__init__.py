"""The checks of `manage.py doctor`: each looks at one part and says what would help."""

from teplive.doctor.examination import PATIENCE_SECONDS, Check, Finding, Level, examine
from teplive.doctor.report import Report, all_checks

__all__ = ["PATIENCE_SECONDS", "Check", "Finding", "Level", "Report", "all_checks", "examine"]
