"""What the composition itself remembers."""

from teplive.models.demo_tour import DemoTour

__all__ = ["DemoTour"]
