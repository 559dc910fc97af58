from datetime import date, datetime, timedelta

import pytest
from pydantic import ValidationError

from marshrut.adapters.hl7v2 import EmergencyRule, Fault, FaultCode, Site, parse, to_admission
from marshrut.domain.admission import EXTENSIONS_LIMIT, Admission, Kin
from marshrut.domain.words import Flag
from tests.adapters.hl7v2.messages import OMIT, SITES, adt


def admission(raw: bytes) -> Admission:
    """What the intake makes of the message."""
    return to_admission(parse(raw), SITES)


def test_an_admission_is_mapped_field_by_field() -> None:
    """An A01 becomes the admission that the hospital meant, in all its fields."""
    found = admission(
        adt(
            more=(
                "NK1|1|Крылова^Зинаида^Петровна|NBR^соседка||^PRN^PH^^7^495^0000102~+7 900 000-01-03",
                "DG1|1||S72.1^Перелом бедра^I10|||A",
            )
        )
    )
    assert found.model_dump() == {
        "facility": "GKB29",
        "visit": "26-1",
        "admitted_at": datetime.fromisoformat("2026-03-12T08:45:00+03:00"),
        "emergency": True,
        "ward": "ТРАВМ",
        "bed": "308-3",
        "diagnosis": "S72.1 Перелом бедра",
        "patient": {
            "identified": True,
            "mrn": "900101",
            "family": "Лебедева",
            "given": "Валентина",
            "patronymic": "Сергеевна",
            "aliases": (),
            "birth_date": date(1939, 5, 17),
            "sex": "female",
            "address": "ул. Примерная, д. 7, кв. 15, Москва, 111000, RUS",
            "phones": ("+7 495 0000101",),
        },
        "contacts": (
            {
                "family": "Крылова",
                "given": "Зинаида",
                "patronymic": "Петровна",
                "relation": "соседка",
                "relation_code": "NBR",
                "kin": "neighbour",
                "role": None,
                "organization": None,
                "birth_date": None,
                "address": None,
                "phones": ("+7 495 0000102", "+7 900 000-01-03"),
                "emails": (),
                "source": "next_of_kin",
            },
        ),
        "flags": (),
        "extensions": (),
    }


REFUSED = [
    (adt(header={9: "ORU^R01"}), FaultCode.NOT_ADT, "MSH", 9, "AR"),
    (adt(header={9: "ADT"}), FaultCode.MISSING_FIELD, "MSH", 9, "AE"),
    (adt(header={9: "ADT^A03"}), FaultCode.UNSUPPORTED_EVENT, "MSH", 9, "AR"),
    (adt(pid=OMIT), FaultCode.MISSING_SEGMENT, "PID", None, "AE"),
    (adt(pv1=OMIT), FaultCode.MISSING_SEGMENT, "PV1", None, "AE"),
    (adt(more=("PID|1||2",)), FaultCode.REPEATED_SEGMENT, "PID", None, "AE"),
    (adt(pv1="PV1"), FaultCode.MISSING_FIELD, "PV1", 19, "AE"),
    (adt(pv1={19: ""}), FaultCode.MISSING_FIELD, "PV1", 19, "AE"),
    (adt(pv1={19: '""'}), FaultCode.MISSING_FIELD, "PV1", 19, "AE"),
    (adt(pv1={19: "9" * 251}), FaultCode.TOO_LONG, "PV1", 19, "AE"),
    (adt(pid={3: ""}), FaultCode.MISSING_FIELD, "PID", 3, "AE"),
    (adt(pv1={3: "A^1^1^NOWHERE"}), FaultCode.UNKNOWN_FACILITY, "PV1", 3, "AE"),
    (adt(pv1={3: "A^1^1"}, header={4: "NOWHERE"}), FaultCode.UNKNOWN_FACILITY, "MSH", 4, "AE"),
    (adt(pv1={3: ""}, header={4: ""}), FaultCode.UNKNOWN_FACILITY, "MSH", 4, "AE"),
    (adt(pv1={44: "2026-03-12"}), FaultCode.BAD_TIME, "PV1", 44, "AE"),
    (adt(pv1={44: "20260230"}), FaultCode.BAD_TIME, "PV1", 44, "AE"),
    (adt(pv1={44: "202603"}), FaultCode.BAD_TIME, "PV1", 44, "AE"),
    (adt(pv1={44: "20260312084500+2500"}), FaultCode.BAD_TIME, "PV1", 44, "AE"),
    (adt(pv1={44: "00010101000000+1400"}), FaultCode.BAD_TIME, "PV1", 44, "AE"),
    (adt(pv1={44: ""}, evn={6: "soon"}), FaultCode.BAD_TIME, "EVN", 6, "AE"),
    (adt(pv1={44: ""}, evn=OMIT, header={7: ""}), FaultCode.MISSING_FIELD, "PV1", 44, "AE"),
    (adt(pid={7: "17.05.1939"}), FaultCode.BAD_TIME, "PID", 7, "AE"),
    (adt(pid={7: "20620517"}), FaultCode.BAD_TIME, "PID", 7, "AE"),
]


