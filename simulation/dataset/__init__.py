"""Whole experiments as files: faults x runs x hours, resumable and verifiable. Free of Django."""
