"""Which certificate speaks for which hospitals: a YAML file that the installation writes.

A certificate is known by its DNS names or, when it has none, by its common name. Whoever holds it is a machine with
the scope of its entry, as if by a token.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from marshrut.adapters import entries
from marshrut.domain.base import Code, Model
from marshrut.domain.words import Role
from marshrut.ports import Caller

Name = Annotated[str, StringConstraints(min_length=1, max_length=250, to_lower=True, strip_whitespace=True)]
# What `ssl` tells of a certificate that was verified.
Certificate = Mapping[str, Any]


class ClientsError(entries.EntriesError):
    """What is wrong with the file of senders, and where."""


class Client(Model):
    """A sender. Without `hospitals` it speaks for all of them."""

    certificate: Name
    user: Code
    hospitals: Annotated[tuple[Code, ...], Field(min_length=1)] | None = None


class Clients:
    """The senders of a file: `clients:` and under it a list, an entry a certificate."""

    def __init__(self, callers: Mapping[str, Caller]) -> None:
        self._callers = callers

    @classmethod
    def read(cls, path: Path, hospitals: Collection[str]) -> Clients:
        """Read and check it against the hospitals that there are.

        Raises:
            ClientsError: it cannot be read, is no list of senders, an entry does not fit, or two are of one name.
        """
        callers: dict[str, Caller] = {}
        for line, client in entries.read(path, "clients", Client, ClientsError):
            if fault := entries.known(client.hospitals, hospitals):
                raise ClientsError(path, line, fault)
            if client.certificate in callers:
                raise ClientsError(path, line, "certificate: another entry has this name")
            scope = None if client.hospitals is None else frozenset(client.hospitals)
            callers[client.certificate] = Caller(client.user, Role.INTEGRATOR, scope)
        return cls(callers)

    def caller(self, certificate: Certificate) -> Caller | None:
        """Whom the certificate speaks for; None when it is nobody's, or more than one's."""
        found = [self._callers[name] for name in names(certificate) if name in self._callers]
        return found[0] if len(found) == 1 else None


def names(certificate: Certificate) -> tuple[str, ...]:
    """The names of a certificate, each once."""
    alternative = [name for kind, name in certificate.get("subjectAltName", ()) if kind == "DNS"]
    common = [text for part in certificate.get("subject", ()) for kind, text in part if kind == "commonName"]
    return tuple(dict.fromkeys(name.lower() for name in alternative or common))
