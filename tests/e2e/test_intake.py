"""The corpus through the real intake: acknowledged as it says, accounted for to the last message, readable on the card.

`pytest tests/e2e/test_intake.py --hypothesis-profile=thorough --timeout=0` sends twenty thousand mutated messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from secrets import token_hex
from typing import Any

import httpx
import pytest
from hypothesis import settings

from api.app import create_app
from api.views.case import PatientView
from marshrut.catalogue import load
from marshrut.composition import compose
from marshrut.domain.words import Role
from marshrut.samples import shifted
from tests.adapters.hl7v2.test_corpus import differences
from tests.adapters.hl7v2.test_fuzz import SPECIAL, edited
from tests.api.inboxes import Reader, er7, reader, relaying
from tests.e2e.hospital import CONTROL_ID, Answer, Hospital, Sample, corpus, hospital, own
from tests.fixtures.system import System, running

MUTATED = max(100, settings().max_examples)
# What the card does not show: who else the patient was, and the sender's own segments.
NOT_ON_THE_CARD = {"why", "model", "facility", "extensions"}


@dataclass(frozen=True)
class Delivery:
    """The corpus once it was sent."""

    sender: Hospital
    samples: list[Sample]
    answers: dict[str, Answer]
    rows: dict[bytes, dict[str, Any]]


@pytest.fixture(scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system of its own: the corpus comes from several hospitals, where others expect to find nothing."""
    async with running(tmp_path_factory.mktemp("city")) as system:
        yield system


@pytest.fixture(scope="module")
async def delivery(city: System) -> AsyncIterator[Delivery]:
    """Every message of the corpus, sent once: half of them by HTTP, half over a socket."""
    async with hospital(city) as sender:
        samples = corpus(token_hex(2))
        answers = {sample.name: await sender.send(sample.raw, turn) for turn, sample in enumerate(samples)}
        yield Delivery(sender, samples, answers, await sender.kept())


async def test_every_message_is_acknowledged_as_the_corpus_says(delivery: Delivery) -> None:
    """AA for each valid message, AE or AR with its code for each broken one, in whatever set and version it came."""
    assert len(delivery.samples) > 130
    for sample in delivery.samples:
        answer = delivery.answers[sample.name]
        assert answer.code == sample.expected.get("ack", "AA"), sample.name
        assert sample.valid or sample.expected["code"] in answer.error, sample.name


async def test_every_message_is_in_the_inbox_once_and_stands_as_it_must(delivery: Delivery) -> None:
    """As many rows as messages, each with its bytes: done with its case, held without one, or parked with its fault."""
    expected = {sample.raw: (sample.state, sample.code) for sample in delivery.samples}
    assert {raw: (row["state"], row["code"]) for raw, row in delivery.rows.items()} == expected
    assert Counter(row["state"] for row in delivery.rows.values()) == Counter(state for state, _ in expected.values())
    assert all(bool(row["case_id"]) == (row["state"] == "done" and not row["code"]) for row in delivery.rows.values())


async def test_every_admission_is_readable_on_its_card(delivery: Delivery) -> None:
    """Names, contacts, ward, flags and time stand on the card of the message's own case, in right Cyrillic."""
    cases = set()
    for sample in filter(lambda each: each.opens, delivery.samples):
        case_id = delivery.rows[sample.raw]["case_id"]
        card = await delivery.sender.card(case_id)
        expected = {key: value for key, value in sample.expected.items() if key not in NOT_ON_THE_CARD}
        shown = {key: value for key, value in expected.get("patient", {}).items() if key in PatientView.model_fields}
        at = expected.pop("admitted_at", None)
        assert list(differences(card, expected | ({"patient": shown} if shown else {}))) == [], sample.name
        assert at is None or datetime.fromisoformat(card["admitted_at"]) == datetime.fromisoformat(at)
        assert "\ufffd" not in str(card), sample.name
        cases.add(case_id)
    assert len(cases) == sum(sample.opens for sample in delivery.samples)


async def test_sent_again_in_any_order_by_either_way_nothing_changes(delivery: Delivery) -> None:
    """Twice more, shuffled, over the other way: the same answers, not a row more, every case once; each is counted."""
    for turn, seed in ((0, 1), (1, 2)):
        for sample in Random(seed).sample(delivery.samples, len(delivery.samples)):
            answer = await delivery.sender.send(sample.raw, turn)
            assert (answer.code, answer.error) == (
                delivery.answers[sample.name].code,
                delivery.answers[sample.name].error,
            ), sample.name
    rows = await delivery.sender.kept()
    assert {row["repeats"] for row in rows.values()} == {2}
    # That they came again is all that is new, and that their bytes were looked at.
    told = {"repeats", "repeated_at", "history"}
    now, before = ({raw: {name: row[name] for name in row.keys() - told} for raw, row in each.items()} for each in (
        rows, delivery.rows))  # fmt: skip
    assert now == before
    for case_id in filter(None, (row["case_id"] for row in rows.values())):
        assert await delivery.sender.kinds(case_id) == ["case_opened"]


