import pytest

from marshrut.adapters.hl7v2 import Fault, FaultCode, parse
from tests.adapters.hl7v2.messages import adt

SPELLINGS = {
    "utf-8": ["", "UNICODE UTF-8", "Unicode UTF8", "UTF-8", "utf8", "UTF_8", "UNICODE"],
    "ascii": ["ASCII", "US-ASCII", "ISO IR6", "ISO-IR-6", "ISO 646"],
    "iso8859-5": ["8859/5", "ISO 8859-5", "iso8859-5", "ISO-8859-5", "ISO_8859-5:1988", "ISO IR144", "ISO-IR-144"],
    "cp1251": ["CP1251", "cp-1251", "WINDOWS-1251", "windows 1251", "Win1251", "1251"],
    "koi8-r": ["KOI8-R", "koi8r", "KOI8"],
}


@pytest.mark.parametrize(
    ("name", "codec"), [(name, codec) for codec, names in SPELLINGS.items() for name in names], ids=str
)
def test_each_spelling_names_its_character_set(name: str, codec: str) -> None:
    """A character set is known by the name of table 0211 and as it is spelt in the wild."""
    raw = adt(header={18: name}, pid={5: "A^B", 11: ""}, pv1={3: "W^1^1^GKB29"}).decode().encode(codec)
    assert parse(raw).codec == codec


@pytest.mark.parametrize("name", ["8859/1", "8859/15", "ISO IR87", "GB 18030-2000", "UNICODE UTF-32", "КОИ8", "?", "Z"])
def test_any_other_set_is_refused(name: str) -> None:
    """A set that is not supported is refused by name; nothing is guessed."""
    with pytest.raises(Fault) as caught:
        parse(adt(header={18: name}))
    assert (caught.value.code, caught.value.place) == (FaultCode.UNSUPPORTED_CHARSET, "MSH-18")


@pytest.mark.parametrize("codec", ["iso8859-5", "cp1251", "koi8-r"])
def test_every_letter_comes_through(codec: str) -> None:
    """All letters of the Russian alphabet, capital and small, are what they were in each one-byte set."""
    letters = "".join(map(chr, range(ord("А"), ord("я") + 1))) + "Ёё"
    raw = adt(header={18: codec}, more=(f"NTE|1||{letters}",)).decode().encode(codec)
    assert parse(raw).only("NTE").text(3) == letters


@pytest.mark.parametrize("codec", ["iso8859-5", "cp1251", "koi8-r"])
@pytest.mark.parametrize("name", ["Её", "ТАРАС", "Рёва", "СССР", "УА", "Ёж"])
def test_text_that_looks_like_utf_8_by_accident_is_not_taken_for_it(name: str, codec: str) -> None:
    """A message in a one-byte set of which a word happens to be valid UTF-8 is still read in its own set."""
    raw = adt(header={18: codec}, pid={5: name, 11: ""}, pv1={3: "W^1^1^GKB29"}).decode().encode(codec)
    assert parse(raw).only("PID").text(5) == name
