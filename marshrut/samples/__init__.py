"""Sample admissions: invented people, real shapes. They fill an empty installation through the ordinary intake."""

from marshrut.samples.load import shifted

__all__ = ["shifted"]
