"""Temporal's remote codec protocol, for the eyes of administrators who look into its UI."""
