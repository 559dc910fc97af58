"""Mail to the Coordination Centre becomes enquiries, each once, however often it is delivered."""

from __future__ import annotations

from collections.abc import Collection

import structlog

from marshrut.adapters.mail.incoming import Incoming, NotMailError, read_mail
from marshrut.adapters.taking import taken
from marshrut.domain.enquiry import Asker, Enquiry, Letter
from marshrut.ports import UNKNOWN, Arrived, Entry, Fingerprint, Intake, Parked, Taken, Unfit

log = structlog.get_logger()

SOURCE = "mail"
MAX_SENTENCE = 1000
NO_WORDS = "—"


class MailEnquiries:
    """`ports.Reader` and `ports.DocumentReceiver` for mail.

    `centres`: the sites that answer enquiries; a sender's token names one of them. `ours`: our own address.
    """

    def __init__(
        self, intake: Intake, centres: Collection[str], fingerprint: Fingerprint, ours: str | None = None
    ) -> None:
        self._intake = intake
        self._centres = centres
        self._fingerprint = fingerprint
        self._ours = ours

    async def receive(self, message: Arrived) -> Taken:
        """What became of it.

        Raises:
            Unfit: it cannot be taken as it is, and is kept.
            Unavailable, Uncertain: it was not kept, or nobody knows.
        """

        def parked(fault: Unfit) -> Parked:
            return Parked(message, SOURCE, self._centre(message) or UNKNOWN, fault.code, fault.details)

        return await taken(self._intake, self, message, parked)

    def read(self, message: Arrived) -> Entry:
        """What it says. Of a mail that is too large the beginning counts, if a text stands in it.

        Raises:
            Unfit: `no_centre`, `not_mail`, `too_large`; `unreadable`: our own reading stumbled over it.
        """
        try:
            mail = read_mail(message.raw, self._ours)
        except NotMailError:
            raise Unfit("not_mail" if message.whole else "too_large") from None
        except Exception as fault:  # noqa: BLE001 - kept like any other fault, and replayed once ours is mended
            log.warning("mail.reading_failed", error=type(fault).__name__)  # a traceback may quote people
            raise Unfit("unreadable") from None
        if not message.whole and not mail.text:
            raise Unfit("too_large")
        centre = self._centre(message)
        if centre is None:
            raise Unfit("no_centre")
        same = self._same(mail)
        return Entry(
            _enquiry(mail, centre, whole=message.whole),
            SOURCE,
            f"mail/{self._fingerprint(same)}",
            reason=mail.not_a_person,
            same=same,
        )

    def reused(self) -> Unfit:
        """What is one mail is told apart by its own id alone, so this does not happen."""
        return Unfit("idempotency_key_reused")

    def _same(self, mail: Incoming) -> bytes:
        """By what two deliveries are known to be of one mail: its id or, where it has none, all that it says."""
        known = mail.message_id or "\n".join((mail.address or "", str(mail.sent_at), mail.subject, mail.text))
        return known.encode()

    def _centre(self, message: Arrived) -> str | None:
        """The one centre that the sender speaks for."""
        known = [code for code in sorted(self._centres) if message.caller.sees(code)]
        return known[0] if len(known) == 1 else None


def _enquiry(mail: Incoming, centre: str, *, whole: bool) -> Enquiry:
    beginning = " ".join(f"{mail.subject}. {mail.text}".strip(". ").split())
    return Enquiry(
        facility=centre,
        channel="mail",
        topic="other",
        sentence=beginning[:MAX_SENTENCE].strip() or NO_WORDS,
        asker=Asker(name=mail.name, email=mail.address),
        letter=Letter(
            subject=mail.subject,
            text=mail.text,
            message_id=mail.message_id,
            sent_at=mail.sent_at,
            attachments=mail.attachments,
            cut=mail.cut or not whole,
        ),
    )
