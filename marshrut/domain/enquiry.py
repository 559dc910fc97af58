"""An enquiry: somebody asks the Coordination Centre something, by telephone, mail or at the counter."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from marshrut.domain.admission import Phone, Text
from marshrut.domain.base import Code, Instant, Model, Private
from marshrut.domain.referral import ReferredPatient, Sentence
from marshrut.domain.words import Channel, Topic


class Asker(Model):
    """Who asks, and how they want the answer; `relation`: what they are to the person they ask about."""

    name: Private[Text] | None = None
    phone: Private[Phone] | None = None
    email: Private[Text] | None = None
    relation: Private[Text] | None = None


class Enquiry(Model):
    """A question. `about`: the person it is about; `occurred_at`: when it was asked, if not now."""

    facility: Code
    channel: Channel
    topic: Topic
    sentence: Private[Sentence]
    asker: Asker = Asker()
    about: ReferredPatient = ReferredPatient()
    occurred_at: Instant | None = None

    def personal(self) -> dict[str, Any]:
        """The part that only SQL may keep, sealed: JSON values."""
        told = self.model_dump(mode="json", exclude={"facility", "topic", "occurred_at", "asker", "about"})
        return told | {"referred_by": self.asker.model_dump(mode="json"), "patient": self.about.model_dump(mode="json")}

    def with_flags(self, _zone: tzinfo | None = None, _now: datetime | None = None) -> Enquiry:
        """The enquiry itself: nothing follows from its fields."""
        return self