@pytest.mark.parametrize(("raw", "code", "segment", "field", "ack"), REFUSED, ids=range(len(REFUSED)))
def test_an_admission_that_cannot_be_taken_says_why_and_where(
    raw: bytes, code: FaultCode, segment: str, field: int | None, ack: str
) -> None:
    """Each fault has its code, its place and its acknowledgement."""
    with pytest.raises(Fault) as caught:
        admission(raw)
    fault = caught.value
    assert (fault.code, fault.segment, fault.field, fault.ack) == (code, segment, field, ack)


def test_nobody_is_admitted_in_the_future() -> None:
    """More than a day after now, or after the message was sent, is a fault of the field; clocks may differ by less."""
    now = datetime.fromisoformat("2026-03-10T08:00:00+03:00")
    message = parse(adt())
    with pytest.raises(Fault) as caught:
        to_admission(message, SITES, now=now)
    assert (caught.value.code, caught.value.place) == (FaultCode.BAD_TIME, "PV1-44")
    assert to_admission(message, SITES, now=now + timedelta(days=1, hours=2)).visit == "26-1"
    assert to_admission(message, SITES, now=now + timedelta(days=400)).visit == "26-1"
    ahead = parse(adt(pv1={44: "20260314"}))
    assert to_admission(ahead, SITES, now=now + timedelta(days=4)).visit == "26-1"
    with pytest.raises(Fault):
        to_admission(ahead, SITES)
    assert to_admission(parse(adt(pv1={44: "20260314"}, header={7: "soon"})), SITES).visit == "26-1"


@pytest.mark.parametrize("empty", ["00010101", "17530101", "18991230", "19000101", "00010101000000", "0000"])
def test_zero_dates_of_common_systems_turn_nobody_away(empty: str) -> None:
    """What a hospital's database writes for "no date" is no birth date, and no fault."""
    assert admission(adt(pid={7: empty})).patient.birth_date is None


def test_extensions_are_bounded_without_turning_anybody_away() -> None:
    """Z segments beyond the bound are left out whole; those that fit are kept, in the order sent."""
    large = "ZBB|" + "x" * 60_000
    found = admission(adt(more=("ZAA|1", large, "ZCC|" + "y" * 10_000, "ZDD|2", "NTE|1||no")))
    assert found.extensions == ("ZAA|1", large, "ZDD|2")
    assert found.personal()["extensions"] == list(found.extensions)


def test_no_intake_keeps_extensions_without_bound() -> None:
    """The bound is the admission's own, whichever way it came."""
    found = admission(adt())
    full = found.model_dump() | {"extensions": ("Z" * EXTENSIONS_LIMIT,)}
    assert Admission.model_validate(full).extensions == full["extensions"]
    with pytest.raises(ValidationError, match="more than 65536 characters"):
        Admission.model_validate(full | {"extensions": ("Z" * EXTENSIONS_LIMIT, "Z")})


def test_a_contact_that_cannot_be_read_turns_nobody_away() -> None:
    """A birth date of a relative that is none is left out; the rest of the contact is kept."""
    found = admission(adt(more=("NK1|1|Крылова^Зинаида|NBR" + "|" * 13 + "в мае",)))
    assert [(who.family, who.birth_date) for who in found.contacts] == [("Крылова", None)]


