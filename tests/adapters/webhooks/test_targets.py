"""Which addresses may be spoken to, whatever they are written like and wherever their names lead."""

from __future__ import annotations

import asyncio
import threading
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marshrut.adapters.webhooks.targets import TargetError, Targets, public
from marshrut.ports import SendFault

PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"]


def names(**known: list[str]) -> Targets:
    """What looks names up in a list, and lets nothing private pass."""

    def look_up(host: str, _port: int) -> list[str]:
        if host.replace(".", "_") not in known:
            raise OSError("unknown")
        return known[host.replace(".", "_")]

    return Targets(look_up=look_up)


async def fault(targets: Targets, url: str) -> SendFault | None:
    try:
        await targets.find(url)
    except TargetError as refused:
        return refused.fault
    return None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "0", "0x7f.1", "2130706433", "017700000001", "0x7f000001", "localhost", "LOCALHOST",
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255",
        "224.0.0.1", "192.0.2.1", "198.18.0.1", "240.0.0.1",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]", "[fc00::1]",
        "[ff02::1]", "[2002:7f00:1::]", "[64:ff9b::7f00:1]", "[2001:db8::1]", "[2001:0:7f00:1::]",
        "[fec0::1]", "[::ffff:0:7f00:1]", "[5f00::1]", "[3fff::1]",
    ],
)  # fmt: skip
async def test_no_private_address_is_spoken_to(host: str) -> None:
    """However it is written: the real resolver of this machine reads it, and it is refused or leads nowhere."""
    assert await fault(Targets(), f"https://{host}/hook") in {SendFault.NOT_ALLOWED, SendFault.UNRESOLVED}


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/", "ftp://hooks.example.org/", "file:///etc/passwd", "//hooks.example.org/", "hooks",
        "https://", "https:///x", "https://user:word@hooks.example.org/", "https://hooks.example.org/#part",
        "https://hooks.example.org:0/", "https://hooks.example.org:99999/", "https://hooks.example.org:x/",
        "gopher://hooks.example.org/", "https://[::1", "", " ", "https://a b/", "javascript:alert(1)", "\u0000",
    ],
)  # fmt: skip
async def test_what_is_no_address_of_a_subscriber_is_refused(url: str) -> None:
    """HTTPS alone, without a user, a password or a fragment; nothing else is even looked up."""
    assert await fault(names(hooks_example_org=PUBLIC), url) is SendFault.NOT_ALLOWED


async def test_a_public_name_leads_to_the_addresses_that_were_judged() -> None:
    """It is looked up once, and these very addresses are what is connected to."""
    found = await names(hooks_example_org=PUBLIC).find("https://hooks.example.org:8443/a?b=c")
    assert (found.host, found.port, found.addresses) == ("hooks.example.org", 8443, tuple(PUBLIC))
    assert (found.named, str(found.at(PUBLIC[0]))) == ("hooks.example.org:8443", "https://93.184.216.34:8443/a?b=c")
    assert str(found.at(PUBLIC[1])).startswith("https://[2606:2800:")


async def test_one_private_address_among_public_ones_is_enough(subtests: pytest.Subtests) -> None:
    """A name that leads to both leads nowhere: which one is connected to must not be a matter of chance."""
    for private in ("127.0.0.1", "::1", "fe80::1%eth0", "::ffff:10.0.0.1"):
        with subtests.test(private):
            targets = names(hooks_example_org=[PUBLIC[0], private])
            assert await fault(targets, "https://hooks.example.org/") is SendFault.NOT_ALLOWED


async def test_a_name_that_changes_its_mind_is_judged_by_what_is_used() -> None:
    """Rebinding: each message looks up once, so an address that was not judged is never connected to."""
    answers = iter([PUBLIC, ["127.0.0.1"], PUBLIC])
    targets = Targets(look_up=lambda _host, _port: next(answers))
    url = "https://hooks.example.org/"
    assert (await targets.find(url)).addresses == tuple(PUBLIC)
    assert await fault(targets, url) is SendFault.NOT_ALLOWED
    assert await fault(targets, url) is None


async def test_a_silent_name_server_holds_nobody_else_up() -> None:
    """However often a name is asked for whose server does not answer, it is asked once at a time, and others go on."""
    go, asked = threading.Event(), list[str]()

    def look_up(host: str, _port: int) -> list[str]:
        asked.append(host)
        if host == "silent.example.org":
            go.wait(30)
        return PUBLIC

    targets = Targets(look_up=look_up)
    waiting = [asyncio.create_task(targets.find("https://silent.example.org/")) for _ in range(100)]
    async with asyncio.timeout(10):
        found = await targets.find("https://hooks.example.org/")
    assert found.addresses == tuple(PUBLIC)
    waiting[0].cancel()
    go.set()
    others = await asyncio.gather(*waiting[1:])
    assert {each.addresses for each in others} == {tuple(PUBLIC)}
    assert asked.count("silent.example.org") == 1
    await targets.find("https://silent.example.org/")
    assert asked.count("silent.example.org") == 2


async def test_a_name_that_nobody_knows_is_told_apart() -> None:
    """Who mistypes a name is told so."""
    assert await fault(names(), "https://hooks.example.org/") is SendFault.UNRESOLVED


async def test_the_operator_may_name_hosts() -> None:
    """By name, or by name and port; these alone may be private and in clear."""
    targets = Targets(("127.0.0.1:8099", "his.local"), lambda _host, _port: ["10.1.2.3"])
    assert await fault(targets, "http://127.0.0.1:8099/") is None
    assert await fault(targets, "http://127.0.0.1:8098/") is SendFault.NOT_ALLOWED
    assert await fault(targets, "https://HIS.local/x") is None
    assert await fault(targets, "https://other.local/x") is SendFault.NOT_ALLOWED


@given(st.ip_addresses())
def test_whatever_is_not_everybodys_is_not_public(address: object) -> None:
    """Python's own judgement is never overruled in favour of an address, nor is that of an address inside another."""
    found = ip_address(str(address))
    assert not public(found) or found.is_global
    if found.version == 4:
        assert public(ip_address(f"::ffff:{found}")) == public(found)
