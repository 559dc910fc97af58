"""Ways back: to pages of ours and to nobody else's."""

from __future__ import annotations

import re

HOME = "/desk/"
_OWN = re.compile(r"/(?:desk|status)(?:/[\w\-.:@+%]*)*(?:\?[\w\-.:@+%=&*/]*)?")


def own_path(given: str | None) -> str:
    """The way, if it leads to one of our pages; else the first of them."""
    return given if given is not None and _OWN.fullmatch(given) else HOME
