"""One erasure: what will go and stay before somebody confirms it, how far it is, and the papers of one that is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.access import ERASERS
from api.problems import KINDS, Problem
from api.routes import erasures as route
from api.views.erasure import BASES, CertificateView, ExtentView
from api.web.desk import Desk, of
from api.web.faults import FaultPage, told
from api.web.forms import sent
from api.web.pages.rights import OfEraser
from api.web.rights.rows import ErasureRow, erasure_row, why
from marshrut.domain.base import Code
from marshrut.domain.erasing import ErasureState
from marshrut.domain.words import Role

router = APIRouter(prefix="/rights/erasures/{erasure_id}")

OfEraserOrHead = Annotated[Desk, Depends(of(ERASERS, {Role.HEAD}))]


@dataclass(frozen=True, slots=True)
class Extent:
    """What one is of. `against`: why the reader cannot confirm it now."""

    cases: tuple[tuple[str, str, str], ...]
    elsewhere: int
    goes: tuple[str, ...]
    stays: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The erasure. `extent` None: it waits for nobody."""

    row: ErasureRow
    extent: Extent | None
    may_withdraw: bool
    under_way: bool
    done: str = ""
    fault: FaultPage | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate in words. `genuine`: nobody has changed it since it was signed."""

    id: str
    number: str
    genuine: bool
    facts: tuple[tuple[str, str], ...]
    goes: tuple[str, ...]
    log: tuple[tuple[str, str, str], ...]
    signature: str


@dataclass(frozen=True, slots=True)
class Act:
    """The act of destruction, to be printed and signed."""

    id: str
    text: str


@router.get("")
async def erasure(erasure_id: Code, desk: OfEraserOrHead, done: str = "") -> Response:
    """How it stands."""
    return await _shown(desk, erasure_id, done=done)


@router.post("/confirm")
async def confirm(erasure_id: Code, desk: OfEraserOrHead) -> Response:
    """Have it done; only who says that they have understood it."""
    form = await sent(desk.request)
    if form.text("sure") is None:
        return await _shown(desk, erasure_id, done="not_sure", status=422)

    async def do() -> object:
        return await route.confirm(erasure_id, desk.caller, desk.parts)

    return await _do(desk, erasure_id, "confirmed", do)


@router.post("/withdraw")
async def withdraw(erasure_id: Code, desk: OfEraser) -> Response:
    """Ask for it no longer."""
    await sent(desk.request)

    async def do() -> object:
        return await route.withdraw(erasure_id, desk.caller, desk.parts)

    return await _do(desk, erasure_id, "withdrawn", do)


@router.get("/certificate")
async def certificate(erasure_id: Code, desk: OfEraserOrHead) -> Response:
    """Its certificate, to be printed."""
    view = await route.certificate(erasure_id, desk.caller, desk.parts)
    return await desk.page("rights_certificate.html", _certificate(desk, erasure_id, view), section="rights")


@router.get("/act")
async def act(erasure_id: Code, desk: OfEraserOrHead) -> Response:
    """The act and the extract from the log, as Russian rules ask for them, to be printed and signed."""
    printed = await route.printed(erasure_id, desk.caller, desk.parts)
    page = Act(erasure_id, bytes(printed.body).decode())
    return await desk.page("rights_act.html", page, section="rights")


async def _do(desk: Desk, erasure_id: str, said: str, do: Callable[[], Awaitable[object]]) -> Response:
    try:
        await do()
    except Problem as problem:
        if problem.code == "erasure_not_found":
            raise
        return await _shown(desk, erasure_id, status=KINDS[problem.code].status, fault=told(problem, desk))
    return desk.goes_to(f"/desk/rights/erasures/{erasure_id}?done={said}")


async def _shown(
    desk: Desk, erasure_id: str, *, done: str = "", status: int = 200, fault: FaultPage | None = None
) -> Response:
    view = await route.erasure(erasure_id, desk.caller, desk.parts)
    row, extent = erasure_row(desk, view), None
    if row.waits:
        extent = _extent(desk, await route.extent(erasure_id, desk.caller, desk.parts))
    page = Page(
        row=row,
        extent=extent,
        may_withdraw=row.waits and desk.caller.role in ERASERS,
        under_way=view.state is ErasureState.CONFIRMED,
        done="" if done == "confirmed" and not row.done else desk.done("rights", done),
        fault=fault,
    )
    return await desk.page("rights_erasure.html", page, status=status, section="rights")


def _extent(desk: Desk, view: ExtentView) -> Extent:
    t = desk.t
    return Extent(
        cases=tuple(
            (
                each.case_id,
                desk.hospital(each.hospital),
                t("rights.still_open")
                if each.closed_at is None
                else t("rights.closed_on", day=desk.at(each.hospital).full_day(each.closed_at)),
            )
            for each in view.cases
        ),
        elsewhere=view.elsewhere,
        goes=tuple(desk.said(each) for each in view.goes),
        stays=tuple(desk.said(each) for each in view.stays),
        against=tuple(why(desk, code) for code in view.against),
    )


def _certificate(desk: Desk, erasure_id: str, view: CertificateView) -> Certificate:
    t, f = desk.t, desk.at(view.hospital)
    by = view.confirmed

    def who(user: str, role: object) -> str:
        return f"{desk.name_of(user)}, {t(f'terms.role_{role}')}"

    facts = [
        (t("rights.operator"), view.operator or t("rights.operator_blank")),
        (t("rights.hospital"), desk.hospital(view.hospital)),
        (t("rights.asked"), f"{who(view.asked.user, view.asked.role.value)}, {f.when(view.asked.at)}"),
        (t("rights.confirmed"), "" if by is None else f"{who(by.user, by.role.value)}, {f.when(by.at)}"),
        (t("rights.basis"), f"{desk.said(BASES[view.basis])} ({view.article})"),
        (t("rights.system"), view.system),
        (t("rights.method"), t("rights.method_said")),
        (t("rights.destroyed_at"), f"{f.full_day(view.destroyed_at)} {f.local(view.destroyed_at):%H:%M:%S}"),
    ]
    return Certificate(
        id=erasure_id,
        number=view.number,
        genuine=view.genuine,
        facts=tuple(fact for fact in facts if fact[1]),
        goes=tuple(desk.said(each) for each in view.categories),
        log=tuple(
            (f"{f.full_day(line.at)} {f.local(line.at):%H:%M:%S}", desk.said(line.title), f.number(line.count))
            for line in view.log
        ),
        signature=view.signature,
    )
