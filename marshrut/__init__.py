"""Marshrut: the personal route of a patient who comes into hospital as an emergency."""

__version__ = "0.3.0"
