"""Record the histories that every later version has to replay: `python -m tests.replay.record [release]`.

They are kept release by release. Those of an earlier one are never recorded anew: cases that began under it live on.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from marshrut.adapters.keys import Keys
from marshrut.domain import commands as c
from marshrut.domain.words import Report
from tests.fixtures.cases import ANNA, DAY, HIS, HOUR, OLGA, PAVEL
from tests.fixtures.engine import Patient, Ward, environment, eventually

HERE = Path(__file__).parent
HISTORIES = HERE / "histories"
# Made for these recordings only; whoever reads them learns nothing of anybody.
KEYS = HERE / "keys.json"
NEEDLESS = {"taskId", "requestId", "identity", "historySizeBytes", "meteringMetadata", "workerVersion"}


async def left_for_home(patient: Patient) -> None:
    """The whole way home, on which the patient leaves before any office has answered, to the end of the journey."""
    await patient.until_needs()
    await patient.agree("home_care")
    await patient.tell(c.ReportFact(report=Report.DISCHARGED), HIS)
    await patient.say("discharge.arrival_confirm", result="confirmed", received_by="relatives")
    await patient.follow_up()
    await patient.forward(31 * DAY)
    await patient.handle.result()


async def reminded(patient: Patient) -> None:
    """Waiting, a reminder, and a step that two agree to leave out."""
    await patient.admit()
    await patient.say("contact.first_contact", result="unconscious")
    await patient.sleep(40 * HOUR)
    step_id = await patient.step("contact.first_contact")
    await patient.tell(c.Cancel(step_id=step_id, reason="duplicate"), ANNA)
    await patient.tell(c.Approve(step_id=step_id), PAVEL)
    await patient.tell(c.ReportFact(report=Report.DIED), HIS)


async def refused(patient: Patient) -> None:
    """A refusal that a senior takes back and a name that is searched for once it is missed, handed over in between."""
    await patient.admit()
    await patient.settled()
    await patient.say("contact.first_contact", result="refused", identity="unknown")
    await patient.settled()
    await patient.say("followup.case_close", result="reopened")
    await patient.settled()
    await patient.say("contact.first_contact", result="moved", moved_to="other_hospital")


async def taken_back(patient: Patient) -> None:
    """A discharge and a refusal that are taken back, with hand-overs in between."""
    await patient.admit()
    await patient.say("contact.first_contact", result="contacted")
    for report in (Report.DISCHARGED, Report.DISCHARGE_CANCELLED, Report.REFUSED_HELP):
        await patient.settled()
        await patient.tell(c.ReportFact(report=report), HIS)
    await patient.settled()
    await patient.tell(c.ReportFact(report=Report.HELP_ACCEPTED), OLGA)
    await patient.settled()
    await patient.say("contact.consent_record", result="given")
    await patient.tell(c.ReportFact(report=Report.DIED), HIS)


async def sql_away(patient: Patient) -> None:
    """A journal that could not be written at first."""
    await patient.admit()
    await patient.settled()
    patient.ward.shelf.away = True
    asleep = asyncio.create_task(patient.forward(30 * HOUR))
    await eventually(patient.ward.shelf.refused_twice)
    patient.ward.shelf.away = False
    await asleep


Story = Callable[[Patient], Awaitable[None]]
STORIES: dict[str, tuple[Story, dict[str, float]]] = {
    "left_for_home": (left_for_home, {}),
    "reminded": (reminded, {}),
    "refused": (refused, {"commands": 2, "quiet_s": 0}),
    "taken_back": (taken_back, {"commands": 3, "quiet_s": 0}),
    "sql_away": (sql_away, {}),
}


async def record() -> dict[str, str]:
    """Live through every story; what Temporal keeps of it, a file a run."""
    kept: dict[str, str] = {}
    async with await environment(Keys.read(KEYS), suggested_at=120) as server:
        for name, (story, limits) in STORIES.items():
            ward = Ward(server)
            await ward.work()
            patient = ward.patient(**limits)
            await story(patient)
            await patient.settled()
            await ward.stop_working()
            for number, history in enumerate(await patient.histories(), start=1):
                kept[f"{name}.{number}.json"] = json.dumps(_lean(history.to_json_dict()), separators=(",", ":"))
    return kept


def keep(histories: dict[str, str], folder: Path) -> None:
    """Put the histories into a folder, in the place of those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for name, content in histories.items():
        (folder / name).write_text(f"{content}\n", encoding="utf-8")


def _lean(kept: Any) -> Any:
    """A history without what no replay asks for."""
    if isinstance(kept, dict):
        return {name: _lean(value) for name, value in kept.items() if name not in NEEDLESS}
    return [_lean(value) for value in kept] if isinstance(kept, list) else kept


async def main() -> dict[str, str]:
    """Record, and leave once the client is gone: a process that leaves earlier may abort (sdk-python #300)."""
    histories = await record()
    gc.collect()
    await asyncio.sleep(0.2)
    return histories


if __name__ == "__main__":
    keep(asyncio.run(main()), HISTORIES / (sys.argv[1] if len(sys.argv) > 1 else version("marshrut")))
