"""MLLP by TLS: who is heard, for which hospitals, and what renewed certificates change."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marshrut.adapters.hl7v2 import Fault, FaultCode, MllpServer, acknowledgements, parse
from marshrut.adapters.hl7v2.clients import Clients, ClientsError, names
from marshrut.adapters.hl7v2.doors import LOOK_EVERY_S, Files, Tls, TlsError
from marshrut.ports import Caller
from tests.adapters.hl7v2.certificates import Authority, Signed
from tests.adapters.hl7v2.messages import SITES, adt

SENDERS = """\
clients:
  - certificate: HIS.gkb29.example
    user: his-gkb29
    hospitals: [GKB29]
  - certificate: his.moroz.example
    user: his-moroz
    hospitals: [MOROZ, SKLIF]
  - certificate: engine.city.example
    user: engine
"""
Sent = tuple[str, str]


@dataclass
class Listener:
    """A listener by TLS, and who signs for it."""

    ours: Authority
    folder: Path
    handshake_s: float = 5
    files: Files = field(init=False)
    port: int = 0
    heard: list[Caller] = field(default_factory=list)

    def __post_init__(self) -> None:
        server = self.ours.signs("127.0.0.1", file="server")
        clients = self.folder / "clients.yaml"
        clients.write_text(SENDERS)
        self.files = Files(server.certificate, server.key, self.ours.certificate, clients)

    async def handle(self, raw: bytes, caller: Caller) -> Sequence[bytes]:
        """What the intake does with somebody's message about a hospital, without keeping anything."""
        self.heard.append(caller)
        message = parse(raw)
        fault = None if caller.sees("GKB29") else Fault(FaultCode.FACILITY_NOT_ALLOWED, "PV1", 3)
        return acknowledgements(message.header, fault, now=datetime.now(UTC))

    @asynccontextmanager
    async def listening(self, files: Files | None = None) -> AsyncIterator[Listener]:
        """Listen while the block runs."""
        door = Tls(files or self.files, lambda path: Clients.read(path, SITES))
        async with MllpServer(self.handle, "127.0.0.1", 0, door=door, handshake_s=self.handshake_s) as server:
            self.port = server.port
            yield self

    async def send(self, who: Signed | None, *, trusts: Authority | None = None) -> Sent | None:
        """Send a message; code and control id of the answer, or None when there is none."""
        try:
            reader, writer = await self.connected(who, trusts=trusts)
            try:
                return await say(reader, writer)
            finally:
                writer.close()
        except (ssl.SSLError, ConnectionError, asyncio.IncompleteReadError):
            return None

    async def connected(
        self, who: Signed | None, *, trusts: Authority | None = None, latest: ssl.TLSVersion | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection of a sender that checks our certificate."""
        context = ssl.create_default_context(cafile=(trusts or self.ours).certificate)
        if latest is not None:
            context.set_ciphers("DEFAULT@SECLEVEL=0")  # this sender would speak old versions
            context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, latest
        if who is not None:
            context.load_cert_chain(who.certificate, who.key)
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=context, server_hostname="127.0.0.1")


async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Sent:
    """One message and its answer."""
    writer.write(b"\x0b" + adt() + b"\x1c\r")
    msa = parse(await asyncio.wait_for(reader.readuntil(b"\x1c\r"), 5)).only("MSA")
    return msa.text(1), msa.text(2)


@pytest.fixture
def listener(tmp_path: Path) -> Listener:
    """Certificates, keys and the list of senders."""
    return Listener(Authority(tmp_path / "ours"), tmp_path)


async def test_a_known_sender_speaks_for_its_hospitals(listener: Listener) -> None:
    """By a DNS name, by the common name where there is none, in capitals or not; one without a list for all."""
    ours = listener.ours
    async with listener.listening():
        assert await listener.send(ours.signs("anything", "his.GKB29.example")) == ("AA", "MSG-1")
        assert await listener.send(ours.signs("engine.city.example")) == ("AA", "MSG-1")
    scopes = [(caller.user, caller.role, caller.hospitals) for caller in listener.heard]
    assert scopes == [("his-gkb29", "integrator", {"GKB29"}), ("engine", "integrator", None)]


async def test_another_hospitals_sender_is_refused(listener: Listener) -> None:
    """A good certificate of MOROZ does not speak for GKB29: AR, as with a token."""
    async with listener.listening():
        assert await listener.send(listener.ours.signs("his.moroz.example")) == ("AR", "MSG-1")


async def test_who_cannot_show_who_they_are_is_not_heard(listener: Listener, tmp_path: Path) -> None:
    """No certificate, another authority's, one that has run out, one of nobody, one of two senders, no TLS at all."""
    ours, theirs = listener.ours, Authority(tmp_path / "theirs")
    async with listener.listening():
        for who in (
            None,
            theirs.signs("his.gkb29.example"),
            ours.signs("his.gkb29.example", lasts=-timedelta(hours=1), file="expired"),
            ours.signs("nobody.example"),
            ours.signs("two", "his.gkb29.example", "his.moroz.example"),
            ours.signs("his.gkb29.example", "elsewhere.example", file="misnamed"),
        ):
            assert await listener.send(who) is None
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"\x0b" + adt() + b"\x1c\r")
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        assert b"MSA" not in answer
        # None of that disturbed anybody.
        assert await listener.send(ours.signs("his.gkb29.example", file="good")) == ("AA", "MSG-1")
    assert len(listener.heard) == 1


