"""What the watchdog looks for: what may be wrong with an open case as a process, and what of it it mends by itself.

Whether somebody does what is to be done is for the lists to say (stuck.py); here it is whether the engine, the journal
and the read model agree, and whether the case can go on at all.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from zlib import crc32

from marshrut.domain.state import CaseState

# A command, or a mail, that nobody has finished for so long is stuck: relays look every second.
STUCK_AFTER = timedelta(minutes=5)


class Ill(StrEnum):
    """What is wrong and cannot be mended from here; each stands until a later look finds it gone.

    `JOURNEY_LOST`: nothing runs for the case, and it could not be started again. `JOURNEY_DIFFERS`: it runs in another
    state than its journal tells. `JOURNEY_FAILING`: its code fails each time. `WRITING_FAILS`: what it does by itself
    does not reach SQL. `NO_WORKER`: nobody takes it up. `NO_ANSWER`: it does not say how it stands. `EVENTS_MISSING`:
    SQL lacks events that the journey has forgotten. `JOURNAL_BROKEN`: its journal cannot be read. `NOTHING_TO_DO`: it
    is open, and nobody and nothing is waited for (invariant 6). `COMMAND_STUCK`: what somebody told it has not happened
    yet. `MAIL_STUCK`: mail of the installation that nobody sends.
    """

    JOURNEY_LOST = "journey_lost"
    JOURNEY_DIFFERS = "journey_differs"
    JOURNEY_FAILING = "journey_failing"
    WRITING_FAILS = "writing_fails"
    NO_WORKER = "no_worker"
    NO_ANSWER = "no_answer"
    EVENTS_MISSING = "events_missing"
    JOURNAL_BROKEN = "journal_broken"
    NOTHING_TO_DO = "nothing_to_do"
    COMMAND_STUCK = "command_stuck"
    MAIL_STUCK = "mail_stuck"


class Mended(StrEnum):
    """What the watchdog mended.

    `RESTORED`: a journey that the engine had lost goes on from its journal. `REPLACED`: one that had fallen behind its
    journal does. `WRITTEN`: SQL has events that it lacked. `REWRITTEN`: rows of the read model are as the journal says.
    """

    RESTORED = "journey_restored"
    REPLACED = "journey_replaced"
    WRITTEN = "events_written"
    REWRITTEN = "rows_rewritten"


# Of these the journey knows more than SQL, so that what people look at is behind since then.
BEHIND = frozenset({Ill.WRITING_FAILS, Ill.EVENTS_MISSING})


def idle(state: CaseState) -> bool:
    """Whether an open case has neither an open step, nor an instant to come, nor a track that goes on."""
    if state.closed or not state.opened or state.live_steps:
        return False
    waits = any(not wait.reached for wait in state.waits.values())
    return not waits and all(track.result is not None for track in state.tracks.values())


def share_of(case_id: str, shares: int) -> int:
    """Which of so many shares a case belongs to, always the same."""
    return crc32(case_id.encode()) % shares
