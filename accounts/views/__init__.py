"""The login, and each user's own page."""
