"""The drill of changing the service key, on a system at work: nothing stops, nothing becomes unreadable."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.worker import Replayer

from marshrut.adapters import key_sources
from marshrut.adapters.key_sources import KeyFile
from marshrut.adapters.keys import Keys, ServiceKey
from marshrut.adapters.person_keys import PersonKeys
from marshrut.adapters.temporal.codec import data_converter
from marshrut.adapters.temporal.runs import TemporalRuns
from marshrut.adapters.vault import EnvelopeVault
from marshrut.dispatch.rewrapping import Rewrapping
from marshrut.domain.ids import workflow_id
from marshrut.domain.words import Role
from marshrut.store.database import Database
from marshrut.store.person_keys import SqlPersonKeys
from marshrut.store.sealed import SqlSealedValues
from tests.e2e.planted import PATIENT
from tests.fixtures.system import System, running
from worker import RUNNER
from workflows.journey import PatientJourney


def rotated(file: KeyFile) -> Keys:
    now = datetime.now(UTC)
    made = ServiceKey.fresh(now)
    return file.change(lambda keys: keys.knowing(made).written_by(made.key_id, now))


async def sealed_by(system: System, case_id: str) -> set[str]:
    """Under which keys a journey's history is sealed."""
    handle = system.parts.client.get_workflow_handle(workflow_id(case_id))
    found: set[str] = set()

    def look(told: Any) -> None:
        if isinstance(told, dict):
            metadata = told.get("metadata", {})
            if isinstance(metadata, dict) and "key-id" in metadata:
                found.add(metadata["key-id"])
            for each in told.values():
                look(each)
        elif isinstance(told, list):
            for each in told:
                look(each)

    look((await handle.fetch_history()).to_json_dict())
    return {base64.b64decode(each).decode() for each in found}


async def test_the_key_changes_under_a_running_system(tmp_path: Path, monkeypatch: Any) -> None:
    """Cases of before go on under the new key and are read under both; SQL needs the old one no more in the end."""
    monkeypatch.setattr(key_sources, "LOOKS_EVERY_S", 0.0)
    file = KeyFile(tmp_path / "keys.json")
    async with running(tmp_path, quiet_s=600.0) as system:
        old = file.read()
        case_id = await system.admit(patient=PATIENT)
        await system.parts.background.round()
        other = await system.admit(patient={**PATIENT, "mrn": "MRN-loose"})
        new = rotated(file)
        await system.do(case_id, "first_contact", result="contacted", note="слова-о-больном")
        assert await sealed_by(system, case_id) == {old.key_id, new.key_id}
        assert await sealed_by(system, other) == {old.key_id}
        history = await system.parts.client.get_workflow_handle(workflow_id(case_id)).fetch_history()
        replayer = Replayer(workflows=[PatientJourney], workflow_runner=RUNNER, data_converter=data_converter(new))
        await replayer.replay_workflow(history)

        book_db = Database(system.parts.settings.person_keys)
        book = SqlPersonKeys(book_db)
        values, vault = SqlSealedValues(system.parts.db), EnvelopeVault(new)
        work = Rewrapping(values, vault, book, PersonKeys(book, new))
        assert await work.left() >= 2
        assert [done async for done in work.run()]
        assert await work.left() == 0
        await book_db.close()

        # The engine's runs of before may still need the old key; those of after do not.
        runs = TemporalRuns(system.parts.client)
        since = new.writes_since
        assert since is not None
        assert await runs.begun_before(since) >= 2
        assert await runs.begun_before(since - timedelta(days=1)) == 0
        file.change(lambda keys: keys.without(old.key_id))
        shown = await system.http.get(f"/api/v1/cases/{case_id}", headers=system.token(Role.SUPERVISOR))
        assert "Тайнова" in shown.text
