"""An enquiry: somebody asks the Coordination Centre something, by telephone, mail or at the counter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Annotated, Any

from pydantic import StringConstraints

from marshrut.domain.admission import Phone, Text
from marshrut.domain.base import Code, Instant, Model, Private
from marshrut.domain.referral import ReferredPatient, Sentence
from marshrut.domain.state import CaseState, Step
from marshrut.domain.words import Channel, Topic

# The steps by which whoever asks hears something (`workflows.enquiry`).
SPOKEN = frozenset({("enquiry", "answer"), ("enquiry", "reply")})


def answered(before: CaseState, after: CaseState) -> Iterator[Step]:
    """The steps of an enquiry by which its asker was told something since."""
    if after.via != "enquiry":
        return
    for step_id, step in after.steps.items():
        old = before.steps.get(step_id)
        if step.outcome is not None and (old is None or old.outcome is None) and (step.track, step.name) in SPOKEN:
            yield step


class Asker(Model):
    """Who asks, and how they want the answer; `relation`: what they are to the person they ask about."""

    name: Private[Text] | None = None
    phone: Private[Phone] | None = None
    email: Private[Text] | None = None
    relation: Private[Text] | None = None


class Letter(Model):
    """The mail by which something was asked. `sent_at`: as its sender says; `cut`: not all of it is here."""

    subject: Private[Annotated[str, StringConstraints(max_length=250)]] = ""
    text: Private[Annotated[str, StringConstraints(max_length=20_000)]] = ""
    message_id: Private[Annotated[str, StringConstraints(max_length=502)]] | None = None
    sent_at: datetime | None = None
    attachments: Private[tuple[Annotated[str, StringConstraints(max_length=120)], ...]] = ()
    cut: bool = False


class Enquiry(Model):
    """A question. `about`: the person it is about; `occurred_at`: when it was asked, if not now."""

    facility: Code
    channel: Channel
    topic: Topic
    sentence: Private[Sentence]
    asker: Asker = Asker()
    about: ReferredPatient = ReferredPatient()
    occurred_at: Instant | None = None
    letter: Letter | None = None

    def personal(self) -> dict[str, Any]:
        """The part that only SQL may keep, sealed: JSON values."""
        told = self.model_dump(mode="json", exclude={"facility", "topic", "occurred_at", "asker", "about"})
        return told | {"referred_by": self.asker.model_dump(mode="json"), "patient": self.about.model_dump(mode="json")}

    def with_flags(self, _zone: tzinfo | None = None, _now: datetime | None = None) -> Enquiry:
        """The enquiry itself: nothing follows from its fields."""
        return self
