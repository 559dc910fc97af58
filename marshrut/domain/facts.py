"""What is known of an item, a class a kind; free text, names and numbers among it are private."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from marshrut.domain.admission import Kin
from marshrut.domain.base import Code, Instant, Private
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.forms import Form
from marshrut.domain.ids import MAIN
from marshrut.domain.refusal import Refused
from marshrut.domain.state import Item

Channel = Literal[
    "phone",
    "visit",
    "letter",
    "email",
    "messenger",
    "social_media",
    "police",
    "registry",
    "consulate",
    "neighbours",
    "employer",
    "volunteers",
    "other",
]
# An electronic certificate is a record signed by doctor and clinic, not a scan (domain facts, 6).
Signature = Literal["valid", "invalid", "unchecked"]
# What became of a paper, and who holds it once the service has given it away.
Gone = Literal["lost", "stolen", "expired", "never_had"]
Holder = Literal["patient", "relative", "guardian", "institution"]


class Facts(Form):
    """What is known of an item; a subclass lists the fields of its kind."""

    note: Private[str] | None = None

    @classmethod
    def check_change(cls, item: Item, to: str, given: OutcomeCodes) -> None:
        """Let new facts pass that come with a move by hand, or say why not; most kinds take any.

        Raises:
            Refused: what is told does not go with what is known.
        """


class Certificate(Facts):
    """On paper or as an electronic record with its signature."""

    form: Literal["paper", "electronic"] | None = None
    signature: Signature | None = None
    issued_at: Instant | None = None
    office: Code | None = None
    number: Private[str] | None = None
    record: Private[str] | None = None


class Need(Facts):
    """Something that the person needs; `because`: the rules or instruments that proposed it."""

    because: tuple[Code, ...] = ()


class Entry(Facts):
    """A part of the personal route: a direction of work, a programme or a single step; `because` as of a need."""

    sort: Literal["direction", "programme", "step"]
    because: tuple[Code, ...] = ()


class Document(Certificate):
    """A paper of the person's.

    `waits_on`: what it cannot be had without and is not there yet, documents or the person's `identification`.
    `holder`: who was given it. `brought_by`: the step whose outcome holds its number or record.
    """

    waits_on: tuple[Code, ...] = ()
    gone: Gone | None = None
    holder: Holder | None = None
    brought_by: Code | None = None


class Paper(Certificate):
    """A conclusion or a test of a package; `of`: the list that asks for it."""

    of: Code | None = None
    reason: Code | None = None


class Consent(Facts):
    """What the person said of a purpose, its name. `by`: who said it; `how`: on paper, or spoken before a witness."""

    by: Literal["patient", "representative", "guardian"] | None = None
    how: Literal["paper", "witnessed"] | None = None


class Relative(Facts):
    """Somebody near to the patient who is looked for or known.

    `wished`: whether the patient wants to be in touch with them. `candidate`: who proved to be this person. `reason`:
    of whoever does not help, the catalogue's reason for the delay.
    """

    relation: Kin | None = None
    source: Code | None = None
    wished: bool | None = None
    candidate: Code | None = None
    reason: Code | None = None
    name: Private[str] | None = None
    birth_date: Private[date] | None = None
    phones: Private[tuple[str, ...]] = ()
    address: Private[str] | None = None


class Candidate(Facts):
    """Somebody who may be the one looked for. `score`: how alike names and dates are (0 to 100); `reasons`: why.

    Without `relative` it is the patient who may be looked for by somebody.
    """

    relative: Code | None = None
    score: Annotated[int, Field(ge=0, le=100, strict=True)] | None = None
    reasons: tuple[Code, ...] = ()
    source: Code | None = None
    name: Private[str] | None = None
    birth_date: Private[date] | None = None
    phones: Private[tuple[str, ...]] = ()
    address: Private[str] | None = None


class Attempt(Facts):
    """One try to reach somebody or to learn something."""

    channel: Channel
    result: Literal["no_answer", "answered", "wrong_person", "refused", "told_something"]
    relative: Code | None = None


class Referral(Facts):
    """A request to a partner to take the patient into the programme whose name the item has.

    `round`: which asking. `documents` went along. `goes_on`: it outlives the stay in hospital. `units` were delivered,
    `hours` a week are due. Whoever names the consultant says whether that is the `first` or another one, `changed`
    for a reason; `told_in`: the step whose outcome names them. `on_hold`: in which status the partner has put it aside,
    for a reason, perhaps until a day; it is taken up again by `no`, or by whatever else follows.
    """

    partner: Code
    round: Code = MAIN
    documents: tuple[Code, ...] = ()
    goes_on: bool = False
    reason: Code | None = None
    units: Annotated[int, Field(ge=0, le=10_000, strict=True)] | None = None
    hours: Annotated[int, Field(ge=1, le=168, strict=True)] | None = None
    consultant_named: Literal["first", "changed"] | None = None
    told_in: Code | None = None
    on_hold: Literal["requested", "accepted", "in_progress", "no"] | None = None
    held_until: Instant | None = None
    consultant: Private[str] | None = None
    phone: Private[str] | None = None

    @model_validator(mode="after")
    def _nobody_changes_by_accident(self) -> Self:
        if self.consultant_named is None and (self.consultant or self.phone):
            raise ValueError("say whether this consultant is the first or a changed one")
        if self.consultant_named == "changed" and self.reason is None:
            raise ValueError("another consultant needs a reason")
        return self

    @classmethod
    def check_change(cls, item: Item, to: str, given: OutcomeCodes) -> None:
        """A person keeps the consultant they have, until somebody decides otherwise and says why.

        Raises:
            Refused: `consultant_named` (there is one), `nothing_changes` (no other one is named, and nothing is put
                aside or taken up), `missing_field`, `wrong_facts` (put aside as what it is not).
        """
        named, held = given.get("consultant_named"), given.get("on_hold")
        if held not in {None, "no", to}:
            raise Refused("wrong_facts", field="facts.on_hold")
        if held == to and given.get("reason") is None:
            raise Refused("missing_field", field="facts.reason")
        if named == "first" and item.facts.get("consultant_named") is not None:
            raise Refused("consultant_named", field="facts.consultant_named")
        if named == "changed" and given.get("reason") is None:
            raise Refused("missing_field", field="facts.reason")
        if to == item.status and named is None and (held is None or (held == "no" and not put_aside(item))):
            raise Refused("nothing_changes", field="status")


ON_HOLD = "on_hold"


def put_aside(item: Item) -> bool:
    """Whether the partner has put a referral aside, as it stands now."""
    return item.facts.get(ON_HOLD) == item.status


def stands(item: Item) -> str:
    """How a referral stands, as lists say it: its status, or that it is put aside in it."""
    return ON_HOLD if put_aside(item) else item.status


class Session(Facts):
    """One lesson or visit of the programme whose name the item has.

    `request`: of which request for a psychologist it is a talk; `next_at`: when the next one is to be; `then`: whether
    the talks go on after this one.
    """

    at: Instant | None = None
    units: Annotated[int, Field(ge=1, le=24, strict=True)] = 1
    request: Code | None = None
    next_at: Instant | None = None
    then: Literal["continue", "end"] | None = None
    who: Private[str] | None = None


class Application(Facts):
    """An application at an office, with its receipt.

    `waits_on`: papers that it cannot be filed without yet. `position` in its queue, `priority`: the group that goes
    first. `told_in`: the step whose outcome has the receipt.
    """

    waits_on: tuple[Code, ...] = ()
    office: Code | None = None
    filed_at: Instant | None = None
    position: Annotated[int, Field(ge=1, le=100_000, strict=True)] | None = None
    priority: Code | None = None
    told_in: Code | None = None
    receipt: Private[str] | None = None
    reason: Code | None = None


class Institution(Facts):
    """An institution that was asked for a place."""

    profile: Code | None = None
    reason: Code | None = None
    place_at: Instant | None = None


class Voucher(Facts):
    """A voucher (путёвка) to an institution; `told_in`: the step whose outcome has its number."""

    profile: Code | None = None
    institution: Code | None = None
    issued_at: Instant | None = None
    told_in: Code | None = None
    number: Private[str] | None = None


class Arrangement(Facts):
    """Something that has to be ready before the patient goes home."""

    of: Code | None = None
    who: Private[str] | None = None


class Feedback(Facts):
    """What somebody says of the help or of the place they live in; `rating` from 1 to 5.

    `told_in`: the step whose outcome has their words.
    """

    about: Code | None = None
    told_in: Code | None = None
    rating: Annotated[int, Field(ge=1, le=5, strict=True)] | None = None
    text: Private[str] | None = None


class SupportRequest(Facts):
    """Somebody is to be talked to by the hospital's psychologist; the item's name is the reason given first.

    `client`: `patient`, or the item of a relative. `by`: everybody who referred them, as `role+user`; nobody where the
    route asks. `alarmed_at`: when a crisis was told of last. `sessions`: how many talks are planned after the first.
    """

    client: Literal["patient"] | Code = "patient"
    urgency: Literal["ordinary", "crisis"] = "ordinary"
    reasons: tuple[Code, ...] = ()
    by: tuple[Code, ...] = ()
    alarmed_at: Instant | None = None
    sessions: Annotated[int, Field(ge=1, le=100_000, strict=True)] | None = None


class FamilyNeed(Facts):
    """What somebody near to the patient needs for themselves; the item's name says what.

    `client`: the item of a relative, or the whole `family`. `because`: the rules that proposed it, or why somebody was
    referred.
    """

    client: Literal["family"] | Code = "family"
    because: tuple[Code, ...] = ()
