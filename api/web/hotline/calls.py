"""A call as the hotline writes it down: what was typed, whether it can be taken, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from api.web.forms import Form
from api.web.words import Words
from marshrut.domain.ids import grouped, inquiry_of
from marshrut.domain.words import Topic

TOPICS: tuple[str, ...] = get_args(Topic)
CHANNELS = ("phone", "counter")
LONGEST = 1000
FIELDS = ("sentence", "code", "name", "phone", "email", "relation", "family", "given")


@dataclass(frozen=True, slots=True)
class Call:
    """What stands in the form."""

    sentence: str = ""
    topic: str = "status"
    channel: str = "phone"
    code: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    relation: str = ""
    family: str = ""
    given: str = ""

    @classmethod
    def of(cls, form: Form) -> Call:
        """What was sent."""
        typed = {field: form.text(field) or "" for field in FIELDS}
        topic, channel = form.text("topic"), form.text("channel")
        return cls(
            topic=topic if topic in TOPICS else "other",
            channel=channel if channel in CHANNELS else "phone",
            **typed,
        )

    def wrong(self, words: Words) -> Mapping[str, str]:
        """By field what has to be mended."""
        found: dict[str, str] = {}
        if not self.sentence:
            found["sentence"] = words("hotline.sentence_missing")
        elif len(self._sentence()) > LONGEST:
            found["sentence"] = words("hotline.sentence_long", n=LONGEST)
        if self.code and inquiry_of(self.code) is None:
            found["code"] = words("hotline.code_wrong")
        if self.email and "@" not in self.email:
            found["email"] = words("hotline.email_wrong")
        if self.phone and sum(map(str.isdigit, self.phone)) < 3:  # noqa: PLR2004 - the shortest number that there is
            found["phone"] = words("hotline.phone_wrong")
        return found

    def content(self, centre: str) -> dict[str, Any]:
        """The call as an enquiry (`POST /api/v1/enquiries`)."""
        asker = {name: getattr(self, name) for name in ("name", "phone", "email", "relation") if getattr(self, name)}
        about = {name: getattr(self, name) for name in ("family", "given") if getattr(self, name)}
        return {
            "facility": centre,
            "channel": self.channel,
            "topic": self.topic,
            "sentence": self._sentence(),
            "asker": asker,
            "about": about,
        }

    def _sentence(self) -> str:
        code = inquiry_of(self.code) if self.code else None
        return self.sentence if code is None else f"{self.sentence} ({grouped(code)})"
