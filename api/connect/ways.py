"""The ways to connect, in the order in which somebody tries them, and their examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

# What stands in the examples, as a sandbox has it.
API, MLLP, HOSPITAL = "http://127.0.0.1:8080", "--port 2575 127.0.0.1", "GKB29"


@dataclass(frozen=True, slots=True)
class Place:
    """An installation: where it listens, and for which hospital the examples speak."""

    api: str = API
    mllp_host: str = "127.0.0.1"
    mllp_port: int = 2575
    hospital: str = HOSPITAL

    def put(self, text: str) -> str:
        """The text with the addresses of this place."""
        there = f"--port {self.mllp_port} {self.mllp_host}"
        return text.replace(API, self.api).replace(MLLP, there).replace(HOSPITAL, self.hospital)

    def fill(self, address: str) -> str:
        """The address of a way, here."""
        return address.format(api=self.api, mllp_host=self.mllp_host, mllp_port=self.mllp_port)


SANDBOX = Place()


@dataclass(frozen=True, slots=True)
class Example:
    """Something to be copied. `file`: as what it is saved; without one it is typed into a shell.

    `answers`: what stands in its answer.
    """

    name: str
    source: str
    answers: tuple[str, ...] = ()
    file: str | None = None

    @property
    def language(self) -> str:
        """In what it is written."""
        return "python" if ".py" in self.source else "text" if ".hl7" in self.source else "sh"

    def text(self, place: Place = SANDBOX) -> str:
        """What is copied."""
        return place.put(_source(self.source))


@dataclass(frozen=True, slots=True)
class Way:
    """A way in or out. `address`: where that is, with the place's own values filled in."""

    name: str
    address: str
    examples: tuple[Example, ...]


WAYS = (
    Way("sandbox", API, (Example("sandbox", "sandbox.sh"), Example("token", "token.sh"))),
    Way(
        "hl7",
        "{mllp_host}:{mllp_port}, {api}/hl7v2",
        (
            Example("message", "message.hl7", file="a01.hl7"),
            Example("mllp", "mllp.sh", ("MSA|AA|HIS-0001",)),
            Example("hl7_http", "hl7_http.sh", ("MSA|AA|HIS-0001",)),
        ),
    ),
    Way(
        "rest",
        "{api}/api/v1",
        (
            Example("rest", "rest.sh", ('"created":true',)),
            Example("rest_python", "rest.py.txt", ("201 {'case_id': ",), file="admit.py"),
        ),
    ),
    Way(
        "fhir",
        "{api}/fhir",
        (
            Example("fhir", "fhir.sh", ('"status":"in-progress"',)),
            Example("fhir_search", "fhir_search.sh", ('"type":"searchset"',)),
        ),
    ),
    Way(
        "webhooks",
        "{api}/api/v1/webhooks",
        (
            Example("receiver", "receiver.py.txt", file="receiver.py"),
            Example("subscribe", "subscribe.sh"),
            Example("try", "try.sh", ('"delivered":true', "told marshrut.webhook.tested.v1")),
            Example("told", "told.sh", ('"created":true', "told marshrut.case.opened.v1")),
        ),
    ),
)


def examples() -> Iterator[Example]:
    """All of them, in their order."""
    for way in WAYS:
        yield from way.examples


@cache
def _source(name: str) -> str:
    return resources.files("api.connect").joinpath("examples").joinpath(name).read_text("utf-8")
