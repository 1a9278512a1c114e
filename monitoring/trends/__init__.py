"""Trends that people can work with: any tags of any plant, from seconds to weeks."""
