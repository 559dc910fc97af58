from datetime import UTC, datetime, timedelta

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from marshrut.adapters.pfif import NoteRecord, PersonRecord, PfifCode, PfifFault, Sex, Status, read, write
from marshrut.domain.base import is_private

NOTE = """<pfif:note>
      <pfif:note_record_id>hospital.example.org/n1</pfif:note_record_id>
      <pfif:author_name>Дежурный</pfif:author_name>
      <pfif:source_date>2026-02-12T18:05:00Z</pfif:source_date>
      <pfif:author_made_contact>true</pfif:author_made_contact>
      <pfif:status>believed_alive</pfif:status>
      <pfif:last_known_location>Хабаровск, ККБ № 1</pfif:last_known_location>
      <pfif:text>В сознании, просит позвонить сестре.</pfif:text>
    </pfif:note>"""
SAMPLE = f"""<?xml version="1.0" encoding="UTF-8"?>
<pfif:pfif xmlns:pfif="http://zesty.ca/pfif/1.4" xmlns:x="http://example.org/x">
  <pfif:person>
    <pfif:person_record_id>hospital.example.org/p.1</pfif:person_record_id>
    <pfif:entry_date>2026-02-12T18:01:02Z</pfif:entry_date>
    <pfif:expiry_date>2026-08-12T18:01:02Z</pfif:expiry_date>
    <pfif:author_name>Справочная</pfif:author_name>
    <pfif:source_date>2026-02-12T18:00:00.5Z</pfif:source_date>
    <pfif:source_url>https://hospital.example.org/p/1</pfif:source_url>
    <pfif:full_name>Петрова Анна Ивановна</pfif:full_name>
    <pfif:given_name>Анна Ивановна</pfif:given_name>
    <pfif:family_name>Петрова</pfif:family_name>
    <pfif:alternate_names>Сидорова Анна
Нюра</pfif:alternate_names>
    <pfif:description/>
    <pfif:sex>female</pfif:sex>
    <pfif:date_of_birth>1950-03</pfif:date_of_birth>
    <pfif:age>70-80</pfif:age>
    <pfif:home_city>Хабаровск</pfif:home_city>
    <pfif:home_state>RU-KHA</pfif:home_state>
    <pfif:home_country>RU</pfif:home_country>
    <pfif:favourite_colour>blue</pfif:favourite_colour>
    <x:full_name>not ours</x:full_name>
    {NOTE}
  </pfif:person>
</pfif:pfif>
"""
# The order of PFIF 1.4 as Google Person Finder, by the editors of the specification, has it.
PERSON_ORDER = [
    *("person_record_id", "entry_date", "expiry_date", "author_name", "author_email", "author_phone", "source_name"),
    *("source_date", "source_url", "full_name", "given_name", "family_name", "alternate_names"),
    *("description", "sex", "date_of_birth", "age", "home_street", "home_neighborhood"),
    *("home_city", "home_state", "home_postal_code", "home_country", "photo_url", "profile_urls"),
]
NOTE_ORDER = [
    *("note_record_id", "person_record_id", "linked_person_record_id", "entry_date", "author_name", "author_email"),
    *("author_phone", "source_date", "author_made_contact", "status"),
    *("email_of_found_person", "phone_of_found_person", "last_known_location", "text", "photo_url"),
]


def test_a_document_is_read_field_by_field() -> None:
    """Every field of the sample arrives; unknown and foreign elements are ignored, empty ones are missing."""
    (person,) = read(SAMPLE.encode())
    (note,) = person.notes
    assert person.full_name == "Петрова Анна Ивановна"
    assert person.alternate_names == "Сидорова Анна\nНюра"
    assert (person.sex, person.date_of_birth, person.age, person.description) == (Sex.FEMALE, "1950-03", "70-80", None)
    assert person.source_date == datetime(2026, 2, 12, 18, tzinfo=UTC)
    assert note.person_record_id == person.person_record_id
    assert (note.status, note.author_made_contact) == (Status.BELIEVED_ALIVE, True)


def test_fields_are_written_in_the_order_of_the_specification() -> None:
    """The models declare, and the writer keeps, the order of PFIF 1.4, with notes last."""
    assert list(PersonRecord.model_fields) == [*PERSON_ORDER, "notes"]
    assert list(NoteRecord.model_fields) == NOTE_ORDER
    root = fromstring(write(read(SAMPLE.encode())))
    assert root.tag == "{http://zesty.ca/pfif/1.4}pfif"
    written = [child.tag.rpartition("}")[2] for child in root[0]]
    assert written == sorted(written, key=[*PERSON_ORDER, "note"].index)
    assert written[-1] == "note"


