"""The place that every answer passes, of API, FHIR, pages and codec alike: it writes down who did or tried what.

What changes or takes something out, and who signs in, is on disk before it is answered; reads follow within a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.audit.endpoints import OF_NOBODY, STRANGERS_PER_MINUTE, Stated, stated
from api.audit.noted import Noted, begun
from api.http.limits import Buckets
from api.parts import ApiParts
from api.problems import Problem, answer
from marshrut.domain.auditing import Act, Entry, Outcome, fields_of, purpose_of
from marshrut.ports import Caller

log = structlog.get_logger()

BATCHED = frozenset({Act.READ, Act.SEARCH})
# One call may be about many cases: each has its entry, as far as that.
MOST_CASES = 500
# Files, and addresses that lead nowhere.
UNREMARKABLE = frozenset({None, "not_found", "method_not_allowed"})
# Parts of addresses that name something; not the codes of links, which open something.
THINGS = ("user_id", "client_id", "message_id", "erasure_id", "webhook_id", "handover_id", "absence_id")
PENDING, BAD, FAILED = 202, 400, 500
# That the process lives is said also while nothing more can be written down: who restarts it loses what waits.
ALIVE = "/healthz"
COUNTED = frozenset({Act.SEARCH, Act.EXPORT})


@dataclass(slots=True)
class Told:
    """A request, and what was written down of it so far."""

    scope: Scope
    note: Noted
    at: datetime
    status: int = 0
    known: set[str] = field(default_factory=set)

    def news(self, status: int) -> list[Entry]:
        """The answer, when it begins; while it goes on the cases that it turns out to be about."""
        if self.status and self.note.cases <= self.known:
            return []
        fresh = entries(self.scope, self.note, status, self.at, self.known)
        self.status = self.status or status
        self.known.update(self.note.cases)
        return fresh


class Witness:
    """Stands around the application, and around what refuses addresses that ask too much."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # A bucket a code: who asks too much, or by no token, hides nobody who tries something else.
        self._strangers = Buckets(STRANGERS_PER_MINUTE)
        self._aloud = Buckets(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have it answered, and write down what came of it before anybody hears of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parts: ApiParts = scope["app"].state.parts
        if parts.audit.full and scope["path"] != ALIVE:
            # Nobody is shown, and nothing is done, that could not be written down.
            await answer(Problem("unavailable", {"part": "audit"}), Request(scope))(scope, receive, send)
            return
        told = Told(scope, begun(), parts.now())

        async def witnessed(message: Message) -> None:
            if told.status or message["type"] == "http.response.start":
                await self._written(parts, told.news(told.status or message["status"]))
            await send(message)

        try:
            await self._app(scope, receive, witnessed)
        except asyncio.CancelledError:  # the process ends: nobody waits, and nobody knows whether it is done
            await self._written(parts, told.news(PENDING), waited=False)
            raise
        except Exception:  # whatever it was, that it was tried is written down
            await self._written(parts, told.news(FAILED))
            raise

    async def _written(self, parts: ApiParts, told: list[Entry], *, waited: bool = True) -> None:
        for number, entry in enumerate(told, 1):
            if entry.user is None and entry.outcome is Outcome.REFUSED and self._too_many(entry):
                continue
            # The last one waits for all of them: they are written in order.
            await parts.audit.record(entry, kept=waited and entry.act not in BATCHED and number == len(told))

    def _too_many(self, entry: Entry) -> bool:
        code = entry.code or ""
        if self._strangers.take(code) is None:
            return False
        if self._aloud.take(code) is None:
            log.warning("audit.strangers", what=entry.what, code=entry.code)
        return True


def entries(scope: Scope, note: Noted, status: int, at: datetime, known: Collection[str] = ()) -> list[Entry]:
    """What is written down of an answer: an entry for each case that it is about and that is not known, or one."""
    what = named(scope)
    if what.endswith("/*") and note.code in UNREMARKABLE:
        return []
    outcome = outcome_of(status, note)
    if what in OF_NOBODY and outcome is Outcome.DONE:
        return []
    note.about(*map(str, scope.get("path_params", {}).values()))
    kind, caller = stated(what), note.caller
    fields = note.fields or (_filters(scope) if kind.act in COUNTED else ())
    cases: list[str | None] = [*sorted(note.cases.difference(known))[:MOST_CASES]]
    return [
        Entry(
            at=at,
            act=kind.act,
            what=what,
            purpose=note.purpose or _purpose(kind, caller),
            outcome=outcome,
            user=note.user if caller is None else caller.user,
            role=None if caller is None else caller.role,
            case_id=case_id,
            hospital=note.hospital or _hospital(caller),
            thing=note.thing or _thing(scope) if outcome is Outcome.DONE else None,
            code=note.code if outcome in {Outcome.REFUSED, Outcome.FAILED} else None,
            fields=fields,
            found=note.found if kind.act in COUNTED else None,
        )
        for case_id in cases or [None]
    ]


def named(scope: Scope) -> str:
    """The endpoint: its method, and its route with no value in it; `*` for whatever was turned away before."""
    route = scope.get("route")
    mounted = scope.get("root_path", "").removeprefix(scope.get("app_root_path", scope.get("root_path", "")))
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    return f"{method} {mounted}{'/*' if route is None else route.path}"


def outcome_of(status: int, note: Noted) -> Outcome:
    """What came of a request. A page that sends somebody to sign in first has refused them."""
    if status >= FAILED:
        return Outcome.FAILED
    if status >= BAD or note.code == "unauthenticated":
        return Outcome.REFUSED
    return Outcome.PENDING if status == PENDING else Outcome.DONE


def _purpose(kind: Stated, caller: Caller | None) -> Any:
    return kind.purpose or purpose_of(None if caller is None else caller.role)


def _hospital(caller: Caller | None) -> str | None:
    """Whose it is where no case says so: the caller's, who has one."""
    if caller is None or caller.hospitals is None or len(caller.hospitals) != 1:
        return None
    return next(iter(caller.hospitals))


def _thing(scope: Scope) -> str | None:
    """What else it is about; only of what was answered, since an address may name anything."""
    params = scope.get("path_params", {})
    return next((str(params[name]) for name in THINGS if name in params), None)


def _filters(scope: Scope) -> tuple[str, ...]:
    """The filters that were given, of those that the route has; whatever else an address names may be anything."""
    dependant = getattr(scope.get("route"), "dependant", None)
    asked = [dependant, *getattr(dependant, "dependencies", ())]
    known = {field.alias for each in asked for field in getattr(each, "query_params", ())}
    return fields_of(known & set(Request(scope).query_params))