async def test_a_sender_sees_whom_it_speaks_to(listener: Listener, tmp_path: Path) -> None:
    """A sender that trusts another authority than ours does not send."""
    async with listener.listening():
        assert await listener.send(listener.ours.signs("engine.city.example"), trusts=Authority(tmp_path / "x")) is None
    assert listener.heard == []


async def test_old_versions_of_tls_are_not_spoken(listener: Listener) -> None:
    """TLS 1.1 is refused, 1.2 and 1.3 are spoken."""
    who = listener.ours.signs("engine.city.example")
    async with listener.listening():
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            reader, writer = await listener.connected(who, latest=version)
            assert await say(reader, writer) == ("AA", "MSG-1")
            assert writer.get_extra_info("ssl_object").version() == version.name.replace("_", ".")
            writer.close()
        with pytest.warns(DeprecationWarning, match="TLS"), pytest.raises((ssl.SSLError, ConnectionError)):
            await listener.connected(who, latest=ssl.TLSVersion.TLSv1_1)


async def test_without_an_authority_anybody_may_speak_by_tls(listener: Listener) -> None:
    """A certificate of the server's alone hides what is sent, and asks nobody who they are."""
    files = Files(listener.files.certificate, listener.files.key)
    async with listener.listening(files):
        assert await listener.send(None) == ("AA", "MSG-1")
    assert [(caller.user, caller.hospitals) for caller in listener.heard] == [("mllp", None)]


async def test_a_client_that_is_silent_at_the_beginning_blocks_nobody(listener: Listener) -> None:
    """Thirty connections without a handshake: the next sender is served at once, and they are let go."""
    listener.handshake_s = 4
    who = listener.ours.signs("engine.city.example")
    async with listener.listening():
        silent = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(30)]
        silent[0][1].write(b"\x16\x03\x01")  # the beginning of a handshake that never goes on
        async with asyncio.timeout(3.5):
            assert await listener.send(who) == ("AA", "MSG-1")
        async with asyncio.timeout(10):
            await asyncio.gather(*(gone(reader) for reader, _ in silent))
        for _, writer in silent:
            writer.close()


async def gone(reader: asyncio.StreamReader) -> None:
    """Wait for the end of a connection."""
    try:
        while await reader.read(1000):
            pass
    except ConnectionError:
        pass


