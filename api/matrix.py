"""`python -m api.matrix` writes docs/access.md (`make access`) from what the endpoints declare; a test compares it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import StrEnum
from pathlib import Path

from api.app import create_app
from api.gates import Declared, declared
from marshrut.domain.words import Role
from marshrut.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "access.md"

COLUMNS = {
    Role.COORDINATOR: "coord.",
    Role.PSYCHOLOGIST: "psych.",
    Role.DOCTOR: "doctor",
    Role.PLACEMENT: "placem.",
    Role.SUPERVISOR: "superv.",
    Role.HEAD: "head",
    Role.HOTLINE: "hotline",
    Role.AUDITOR: "auditor",
    Role.ADMIN: "admin",
    Role.INTEGRATOR: "integr.",
    Role.PARTNER: "partner",
}


class Whose(StrEnum):
    """Of what is named in an address, whose may be reached: all else is answered 404, as if it were not there."""

    HOSPITAL = "of the caller's hospitals"
    WHOLE = "if all its hospitals are the caller's"
    TEAM = "of colleagues in one of the caller's hospitals"
    AUTHOR = "the caller's own; as a senior, of their hospitals"
    OWN = "the caller's own"
    ASKED = "that the partner was asked for"
    ANY = "of other hospitals"
    HOLDER = "whoever holds the code"
    NOBODY = ""


# Of each parameter of an address; where it depends on the address, its start says more.
PARAMETERS: dict[str, Whose] = {
    **dict.fromkeys(("case_id", "step_id", "item_id", "handover_id"), Whose.HOSPITAL),
    **dict.fromkeys(("notice_id", "message_id", "erasure_id"), Whose.HOSPITAL),
    **dict.fromkeys(("client_id", "webhook_id", "delivery_id"), Whose.WHOLE),
    **dict.fromkeys(("user_id", "absence_id"), Whose.TEAM),
    "command_id": Whose.AUTHOR,
    "view_id": Whose.OWN,
    "opening_id": Whose.AUTHOR,
    "referral_id": Whose.ASKED,
    "code": Whose.HOLDER,
    **dict.fromkeys(("kind", "what", "action", "answer", "language", "instrument", "event_type"), Whose.NOBODY),
}
STARTS: dict[str, dict[str, Whose]] = {
    # In need: that is what it is for.
    "/api/v1/cases/{case_id}/break-glass": {"case_id": Whose.ANY},
    "/desk/cases/{case_id}/break-glass": {"case_id": Whose.ANY},
    "/fhir/": {"name": Whose.HOSPITAL},
    "/api/v1/accounts/": {"user_id": Whose.WHOLE, "session_id": Whose.WHOLE},
    "/desk/accounts/": {"user_id": Whose.WHOLE, "session_id": Whose.WHOLE},
    "/desk/account/": {"session_id": Whose.OWN},
}

INTRODUCTION = """\
# Who may do what

This page is made of what the endpoints declare in their types (`make access`); tests call each of them in each role, of
one's own and of another hospital. The rules stand in one place ([decision](decisions/0033-one-place-that-decides.md)):

- Whoever is not named is refused: without a token or session 401 (a page leads to the sign-in), in a role without a
  mark 403. An endpoint that declares nothing keeps the application from starting.
- What an address names has to be in the caller's reach, the last column; else it is answered 404, as if it were not
  there. Lists, searches, counts, exports and the stream hold what is in the caller's hospitals alone.
- A child's case, and a protected patient's, is there for those coordinators, psychologists, doctors and placement
  officers alone who need to know ([decision](decisions/0035-need-to-know.md)); for the others it is as if it were not.
- A machine (role `integrator`) sees those cases of its hospitals of which it sent something itself, by whatever way;
  the others are not there for it. It may tell of each case of its hospitals, and sees the case from then on.
- In need a coordinator, psychologist, supervisor, doctor or placement officer opens a case that they may not see
  (`POST /api/v1/cases/{case_id}/break-glass`): to look by its address, for three hours, and its hospital is told.
- A step may ask more (who has it, whose role it is, four eyes): 403 or 409 with the reason.
- Names and private words are shown to coordinators, psychologists, doctors, placement officers and supervisors; of what
  a psychologist wrote, to psychologists and its author alone. The hotline hears who asks the Coordination Centre, and
  about whom. Everybody else sees codes.
- A machine's key narrows this by its scopes ([integration](integration.md)).
"""
SURFACES = (("API", "/"), ("FHIR", "/fhir"), ("Pages", "/desk"))


def whose(endpoint: Declared) -> Whose:
    """Of what an endpoint's address names, whose may be reached: the narrowest of its parameters.

    Raises:
        KeyError: a parameter of which nobody has said that yet.
    """
    more = [known for start, known in STARTS.items() if endpoint.path.startswith(start)]
    known = PARAMETERS | (more[0] if more else {})
    found = [known[parameter] for parameter in endpoint.parameters]
    return next((each for each in found if each is not Whose.NOBODY), Whose.NOBODY)


def page(endpoints: Collection[Declared]) -> str:
    """docs/access.md."""
    lines = [INTRODUCTION.rstrip("\n")]
    for title, start in SURFACES:
        others = [each for _, each in SURFACES if len(each) > len(start)]
        rows = [
            each
            for each in endpoints
            if each.path.startswith(start) and not any(each.path.startswith(other) for other in others)
        ]
        lines += ["", f"## {title}", "", *_table(sorted(rows, key=lambda each: (each.path, each.method)))]
    return "\n".join(lines) + "\n"


def _table(rows: list[Declared]) -> Iterator[str]:
    yield f"| | {' | '.join(COLUMNS.values())} | whose |"
    yield f"|---|{':-:|' * len(COLUMNS)}---|"
    for each in rows:
        marks = ["✓" if role in each.roles else "" for role in COLUMNS]
        reach = f"open: {each.open}" if each.open else whose(each).value
        yield f"| {each.method} `{each.path}` | {' | '.join(marks)} | {reach} |"


if __name__ == "__main__":
    # Every part of the system that may be switched on is on the page.
    PAGE.write_text(page(list(declared(create_app(Settings(codec_origin="http://localhost"))))))
