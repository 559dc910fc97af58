"""Who sits at the desk, in which language and zone, and how a page is put before them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access import (
    ENQUIRERS,
    EXPORTERS,
    GLASS_KEEPERS,
    INBOX_READERS,
    INSIDERS,
    OPENERS,
    OVERSEERS,
    READERS,
    REFERRERS,
    REPLAYERS,
    SEE_PERSONS,
    looking,
)
from api.audit.noted import noted
from api.gates import EVERYBODY, lets
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.views.clock import ClockView
from api.web.badges import MANY, Badges, badges
from api.web.chips import Chip, chip
from api.web.formats import Formats
from api.web.languages import preferred
from api.web.paths import HOME
from api.web.people import Who, who
from api.web.rendering import render
from api.web.session import encrypted, reader
from api.web.words import Language, Words
from marshrut.domain.digest import home
from marshrut.domain.moves import CARE, SENIOR
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from marshrut.ports import Caller, Lag, new_id

A_MINUTE_S = 60.0
ADMINISTRATORS = frozenset({Role.ADMIN})
AUDITORS = frozenset({Role.AUDITOR})

FORM_KEY = re.compile(r"[\w-]{1,64}")


class SignInNeeded(Exception):  # noqa: N818 - an answer, not a fault
    """Nobody is signed in; afterwards the way leads back to `back`."""

    def __init__(self, back: str) -> None:
        super().__init__("sign in")
        self.back = back

    def answer(self, request: Request) -> Response:
        """The way to the sign-in page, for a browser or for a part of a page that asks for more."""
        where = f"/desk/signin?next={quote(self.back)}"
        if "hx-request" in request.headers:
            return Response(status_code=200, headers={"HX-Redirect": where})
        return RedirectResponse(where, 303)


@dataclass(frozen=True, slots=True)
class Desk:
    """One request of somebody who is signed in. `t` says things in their language, `f` writes days and times."""

    request: Request
    parts: ApiParts
    caller: Caller
    language: Language
    t: Words
    f: Formats
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The instant of which the whole page speaks."""
        return self.f.now

    @property
    def senior(self) -> bool:
        """Whether the caller decides for a team."""
        return self.caller.role in SENIOR

    @property
    def sees_persons(self) -> bool:
        """Whether the caller may see whom a case is about."""
        return self.caller.role in SEE_PERSONS

    @property
    def partial(self) -> bool:
        """Whether a part of a page is asked for (htmx), and not a page."""
        return "hx-request" in self.request.headers and "hx-boosted" not in self.request.headers

    def at(self, hospital: str | None) -> Formats:
        """Formats in that hospital's zone."""
        zone = self.parts.zones.get(hospital or "", self.f.zone)
        return self.f if zone == self.f.zone else Formats(self.language, zone, self.f.now)

    def chip(self, clock: ClockView, hospital: str | None = None) -> Chip:
        """A step's clock, as its hospital's wall clocks show it."""
        return chip(clock, self.at(hospital), self.t)

    def hospital(self, code: str | None) -> str:
        """What a hospital is called."""
        known = self.parts.catalogue.hospitals.get(code or "")
        return code or "" if known is None else self.said(known.title)

    def hospitals(self, codes: Collection[str] | None) -> str:
        """What hospitals are called, all of them without a list."""
        return self.t("shell.everywhere") if codes is None else ", ".join(self.hospital(code) for code in codes)

    def done(self, page: str, what: str | None) -> str:
        """What a page says was done, of the code in its address; nothing of a code that it does not know."""
        key = f"{page}.did_{what}"
        return self.t(key) if self.t.knows(key) else ""

    def said(self, title: Any) -> str:
        """Of a title `{ru, en}` the side that the reader reads."""
        text: str = getattr(title, self.language)
        return text

    def role(self, role: Role) -> str:
        """What a role is called."""
        return self.t(f"terms.role_{role.value}")

    def name_of(self, user: str | None) -> str:
        """What a colleague is called; the code where no name is known."""
        return self.t("shell.nobody") if user is None else self.names.get(user, user)

    async def who(self, cases: Collection[CaseState]) -> dict[str, Who]:
        """Whom cases are about, by case id."""
        return await who(cases, self.parts, self.caller, self.t)

    def key(self) -> str:
        """An idempotency key for a form: however often it is sent, it happens once."""
        return new_id()

    async def page(self, template: str, page: object, *, status: int = 200, section: str = "") -> Response:
        """A whole page; `section`: the entry of the navigation that it belongs to."""
        lag = (await self.parts.freshness.lags(self.now)).of(self.caller.hospitals)
        shell = Shell(self, section, await badges(self.parts, self.caller, self.now), lag)
        return HTMLResponse(render(template, {"page": page, "desk": self, "shell": shell}), status)

    def part(
        self, template: str, page: object, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        """A part of a page, to be put into one that is there."""
        return HTMLResponse(render(template, {"page": page, "desk": self}), status, headers)

    def goes_to(self, path: str) -> Response:
        """After a form that was done: on to a page. `path` is one of ours."""
        answer = (
            Response(status_code=200, headers={"HX-Location": path}) if self.partial else RedirectResponse(path, 303)
        )
        key = getattr(self.request.state, "form_key", None)
        if key is not None and FORM_KEY.fullmatch(key):
            # The browser keeps a draft of the form until it learns that the form was taken.
            answer.set_cookie("taken", key, max_age=60, path="/desk", samesite="lax", secure=encrypted(self.request))
        return answer


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the navigation. `count` None: nothing is counted; `beside`: it stands in the reader's own menu."""

    name: str
    path: str
    icon: str
    count: int | None = None
    late: bool = False
    beside: bool = False

    @property
    def told(self) -> str:
        """The count as it is shown; of what is late no more than a look counts (`badges.MANY`)."""
        return "99+" if self.late and (self.count or 0) >= MANY else str(self.count or 0)


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands around every page."""

    desk: Desk
    section: str
    badges: Badges
    behind: Lag | None = None

    @property
    def lag(self) -> str:
        """As of when the page is, and how far that is behind what was said."""
        f, t = self.desk.f, self.desk.t
        if self.behind is None:
            return t("shell.as_of", time=f.clock(f.now))
        if self.behind.seconds < A_MINUTE_S:
            return t("shell.lag", time=f.clock(f.now), seconds=f.number(self.behind.seconds, 1))
        return t("shell.lags", time=f.clock(f.now), lag=f.lasting(timedelta(seconds=self.behind.seconds), t))

    @property
    def sections(self) -> tuple[Section, ...]:
        """Where this reader may go."""
        role = self.desk.caller.role
        return tuple(section for section, roles in self._all() if role in roles)

    def _all(self) -> tuple[tuple[Section, frozenset[Role]], ...]:
        role = self.desk.caller.role
        return (
            (Section("my_day", "/desk/", "day", self.badges.overdue, late=True), CARE),
            (Section("cases", "/desk/cases", "list"), READERS - {Role.INTEGRATOR}),
            (Section("board", "/desk/board", "late", self.badges.stuck), READERS - {Role.INTEGRATOR}),
            (Section("figures", "/desk/figures", "day"), OVERSEERS),
            (Section("hotline", "/desk/hotline", "call"), ENQUIRERS),
            # It comes forward while somebody looks at a case of theirs.
            (
                Section("glass", "/desk/break-glass", "lock", self.badges.opened, beside=not self.badges.opened),
                GLASS_KEEPERS,
            ),
            # Whoever cares for patients has many sections, and looks at machines now and then.
            (Section("messages", "/desk/messages", "inbox", self.badges.parked, beside=role in CARE), INBOX_READERS),
            (Section("catalogue", "/desk/catalogue", "list"), INSIDERS),
            (Section("audit", "/desk/audit", "find"), AUDITORS),
            (Section("rights", "/desk/rights", "lock", beside=role in CARE), OVERSEERS),
            (Section("accounts", "/desk/accounts", "person", beside=True), ADMINISTRATORS),
            (Section("machines", "/desk/machines", "bolt", beside=True), ADMINISTRATORS),
            (Section("webhooks", "/desk/webhooks", "bell"), ADMINISTRATORS),
            (Section("connect", "/desk/connect", "bolt", beside=role in CARE), INBOX_READERS),
        )

    @property
    def may_admit(self) -> bool:
        """Whether this reader may open a case by hand."""
        return self.desk.caller.role in REFERRERS

    @property
    def place(self) -> str:
        """Role and hospital of the reader."""
        scope = self.desk.caller.hospitals
        where = self.desk.hospital(next(iter(scope))) if scope is not None and len(scope) == 1 else None
        return " · ".join(part for part in (self.desk.role(self.desk.caller.role), where) if part)


@lets(EVERYBODY)
async def desk(request: Request, parts: Parts) -> Desk:
    """Whoever the session stands for, at their desk.

    Raises:
        SignInNeeded: it stands for nobody.
    """
    found = await reader(request, parts)
    if found is None:
        raise SignInNeeded(_back(request))
    noted().caller = found.caller
    language, caller = preferred(request), await looking(found.caller, request)
    f = Formats(language, _zone(caller, parts), parts.now())
    names = {**await parts.identity.names(), caller.user: found.name}
    return Desk(request, parts, caller, language, Words(language), f, names)


def _back(request: Request) -> str:
    """Where somebody who has to sign in wanted to go: a form is not sent again by itself, its page is shown."""
    if request.method == "GET" and "hx-request" not in request.headers:
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    try:
        shown = urlsplit(request.headers.get("hx-current-url", request.headers.get("referer", HOME)))
    except ValueError:  # an address that is none
        return HOME
    return shown.path + (f"?{shown.query}" if shown.query else "")


def _zone(caller: Caller, parts: ApiParts) -> tzinfo:
    """The zone of the reader's hospital, else of the first in the catalogue: the city's."""
    code = home(caller.hospitals, parts.zones)
    return UTC if code is None else parts.zones[code]


def of(*allowed: Collection[Role]) -> Callable[..., Awaitable[Desk]]:
    """A dependency that lets only these roles pass."""
    roles = frozenset().union(*allowed)

    @lets(roles)
    async def check(found: Annotated[Desk, Depends(desk)]) -> Desk:
        if found.caller.role not in roles:
            raise Problem("role_not_allowed", {"role": found.caller.role})
        return found

    return check


OfCare = Annotated[Desk, Depends(of(CARE))]
OfPersonReader = Annotated[Desk, Depends(of(SEE_PERSONS))]
OfReader = Annotated[Desk, Depends(of(READERS))]
OfEnquirer = Annotated[Desk, Depends(of(ENQUIRERS))]
OfOverseer = Annotated[Desk, Depends(of(OVERSEERS))]
OfExporter = Annotated[Desk, Depends(of(EXPORTERS))]
OfInbox = Annotated[Desk, Depends(of(INBOX_READERS))]
OfOpener = Annotated[Desk, Depends(of(OPENERS))]
OfReplayer = Annotated[Desk, Depends(of(REPLAYERS))]
OfSenior = Annotated[Desk, Depends(of(SENIOR))]
OfAuditor = Annotated[Desk, Depends(of(AUDITORS))]
OfAdministrator = Annotated[Desk, Depends(of(ADMINISTRATORS))]
OfAnybody = Annotated[Desk, Depends(of(INSIDERS))]
