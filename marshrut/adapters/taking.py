"""How a message of any format is taken: what it says goes in, and what cannot be taken is kept with its fault."""

from __future__ import annotations

from collections.abc import Callable

from marshrut.ports import Arrived, Intake, KeyReused, Parked, Reader, Taken, Unfit


async def taken(intake: Intake, reader: Reader, message: Arrived, parked: Callable[[Unfit], Parked]) -> Taken:
    """What became of it; `parked`: as what it is kept when it cannot be taken.

    Raises:
        Unfit: it cannot be taken as it is, and is kept.
        Unavailable, Uncertain: it was not kept, or nobody knows.
    """
    try:
        try:
            return await intake.take(reader.read(message), message)
        except KeyReused:
            raise reader.reused() from None
    except Unfit as fault:
        await intake.park(parked(fault))
        raise
