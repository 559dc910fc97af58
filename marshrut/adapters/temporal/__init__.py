"""Temporal, as everything outside workflows/ speaks to it."""
