from typing import get_args

from api.web.case.deadline import RUNGS
from api.web.case.near import CHANNELS, RESULTS
from api.web.case.timeline import SILENT, TELLING
from api.web.picture.model import Look
from api.web.words import keys
from marshrut.domain import events as e
from marshrut.domain.admission import Kin
from marshrut.domain.crisis import Standing
from marshrut.domain.explain import RungState
from marshrut.domain.overdue import ClockState
from marshrut.domain.words import Flag, Role, Stage


def test_every_kind_of_event_is_told_or_left_out_on_purpose() -> None:
    """A new kind of event does not come to the history as the code writes it."""
    kinds = {each.model_fields["kind"].default for each in get_args(get_args(e.Body)[0])}
    worded = {key.removeprefix("case.ev_") for key in keys() if key.startswith("case.ev_")}
    assert kinds <= SILENT | TELLING.keys() | worded
    assert kinds >= SILENT
    assert TELLING.keys() <= kinds


def test_whatever_a_vocabulary_has_is_worded() -> None:
    """Words that are put together from codes exist for every code."""
    needed = {
        *(f"picture.says_{state}" for state in ClockState),
        *(f"picture.legend_{look}" for look in Look),
        *(f"terms.stage_{stage}" for stage in Stage),
        *(f"terms.flag_{flag}" for flag in Flag),
        *(f"terms.role_{role}" for role in Role),
        *(f"case.crisis_{code}" for code in get_args(Standing) if code != "none"),
        *(f"case.kin_{kin}" for kin in Kin if kin not in {Kin.SELF, Kin.EMPLOYER}),
        *(f"near.by_{code}" for code in CHANNELS),
        *(f"near.came_{code}" for code in RESULTS),
        *(f"case.sign_{sign}" for sign in ("open", "claimed", "block")),
    }
    assert needed <= keys(), needed - keys()
    assert RUNGS.keys() == set(RungState)
