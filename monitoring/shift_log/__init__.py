"""The shift log: what people wrote down, beside what the system knows of their shift.

Pure: `shifts` (which shift a moment belongs to). `links` makes what a text names into links,
`entries` writes and withdraws, `summary` gathers the facts.
"""