async def test_another_message_of_the_visit_joins_its_case(city: System) -> None:
    """A04 and A01 of one visit under other control ids, sent newest first: one case, and each of them is done."""
    visit = token_hex(4)
    joined = [
        er7(header={9: f"ADT^{event}^ADT_A01"}, pv1={19: visit, 44: f"2026031208{minute}00+0300"})
        for event, minute in (("A04", 50), ("A01", 40), ("A01", 30))
    ]
    async with hospital(city) as sender:
        assert [(await sender.send(raw, turn)).code for turn, raw in enumerate(joined)] == ["AA"] * 3
        rows = await sender.kept()
        assert {raw: (row["state"], row["code"]) for raw, row in rows.items()} == dict.fromkeys(joined, ("done", None))
        (case_id,) = {row["case_id"] for row in rows.values()}
        assert await sender.kinds(case_id) == ["case_opened", "admission_repeated", "admission_repeated"]


async def test_the_samples_of_the_first_start_are_taken(city: System) -> None:
    """Each sample opens the case of the person that it names, with all their contacts; the planned one opens none."""
    async with hospital(city) as sender:
        sent = dict(shifted(datetime.now(UTC)))
        for turn, raw in enumerate(sent.values()):
            assert (await sender.send(raw, turn)).code == "AA"
        rows = await sender.kept()
        assert {name: rows[raw]["code"] for name, raw in sent.items() if rows[raw]["code"]} == {
            "planned_surgery": "not_emergency"
        }
        for raw in sent.values():
            if rows[raw]["case_id"] is not None:
                _named(await sender.card(rows[raw]["case_id"]), raw.decode())


def _named(card: dict[str, Any], message: str) -> None:
    segments = [line.split("|") for line in message.split("\r")]
    (person,) = (segment for segment in segments if segment[0] == "PID")
    named = card["patient"]
    assert not named["identified"] or [named["family"], named["given"]] == person[5].split("^")[:2]
    near = [contact["family"] or "" for contact in card["contacts"]]
    assert near == [segment[2].split("^")[0] for segment in segments if segment[0] == "NK1"]


async def test_mutated_messages_are_answered_and_accounted_for(city: System) -> None:
    """Bytes lost, changed or added: an acknowledgement each, a row each, and the next good message opens its case."""
    async with hospital(city) as sender:
        answers: dict[bytes, str] = {}
        for number in range(MUTATED):
            raw = _mutated(Random(number), f"{number:05}")
            answers[raw] = (await sender.send(raw, number)).code
        rows = await sender.kept()
        assert set(rows) == set(answers)
        assert Counter(answers.values()).keys() == {"AA", "AE", "AR"}
        wrong = [raw for raw, code in answers.items() if (code == "AA") != (rows[raw]["state"] in {"done", "held"})]
        assert wrong == []
        assert {row["state"] for row in rows.values()} == {"done", "held", "parked"}
        good = er7()
        assert (await sender.post(good)).code == "AA"
        assert (await sender.kept())[good]["case_id"]


SEEDS = [each for each in corpus("x") if CONTROL_ID in each.raw and len(each.raw) < 5000]


def _mutated(draw: Random, identity: str) -> bytes:
    raw = own(draw.choice(SEEDS).raw, identity).replace(b"|AL|NE|", b"|||")  # all of them are to be answered
    pieces = [*SPECIAL, draw.randbytes(draw.randrange(8)), "Ё".encode("koi8-r")]
    edits = [(draw.random(), draw.randrange(13), draw.choice(pieces)) for _ in range(draw.randint(1, 4))]
    return edited(raw, edits)


CODES = """\
emergency:
  patient_type: { codes: [СП], mark: S, source: the region's own list }
  patient_class: null
  admission_type: null
"""


async def test_a_regions_own_codes_decide_what_is_an_emergency(city: System, tmp_path: Path) -> None:
    """The same message opens a case where the region's overlay knows its code, and none elsewhere."""
    overlay = tmp_path / "regions" / "lipetsk" / "screening.yaml"
    overlay.parent.mkdir(parents=True)
    overlay.write_text(CODES, encoding="utf-8")
    everywhere = ("LOKB", "GKB29")
    async with compose(city.parts.settings, catalogue=load(tmp_path)) as parts, relaying(parts):
        app = create_app(parts.settings, parts)
        app.state.parts = parts.api
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://region.test") as http:
            inbox = Reader(http, reader(city, Role.INTEGRATOR, f"his-{token_hex(4)}", *everywhere).headers)
            found = {}
            for facility in everywhere:
                for code in ("СП", "EMR"):
                    raw = er7(facility=facility, pv1={2: "I", 4: "E" if facility == "LOKB" else "R", 18: code})
                    answer = await http.post(
                        "/hl7v2", content=raw, headers=inbox.headers | {"Content-Type": "text/plain"}
                    )
                    assert b"MSA|AA|" in answer.content
                    row = await inbox.settled((await inbox.all(limit=1))[0]["id"])
                    found[facility, code] = (row["code"], bool(row["case_id"]))
    opened, planned = (None, True), ("not_emergency", False)
    assert found == {
        ("LOKB", "СП"): opened,
        ("LOKB", "EMR"): planned,
        ("GKB29", "СП"): planned,
        ("GKB29", "EMR"): opened,
    }
