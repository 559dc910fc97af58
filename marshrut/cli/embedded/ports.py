"""Ports, taken or found busy before anything is started."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from marshrut.cli.exits import Exit, Stop


@contextmanager
def bound(host: str, port: int, what: str, flag: str) -> Iterator[socket.socket]:
    """A socket that holds the port; whoever listens on it begins to answer.

    Raises:
        Stop: the port is taken or not allowed, or the host is none of this machine's addresses.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError):
        raise Stop(Exit.USAGE, f"{host} is no address for {what}") from None
    with socket.socket(family, kind, protocol) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(address)
        except OSError as fault:
            raise _refused(fault, host, port, what, flag) from None
        yield taken


def check_free(host: str, port: int, what: str, flag: str) -> None:
    """See that somebody else may listen there.

    Raises:
        Stop: as for `bound`.
    """
    with bound(host, port, what, flag):
        pass


def _refused(fault: OSError, host: str, port: int, what: str, flag: str) -> Stop:
    match fault.errno:
        case errno.EADDRINUSE:
            return Stop(Exit.PORT_BUSY, f"port {port} for {what} is taken; {flag} chooses another")
        case errno.EACCES:
            return Stop(Exit.PORT_BUSY, f"port {port} for {what} is not allowed; {flag} chooses another")
        case _:
            return Stop(Exit.USAGE, f"{host} is no address of this machine, for {what}")
