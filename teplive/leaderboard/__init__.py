"""Explanations against the truth: the one place that may know both."""
