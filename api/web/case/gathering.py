"""Everything that the page of a case shows, asked of the endpoints' own functions so that page and API agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.access import GLASS_KEEPERS
from api.rights.corrections import CorrectionsView
from api.routes.breaking_glass import OpeningView, openings
from api.routes.cases import card, case_in_scope, history
from api.routes.consents import of_case
from api.routes.corrections import corrections
from api.routes.delay import DelayView, delayed
from api.routes.relatives import RelativesView, relatives
from api.views.case import CaseCard, EventView
from api.views.consent import ConsentView
from api.views.item import ItemView, item_views
from api.web.desk import Desk
from api.web.naming import Voice, names_of
from marshrut.domain.slice import Slice
from marshrut.domain.staffing import Colleague
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Role
from marshrut.ports import PartnerLink

SHOWN_ITEMS = (
    ItemKind.NEED,
    ItemKind.ENTRY,
    ItemKind.DOCUMENT,
    ItemKind.APPLICATION,
    ItemKind.REFERRAL,
    ItemKind.INSTITUTION,
    ItemKind.VOUCHER,
)
# So many lines of the journal are read at once; of them those are shown that say something to people.
LINES = 80


@dataclass(frozen=True, slots=True)
class Gathered:
    """A case as this reader may see it. `people`: whom a step may be given to, for seniors.

    `links`: by referral the newest link that its partner was given. `openings`: who looks at it in
    need just now, for who answers for it; of a case that the reader opened so, theirs. `corrections` None: the reader
    may not see the person.
    """

    desk: Desk
    state: CaseState
    card: CaseCard
    relatives: RelativesView
    items: Mapping[ItemKind, Sequence[ItemView]]
    delay: DelayView
    events: Sequence[EventView]
    older: str | None
    rules: Slice | None
    voice: Voice
    people: Sequence[Colleague]
    links: Mapping[str, PartnerLink]
    openings: Sequence[OpeningView]
    consents: Sequence[ConsentView]
    corrections: CorrectionsView | None

    @property
    def hospital(self) -> str:
        """Whose case it is."""
        return self.state.hospital or ""

    @property
    def psychologist(self) -> bool:
        """Whether what the reader writes is read by psychologists alone."""
        return self.desk.caller.role is Role.PSYCHOLOGIST

    @property
    def reads_only(self) -> bool:
        """Whether the case is another hospital's, opened in need: to be looked at, and no more."""
        return self.state.case_id in self.desk.caller.opened

    def titles(self) -> dict[str, str]:
        """What each step is called, by its id."""
        return {step.step_id: self.desk.said(step.title) for step in self.card.steps}

    def kin(self) -> dict[str, str]:
        """How those near to the patient are called, by item."""
        return {item.item_id: kin_name(item, self.voice) for item in self.relatives.relatives}


async def gathered(case_id: str, desk: Desk, *, older: str | None = None) -> Gathered:
    """The case.

    Raises:
        Problem: `case_not_found`: there is none in the reader's scope.
    """
    parts, caller = desk.parts, desk.caller
    state = await case_in_scope(case_id, caller, parts)
    hospital = state.hospital or ""
    items = await item_views(state, (item for item in state.items.values() if item.kind in SHOWN_ITEMS), caller, parts)
    told = await history(case_id, caller, parts, limit=LINES, cursor=older, newest=True)
    people = await parts.staff.people(desk.now, hospital=hospital) if desk.senior else {}
    return Gathered(
        desk=desk,
        state=state,
        card=await card(case_id, caller, parts),
        relatives=await relatives(case_id, caller, parts),
        items={kind: [item for item in items if item.kind is kind] for kind in SHOWN_ITEMS},
        delay=await delayed(case_id, caller, parts),
        events=told.items,
        older=told.next,
        rules=await parts.catalogues.slice_of(state.catalogue, hospital, state.variants),
        voice=Voice(await names_of(state, parts, desk.language), desk.at(hospital), desk.t),
        people=[each for each in people.values() if each.active and each.away(desk.now) is None],
        links=await parts.partners.newest(case_id),
        openings=await _openings(case_id, desk),
        consents=(await of_case(case_id, caller, parts)).items,
        corrections=await corrections(case_id, caller, parts) if desk.sees_persons else None,
    )


async def _openings(case_id: str, desk: Desk) -> list[OpeningView]:
    own = case_id in desk.caller.opened
    if not own and desk.caller.role not in GLASS_KEEPERS:
        return []
    told = await openings(desk.caller, desk.parts, case_id, own or None, LINES)
    return [each for each in told.items if each.stands]


def kin_name(item: ItemView, voice: Voice) -> str:
    """A relative by name and relation, as far as the reader may see them."""
    # Whoever was added with no more than a word of ours for a name is called by that.
    relation = item.facts.get("relation") or item.name
    said = voice.words(f"case.kin_{relation}") if relation and voice.words.knows(f"case.kin_{relation}") else ""
    name = item.facts.get("name")
    if isinstance(name, str) and name:
        return f"{name}, {said}" if said else name
    return said or voice.names.said(item.title)
