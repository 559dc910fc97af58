"""Addresses on the network, as far as they tell one household from another."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address


def household(address: str) -> str:
    """By what one is counted: of version 6 the network (/64), all of which is one household's, else the address.

    One of version 4 is that one, however the socket that took it writes it down.
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    return str(known.ipv4_mapped or IPv6Network((int(known), 64), strict=False))
