"""What the person agreed to, purpose by purpose, and what stops as soon as they agree no more (152-FZ, article 9 [S]).

A consent is an item of the case whose name is its purpose. What rests on each purpose is one table here (`RESTS`):
steps that end, things that are recalled, what is told no more, and who has to undo what went out already. The journey
asks `follow` after whatever may change it, so it makes no difference whether somebody withdraws, a term runs out or a
step that was begun later comes too late. What the catalogue says of a purpose (`rights.yaml`) is words; this is effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from marshrut.domain import events as e
from marshrut.domain.base import stamp
from marshrut.domain.ids import item_id
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind, Role

WITHDRAWN = "consent_withdrawn"  # why a step ended, what people are told of, and why something is refused


class ConsentPurpose(StrEnum):
    """What for."""

    TO_BE_FOUND = "to_be_found"  # those near may know where the patient is
    PUBLICATION = "publication"  # name or photo in a public search
    STATE_TOLD = "state_to_relatives"  # those near may hear how matters stand
    NEEDS_TOLD = "needs_to_partners"  # a partner may see what is needed
    REFERRALS = "referrals"  # partners and institutions are asked
    PSYCHOLOGIST = "psychologist"  # talks with the psychologist
    FOLLOWUP = "followup"  # calls after the discharge


class Told(StrEnum):
    """What is told or shown while a consent stands, and by which place in the code."""

    WHEREABOUTS = "whereabouts"  # kin.may_be_told: the hotline, a search for relatives
    PUBLIC_SEARCH = "public_search"  # kin.may_publish: PFIF, volunteers, social media
    STATUS = "status"  # the page by code, api.inquiry
    NEEDS = "needs"  # api.partners.views: links, a partner's own system, FHIR


# Statuses in which the person does not agree. An expiry counts as a withdrawal.
STOPPED = frozenset({"refused", "withdrawn", "expired"})
UNDONE = frozenset({"withdrawn", "expired"})


def _anything(_facts: e.OutcomeCodes) -> bool:
    return True


def _calm_patient(facts: e.OutcomeCodes) -> bool:
    """Talks with the patient; a crisis is looked into for their life's sake, and asks for no consent."""
    return facts.get("client", "patient") == "patient" and facts.get("urgency") != "crisis"


@dataclass(frozen=True)
class Recalled:
    """Into which status things of a kind go, from these; of those, which ones it concerns.

    `by`: who tells those outside, for none of them reads our notices; `tells`: of what.
    """

    to: str
    of: frozenset[str]
    which: Callable[[e.OutcomeCodes], bool] = _anything
    tells: str | None = None
    by: Role = Role.COORDINATOR


@dataclass(frozen=True)
class Rests:
    """What rests on a purpose. `steps` (`track.step`) end, and do not begin. `told`: what is shown no more.

    `unasked`: whether it may be done before anybody has asked. `partly`: whether a part of a yes is enough.
    """

    steps: frozenset[str] = frozenset()
    items: Mapping[ItemKind, Recalled] = field(default_factory=dict)
    told: frozenset[Told] = frozenset()
    unasked: bool = True
    partly: bool = True


RESTS: Mapping[ConsentPurpose, Rests] = {
    # The search itself ends by its own rule: whom nobody may be told about nobody is looked for (kin.CLOSED).
    ConsentPurpose.TO_BE_FOUND: Rests(told=frozenset({Told.WHEREABOUTS, Told.PUBLIC_SEARCH})),
    ConsentPurpose.PUBLICATION: Rests(
        steps=frozenset({"relatives.volunteers_request"}), told=frozenset({Told.PUBLIC_SEARCH})
    ),
    ConsentPurpose.STATE_TOLD: Rests(told=frozenset({Told.STATUS})),
    ConsentPurpose.NEEDS_TOLD: Rests(told=frozenset({Told.NEEDS}), unasked=False, partly=False),
    ConsentPurpose.REFERRALS: Rests(
        steps=frozenset({
            "services.referral_send",
            "services.referral_answer",
            "placement.institution_choose",
            "placement.bed_confirm",
        }),
        items={
            ItemKind.REFERRAL: Recalled(
                "recalled", frozenset({"requested", "accepted", "in_progress"}), tells="referral_recalled"
            ),
            ItemKind.INSTITUTION: Recalled(
                "withdrawn",
                frozenset({"chosen", "asked", "queued", "reserved"}),
                tells="place_given_back",
                by=Role.PLACEMENT,
            ),
        },
    ),
    ConsentPurpose.PSYCHOLOGIST: Rests(
        steps=frozenset({"psychology.psy_talk", "psychology.session"}),
        items={
            ItemKind.SUPPORT_REQUEST: Recalled("withdrawn", frozenset({"requested", "in_progress"}), _calm_patient)
        },
    ),
    ConsentPurpose.FOLLOWUP: Rests(
        steps=frozenset({
            "followup.call_72h",
            "followup.check_7d",
            "followup.check_30d",
            "followup.post_boarding",
            "placement.adaptation_check",
        })
    ),
}  # fmt: skip
# Once it was published, people have to take it back: no system does that for them.
PUBLISHED = frozenset({ConsentPurpose.TO_BE_FOUND, ConsentPurpose.PUBLICATION})
SPREADING = frozenset({"volunteers", "social_media"})