def test_a_note_beside_its_person_is_attached() -> None:
    """PFIF 1.2 and later may put notes beside persons; they end where they belong."""
    beside = NOTE.replace(
        "<pfif:author_name>",
        "<pfif:person_record_id>hospital.example.org/p.1</pfif:person_record_id><pfif:author_name>",
        1,
    )
    text = SAMPLE.replace(NOTE, "").replace("</pfif:pfif>", f"{beside}</pfif:pfif>")
    assert read(text.encode()) == read(SAMPLE.encode())


def test_earlier_versions_are_read() -> None:
    """1.2 and 1.3 name some fields otherwise; a 1.2 record without full name gets it from its parts."""
    old = """<pfif xmlns="http://zesty.ca/pfif/1.2"><person>
      <person_record_id>a.org/1</person_record_id><entry_date>2026-02-12T18:01:02Z</entry_date>
      <first_name>ANNA</first_name><last_name>PETROVA</last_name><other>description: grey coat</other>
      <note><note_record_id>a.org/2</note_record_id><author_name>B</author_name><found>false</found>
      <source_date>2026-02-12T18:01:02Z</source_date><text>t</text></note></person></pfif>"""
    (person,) = read(old.encode())
    assert (person.full_name, person.given_name, person.family_name) == ("ANNA PETROVA", "ANNA", "PETROVA")
    assert person.description == "description: grey coat"
    assert person.source_date == person.entry_date
    assert person.notes[0].author_made_contact is False
    (newer,) = read(SAMPLE.replace("pfif/1.4", "pfif/1.3").encode())
    assert newer.full_name == "Петрова Анна Ивановна"


@pytest.mark.parametrize(
    ("was", "now", "code", "where"),
    [
        ("<pfif:age>70-80<", "<pfif:age>80-70<", PfifCode.BAD_VALUE, "person[1]/age"),
        ("1950-03<", "1950-13<", PfifCode.BAD_VALUE, "person[1]/date_of_birth"),
        ("1950-03<", "03.1950<", PfifCode.BAD_VALUE, "person[1]/date_of_birth"),
        ("2026-02-12T18:01:02Z", "2026-02-30T18:01:02Z", PfifCode.BAD_VALUE, "person[1]/entry_date"),
        ("2026-02-12T18:01:02Z", "2026-02-12T18:01:02", PfifCode.BAD_VALUE, "person[1]/entry_date"),
        ("hospital.example.org/p.1<", "p.1<", PfifCode.BAD_VALUE, "person[1]/person_record_id"),
        ("hospital.example.org/n1<", "-bad-.org/n1<", PfifCode.BAD_VALUE, "person[1]/note[1]/note_record_id"),
        ("believed_alive", "fine", PfifCode.BAD_VALUE, "person[1]/note[1]/status"),
        (">true<", ">yes<", PfifCode.BAD_VALUE, "person[1]/note[1]/author_made_contact"),
        ("https://hospital", "javascript://hospital", PfifCode.BAD_VALUE, "person[1]/source_url"),
        ("Нюра<", "<b>Нюра</b><", PfifCode.BAD_VALUE, "person[1]/alternate_names"),
        ("full_name>", "no_name>", PfifCode.MISSING_FIELD, "person[1]/full_name"),
        (
            "<pfif:author_name>Дежурный</pfif:author_name>",
            "",
            PfifCode.MISSING_FIELD,
            "person[1]/note[1]/author_name",
        ),
        ("<pfif:description/>", "<pfif:age>7</pfif:age>", PfifCode.REPEATED_FIELD, "person[1]/age"),
        (NOTE, NOTE * 2, PfifCode.DUPLICATE_ID, "person[1]/note[2]/note_record_id"),
        (
            "<pfif:author_name>Дежурный",
            "<pfif:person_record_id>a.org/9</pfif:person_record_id><pfif:author_name>Дежурный",
            PfifCode.NOTE_OF_ANOTHER,
            "person[1]/note[1]",
        ),
        ("pfif/1.4", "pfif/1.1", PfifCode.UNSUPPORTED_VERSION, ""),
        ("zesty.ca", "zesty.com", PfifCode.NOT_PFIF, ""),
        ("</pfif:person>", "", PfifCode.NO_XML, ""),
        ('encoding="UTF-8"', 'encoding="KLINGON"', PfifCode.NO_XML, ""),
        ("?>", '?><!DOCTYPE p [<!ENTITY a "b">]>', PfifCode.FORBIDDEN_XML, ""),
        ("?>", '?><!DOCTYPE p SYSTEM "file:///etc/passwd">', PfifCode.FORBIDDEN_XML, ""),
    ],
)
def test_what_is_wrong_is_told_with_its_place(was: str, now: str, code: PfifCode, where: str) -> None:
    """Each fault has a stable code and a place, and repeats nothing of the document."""
    assert was in SAMPLE
    with pytest.raises(PfifFault) as caught:
        read(SAMPLE.replace(was, now).encode())
    assert (caught.value.code, caught.value.where) == (code, where)
    assert "Петров" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_oversize_document_is_refused_unread() -> None:
    """The limit is of bytes and comes before parsing."""
    with pytest.raises(PfifFault) as caught:
        read(b"<" * 11, limit=10)
    assert caught.value.code is PfifCode.OVERSIZE


