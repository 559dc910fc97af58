"""Any mail is read without a fault: what it says, who sent it, and whether a person did."""

from __future__ import annotations

import random
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from quopri import encodestring
from time import thread_time
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marshrut.adapters.mail.enquiries import MailEnquiries
from marshrut.adapters.mail.incoming import MAX_TEXT, NotMailError, read_mail
from marshrut.adapters.mail.plain import of_html, tidied
from marshrut.domain.enquiry import Enquiry
from marshrut.domain.text import keepable
from marshrut.domain.words import Role
from marshrut.ports import Arrived, Caller, Format, Intake

HEAD = (
    b"From: =?windows-1251?B?" + b64encode("Анна Петрова".encode("cp1251")) + b"?= <anna.p@example.org>\r\n"
    b"Message-ID: <abc.1@mail.example.org>\r\nDate: Mon, 30 Nov 2026 12:00:00 +0300\r\nMIME-Version: 1.0\r\n"
)
WORDS = "Где документы моего брата? Он в больнице 29."


def mail(body: bytes, *headers: str) -> bytes:
    return HEAD + "".join(f"{each}\r\n" for each in headers).encode() + b"\r\n" + body


def arrived(raw: bytes) -> Arrived:
    """The mail, from the server of the one centre."""
    return Arrived(raw, Format.MAIL, Caller("mail", Role.INTEGRATOR, frozenset({"CENTRE"})))


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "koi8-r", "iso-8859-5", "x-nobody-knows"])
@pytest.mark.parametrize("coding", ["8bit", "base64", "quoted-printable"])
def test_russian_is_read_in_every_charset_and_coding(charset: str, coding: str) -> None:
    """The words come out as they were written, also where the charset is none."""
    content = WORDS.encode("utf-8" if charset.startswith("x-") else charset)
    coded = {"8bit": content, "base64": b64encode(content), "quoted-printable": encodestring(content)}[coding]
    found = read_mail(
        mail(coded, f"Content-Type: text/plain; charset={charset}", f"Content-Transfer-Encoding: {coding}")
    )
    assert (found.text, found.name, found.address) == (WORDS, "Анна Петрова", "anna.p@example.org")
    assert found.message_id == "<abc.1@mail.example.org>"
    assert found.sent_at == datetime(2026, 11, 30, 9, tzinfo=UTC)
    assert found.not_a_person is None


def test_html_alone_is_read_as_its_reader_reads_it() -> None:
    """Without scripts, styles and tags; paragraphs stay paragraphs."""
    html = (
        "<html><head><title>x</title><style>p{}</style></head><body><p>Где&nbsp;документы?<br>Брат&amp;сестра</p>"
        "<script>alert(1)</script><div>Спасибо</div></body></html>"
    )
    found = read_mail(mail(html.encode(), "Content-Type: text/html; charset=utf-8"))
    assert found.text == "Где документы?\nБрат&сестра\n\nСпасибо"


def test_the_plain_part_counts_and_attachments_are_named() -> None:
    """Of two forms of one text the plain one; what is attached is told by name, with a forwarded mail among it."""
    message = EmailMessage()
    message["From"], message["Subject"] = "ivan@example.org", "Паспорт"
    message.set_content("Посылаю паспорт")
    message.add_alternative("<p>не это</p>", subtype="html")
    message.add_attachment(b"\x00" * 10, maintype="image", subtype="jpeg", filename="паспорт.jpg")
    inner = EmailMessage()
    inner.set_content("inner")
    message.add_attachment(inner)
    found = read_mail(message.as_bytes())
    assert (found.text, found.subject) == ("Посылаю паспорт", "Паспорт")
    assert found.attachments == ("паспорт.jpg", "message/rfc822")


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (["Auto-Submitted: auto-replied"], "auto_reply"),
        (["Auto-Submitted: auto-generated; owner-email=x"], "auto_reply"),
        (["Auto-Submitted: no"], None),
        (["Subject: Out of office: Re: x"], "auto_reply"),
        (["Subject: =?utf-8?B?" + b64encode("Автоответ: в отпуске".encode()).decode() + "?="], "auto_reply"),
        (["X-Autoreply: yes"], "auto_reply"),
        (["Return-Path: <>"], "bounce"),
        (["Subject: Undelivered Mail Returned to Sender"], "bounce"),
        (["Content-Type: multipart/report; report-type=delivery-status; boundary=b"], "bounce"),
        (["Reply-To: MAILER-DAEMON@example.org"], "bounce"),
        (["Reply-To: no-reply@example.org"], "automatic"),
        (["Precedence: bulk"], "bulk"),
        (["List-Id: <news.example.org>"], "bulk"),
        (["Reply-To: Marshrut@example.org"], "loop"),
        (["Received: by a"] * 60, "loop"),
        (["Received: by a", "Subject: Re: Автор ответа"], None),
    ],
)
def test_what_no_person_wrote_is_known(headers: list[str], reason: str | None) -> None:
    """Replies of machines, bounces, lists and our own mail, by what the standards and the habits of servers say."""
    assert read_mail(mail(b"text", *headers), "marshrut@example.org").not_a_person == reason


