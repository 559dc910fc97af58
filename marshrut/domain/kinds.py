"""The kinds of items: one declared table that the journey, the API and the screens all ask.

It says which statuses a kind has, which may follow which, who may move one by hand and what is known of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from marshrut.domain.facts import (
    Application,
    Arrangement,
    Attempt,
    Candidate,
    Consent,
    Document,
    Entry,
    Facts,
    FamilyNeed,
    Feedback,
    Institution,
    Need,
    Paper,
    Referral,
    Relative,
    Session,
    SupportRequest,
    Voucher,
)
from marshrut.domain.moves import CARE
from marshrut.domain.words import ItemKind, Role


@dataclass(frozen=True)
class Kind:
    """What may become of items of a kind.

    `first`: in which statuses one may begin, the usual one first. `moves`: what may follow each status; one that
    nothing follows is final. `hands`: who may add and move one by hand. `single`: there is one of a name in a case.
    `lapses`: what a status becomes by itself when the item's time is over. `approved`: where the catalogue asks for
    four eyes, what another senior approves, and from which status. `sole`: of a name one at a time stands so.
    `ends`: what an open status becomes when the case ends, and `lives_on` for whom the programme goes on after it.
    `tells`: whether those outside who know of it are to be told of such an end. `asks`: in these statuses somebody
    outside is asked and has to answer. `outside`: into these a partner moves one by its own word, if it was asked.
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
    outside: frozenset[str] = frozenset()

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
        Consent,
        ("asked", "given", "partial", "refused"),
        {
            "asked": ("given", "partial", "refused", "incapable"),
            "incapable": ("given", "partial", "refused"),
            # Into itself: it is given anew, by somebody else, for longer.
            "given": ("given", "partial", "refused", "withdrawn", "expired"),
            "partial": ("partial", "given", "refused", "withdrawn", "expired"),
            "refused": ("given", "partial"),
            "withdrawn": ("given", "partial"),
            "expired": ("given", "partial", "refused", "withdrawn"),
        },
        single=True,
        # Beyond its term it counts as withdrawn (consents.py).
        lapses={"given": "expired", "partial": "expired"},
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
            # Into itself: another consultant, or the partner puts it aside or takes it up again.
            "requested": ("accepted", "declined", "recalled", "requested"),
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
        outside=frozenset({"requested", "accepted", "declined", "in_progress", "done", "failed"}),
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
