"""How bodies look, for whoever reads the OpenAPI document: each is one that is taken as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from api.bodies.step import Blocking, Commenting, Completing, Extending
from api.partners.answering import PartnerAnswer
from api.problems import ProblemView
from api.routes.cases import NewStep, Reporting, Transferring
from api.routes.enquiries import Answering
from api.routes.items import Flagging, Moving, NewItem
from api.routes.partner_links import Linking
from marshrut.domain.admission import Admission
from marshrut.domain.enquiry import Enquiry
from marshrut.domain.referral import Referral

EXAMPLES: Mapping[type[BaseModel], dict[str, Any]] = {
    Admission: {
        "facility": "GKB29",
        "visit": "26-1",
        "admitted_at": "2026-03-12T08:45:00+03:00",
        "emergency": True,
        "ward": "T1",
        "bed": "3",
        "diagnosis": "S72.0",
        "patient": {
            "identified": True,
            "mrn": "900101",
            "family": "Лебедева",
            "given": "Нина",
            "birth_date": "1939-05-17",
            "phones": ["+7 495 000-01-01"],
        },
        "contacts": [{"relation": "son", "given": "Олег", "phones": ["+7 495 000-01-02"]}],
        "flags": ["lives_alone"],
    },
    Referral: {"facility": "GKB29", "sentence": "Соседка говорит: дома остался кот"},
    Enquiry: {
        "facility": "CENTRE",
        "channel": "phone",
        "topic": "status",
        "sentence": "Где документы моей матери?",
        "asker": {"name": "Петров Сергей", "phone": "+7 900 000-00-00"},
    },
    Answering: {"result": "answered", "answer": "Ждём решения"},
    Reporting: {"type": "medically_ready", "occurred_at": "2026-03-20T10:00:00+03:00"},
    Transferring: {"hospital": "SKLIF", "ward": "T2", "note": "Переведена в ожоговый центр, сын знает"},
    NewStep: {"title": "Позвонить в собес", "role": "coordinator"},
    Completing: {"outcome": {"result": "contacted"}},
    Blocking: {"reason": "passport", "until": "2026-03-27T00:00:00+03:00", "note": "Ждём миграционный отдел"},
    Extending: {"by": {"amount": 2, "unit": "wd"}, "reason": "agreed"},
    Commenting: {"text": "Звонили, никто не ответил"},
    NewItem: {"kind": "document", "name": "passport", "facts": {"gone": "lost", "note": "Потерян на вокзале"}},
    Moving: {"status": "requested", "facts": {"office": "one_stop"}},
    Flagging: {"add": ["lives_alone"], "note": "Сказала соседка"},
    Linking: {"needs_consent": True},
    PartnerAnswer: {"answer": "declined", "reason": "no_capacity", "note": "Ближайшее место через месяц"},
    ProblemView: {
        "type": "urn:marshrut:problem:wrong_outcome",
        "title": "The outcome does not fit the step",
        "status": 422,
        "code": "wrong_outcome",
        "errors": [{"field": "outcome.result", "message": "Input should be 'contacted', 'unconscious' or 'refused'"}],
    },
}
