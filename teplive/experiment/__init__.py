"""Explainers scored against the truth on fresh simulated runs: offline, and repeatable by seed."""
