"""What would happen: ensembles and forecasts from a plant's state. Free of Django."""
