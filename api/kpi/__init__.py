"""Figures: counted, put into tables, shown."""
