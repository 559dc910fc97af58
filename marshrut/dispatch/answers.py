"""What an enquiry was answered goes back by mail, where whoever answered wants that."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from marshrut.dispatch.letter import Place
from marshrut.dispatch.wording import Words
from marshrut.ports import DueMail, Language, Mail, MailState, Queries, Vault

# As far as mail goes everywhere; any other address is nobody's.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
AGAIN = re.compile(r"^(?:\s*(?:re|fwd?|на|ответ)\s*:)+\s*", re.IGNORECASE)
RUSSIAN = re.compile("[а-яё]", re.IGNORECASE)

SUBJECT = Words("Ответ на ваше обращение", "The answer to your enquiry")
FROM = Words("Вам отвечает", "You are answered by")
MORE = Words("Если остались вопросы, ответьте на это письмо.", "If there is anything else to ask, answer this mail.")


class AnswerWriter:
    """Writes the answers that are due (`postman.Writer`)."""

    def __init__(self, queries: Queries, vault: Vault, place: Callable[[str], Place]) -> None:
        self._queries = queries
        self._vault = vault
        self._place = place

    async def write(self, due: DueMail, now: datetime) -> Mapping[Language, Mail] | MailState:
        """The answer as it was written; `dropped` when it was not meant to be mailed, `nobody` without an address.

        Raises:
            Unavailable: it cannot be read now.
        """
        del now
        case = await self._queries.case(due.about["case"])
        step = None if case is None else case.steps.get(due.about["step"])
        if case is None or step is None or step.outcome_ref is None or case.admission_ref is None:
            return MailState.DROPPED
        sealed = await self._queries.private([step.outcome_ref, case.admission_ref])
        words = await self._vault.opened({name: told.content for name, told in sealed.items()})
        answered, asked = words.get(step.outcome_ref, {}), words.get(case.admission_ref, {})
        answer = answered.get("outcome", {}).get("answer")
        if not answered.get("mail") or not answer:
            return MailState.DROPPED
        address = (asked.get("referred_by") or {}).get("email") or ""
        if not ADDRESS.fullmatch(address):
            return MailState.NOBODY
        letter = asked.get("letter") or {}
        said = f"{letter.get('subject') or ''} {asked.get('sentence') or ''}"
        language = Language.RU if RUSSIAN.search(said) or not said.strip() else Language.EN
        about = AGAIN.sub("", letter.get("subject") or "")
        subject = f"Re: {about}" if about else SUBJECT[language]
        centre = self._place(case.hospital or "").title[language]
        text = "\n".join((str(answer), "", f"{FROM[language]}: {centre}.", MORE[language])) + "\n"
        name = hashlib.sha256(due.id.encode()).hexdigest()[:40]
        mail = Mail(name, (address,), language, subject, text, answers=letter.get("message_id") or "")
        return {language: mail}
