"""Ways back: to pages of ours and to nobody else's."""

from __future__ import annotations

import re

HOME = "/desk/"
_OWN = re.compile(r"/(?:desk|status)(?:/[\w\-.:@+%]*)*(?:\?[\w\-.:@+%=&*/]*)?", re.ASCII)  # it goes into a header
# What climbs, or is empty in the middle, might be read by a browser as a path of another place.
_UPWARDS = re.compile(r"//|/\.{1,2}(/|$)|%2e|%2f", re.IGNORECASE)


def own_path(given: str | None) -> str:
    """The way, if it leads to one of our pages; else the first of them."""
    if given is None or not _OWN.fullmatch(given) or _UPWARDS.search(given.partition("?")[0]):
        return HOME
    return given
