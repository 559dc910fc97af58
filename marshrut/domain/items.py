"""Items: what a journey is about beside its steps. A document, a candidate, a referral each has a status of its own.

One declared table (`KINDS`) says which statuses a kind has, which may follow which, who may move it by hand and what
is known of it. The journey, the API and the screens all ask it. Tracks move items as steps are answered; people move
them too, and a track that waits for a status goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from marshrut.domain.admission import Kin
from marshrut.domain.base import Code, Instant, Private
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.forms import Form
from marshrut.domain.ids import MAIN
from marshrut.domain.moves import CARE, Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.state import Item
from marshrut.domain.words import Ending, ItemKind, Role

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
    for a reason; `told_in`: the step whose outcome names them.
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
            Refused: `consultant_named` (there is one), `nothing_changes` (no other one is named), `missing_field`.
        """
        named = given.get("consultant_named")
        if named == "first" and item.facts.get("consultant_named") is not None:
            raise Refused("consultant_named", field="facts.consultant_named")
        if named == "changed" and given.get("reason") is None:
            raise Refused("missing_field", field="facts.reason")
        if to == item.status and named is None:
            raise Refused("nothing_changes", field="status")


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


@dataclass(frozen=True)
class Kind:
    """What may become of items of a kind.

    `first`: in which statuses one may begin, the usual one first. `moves`: what may follow each status; one that
    nothing follows is final. `hands`: who may add and move one by hand. `single`: there is one of a name in a case.
    `lapses`: what a status becomes by itself when the item's time is over. `approved`: where the catalogue asks for
    four eyes, what another senior approves, and from which status. `sole`: of a name one at a time stands so.
    `ends`: what an open status becomes when the case ends, and `lives_on` for whom the programme goes on after it.
    `tells`: whether those outside who know of it are to be told of such an end. `asks`: in these statuses somebody
    outside is asked and has to answer.
    """

    facts: type[Facts]
    first: tuple[str, ...]
    moves: Mapping[str, tuple[str, ...]]
    hands: frozenset[Role] = CARE
    single: bool = False
    lapses: Mapping[str, str] = field(default_factory=dict)
    approved: Mapping[str, str] = field(default_factory=dict)
    sole: frozenset[str] = frozenset()
    ends: Mapping[str, str] = field(default_factory=dict)
    lives_on: Mapping[str, str] = field(default_factory=dict)
    tells: bool = False
    asks: frozenset[str] = frozenset()

    @property
    def statuses(self) -> tuple[str, ...]:
        """Every status, in the table's order."""
        return tuple(dict.fromkeys((*self.first, *self.moves, *(to for tos in self.moves.values() for to in tos))))

    def final(self, status: str) -> bool:
        """Whether nothing can follow."""
        return not self.moves.get(status)


