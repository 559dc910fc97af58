"""A case that proves to be of another kind goes on by it: in virtual time, with a hand-over after every command too."""

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.evolve import fold
from marshrut.domain.words import Variant
from tests.fixtures.cases import ANNA, CATALOGUE, HIS, HOUR, admission, command, live
from tests.fixtures.shipped import shipped
from tests.workflows.properties.twins import Twins

FIRST = "contact.first_contact"
FLAGSHIP = shipped().slice("GKB29", (Variant.ADULT, Variant.FLAGSHIP))


def change() -> c.ChangeVariants:
    """It is a flagship's case."""
    return c.ChangeVariants(
        variants=(Variant.ADULT, Variant.FLAGSHIP),
        reason="other_unit",
        catalogue=FLAGSHIP,
        instead_of=CATALOGUE.version,
    )


async def test_clocks_count_anew_from_the_same_start_and_what_follows_is_of_the_new_kind() -> None:
    """A first contact that had a day is late after two hours; what opens next has the flagship's hours."""
    async with Twins() as twins:
        await twins.tell(command(admission(variants={Variant.ADULT: ("no_child",)}), HIS))
        await twins.wait(2 * HOUR)
        assert await twins.tell(command(change(), ANNA)) == [None]
        (step,) = [each for each in twins.state.live_steps if f"{each.track}.{each.name}" == FIRST]
        assert step.clock is not None
        assert twins.state.admitted_at is not None
        assert step.due_at == twins.state.admitted_at + HOUR
        # It is late at once; the rungs that lie behind are not told, as when a case is migrated.
        await twins.wait(HOUR)
        climbed = [event.body for event in twins.journal if isinstance(event.body, e.StepEscalated)]
        assert {body.rung for body in climbed if body.step_id == step.step_id} <= {"grave", "centre"}
        outcome: e.OutcomeCodes = {"result": "contacted"}
        await twins.tell(command(c.Complete(step_id=live(twins.state)[FIRST], outcome=outcome), ANNA))
        (consent,) = [each for each in twins.state.live_steps if each.name == "consent_record"]
        assert consent.due_at == consent.opened_at + 4 * HOUR
        assert fold(twins.state.case_id, twins.journal) == twins.state
        assert twins.state.variants == {Variant.ADULT: ("no_child",), Variant.FLAGSHIP: ("other_unit",)}
