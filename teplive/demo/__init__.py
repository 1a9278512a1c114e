"""A scripted tour of the product on a plant of its own: scenes, and what carries them out."""
