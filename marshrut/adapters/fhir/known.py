"""Patients whom a message names by their id here: what hospitals told of them before, also while no case is open."""

from __future__ import annotations

from marshrut.domain.admission import Patient
from marshrut.domain.persons import known
from marshrut.ports import KnownPatient, Queries, Vault


class KnownPatients:
    """Asks SQL, and opens what it holds."""

    def __init__(self, queries: Queries, vault: Vault) -> None:
        self._queries = queries
        self._vault = vault

    async def __call__(self, person: str) -> KnownPatient | None:
        """Who it is, and whose patient; None: nobody told of them."""
        cases = await self._queries.of_person(person)
        held = await self._queries.held_of(person)
        hospital = cases[0].hospital if cases else held[0].hospital if held else None
        if hospital is None:
            return None
        told = (await self._queries.person_records([person])).get(person, ())
        sealed = [*((each.command_id, each.content) for each in held), *told]
        words = await self._vault.opened(dict(sealed))
        record = known([words[name] for name, _ in sealed])
        patient = record.get("patient") or {}
        if not patient.get("mrn"):
            return None
        fields = {name: value for name, value in patient.items() if name in Patient.model_fields}
        return KnownPatient(hospital, Patient.model_validate(fields, strict=False))
