"""What a psychologist writes is read by the psychologists of that hospital, and by its author; nobody else.

Whoever looks at a case in need (break-glass) counts as nobody of that hospital.

Decided here alone, for every place that shows private text, and denied by default: of what is confidential others see
only what is listed here. What they need in order to act stands in codes.
"""

from __future__ import annotations

from typing import Any

from api.access import SEE_PERSONS
from api.parts import ApiParts
from marshrut.domain.handover import Handover
from marshrut.domain.words import Role
from marshrut.ports import Caller, SealedWords

# By these somebody is told apart and reached, or a paper is found: nobody's words, and others work with them.
REACHES = frozenset(
    {"name", "birth_date", "phones", "phone", "address", "number", "record", "receipt", "consultant", "who"}
)
# Whoever sends the patient to us tells all of us.
TOLD_TO_ALL = frozenset({"admit"})


async def opened(parts: ApiParts, caller: Caller, command_ids: list[str]) -> dict[str, dict[str, Any]]:
    """The private parts of commands, for a caller who may see persons: of each what they may read."""
    if caller.role not in SEE_PERSONS or not command_ids:
        return {}
    sealed = await parts.queries.private(command_ids)
    words = await parts.vault.opened({name: told.content for name, told in sealed.items()})
    return {name: readable(told, words[name], caller) for name, told in sealed.items()}


def readable(told: SealedWords, words: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Of a command's private part what the caller may read, being somebody who may see persons of the hospital."""
    of_theirs = caller.role is Role.PSYCHOLOGIST and not caller.opened
    if not _confidential(told) or of_theirs or caller.user == told.user:
        return words
    if told.type in TOLD_TO_ALL:
        return words
    facts = words.get("facts")
    shown: dict[str, Any] = {}
    if isinstance(facts, dict) and (reaches := {name: facts[name] for name in facts if name in REACHES}):
        shown["facts"] = reaches
    if "title" in words and told.step_role is not Role.PSYCHOLOGIST:
        # A step for somebody else is an errand: they are told what it is.
        shown["title"] = words["title"]
    return shown


def told_at_handover(handover: Handover, what: str, caller: Caller) -> bool:
    """Whether a note of a handover of a shift may be shown to somebody who sees the handover; `answer`: that to it."""
    author, role = (
        (handover.answered_by, handover.answered_role) if what == "answer" else (handover.offered_by, handover.role)
    )
    named = {author, handover.giver, handover.receiver}
    return role is not Role.PSYCHOLOGIST or caller.role is Role.PSYCHOLOGIST or caller.user in named


def _confidential(told: SealedWords) -> bool:
    """By a psychologist, or about what is a psychologist's step, whoever recorded it."""
    return told.role is Role.PSYCHOLOGIST or (told.type == "complete" and told.step_role is Role.PSYCHOLOGIST)