KINDS: Mapping[ItemKind, Kind] = {
    ItemKind.NEED: Kind(
        Need,
        ("proposed", "agreed"),
        {
            "proposed": ("agreed", "declined"),
            "agreed": ("met", "unmet", "declined"),
            "unmet": ("met", "agreed", "declined"),
            "met": ("agreed",),
            "declined": ("agreed", "proposed"),
        },
        single=True,
    ),
    ItemKind.ENTRY: Kind(
        Entry,
        ("proposed", "wanted", "planned"),
        {
            "proposed": ("wanted", "planned", "left_out"),
            "wanted": ("planned", "left_out"),
            "planned": ("withdrawn",),
            "withdrawn": ("wanted", "planned"),
            "left_out": ("wanted", "planned", "proposed"),
        },
        single=True,
        approved={"planned": "wanted"},
    ),
    ItemKind.DOCUMENT: Kind(
        Document,
        ("needed", "issued"),
        {
            # It may stay needed while what it waits on changes.
            "needed": ("needed", "requested", "submitted", "issued", "given_up"),
            "requested": ("submitted", "issued", "rejected", "given_up"),
            "submitted": ("issued", "rejected", "given_up"),
            "rejected": ("requested", "submitted", "issued", "given_up"),
            "issued": ("handed_over", "rejected", "expired"),
            "expired": ("requested", "submitted", "issued", "given_up"),
            "given_up": ("needed",),
            "handed_over": (),
        },
        single=True,
        lapses={"issued": "expired"},
    ),
    ItemKind.PAPER: Kind(
        Paper,
        ("needed", "received"),
        {
            "needed": ("requested", "received", "not_needed"),
            "requested": ("received", "rejected", "not_needed"),
            "received": ("rejected", "expired"),
            "rejected": ("requested", "received", "not_needed"),
            "expired": ("requested", "received", "not_needed"),
            "not_needed": ("needed",),
        },
        single=True,
        lapses={"received": "expired"},
    ),
    ItemKind.CONSENT: Kind(
        Facts,
        ("asked",),
        {
            "asked": ("given", "partial", "refused", "incapable"),
            "incapable": ("given", "partial", "refused"),
            "given": ("partial", "refused"),
            "partial": ("given", "refused"),
            "refused": ("given", "partial"),
        },
        single=True,
    ),
    # Whoever proves to be somebody else is taken back, whatever they said. Not needed: who was only to be `anybody`.
    # Unfit: a parent to whom the child may not be given, and who is not told where it is.
    ItemKind.RELATIVE: Kind(
        Relative,
        ("sought", "found"),
        {
            "sought": ("found", "not_found", "unfit", "deceased", "not_needed"),
            "found": ("willing", "refuses", "unable", "unfit", "deceased", "sought"),
            "willing": ("refuses", "unable", "unfit", "deceased", "sought"),
            "refuses": ("willing", "found", "unable", "unfit", "deceased", "sought"),
            "unable": ("willing", "refuses", "unfit", "deceased", "sought"),
            "unfit": ("found", "deceased", "sought"),
            "not_found": ("sought", "found"),
            "not_needed": ("sought", "found"),
            "deceased": (),
        },
    ),
    ItemKind.CANDIDATE: Kind(
        Candidate,
        ("proposed",),
        {"proposed": ("confirmed", "rejected"), "confirmed": ("rejected",), "rejected": ("proposed",)},
    ),
    ItemKind.ATTEMPT: Kind(Attempt, ("logged",), {"logged": ()}),
    ItemKind.REFERRAL: Kind(
        Referral,
        ("requested",),
        {
            "requested": ("accepted", "declined", "recalled"),
            # Into itself: another consultant, and nothing else.
            "accepted": ("in_progress", "done", "failed", "recalled", "handed_over", "accepted"),
            "in_progress": ("done", "failed", "recalled", "handed_over", "in_progress"),
            "declined": (),
            "done": (),
            "failed": (),
            "recalled": (),
            "handed_over": (),
        },
        lapses={"requested": "declined"},
        sole=frozenset({"accepted", "in_progress"}),
        ends={"requested": "recalled", "accepted": "recalled", "in_progress": "recalled"},
        lives_on={"accepted": "handed_over", "in_progress": "handed_over"},
        tells=True,
        asks=frozenset({"requested"}),
    ),
    ItemKind.SESSION: Kind(
        Session,
        ("planned", "attended", "missed"),
        {"planned": ("attended", "missed", "cancelled"), "attended": ("missed",), "missed": ("attended",)},
        ends={"planned": "cancelled"},
    ),
    ItemKind.APPLICATION: Kind(
        Application,
        ("filed", "needed"),
        {
            "needed": ("needed", "filed", "withdrawn"),
            "filed": ("registered", "returned", "granted", "denied", "withdrawn"),
            "registered": ("registered", "granted", "denied", "returned", "withdrawn"),  # its place in the queue moves
            "returned": ("filed", "withdrawn"),
            "denied": ("filed",),
            "granted": (),
            "withdrawn": (),
        },
    ),
    ItemKind.INSTITUTION: Kind(
        Institution,
        ("asked", "chosen"),
        {
            "chosen": ("asked", "withdrawn"),
            "asked": ("queued", "reserved", "refused", "withdrawn"),
            "queued": ("reserved", "refused", "withdrawn"),
            "reserved": ("arrived", "refused", "withdrawn"),
            "refused": ("asked",),
            "withdrawn": ("asked",),
            "arrived": ("left",),
            "left": (),
        },
    ),
    ItemKind.VOUCHER: Kind(
        Voucher,
        ("issued", "awaited"),
        {
            "awaited": ("issued", "refused", "returned"),
            "issued": ("used", "expired", "returned"),
            "expired": ("issued", "returned"),
            "refused": (),
            "used": (),
            "returned": (),
        },
        lapses={"issued": "expired"},
    ),
    ItemKind.ARRANGEMENT: Kind(
        Arrangement,
        ("needed", "arranged", "not_needed"),
        {
            "needed": ("arranged", "not_needed", "failed"),
            "arranged": ("failed", "needed"),
            "failed": ("arranged", "not_needed", "needed"),
            "not_needed": ("needed", "arranged", "failed"),
        },
        single=True,
    ),
    ItemKind.FEEDBACK: Kind(
        Feedback, ("asked", "given"), {"asked": ("given", "declined"), "given": (), "declined": ()}
    ),
    # Whoever cares refers (domain/support.py), and the talks themselves say what comes of it: nobody moves it by hand.
    ItemKind.SUPPORT_REQUEST: Kind(
        SupportRequest,
        ("requested",),
        {
            "requested": ("in_progress", "helped", "refused", "transferred", "unfinished", "withdrawn"),
            "in_progress": ("in_progress", "helped", "refused", "transferred", "unfinished", "withdrawn"),
            "helped": (),
            "refused": (),
            "transferred": (),
            # A discharge or an end that is taken back: the talks go on.
            "unfinished": ("requested", "in_progress"),
            "withdrawn": (),
        },
        hands=frozenset(),
        ends={"requested": "unfinished", "in_progress": "unfinished"},
    ),
    ItemKind.FAMILY_NEED: Kind(
        FamilyNeed,
        ("proposed", "agreed"),
        {
            "proposed": ("agreed", "declined"),
            "agreed": ("met", "unmet", "declined"),
            "unmet": ("met", "agreed", "declined"),
            "met": ("agreed",),
            "declined": ("agreed", "proposed"),
        },
    ),
}


