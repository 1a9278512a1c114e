"""Every page in a real browser, for every role, in each state, width and theme.

With TEPLIVE_PICTURES=FOLDER each is kept as a picture, to be looked at.
"""