def test_an_answer_goes_where_the_sender_wants_it() -> None:
    """`Reply-To` counts first, whatever is no address is passed over, and only plain addresses are answered."""
    assert read_mail(mail(b"x", "Reply-To: other@example.org")).address == "other@example.org"
    assert read_mail(mail(b"x", "Reply-To: nonsense")).address == "anna.p@example.org"
    assert read_mail(b"From: a@b\r\n\r\nx").address is None
    injected = read_mail(mail(b"x", 'Reply-To: "a\r\n Bcc: x@y.org" <x@example.org>'))
    assert injected.address == "x@example.org"
    assert "\n" not in (injected.name or "")


def test_an_address_that_is_too_long_for_any_server_is_none() -> None:
    """What cannot be kept as an address is nobody's: the mail is taken all the same, and answered by nobody."""
    raw = b"From: Anna <a@" + b"long." * 80 + b"org>\r\nSubject: x\r\n\r\nWhere?"
    entry = MailEnquiries(cast("Intake", None), ["CENTRE"], lambda content: content.hex()).read(arrived(raw))
    assert isinstance(entry.what, Enquiry)
    assert (entry.what.asker.name, entry.what.asker.email) == ("Anna", None)


def test_what_is_no_mail_is_refused() -> None:
    """Bytes without a sender and without a word are none."""
    for raw in (b"", b"\x00\xff" * 10, b"Subject:\r\n\r\n"):
        with pytest.raises(NotMailError):
            read_mail(raw)


def test_a_long_text_is_cut_and_says_so() -> None:
    """No more is kept than anybody reads."""
    found = read_mail(mail(b"a " * MAX_TEXT))
    assert (len(found.text), found.cut) == (MAX_TEXT, True)


NEST = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
HOSTILE = [
    NEST + (b"--a\r\n" + NEST) * 3000,
    b"".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n".encode() for n in range(400)
    ) + b"\r\nx",
    b"From: " + b"a" * 200_000 + b"\r\n\r\nx",
    b"From: " + b"(" * 50_000 + b"\r\n\r\nx",
    b"From: " + b"a@b.org, " * 20_000 + b"\r\n\r\nx",
    b"From: " + b"=?utf-8?Q?" * 20_000 + b"\r\n\r\nx",
    b"From: a@b.org\r\nSubject: " + b"=?utf-8?B?////?= " * 5000 + b"\r\n\r\nx",
    b"From: a@b.org\r\nDate: " + b"9" * 5000 + b"\r\n\r\nx",
    b"From: a@b.org\r\nDate: Mon, 99 Foo 99999 99:99:99 +9999\r\n\r\nx",
    b'From: a@b.org\r\nContent-Type: text/plain; charset="\xff\x00"\r\n\r\nx',
    b"From: a@b.org\r\nContent-Type: text/plain; charset*=x'y'%ZZ; charset*0*=a\r\n\r\nx",
    b"From: a@b.org\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 100_000 + b"x",
    b"From: a@b.org\r\nContent-Type: text/html\r\n\r\n" + b"<!--" * 50_000 + b"<![CDATA[" * 1000 + b"x",
    b"From: a@b.org\r\nContent-Type: text/html\r\n\r\n" + b"&#x110000;&#0;&#xd800;" * 1000,
    b"From: a@b.org\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"====" * 10_000,
    b"From: a@b.org\r\nContent-Transfer-Encoding: uuencode\r\n\r\nbegin 644 x\r\n\xff\xff\r\nend",
    b"From: a@b.org\r\n\r\na\x00b\xed\xa0\x80\x1b[31m \xe2\x80\xae",
    b"From: a@b.org\r\n" + b"X: y\r\n" * 50_000 + b"\r\nx",
    b'From: a@b.org\r\nContent-Type: text/plain; x="' + b";" * 90_000 + b"\r\n\r\nx",
    b'From: a@b.org\r\nContent-Disposition: inline; x="' + b";" * 90_000 + b"\r\n\r\nx",
    b"From: a@b.org\r\nContent-Type: text/plain; charset=punycode\r\n\r\nb-" + b"a" * 900_000,
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_mail_is_read_soon_and_keeps_nothing_that_cannot_be_kept(number: int) -> None:
    """Whatever is sent: an answer within a second or two, and every text fit for a database and a screen."""
    begun = thread_time()
    try:
        found = read_mail(HOSTILE[number])
    except (NotMailError, RecursionError):
        return
    assert thread_time() - begun < 5
    texts = (found.text, found.subject, found.name or "", *found.attachments)
    assert all(keepable(text) and "\x1b" not in text and "\u202e" not in text for text in texts)
    assert max(map(len, texts)) <= MAX_TEXT


@given(st.binary(max_size=400), st.integers())
def test_any_bytes_are_mail_or_not(noise: bytes, seed: int) -> None:
    """Bytes of any kind, and a mail with any byte changed, are read or refused as no mail."""
    whole = bytearray(mail(WORDS.encode(), "Subject: =?utf-8?Q?=D0=90?=", "Content-Type: multipart/mixed; boundary=x"))
    chance = random.Random(seed)
    for _ in range(5):
        whole[chance.randrange(len(whole))] = chance.randrange(256)
    for raw in (noise, bytes(whole)):
        with suppress(NotMailError):
            assert keepable(read_mail(raw).text)


@given(st.text(max_size=300))
def test_text_is_tidied_once_and_for_all(text: str) -> None:
    """Tidying what is tidy changes nothing, and HTML never fails."""
    assert tidied(tidied(text)) == tidied(text)
    assert keepable(tidied(of_html(text)))
