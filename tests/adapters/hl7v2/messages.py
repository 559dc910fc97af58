"""Messages to test with, put together from the few fields that a test is about."""

from marshrut.adapters.hl7v2 import DeathRule, EmergencyRule, Site

USUAL = EmergencyRule(frozenset({"E"}), frozenset({"E"}), frozenset({"EMR"}))
ZONES = {"GKB29": "Europe/Moscow", "MOROZ": "Europe/Moscow", "SKLIF": "Europe/Moscow", "KKB1": "Asia/Vladivostok"}
DEAD = DeathRule(frozenset({"20", "40", "41", "42"}))
SITES = {code: Site(zone, USUAL, DEAD) for code, zone in ZONES.items()}

OMIT = "omit the segment"


def segment(name: str, fields: dict[int, str]) -> str:
    """A segment of the given fields, the others empty."""
    last = max(fields, default=0)
    return "|".join([name, *(fields.get(number, "") for number in range(1, last + 1))])


def msh(fields: dict[int, str] | None = None) -> str:
    """A header; MSH-1 is the separator, so the fields begin at MSH-2."""
    all_fields = {
        2: "^~\\&",
        3: "HIS",
        4: "GKB29",
        5: "MARSHRUT",
        6: "CITY",
        7: "20260312091200+0300",
        9: "ADT^A01^ADT_A01",
        10: "MSG-1",
        11: "P",
        12: "2.5",
        18: "UNICODE UTF-8",
    } | (fields or {})
    return segment("MSH", {number - 1: text for number, text in all_fields.items()})


def adt(
    *,
    header: dict[int, str] | None = None,
    evn: dict[int, str] | str | None = None,
    pid: dict[int, str] | str | None = None,
    pv1: dict[int, str] | str | None = None,
    more: tuple[str, ...] = (),
    end: str = "\r",
) -> bytes:
    """An admission of an elderly woman; the given fields replace its own, `OMIT` leaves the segment out."""
    segments = [
        msh(header),
        _merged("EVN", {1: "A01", 2: "20260312091130+0300", 6: "20260312084000+0300"}, evn),
        _merged(
            "PID",
            {
                1: "1",
                3: "800100^^^FUND^NI~900101^^^GKB29^MR",
                5: "Лебедева^Валентина^Сергеевна",
                7: "19390517",
                8: "F",
                11: "ул. Примерная, д. 7, кв. 15^^Москва^^111000^RUS",
                13: "^PRN^PH^^7^495^0000101",
            },
            pid,
        ),
        _merged(
            "PV1",
            {1: "1", 2: "I", 3: "ТРАВМ^308^3^GKB29", 4: "E", 18: "EMR", 19: "26-1", 44: "20260312084500+0300"},
            pv1,
        ),
        *more,
    ]
    return "".join(text + end for text in segments if text != OMIT).encode()


def _merged(name: str, own: dict[int, str], given: dict[int, str] | str | None) -> str:
    return given if isinstance(given, str) else segment(name, own | (given or {}))