@pytest.mark.parametrize(
    ("relation", "kin"),
    [
        ("MTH", Kin.MOTHER),
        ("mth^мама", Kin.MOTHER),
        ("17^Дочь", Kin.DAUGHTER),
        ("17^родня^99HIS^GRD^Guardian^HL70063", Kin.GUARDIAN),
        ("EXF", Kin.RELATIVE),
        ("WRD", Kin.WARD),
        ("UNK", Kin.UNKNOWN),
        ("ZZ^кума", None),
        ("", None),
    ],
)
def test_relations_become_our_words(relation: str, kin: Kin | None) -> None:
    """A code of table 0063, first or alternate, or a plain word tells the kin; anything else stays the hospital's."""
    assert admission(adt(more=(f"NK1|1|Крылова^Зинаида|{relation}",))).contacts[0].kin is kin


def test_every_code_of_table_0063_is_known() -> None:
    """No code of HL7's own table of relations is left without a word of ours."""
    table = (
        "SEL SPO DOM CHD GCH NCH SCH FCH DEP WRD PAR MTH FTH CGV GRD GRP EXF SIB BRO SIS FND OAD EME EMR ASC EMC OWN "
        "TRA MGR NON UNK OTH"
    )
    found = admission(adt(more=tuple(f"NK1|1|А{code}|{code}" for code in table.split()))).contacts
    assert [contact.relation_code for contact in found if contact.kin is None] == []


def test_a_fault_never_quotes_the_message() -> None:
    """A fault travels into logs, so it holds nothing that a field held."""
    with pytest.raises(Fault) as caught:
        admission(adt(pid={7: "Лебедева, май 1939"}))
    assert str(caught.value) == "PID-7 is not a date or time that HL7 allows here"
    assert "Лебедева" not in repr(caught.value.__dict__)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"pv1": {44: "20260312084500"}}, "2026-03-12T08:45:00+03:00"),
        ({"pv1": {44: "20260312084500", 3: "A^1^1^KKB1"}}, "2026-03-12T08:45:00+10:00"),
        ({"pv1": {44: "20260312084500+0500", 3: "A^1^1^KKB1"}}, "2026-03-12T08:45:00+05:00"),
        ({"pv1": {44: "20260312084500.1234-0330"}}, "2026-03-12T08:45:00-03:30"),
        ({"pv1": {44: "20260312084500.123456"}}, "2026-03-12T08:45:00+03:00"),
        ({"pv1": {44: "202603120845"}}, "2026-03-12T08:45:00+03:00"),
        ({"pv1": {44: "20260312"}}, "2026-03-12T00:00:00+03:00"),
        ({"pv1": {44: ""}}, "2026-03-12T08:40:00+03:00"),
        ({"pv1": {44: ""}, "evn": {6: ""}}, "2026-03-12T09:11:30+03:00"),
        ({"pv1": {44: ""}, "evn": OMIT}, "2026-03-12T09:12:00+03:00"),
    ],
)
def test_admission_time_and_zone(fields: dict[str, dict[int, str] | str], expected: str) -> None:
    """The admission's own time wins, then the event's, then the message's; without an offset the hospital's zone."""
    assert admission(adt(**fields)).admitted_at.isoformat() == expected  # type: ignore[arg-type]  # fields from a table


@pytest.mark.parametrize(
    ("name", "identified", "family"),
    [
        ("Лебедева^Анна", True, "Лебедева"),
        ("Неизвестный^^^^^^U", False, None),
        ("Неизвестная", False, None),
        ("НЕИЗВЕСТНЫЙ МУЖЧИНА", False, None),
        ("UNKNOWN^Male", False, None),
        ("Петров^^^^^^U", False, "Петров"),
        ("Псевдоним^А^^^^^A~Лебедева^Анна^^^^^L", True, "Лебедева"),
        ("", False, None),
        ('""', False, None),
        ("^Анна", False, None),
    ],
)
def test_who_counts_as_unidentified(name: str, identified: bool, family: str | None) -> None:
    """A placeholder, an unspecified name or none at all leaves the patient unidentified, and flagged so."""
    found = admission(adt(pid={5: name}))
    assert (found.patient.identified, found.patient.family) == (identified, family)
    assert (Flag.UNIDENTIFIED in found.flags) is not identified


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("19390517", date(1939, 5, 17)),
        ("19390517120000+0300", date(1939, 5, 17)),
        ("1939", None),
        ("193905", None),
        ("19390500", None),
        ("00000000", None),
        ("", None),
    ],
)
def test_only_a_full_birth_date_is_one(sent: str, known: date | None) -> None:
    """A partial birth date is not made up into a full one."""
    assert admission(adt(pid={7: sent})).patient.birth_date == known


