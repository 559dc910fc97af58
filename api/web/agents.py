"""What kind of browser somebody uses, so that they know their sessions apart: its family and system, and no more."""

from __future__ import annotations

# In this order: most of them also say that they are another one.
FAMILIES = (
    ("YaBrowser/", "Yandex"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def agent(header: str) -> str:
    """The browser in a few letters; nothing where it is none that we know."""
    family = next((name for sign, name in FAMILIES if sign in header), None)
    system = next((name for sign, name in SYSTEMS if sign in header), None)
    return " · ".join(part for part in (family, system) if part)
