"""What presses a step on: which commands are meant, whoever asks for one step or for many."""

from __future__ import annotations

from collections.abc import Iterable

from api.parts import ApiParts
from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.events import Event
from marshrut.ports import Queries

PAGE = 500


def reminder(step_id: str, hospital: str, parts: ApiParts) -> c.Remind:
    """A reminder, by the hospital's rule of how soon there may be another."""
    known = hospital in parts.catalogue.hospitals
    pause = parts.catalogue.reminds_again_after(hospital).total_seconds() if known else 0
    return c.Remind(step_id=step_id, again_after_s=int(pause))


async def former_holder(queries: Queries, case_id: str, step_id: str, user: str) -> str | None:
    """Who had a step before this user got it last; None: nobody had.

    Raises:
        Unavailable: SQL does not answer.
    """
    held: list[str | None] = []
    cursor: str | None = None
    while True:
        page = await queries.events(case_id, limit=PAGE, cursor=cursor)
        held += _holders(page.items, step_id)
        if (cursor := page.next) is None:
            break
    if user not in held:
        return None
    before = held[: len(held) - 1 - held[::-1].index(user)]
    return next((holder for holder in reversed(before) if holder not in {None, user}), None)


def _holders(journal: Iterable[Event], step_id: str) -> list[str | None]:
    """Who had the step, one after the other; None: nobody."""
    found: list[str | None] = []
    for event in journal:
        match event.body:
            case (e.StepOpened() | e.StepClaimed() | e.StepAssigned()) as body if body.step_id == step_id:
                found.append(body.assignee)
            case e.StepReleased() as body if body.step_id == step_id:
                found.append(None)
            case _:
                pass
    return found