@pytest.mark.parametrize(
    ("born", "contact", "alone"),
    [
        ("20180922", (), True),
        ("20180922", ("NK1|1||MTH^мать",), True),
        ("20180922", ("NK1|1|Зайцева^Ольга|MTH",), False),
        ("20180922", ("NK1|1||MTH||+7 900 000-00-01",), False),
        ("20080313", (), True),
        ("20080312", (), False),
        ("2018", (), True),
        ("2008", (), False),
        ("19390517", (), False),
        ("", (), False),
    ],
)
def test_a_child_whom_nobody_comes_with_is_flagged(born: str, contact: tuple[str, ...], alone: bool) -> None:
    """Under 18 at admission, beyond doubt, and nobody who could be named or called: flagged; else not."""
    found = admission(adt(pid={7: born}, more=contact))
    assert (Flag.CHILD_WITHOUT_CARER in found.flags) is alone


def test_contacts_without_names_are_kept() -> None:
    """Every NK1 is a trace, also one that knows only the relation, or nothing."""
    found = admission(adt(more=("NK1|1||MTH^мать", "NK1|2|Чернова^Дарья|^дочь", "NK1|3")))
    assert [(who.family, who.relation, who.kin) for who in found.contacts] == [
        (None, "мать", Kin.MOTHER),
        ("Чернова", "дочь", Kin.DAUGHTER),
        (None, "unknown", None),
    ]


@pytest.mark.parametrize(
    ("fields", "emergency"),
    [
        ({2: "I", 4: "R", 18: "PLN"}, False),
        ({2: "E", 4: "R", 18: ""}, True),
        ({2: "I", 4: "E", 18: ""}, True),
        ({2: "I", 4: "R", 18: "EMR"}, True),
        ({2: "", 4: "", 18: ""}, False),
    ],
)
def test_what_makes_an_emergency(fields: dict[int, str], emergency: bool) -> None:
    """Patient class, admission type or patient type: any one of them says so."""
    assert admission(adt(pv1=fields)).emergency is emergency


def test_a_hospital_may_have_its_own_emergency_codes() -> None:
    """The codes are the hospital's, as the catalogue has them."""
    own = Site("Europe/Moscow", EmergencyRule(admission_type=frozenset({"СП"})))
    message = parse(adt(pv1={2: "I", 4: "СП", 18: ""}))
    assert to_admission(message, SITES | {"GKB29": own}).emergency
    assert not to_admission(message, SITES).emergency


@pytest.mark.parametrize(
    ("place", "ward", "bed"),
    [
        ("ТРАВМ^308^3^GKB29", "ТРАВМ", "308-3"),
        ("Травма 2-е (взр.)^308 а^^GKB29", "Травма-2-е-взр.", "308-а"),
        ("^^4^GKB29", None, "4"),
        ("***^^^GKB29", None, None),
        ("x" * 300 + "^^^GKB29", "x" * 200, None),
    ],
)
def test_ward_and_bed_become_codes(place: str, ward: str | None, bed: str | None) -> None:
    """Ward, room and bed fit the domain's codes, whatever the hospital writes."""
    found = admission(adt(pv1={3: place}))
    assert (found.ward, found.bed) == (ward, bed)


def test_telephones_of_all_shapes_and_nothing_else() -> None:
    """Numbers in parts or as text are read once each; an address of the internet is no telephone."""
    sent = "^PRN^PH^^7^495^0000101^12~+7 900 000-01-03~a@example.org^NET^Internet~^PRN^PH^^7^495^0000101^12~1"
    found = admission(adt(pid={13: sent, 14: "^WPN^PH^^^^" + "5" * 60}))
    assert found.patient.phones == ("+7 495 0000101 доб. 12", "+7 900 000-01-03", "5" * 40)


def test_a_long_remark_turns_nobody_away() -> None:
    """Free text beyond the limit is cut; the admission is taken."""
    found = admission(adt(pid={11: "у" * 400}, more=("DG1|1|||" + "д" * 400,)))
    assert (len(found.patient.address or ""), len(found.diagnosis or "")) == (250, 250)


def test_walk_in_registration_is_taken_too() -> None:
    """A04 opens as A01 does."""
    assert admission(adt(header={9: "ADT^A04"})).visit == "26-1"
