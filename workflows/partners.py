"""How the referrals to a programme stand: the questions that its tracks put to the state, by way of `decide`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from marshrut.domain.items import DELIVERED
from marshrut.domain.kinds import KINDS
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind, Report
from workflows.answers import NOTHING, answers
from workflows.relatives import CarerSchool

Question = Callable[[CaseState], str | None]
# Referrals that an application brings (services.py): they are followed here from where the provider has begun, or, once
# the person is at home, has to begin.
BY_APPLICATION = frozenset({"home_care", "long_term_care"})
# The School of Related Care takes whom the relatives' track has enrolled.
RELATED_CARE = "related_care"
RUNNING = KINDS[ItemKind.REFERRAL].sole
OPEN = frozenset({"requested"}) | RUNNING
ENDED = DELIVERED | {"failed"}


def referrals(state: CaseState, programme: str, *statuses: str) -> Iterator[Item]:
    """The referrals to a programme that stand so, the oldest first."""
    return (item for item in state.items_of(ItemKind.REFERRAL) if item.name == programme and item.status in statuses)


def one(state: CaseState, programme: str, *statuses: str) -> str:
    """The first referral that stands so; `nothing` when none does."""
    return next((item.item_id for item in referrals(state, programme, *statuses)), NOTHING)


def due(state: CaseState) -> str | None:
    """A programme that nobody follows yet, by the name under which it will be: `<programme>` or `<programme>.r2`."""
    for programme in _asked_for(state):
        tracks = _followed(state, programme)
        if not tracks:
            return programme
        if tracks[-1] not in (None, "not_referred") and (tracks[-1] != "left" or _reopened(state, programme)):
            return f"{programme}.r{len(tracks) + 1}"
    return None


def _asked_for(state: CaseState) -> Iterator[str]:
    """What the route plans and has not been served, what somebody has under way, and whom the School has enrolled."""
    under_way = {item.name for item in state.items_of(ItemKind.REFERRAL) if item.status in OPEN}
    for entry in state.items_of(ItemKind.ENTRY):
        planned = entry.status == "planned" and entry.facts.get("sort") == "programme"
        if planned and entry.name not in BY_APPLICATION | under_way and not _served(state, entry.name):
            yield entry.name
    if enrolled(state) and not _followed(state, RELATED_CARE):
        yield RELATED_CARE
    for programme in sorted(under_way):
        if programme not in BY_APPLICATION or _provider_begins(state, programme):
            yield programme


def _served(state: CaseState, programme: str) -> bool:
    """Whether it came to an end of its own: what was withdrawn or cut short is asked for again when it is planned."""
    return _followed(state, programme)[-1:] not in ([], ["withdrawn"], ["left"])


def _reopened(state: CaseState, programme: str) -> bool:
    return Report.DISCHARGED not in state.reports or one(state, programme, *OPEN) != NOTHING


def _followed(state: CaseState, programme: str) -> list[str | None]:
    """What came of following it, each time; None: it is followed now."""
    name = f"referral.{programme}"
    return [track.result for key, track in state.tracks.items() if key == name or key.startswith(f"{name}.r")]


def _provider_begins(state: CaseState, programme: str) -> bool:
    at_home = Report.DISCHARGED in state.reports and one(state, programme, "accepted") != NOTHING
    return at_home or one(state, programme, "in_progress") != NOTHING


def enrolled(state: CaseState) -> bool:
    """Whether whoever will care was enrolled in the School."""
    return any(said.result == "enrolled" for said in answers(state, CarerSchool)[-1:])


def withdrawn(programme: str, state: CaseState) -> str | None:
    """Once the route does without it."""
    entries = (item for item in state.items_of(ItemKind.ENTRY) if item.name == programme)
    return "withdrawn" if any(entry.status == "withdrawn" for entry in entries) else None


def left(programme: str, state: CaseState) -> str | None:
    """Once the patient has left and no partner has begun: one who has goes on to the end."""
    begun = one(state, programme, "in_progress") != NOTHING
    return "left" if Report.DISCHARGED in state.reports and not begun else None


def stands(programme: str, state: CaseState) -> str:
    """Where following it begins: with nobody asked, with an answer to wait for, or with whom the School enrolled."""
    if any(True for _ in referrals(state, programme, *OPEN)):
        return "asked"
    fresh = not any(item.name == programme for item in state.items_of(ItemKind.REFERRAL))
    return "enrolled" if programme == RELATED_CARE and fresh and enrolled(state) else "nobody"


def served(programme: str, state: CaseState) -> str:
    """How often a partner's service has come to an end, as a code."""
    return str(len(list(referrals(state, programme, *ENDED))))


def heard(programme: str, before: str, state: CaseState) -> str | None:
    """Who takes the patient, or `nothing` when everybody who was asked has said no; None: not known yet.

    One that was accepted and is over already counts too: `before` services had ended when this asking began.
    """
    ended = sorted(referrals(state, programme, *ENDED), key=lambda item: item.moved_at)
    if len(ended) > int(before):
        return ended[-1].item_id
    accepted = one(state, programme, *RUNNING)
    if accepted != NOTHING:
        return accepted
    return None if one(state, programme, "requested") != NOTHING else NOTHING


def refused(programme: str, state: CaseState) -> str:
    """Whether the last no was a partner's, and not our own recall."""
    over = sorted(referrals(state, programme, "declined", "recalled"), key=lambda item: item.moved_at)
    return "yes" if over and over[-1].status == "declined" else "no"


def of_partner(programme: str, partner: str, state: CaseState) -> str:
    """The request that this partner has not answered yet; `nothing` when there is none."""
    asked = referrals(state, programme, "requested")
    return next((item.item_id for item in asked if item.facts.get("partner") == partner), NOTHING)


def status(item: str, state: CaseState) -> str:
    """How a referral stands."""
    return state.items[item].status


def no_longer(item: str, *before: str) -> Question:
    """A question that is answered, with the new status, once the referral stands otherwise than it did."""

    def question(state: CaseState) -> str | None:
        now = state.items[item].status
        return None if now in before else now

    return question


def attended(item: str, state: CaseState) -> int:
    """How many units of lessons or visits were attended since the referral."""
    referral = state.items[item]
    return sum(_units(session) for session in _sessions(state, referral) if session.status == "attended")


def missed_twice(item: str, told: str, state: CaseState) -> str | None:
    """The last of two lessons in a row that were missed, unless `told` is that one; None: there is none."""
    held = [each for each in _sessions(state, state.items[item]) if each.status in ("attended", "missed")]
    held.sort(key=lambda session: (str(session.facts.get("at") or session.added_at.isoformat()), session.item_id))
    if [session.status for session in held[-2:]] != ["missed", "missed"]:
        return None
    last = held[-1].item_id
    return None if last == told else last


def _sessions(state: CaseState, referral: Item) -> list[Item]:
    sessions = (item for item in state.items_of(ItemKind.SESSION) if item.name == referral.name)
    return [session for session in sessions if session.added_at >= referral.added_at]


def _units(session: Item) -> int:
    units = session.facts.get("units")
    return units if isinstance(units, int) else 1


def consultant(state: CaseState) -> str | None:
    """The running referral whose named consultant the person keeps: whoever asks after them asks there."""
    named = (item for item in state.items_of(ItemKind.REFERRAL) if item.facts.get("consultant_named"))
    return next((item.item_id for item in named if item.status in RUNNING), None)


def came_of(programme: str, state: CaseState) -> str:
    """What came of the programme in the end: `done`, or `given_up`."""
    return "done" if one(state, programme, *DELIVERED) != NOTHING else "given_up"
