"""Who may: roles, API tokens, and the form of API errors. Knows no other application."""