# A service was delivered once its referral stands so: to the end, or to the partner who goes on with it.
DELIVERED = frozenset({"done", "handed_over"})
# For whom these endings mean nothing goes on at home.
NOTHING_GOES_ON = frozenset({Ending.DIED, Ending.ADMISSION_CANCELLED})


def facts_of(kind: ItemKind, given: OutcomeCodes) -> OutcomeCodes:
    """The facts as the journey keeps them.

    Raises:
        Refused: `wrong_facts`, with the field.
    """
    try:
        return KINDS[kind].facts.from_codes(given).codes()
    except ValidationError as fault:
        where = ".".join(str(part) for part in fault.errors()[0]["loc"])
        raise Refused("wrong_facts", field=f"facts.{where}") from None


def more_reasons(item: Item, because: Iterable[str]) -> OutcomeCodes | None:
    """What speaks for something that is only proposed, with these reasons too; None: there is nothing to add."""
    known = item.facts.get("because")
    before = known if isinstance(known, tuple) else ()
    new = tuple(reason for reason in because if reason not in before)
    return {"because": (*before, *new)} if new and item.status == "proposed" else None


def rival(items: Iterable[Item], item: Item, to: str) -> Item | None:
    """The other one of its name because of which this one may not stand so; None: it may.

    Of those asked in one round the first who accepts wins; while a service runs there is no second one.
    """
    sole = KINDS[item.kind].sole
    if to not in sole or item.status in sole:
        return None
    return next((other for other in items if _rivals(other, item)), None)


def _rivals(other: Item, item: Item) -> bool:
    if other.item_id == item.item_id or (other.kind, other.name) != (item.kind, item.name):
        return False
    same_round = other.facts.get("round") == item.facts.get("round")
    return other.status in KINDS[item.kind].sole or (same_round and other.status in DELIVERED)


def taken(items: Iterable[Item], kind: ItemKind, name: str) -> bool:
    """Whether one of the name stands so already that there is to be no second one."""
    return any(item.kind is kind and item.name == name and item.status in KINDS[kind].sole for item in items)


def ended(item: Item, ending: Ending) -> str | None:
    """What becomes of an item when its case ends so; None: it stays as it is."""
    if ending is Ending.MERGED:
        return None  # it goes on in the other case, and here again if that was a mistake
    kind = KINDS[item.kind]
    if item.facts.get("goes_on") and ending not in NOTHING_GOES_ON and item.status in kind.lives_on:
        return kind.lives_on[item.status]
    return kind.ends.get(item.status)


def can(item: Item, actor: Actor, *, own: frozenset[str] | None = None) -> tuple[str, ...]:
    """The statuses into which this actor may move the item now.

    `own`: where the catalogue asks for another person's eyes, whose own the item is.
    """
    kind = KINDS[item.kind]
    if actor.role not in kind.hands:
        return ()
    return tuple(
        to
        for to in kind.moves.get(item.status, ())
        if to != item.status and not _unapproved(item, kind, to, actor, own)
    )


def check(item: Item, to: str, actor: Actor, *, own: frozenset[str] | None = None) -> None:
    """Let a move by hand pass, or say why not.

    Raises:
        Refused: `role_not_allowed`, `wrong_move`, `approval_needed` or `own_request`.
    """
    kind = KINDS[item.kind]
    if actor.role not in kind.hands:
        raise Refused("role_not_allowed", role=actor.role)
    if to not in kind.moves.get(item.status, ()):
        raise Refused("wrong_move", status=item.status, to=to)
    if (why := _unapproved(item, kind, to, actor, own)) is not None:
        raise Refused(why)


def _unapproved(item: Item, kind: Kind, to: str, actor: Actor, own: frozenset[str] | None) -> str | None:
    """Why this needs another person first: four eyes, and the second pair a senior's. A table has no eyes."""
    if own is None or to not in kind.approved:
        return None
    if not actor.senior or item.status != kind.approved[to]:
        return "approval_needed"
    return "own_request" if actor.user in own else None