def test_a_note_of_nobody_here_is_told() -> None:
    """A note whose person is not in the document is not dropped in silence."""
    beside = NOTE.replace(
        "<pfif:author_name>", "<pfif:person_record_id>b.org/7</pfif:person_record_id><pfif:author_name>"
    )
    with pytest.raises(PfifFault) as caught:
        read(SAMPLE.replace(NOTE, "").replace("</pfif:pfif>", f"{beside}</pfif:pfif>").encode())
    assert (caught.value.code, caught.value.where) == (PfifCode.NOTE_OF_ANOTHER, "note[1]")


def test_an_expired_record_needs_no_name() -> None:
    """What is left of an expired record is its id and dates; any other lacks its name."""
    now = datetime(2026, 2, 12, tzinfo=UTC)
    place = PersonRecord(person_record_id="a.org/1", entry_date=now, expiry_date=now, source_date=now)
    assert read(write([place])) == (place,)
    with pytest.raises(ValidationError):
        PersonRecord(person_record_id="a.org/1", source_date=now)


def test_everything_that_describes_a_person_is_private() -> None:
    """Only ids, dates and whether contact was made are not marked."""
    open_fields = {
        *("person_record_id", "entry_date", "expiry_date", "source_date", "notes"),
        *("note_record_id", "linked_person_record_id", "author_made_contact"),
    }
    for record in (PersonRecord, NoteRecord):
        assert {name for name, field in record.model_fields.items() if not is_private(field)} <= open_fields


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿\ufffe\uffff"), max_size=20)
maybe = st.none() | texts | st.sampled_from(["a\r\nb", " ", "<&>\"'", "]]>", "Ёж\tи\nёж"])
moments = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001 - made aware here
ids = st.from_regex(r"[a-z][a-z0-9]{0,8}\.example\.org/[a-zA-Z0-9.:/_-]{1,12}", fullmatch=True)
days = st.dates().map(lambda day: day.isoformat())


@st.composite
def people(draw: st.DrawFn) -> list[PersonRecord]:
    records = []
    for person_id in draw(st.lists(ids, max_size=3, unique=True)):
        notes = [
            NoteRecord(
                note_record_id=f"{person_id}/note{number}",
                person_record_id=person_id,
                linked_person_record_id=draw(st.none() | ids),
                entry_date=draw(st.none() | moments),
                author_name="Я " + (draw(maybe) or ""),
                author_email=draw(maybe),
                source_date=draw(moments),
                author_made_contact=draw(st.none() | st.booleans()),
                status=draw(st.none() | st.sampled_from(Status)),
                last_known_location=draw(maybe),
                text=draw(maybe),
            )
            for number in range(draw(st.integers(0, 2)))
        ]
        records.append(
            PersonRecord(
                person_record_id=person_id,
                source_date=draw(moments) + timedelta(microseconds=draw(st.integers(0, 999_999))),
                expiry_date=draw(st.none() | moments),
                full_name="Н " + (draw(maybe) or ""),
                sex=draw(st.none() | st.sampled_from(Sex)),
                age=draw(st.sampled_from([None, "7", "20-30"])),
                notes=tuple(notes),
                date_of_birth=draw(st.none() | days | days.map(lambda day: day[:4]) | days.map(lambda day: day[:7])),
                author_phone=draw(maybe),
                family_name=draw(maybe),
                description=draw(maybe),
                home_city=draw(maybe),
            )
        )
    return records


@given(people())
def test_what_is_written_is_read_back(records: list[PersonRecord]) -> None:
    """Whatever records hold survives the way to bytes and back."""
    assert read(write(records)) == tuple(records)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_whatever_raise_anything_else(raw: bytes) -> None:
    """Bytes are a document or a PfifFault."""
    with pytest.raises(PfifFault):
        read(raw)
