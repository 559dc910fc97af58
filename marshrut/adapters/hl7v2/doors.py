"""Who may come in to MLLP: anybody who reaches the port, or by TLS whoever has a certificate that is known.

Files that are renewed hold from the next connection on, and who is taken off the list of senders is not heard any
more on the connection that is there. What cannot be read changes nothing: the door stays as it was, and says so.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from marshrut.adapters.hl7v2.clients import Certificate, Clients, ClientsError
from marshrut.domain.words import Role
from marshrut.ports import Caller

log = structlog.get_logger()

# Without certificates there is no sign-in: whoever reaches the port is a hospital's system, also one that the catalogue
# is still to learn of.
ANYBODY = Caller("mllp", Role.INTEGRATOR, None)
LOOK_EVERY_S = 1.0


class TlsError(Exception):
    """What is wrong with the certificates, in words that name files and never repeat what is in them."""


class Door(Protocol):
    """Who may send."""

    def context(self) -> ssl.SSLContext | None:
        """How TLS is spoken; None: not at all."""
        ...

    def caller(self, certificate: Certificate | None) -> Caller | None:
        """Whom a message is from; None: nobody we know, who is sent away."""
        ...


@dataclass(frozen=True, slots=True)
class Open:
    """No TLS: everybody is the same machine."""

    who: Caller = ANYBODY

    def context(self) -> None:
        """In the clear."""

    def caller(self, _certificate: Certificate | None) -> Caller:
        """The one."""
        return self.who


@dataclass(frozen=True, slots=True)
class Files:
    """PEM files: the certificate with its chain and its key; whose clients' certificates are good; and the senders."""

    certificate: Path
    key: Path | None = None
    clients_ca: Path | None = None
    clients: Path | None = None

    @property
    def changed(self) -> tuple[object, ...]:
        """What differs when one of them was written anew."""
        return tuple(_stamp(path) for path in (self.certificate, self.key, self.clients_ca, self.clients) if path)


class Tls:
    """TLS 1.2 or later, with clients' certificates where their authority is named."""

    def __init__(self, files: Files, read_clients: Callable[[Path], Clients]) -> None:
        """Read the files; `read_clients` reads the list of senders.

        Raises:
            TlsError, ClientsError: they cannot be used.
        """
        self._files = files
        self._read_clients = read_clients
        self._seen, self._looked = files.changed, time.monotonic()
        self._current, self._clients = self._read()
        # Every handshake begins with this one and goes on with the one in force.
        self._first = _context(files)
        self._first.sni_callback = self._choose

    def context(self) -> ssl.SSLContext:
        """How TLS is spoken."""
        return self._first

    def caller(self, certificate: Certificate | None) -> Caller | None:
        """The sender of the certificate; where none are asked for, anybody."""
        self._look()
        if self._clients is None:
            return ANYBODY
        return None if certificate is None else self._clients.caller(certificate)

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _first: ssl.SSLContext) -> None:
        self._look()
        connection.context = self._current

    def _look(self) -> None:
        if time.monotonic() - self._looked < LOOK_EVERY_S:
            return
        self._looked, changed = time.monotonic(), self._files.changed
        if changed == self._seen:
            return
        self._seen = changed
        try:
            self._current, self._clients = self._read()
        except (TlsError, ClientsError) as fault:
            log.warning("mllp.certificates_not_renewed", why=str(fault))
        else:
            log.info("mllp.certificates_renewed")

    def _read(self) -> tuple[ssl.SSLContext, Clients | None]:
        clients = None if self._files.clients is None else self._read_clients(self._files.clients)
        return _context(self._files), clients


def _context(files: Files) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    # Every connection shows its certificate anew: none goes on by one that has run out or was taken back.
    made.options |= ssl.OP_NO_TICKET
    made.num_tickets = 0
    try:
        made.load_cert_chain(files.certificate, files.key, password=_no_password)
    except (OSError, ValueError) as fault:
        raise TlsError(f"{files.certificate}: {_said(fault)}") from None
    if files.clients_ca is not None:
        made.verify_mode = ssl.CERT_REQUIRED
        try:
            made.load_verify_locations(files.clients_ca)
        except OSError as fault:
            raise TlsError(f"{files.clients_ca}: {_said(fault)}") from None
    return made


def _no_password() -> str:
    raise ValueError("encrypted")  # OpenSSL would ask at the terminal


def _said(fault: Exception) -> str:
    match fault:
        case ssl.SSLError(reason="KEY_VALUES_MISMATCH"):
            return "is not the certificate of this key"
        case ssl.SSLError():
            return "is no certificate, or key, in PEM form"
        case OSError():
            return f"cannot be read: {fault.strerror}"
        case _:
            return "the key has a password, which is not asked for"


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
