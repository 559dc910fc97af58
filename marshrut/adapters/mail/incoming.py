"""A mail that somebody sent (RFC 5322, MIME): who, what, and whether a person wrote it at all.

Nothing that stands in it is trusted: charsets may be wrong, boxes nested without end, headers missing or a thousand
times there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime

from marshrut.adapters.mail.plain import decoded, header, of_html, tidied

MOST_PARTS = 200
MAX_TEXT = 20_000
MAX_HEADER = 2_000
# A name of 120 Russian letters, each of them six characters there, with room to spare.
MAX_PARAMETERS = 1_000
# So many servers no honest mail passes.
MOST_HOPS = 50
LONGEST_ADDRESS = 250

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,500}>")
_AWAY = re.compile(
    r"^(?:auto(?:matic)?[ -]?(?:reply|response)|out of (?:the )?office|автоответ|автоматический ответ|нет на месте)",
    re.IGNORECASE,
)
_ROBOTS = re.compile(r"^(?:no-?reply|do-?not-?reply|bounces?|abuse)(?:[+.-].*)?@", re.IGNORECASE)
_ANSWERS_ITSELF = frozenset({"x-autoreply", "x-autorespond", "x-auto-reply-from"})
_LISTS = frozenset({"list-id", "list-unsubscribe"})
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_BOUNCED = re.compile(r"^(?:undeliver|delivery (?:status|fail)|mail delivery|returned mail|недоставлен)", re.IGNORECASE)


class _Short(Compat32):
    """Headers of parts are cut: for their parameters the library takes time by the square of their length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[: MAX_PARAMETERS if name.lower().startswith("content-") else None]


_SHORT = _Short()


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a mail says; all of it personal. `not_a_person`: why nobody waits for an answer, by a code.

    `attachments` are their names; `cut`: there was more text than is kept.
    """

    name: str | None = field(repr=False)
    address: str | None = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    message_id: str | None = field(repr=False)
    sent_at: datetime | None
    attachments: tuple[str, ...] = field(repr=False)
    cut: bool
    not_a_person: str | None


class NotMailError(Exception):
    """These bytes are no mail."""


def read_mail(raw: bytes, ours: str | None = None) -> Incoming:
    """Read it; `ours` is the address from which this installation writes.

    Raises:
        NotMailError: nobody sent it, about nothing.
    """
    message = BytesParser(policy=_SHORT).parsebytes(raw)
    name, address = _sender(message)
    texts, attachments = _parts(message)
    text = tidied(texts)
    subject = header(_first(message, "subject"), 250)
    if address is None and not subject and not _first(message, "from"):
        raise NotMailError
    return Incoming(
        name=name,
        address=address,
        subject=subject,
        text=text[:MAX_TEXT],
        message_id=_message_id(message),
        sent_at=_sent_at(message),
        attachments=attachments,
        cut=len(text) > MAX_TEXT,
        not_a_person=_not_a_person(message, address, subject, ours),
    )


def _said(message: Message, name: str) -> list[str]:
    """A header as it came, each time that it is there, in one line; bytes beyond ASCII as surrogates."""
    return [" ".join(str(value)[:MAX_HEADER].split()) for known, value in message.raw_items() if known.lower() == name]


def _first(message: Message, name: str) -> str:
    return next(iter(_said(message, name)), "")


def _sender(message: Message) -> tuple[str | None, str | None]:
    """The name, and where an answer goes: the first address that is one."""
    found = [
        (header(name, 250), address)
        for field_name in ("reply-to", "from")
        for name, address in getaddresses(_said(message, field_name)[:3])
    ]
    fit = (address for _, address in found if len(address) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(address))
    address = next(fit, None)
    from_name = [name for name, _ in found if name]
    return (from_name[-1] if from_name else None), address


def _message_id(message: Message) -> str | None:
    found = _MESSAGE_ID.search(_first(message, "message-id"))
    return None if found is None else found[0]


def _sent_at(message: Message) -> datetime | None:
    try:
        at = parsedate_to_datetime(_first(message, "date")[:200])
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


# ---- what it says ---------------------------------------------------------------------------------------------------


def _parts(message: Message) -> tuple[str, tuple[str, ...]]:
    """The text, plain if there is any, else what its HTML says; and the names of what is attached."""
    plain: list[str] = []
    html: list[str] = []
    attached: list[str] = []
    for part in _leaves(message):
        kind, name = _asked(part.get_content_type) or "", _asked(part.get_filename)
        attachment = _asked(part.get_content_disposition) == "attachment"
        if name is not None or attachment or not kind.startswith("text/"):
            attached.append(header(name or kind, 120))
        elif kind == "text/html":
            html.append(_text(part))
        else:
            plain.append(_text(part))
    said = "\n\n".join(filter(str.strip, plain)) or of_html("\n".join(html))
    return said, tuple(attached[:MOST_PARTS])


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold no others, as far as anybody reads; a mail that was forwarded is an attachment."""
    todo, seen = [message], 0
    while todo and seen < MOST_PARTS:
        part = todo.pop()
        seen += 1
        inside = part.get_payload()
        if isinstance(inside, list) and _asked(part.get_content_maintype) == "multipart":
            todo += [each for each in reversed(inside) if isinstance(each, Message)]
        else:
            yield part


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    return decoded(content, _asked(part.get_content_charset))


def _asked(question: Callable[[], str | None]) -> str | None:
    """What a header says by its parameters; nothing, where it was made so that the library stumbles."""
    try:
        return question()
    except Exception:  # noqa: BLE001 - whatever a hostile parameter breaks, the header says nothing
        return None


# ---- whether a person wrote it --------------------------------------------------------------------------------------


def _not_a_person(message: Message, address: str | None, subject: str, ours: str | None) -> str | None:
    """Why no answer is waited for (RFC 3834, RFC 3464, RFC 2919); None: somebody wrote it. What fits first counts."""
    said = {name.lower(): str(value)[:MAX_HEADER].strip().lower() for name, value in reversed([*message.raw_items()])}
    who = (address or "").lower()
    reasons = {
        "loop": who == (ours or "").lower() != "" or len(_said(message, "received")) > MOST_HOPS,
        "bounce": (
            _asked(message.get_content_type) == "multipart/report"
            or said.get("return-path") == "<>"
            or _BOUNCED.match(subject) is not None
            or who.startswith(("mailer-daemon@", "postmaster@"))
        ),
        "automatic": _ROBOTS.match(who) is not None,
        "auto_reply": (
            said.get("auto-submitted", "no").split(";")[0].strip() != "no"
            or _AWAY.match(subject) is not None
            or not _ANSWERS_ITSELF.isdisjoint(said)
        ),
        "bulk": said.get("precedence") in _BULK or not _LISTS.isdisjoint(said),
    }
    return next((code for code, holds in reasons.items() if holds), None)
