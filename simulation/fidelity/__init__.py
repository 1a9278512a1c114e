"""The evidence that the simulated plant is the published one: comparisons that return data."""
