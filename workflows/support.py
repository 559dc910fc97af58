"""How requests for the psychologist stand: what the tracks that follow them ask the state, by way of `decide`."""

from __future__ import annotations

from collections.abc import Mapping

from marshrut.domain.crisis import TRACK as CRISIS
from marshrut.domain.events import OutcomeValue
from marshrut.domain.ids import short
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Item
from marshrut.domain.support import OPEN, PATIENT, TALK, WANTED, needs_of, open_request, sessions_of, texts
from marshrut.domain.words import ItemKind
from workflows.answers import NOTHING
from workflows.route import in_route


def tail(item: str) -> str:
    """An item's id without its case and its kind: what a track that follows it is called by."""
    return short(item.split(".", 2)[2])


def due(state: CaseState) -> str | None:
    """A request that nobody follows yet; of several for one client, as two cases become one, the first."""
    clients: set[OutcomeValue] = set()
    for item in state.items_of(ItemKind.SUPPORT_REQUEST):
        if item.status in OPEN and item.facts.get("client") not in clients:
            if f"support.{tail(item.item_id)}" not in state.tracks:
                return item.item_id
            clients.add(item.facts.get("client"))
    return None


def some(state: CaseState) -> str | None:
    """Any request that is open."""
    return next((item.item_id for item in state.items_of(ItemKind.SUPPORT_REQUEST) if item.status in OPEN), None)


def there(client: str, state: CaseState) -> str:
    """The open request for a client; `nothing` when there is none."""
    known = open_request(state, client)
    return NOTHING if known is None else known.item_id


def who(request: str, state: CaseState) -> str:
    """Whether it is about the `patient` or about a `relative`."""
    return PATIENT if client(request, state) == PATIENT else "relative"


def client(request: str, state: CaseState) -> str:
    """Whom it is about."""
    return str(state.items[request].facts.get("client", PATIENT))


def urgent(request: str, state: CaseState) -> str:
    """Whether whoever referred the client told of a crisis."""
    return "crisis" if state.items[request].facts.get("urgency") == "crisis" else "ordinary"


def status(item: str, state: CaseState) -> str:
    """How an item stands."""
    return state.items[item].status


def ended(request: str, state: CaseState) -> str | None:
    """How a request ended; None while it has not. What was broken off, and goes on since that was none, has not."""
    now = state.items[request].status
    followed = state.tracks.get(f"support.{tail(request)}")
    goes_on = now == "unfinished" and followed is not None and followed.result is None
    return None if now in OPEN or goes_on else now


def broken_off(request: str, state: CaseState) -> str | None:
    """Once the request counts as unfinished though it is followed: what broke it off was taken back."""
    item = state.items[request]
    if item.status != "unfinished":
        return None
    return "in_progress" if sessions_of(state, request) else "requested"


def withdrawn(request: str, state: CaseState) -> str | None:
    """Once nobody asks for the talks any more: neither a person nor the route, or not the relative themselves."""
    item = state.items[request]
    if item.status == "withdrawn":
        return "withdrawn"
    if client(request, state) == PATIENT:
        return None if texts(item, "by") or in_route(state, "psychology") else "withdrawn"
    needs = [need.status for need in needs_of(state, client(request, state), TALK)]
    return "withdrawn" if needs and not WANTED & {*needs} else None


def taken_over(state: CaseState) -> str:
    """How often a crisis has ended in somebody else's hands."""
    runs = [track.result for name, track in state.tracks.items() if name.split(".")[0] == CRISIS]
    return str(runs.count("transferred"))


def transferred(before: str, state: CaseState) -> str | None:
    """Once it has again, since `before`."""
    return "transferred" if int(taken_over(state)) > int(before) else None


def referrer(request: str, after: str, state: CaseState) -> str:
    """Whoever referred the client after that one did; `nothing` when that was the last."""
    by = [each for each in texts(state.items[request], "by") if "+" in each]
    ahead = by[by.index(after) + 1 :] if after in by else by
    return ahead[0] if ahead else NOTHING


def planned(request: str, more: int, state: CaseState) -> str:
    """How many talks there are to be in all, when so many more were agreed."""
    return str(sum(each.status == "attended" for each in sessions_of(state, request)) + more)


def held(talk: str, state: CaseState) -> str | None:
    """What became of a talk; None while it is ahead."""
    now = state.items[talk].status
    return None if now == "planned" else now


def enough(request: str, session: str, state: CaseState) -> str:
    """Whether the talks may end: as whoever led the last one says, or once as many were held as were planned."""
    then = state.items[session].facts.get("then")
    held = sum(each.status == "attended" for each in sessions_of(state, request))
    planned = state.items[request].facts.get("sessions")
    reached = isinstance(planned, int) and held >= planned
    return "end" if then == "end" or (reached and then is None) else "goes_on"


def next_at(item: str, state: CaseState) -> str:
    """When the next talk is to be; `nothing` when nobody has said."""
    at = state.items[item].facts.get("next_at")
    return at if isinstance(at, str) else NOTHING


def left_over(request: str, _catalogue: Slice, state: CaseState) -> Mapping[str, str]:
    """The talks that are planned and will not be."""
    return {each.item_id: "cancelled" for each in sessions_of(state, request) if each.status == "planned"}


def last_of(state: CaseState, client: str) -> Item | None:
    """The last request for a client."""
    found = [item for item in state.items_of(ItemKind.SUPPORT_REQUEST) if item.facts.get("client") == client]
    return found[-1] if found else None