def said(state: CaseState, purpose: ConsentPurpose) -> Item | None:
    """What the person said of a purpose; None: nobody has asked."""
    return state.items.get(item_id(state.case_id, ItemKind.CONSENT, purpose))


def stopped(state: CaseState, purpose: ConsentPurpose) -> bool:
    """Whether the person does not agree (any more)."""
    known = said(state, purpose)
    return known is not None and known.status in STOPPED


def stands(state: CaseState, purpose: ConsentPurpose) -> bool:
    """Whether what rests on a purpose may be done or told."""
    rests, known = RESTS[purpose], said(state, purpose)
    if known is None or known.status in {"asked", "incapable"}:
        return rests.unasked
    return known.status == "given" or (known.status == "partial" and rests.partly)


def tells(state: CaseState, what: Told) -> bool:
    """Whether none of the purposes on which it rests is stopped."""
    return not any(what in rests.told and stopped(state, purpose) for purpose, rests in RESTS.items())


def check_begun(state: CaseState, kind: ItemKind, status: str, facts: e.OutcomeCodes) -> None:
    """Let something begin, or go on, that a person asks for, unless the purpose that it rests on was stopped.

    Raises:
        Refused: `consent_withdrawn`, with the `purpose`.
    """
    for purpose, rests in RESTS.items():
        if stopped(state, purpose) and _recalls(rests, kind, status, facts):
            raise Refused(WITHDRAWN, purpose=purpose)


def any_stopped(state: CaseState) -> bool:
    """Whether the person has withdrawn or refused anything."""
    return any(stopped(state, purpose) for purpose in ConsentPurpose)


def follow(state: CaseState, now: datetime, tell_at: datetime) -> tuple[e.Body, ...]:
    """What has to happen for the case to be as the person's consents say; nothing, where it is so.

    Things come before steps, so that whoever waits for a thing hears first why its step is gone. `tell_at`: when
    people may be told of what can wait for their hours.
    """
    if state.closed:
        return ()
    found: list[e.Body] = []
    for purpose, rests in RESTS.items():
        known = said(state, purpose)
        if known is not None and known.status in STOPPED:
            found += _told_of(state, purpose, known, now if purpose in PUBLISHED else tell_at)
            found += _recalled(state, rests, tell_at)
            found += _ended(state, rests)
    return tuple(found)


def _recalls(rests: Rests, kind: ItemKind, status: str, facts: e.OutcomeCodes) -> bool:
    rule = rests.items.get(kind)
    return rule is not None and status in rule.of and rule.which(facts)


def _recalled(state: CaseState, rests: Rests, tell_at: datetime) -> Iterator[e.Body]:
    for item in state.items.values():
        if not _recalls(rests, item.kind, item.status, item.facts):
            continue
        rule = rests.items[item.kind]
        yield e.ItemMoved(item_id=item.item_id, status=rule.to)
        key = f"{WITHDRAWN}/{item.item_id.split('.', 1)[1]}.{stamp(item.moved_at)}"
        if rule.tells is not None and item.status != "chosen" and key not in state.notices:
            yield e.PeopleTold(key=key, occasion=rule.tells, role=rule.by, tell_at=tell_at)


def _ended(state: CaseState, rests: Rests) -> Iterator[e.Body]:
    for step in state.live_steps:
        if f"{step.track}.{step.name}" in rests.steps:
            yield e.StepCancelled(step_id=step.step_id, reason=WITHDRAWN)


def _told_of(state: CaseState, purpose: ConsentPurpose, known: Item, tell_at: datetime) -> Iterator[e.Body]:
    """Once for each withdrawal; of a plain no only where something may have gone out before."""
    key = f"{WITHDRAWN}/{purpose}.{stamp(known.moved_at)}"
    due = known.status in UNDONE or (purpose in PUBLISHED and _spread(state))
    if due and key not in state.notices:
        yield e.PeopleTold(
            key=key,
            occasion=f"{WITHDRAWN}.{purpose}",
            role=Role.COORDINATOR,
            tell_at=tell_at,
            urgent=purpose in PUBLISHED,
        )


def _spread(state: CaseState) -> bool:
    """Whether people whom nobody has chosen were told that somebody is looked for."""
    return any(item.facts.get("channel") in SPREADING for item in state.items_of(ItemKind.ATTEMPT)) or any(
        (step.track, step.name) == ("relatives", "volunteers_request") for step in state.counted_steps
    )
