"""Whom cases are about: found, compared and shown to whoever may see persons."""