async def test_renewed_files_hold_without_a_restart(listener: Listener, tmp_path: Path) -> None:
    """Another authority, server certificate, list of senders: the next connection goes by them; those before go on."""
    ours, new = listener.ours, Authority(tmp_path / "new")
    old_sender, new_sender = ours.signs("his.gkb29.example"), new.signs("his.moroz.example")
    async with listener.listening():
        reader, writer = await listener.connected(old_sender)
        assert await say(reader, writer) == ("AA", "MSG-1")
        assert await listener.send(new_sender) is None
        renewed = new.signs("127.0.0.1", file="server")
        for source, target in (
            (renewed.certificate, listener.files.certificate),
            (renewed.key, listener.files.key),
            (new.certificate, listener.files.clients_ca),
        ):
            assert target is not None
            replace(target, source.read_bytes())
        await asyncio.sleep(LOOK_EVERY_S + 0.1)
        assert await listener.send(new_sender, trusts=new) == ("AR", "MSG-1")
        assert await listener.send(old_sender, trusts=new) is None
        assert await say(reader, writer) == ("AA", "MSG-1")
        # Whoever is taken off the list is heard no more, not even on the connection that is there.
        assert listener.files.clients is not None
        replace(listener.files.clients, SENDERS.replace("HIS.gkb29", "elsewhere").encode())
        await asyncio.sleep(LOOK_EVERY_S + 0.1)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await say(reader, writer)
        writer.close()


def replace(path: Path, content: bytes) -> None:
    """Write a file anew as renewal tools do: beside it, and over it."""
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(path)


async def test_a_half_written_renewal_changes_nothing(listener: Listener) -> None:
    """A certificate that is not of its key, or broken senders: what held before holds, until it is mended."""
    who = listener.ours.signs("engine.city.example")
    async with listener.listening():
        other = listener.ours.signs("127.0.0.1", file="other")
        replace(listener.files.certificate, other.certificate.read_bytes())
        assert listener.files.clients is not None
        replace(listener.files.clients, b"clients: [")
        await asyncio.sleep(LOOK_EVERY_S + 0.1)
        assert await listener.send(who) == ("AA", "MSG-1")


FAULTS = [
    (b"clients: x", "a list under `clients`"),
    (b"clients:\n  - certificate: a.example\n", ":2: user"),
    (b"clients:\n  - { certificate: a.example, user: a, hospitals: [NOWHERE] }\n", ":2: hospitals.0"),
    (
        b"clients:\n  - { certificate: a.example, user: a }\n  - { certificate: A.example, user: b }\n",
        ":3: certificate",
    ),
    (b"clients:\n  - { certificate: a.example, user: a, hospitals: [] }\n", ":2: hospitals"),
    (b"clients:\n  - { certificate: a.example, user: a, token: secret }\n", ":2: an unknown key"),
]


@pytest.mark.parametrize(("content", "told"), FAULTS)
def test_a_faulty_list_of_senders_is_told_by_line(tmp_path: Path, content: bytes, told: str) -> None:
    """File and line; nothing that stands in it is repeated."""
    path = tmp_path / "clients.yaml"
    path.write_bytes(content)
    with pytest.raises(ClientsError) as caught:
        Clients.read(path, SITES)
    assert told in str(caught.value)
    assert "example" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_certificates_that_cannot_be_used_are_told_in_words(listener: Listener, tmp_path: Path) -> None:
    """Missing, no PEM, another's key, a key with a password, no authority: the file, and what is wrong."""
    good, other = listener.files, listener.ours.signs("other")
    broken, locked = tmp_path / "broken.pem", tmp_path / "locked.key"
    broken.write_text("nothing")
    encrypt = ["openssl", "pkcs8", "-topk8", "-passout", "pass:x", "-in", str(good.key), "-out", str(locked)]
    subprocess.run(encrypt, check=True)
    for files, told in (
        (Files(tmp_path / "none.pem"), "none.pem: cannot be read"),
        (Files(broken), "broken.pem: is no certificate"),
        (Files(good.certificate), "server.pem: is no certificate, or key"),
        (Files(good.certificate, other.key), "is not the certificate of this key"),
        (Files(good.certificate, locked), "the key has a password"),
        (Files(good.certificate, good.key, broken, good.clients), "broken.pem: is no certificate"),
    ):
        with pytest.raises(TlsError, match=told):
            Tls(files, lambda path: Clients.read(path, SITES))


def test_a_certificate_has_its_names_once() -> None:
    """DNS names before the common name; addresses are none."""
    subject = ((("countryName", "RU"),), (("commonName", "Common.example"),))
    alternative = (("DNS", "A.example"), ("IP Address", "127.0.0.1"), ("DNS", "a.example"))
    assert names({"subject": subject, "subjectAltName": alternative}) == ("a.example",)
    assert names({"subject": subject, "subjectAltName": alternative[1:2]}) == ("common.example",)
    assert names({}) == ()
