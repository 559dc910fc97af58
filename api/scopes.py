"""What a machine may ask of the API at all, by the scopes of its key. Whatever no scope covers is refused.

A scope only narrows: role and hospitals are checked as of everybody.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from api.http.too_large import FHIR, INTAKE

API = "/api/v1/"
LOOKING = frozenset({"GET", "HEAD"})
# Of the inbox a machine sees what it sent itself (`api.routes.messages.sight_of`).
SENT = f"{API}messages"
# Machines keep neither machines nor people; and what has a scope of its own is in no other.
KEPT_APART = (f"{API}clients", f"{API}accounts", f"{API}webhooks", f"{API}partner/", f"{API}erasures")
# What takes two people is no machine's: whoever takes machines on would be both.
OF_TWO = "/erasure"


class Scope(StrEnum):
    """Send what happens in a hospital, and see what became of that; read; change; count; subscribe; answer."""

    INTAKE = "intake"
    READ = "read"
    WRITE = "write"
    METRICS = "metrics"
    WEBHOOKS = "webhooks"
    PARTNER = "partner"


def covered(scopes: Collection[str], method: str, path: str) -> bool:
    """Whether one of them covers the call."""
    return any(_covers(Scope(each), method, path) for each in scopes if each in set(Scope))


def _covers(scope: Scope, method: str, path: str) -> bool:
    looking = method in LOOKING or (method == "POST" and path.endswith(("/search", "/_search")))
    resources = path == FHIR or path.startswith(f"{FHIR}/")
    ours = path.startswith(API) and not path.startswith(KEPT_APART) and not path.endswith(OF_TWO)
    match scope:
        case Scope.INTAKE:
            told = path in INTAKE or (resources and not looking) or _is_news(path)
            own = method in LOOKING and (path == SENT or path.startswith((f"{SENT}/", f"{API}commands/")))
            return (method not in LOOKING and told) or own
        case Scope.READ:
            return looking and (ours or resources)
        case Scope.WRITE:
            return not looking and (ours or resources)
        case Scope.METRICS:
            return method in LOOKING and path == "/metrics"
        case Scope.WEBHOOKS:
            return path.startswith((f"{API}webhooks", f"{API}event-types"))
        case Scope.PARTNER:
            return path.startswith((f"{API}partner/", f"{API}commands/"))


def _is_news(path: str) -> bool:
    """Whether a hospital says there what happened to a case."""
    return path.startswith(f"{API}cases/") and path.endswith("/events")
