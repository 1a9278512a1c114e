"""Who may, and who did."""

from accounts.models.api_token import ApiToken, digest
from accounts.models.attempts import Attempts
from accounts.models.audit_entry import AuditEntry
from accounts.models.preferences import Preferences
from accounts.models.session_record import SessionRecord

__all__ = ["ApiToken", "Attempts", "AuditEntry", "Preferences", "SessionRecord", "digest"]
