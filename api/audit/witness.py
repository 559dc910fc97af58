"""The place that every answer passes, of API, FHIR, pages and codec alike: it writes down who did or tried what.

What changes or takes something out, and who signs in, is on disk before it is answered; reads follow within a second.
"""

from __future__ import annotations

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


class Witness:
    """Stands around the application, inside of what refuses addresses that ask too much."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._strangers = Buckets(STRANGERS_PER_MINUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have it answered, and write down what came of it before anybody hears of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parts: ApiParts = scope["app"].state.parts
        if parts.audit.full:
            # Nobody is shown, and nothing is done, that could not be written down.
            await answer(Problem("unavailable", {"part": "audit"}), Request(scope))(scope, receive, send)
            return
        note, at, told = begun(), parts.now(), False

        async def witnessed(message: Message) -> None:
            nonlocal told
            if message["type"] == "http.response.start" and not told:
                told = True
                await self._written(parts, entries(scope, note, message["status"], at))
            await send(message)

        try:
            await self._app(scope, receive, witnessed)
        except Exception:  # whatever it was, that it was tried is written down
            if not told:
                await self._written(parts, entries(scope, note, FAILED, at))
            raise

    async def _written(self, parts: ApiParts, told: list[Entry]) -> None:
        for number, entry in enumerate(told, 1):
            if entry.user is None and entry.outcome is Outcome.REFUSED and self._strangers.take("") is not None:
                log.warning("audit.strangers", what=entry.what, code=entry.code)
                continue
            # The last one waits for all of them: they are written in order.
            await parts.audit.record(entry, kept=entry.act not in BATCHED and number == len(told))


def entries(scope: Scope, note: Noted, status: int, at: Any) -> list[Entry]:
    """What is written down of an answer: an entry for each case that it is about, or one."""
    what = named(scope)
    if what.endswith("/*") and note.code in UNREMARKABLE:
        return []
    outcome = outcome_of(status, note)
    if what in OF_NOBODY and outcome is Outcome.DONE:
        return []
    note.about(*map(str, scope.get("path_params", {}).values()))
    kind, caller = stated(what), note.caller
    fields = note.fields or (_filters(scope) if kind.act is Act.SEARCH else ())
    cases: list[str | None] = [*sorted(note.cases)[:MOST_CASES]]
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
            found=note.found,
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
