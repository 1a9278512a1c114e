"""What would happen: ensembles and forecasts from a plant's state. Free of Django."""

from simulation.whatif.ensemble import Ensemble, ensemble
from simulation.whatif.forecast import Forecast, TripClaim, forecast

__all__ = ["Ensemble", "Forecast", "TripClaim", "ensemble", "forecast"]
