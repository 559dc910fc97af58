"""Wording in both languages, as every view shows it."""

from __future__ import annotations

from pydantic import BaseModel


class Title(BaseModel):
    """Wording in both languages."""

    ru: str
    en: str


class Worded(BaseModel):
    """A code in words."""

    code: str
    title: Title
