"""Those near to the patient whom the admission named: known people, until somebody adds them to the case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from marshrut.domain.admission import Kin
from marshrut.domain.kin_words import kin_of

# Nobody near: the patient, and who only pays.
NOBODY_NEAR = frozenset({Kin.SELF, Kin.EMPLOYER})


class KnownContactView(BaseModel):
    """Somebody whom the admission named. `add`: what to send to `POST /cases/{case_id}/items` to have them there."""

    name: str
    relation: str
    kin: Kin | None
    phones: list[str]
    add: dict[str, Any]


def contacts_of(told: Mapping[str, Any], known: Sequence[Mapping[str, Any]]) -> list[KnownContactView]:
    """Whom the newest admission named and nobody added; `known` is what is written of those in the case."""
    there = {_key(each.get("name"), each.get("phones")) for each in known}
    named = [(contact, _kin(contact)) for contact in told.get("contacts") or ()]
    found = [_view(contact, kin) for contact, kin in named if kin not in NOBODY_NEAR]
    return [view for view in found if view is not None and _key(view.name, view.phones) not in there]


def _kin(contact: Mapping[str, Any]) -> Kin | None:
    """As the hospital said it in our words; else as its own code or word is understood."""
    kin = contact.get("kin")
    return kin_of(contact.get("relation_code"), contact.get("relation")) if kin is None else Kin(kin)


def _view(contact: Mapping[str, Any], kin: Kin | None) -> KnownContactView | None:
    name = " ".join(contact[part] for part in ("family", "given", "patronymic") if contact.get(part))
    name = name or contact.get("organization") or ""
    phones = list(contact.get("phones") or ())
    if not name and not phones:
        return None
    facts = {
        "relation": kin,
        "source": "admission",
        "name": name,
        "birth_date": contact.get("birth_date"),
        "phones": phones,
        "address": contact.get("address"),
    }
    return KnownContactView(
        name=name,
        relation=contact.get("relation") or "",
        kin=kin,
        phones=phones,
        add={
            "kind": "relative",
            "name": kin or Kin.UNKNOWN,
            "status": "found",
            "facts": {field: value for field, value in facts.items() if value},
        },
    )


def _key(name: object, phones: object) -> tuple[str, tuple[str, ...]]:
    return str(name or ""), tuple(map(str, phones)) if isinstance(phones, (list, tuple)) else ()
