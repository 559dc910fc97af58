"""Many admissions in one call: a result a line, in their order, and the file may come again."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api import importing
from api.http.too_large import MAX_BODY
from api.importing import lines
from marshrut.domain.words import Role
from tests.api.inboxes import relaying
from tests.fixtures.outside import Outside
from tests.fixtures.system import System, admission, said

PATH = "/api/v1/admissions/import"


def ndjson(*admissions: dict[str, Any] | str) -> bytes:
    """Lines, as a hospital's export writes them."""
    told = (each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in admissions)
    return "\n".join(told).encode()


async def sent(system: System, content: bytes, role: Role = Role.INTEGRATOR, **headers: str) -> list[dict[str, Any]]:
    """The results of a file."""
    given = {**system.token(role), "Content-Type": "application/x-ndjson", **headers}
    answer = await system.http.post(PATH, content=content, headers=given)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson"), answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def case_of(system: System, result: dict[str, Any]) -> str:
    """The case of a line that was taken; one that is not known yet is asked about, as its sender would."""
    if result["state"] == "pending":
        headers, told = system.token(Role.INTEGRATOR), {"state": "pending"}
        async with relaying(system.parts):
            while told["state"] == "pending":
                await asyncio.sleep(0.1)
                told = (await system.http.get(result["location"], headers=headers)).json()
        result = {"state": told["state"], "case_id": told["case_id"]}
    assert result["state"] == "done", result
    name: str = result["case_id"]
    return name


async def test_each_line_is_answered_in_its_order_and_a_broken_one_stops_nobody(system: System) -> None:
    """Given good and broken lines, when the file comes, then the good open cases and the broken are named and kept."""
    good = [admission() for _ in range(12)]
    content = ndjson(
        good[0], "{не json", {**good[1], "facility": "NOWHERE"}, "", {"facility": "GKB29", "Иванов": 1}, *good[2:]
    )
    results = await sent(system, content)
    assert [each["line"] for each in results] == [1, 2, 3, 5, *range(6, 16)]
    assert [each.get("code") for each in results[1:4]] == ["malformed", "unknown_facility", "invalid"]
    assert {each["state"] for each in results[1:4]} == {"refused"}
    assert {"visit", "patient"} <= {each["field"].split(".")[0] for each in results[3]["errors"]}
    opened = [results[0], *results[4:]]
    assert all(each["created"] for each in opened if each["state"] == "done")
    for sent_in, told in zip([good[0], *good[2:]], opened, strict=True):
        card = await system.get(f"/api/v1/cases/{await case_of(system, told)}")
        assert card["visit"] == sent_in["visit"]
    kept = await system.get("/api/v1/messages", role=Role.INTEGRATOR, state="parked", limit=500)
    assert {"malformed", "unknown_facility", "invalid"} <= {each["code"] for each in kept["items"]}


async def test_the_same_file_again_does_nothing_twice(system: System) -> None:
    """Given a file that was taken, when it comes again, then each case is named and none is opened or has changed."""
    content = ndjson(*(admission() for _ in range(5)))
    cases = [await case_of(system, each) for each in await sent(system, content)]
    before = [(await system.get(f"/api/v1/cases/{case_id}"))["seq"] for case_id in cases]
    again = await sent(system, content.replace(b"\n", b"\r\n") + b"\n")
    assert [(each["case_id"], each["created"]) for each in again] == [(case_id, False) for case_id in cases]
    assert [(await system.get(f"/api/v1/cases/{case_id}"))["seq"] for case_id in cases] == before


async def test_a_line_is_answered_while_the_next_ones_are_still_to_come(outside: Outside) -> None:
    """Given a sender that waits for each answer, then it is not kept waiting: nothing is held back until the end."""
    host, port = outside.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    token = outside.system.token(Role.INTEGRATOR)["Authorization"]
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Type: application/x-ndjson\r\n"
    writer.write(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
    for number in range(1, 4):
        line = ndjson(admission()) + b"\n"
        writer.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
        await writer.drain()
        while not (answer := await asyncio.wait_for(reader.readline(), 20)).startswith(b"{"):
            pass
        assert json.loads(answer)["line"] == number
    writer.write(b"0\r\n\r\n")
    await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 20)
    writer.close()
    await writer.wait_closed()


async def test_a_long_file_is_taken_though_nobody_reads_yet(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a sender that writes everything before it reads, and more lines than allowed, then the rest is named."""
    monkeypatch.setattr(importing, "MOST_LINES", 30)
    one = ndjson(admission())
    system = outside.system
    async with httpx.AsyncClient(base_url=outside.url, timeout=60) as http:
        headers = {**system.token(Role.INTEGRATOR), "Content-Type": "application/x-ndjson"}
        answer = await http.post(PATH, content=b"\n".join([one] * 40), headers=headers)
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert [each["line"] for each in results] == list(range(1, 32))
    assert results[-1]["code"] == "too_many_lines"
    # The same line is the same admission; while the first of them is under way the others are pending.
    assert len({await case_of(system, each) for each in results[:-1]}) == 1
    assert sum(each.get("created", False) for each in results[:-1]) <= 1


async def test_a_persons_import_does_not_expire_and_stays_in_their_hospital(system: System) -> None:
    """A coordinator may import for their own hospital; a line for another one is refused by its number."""
    foreign = {**admission(), "facility": "SKLIF"}
    results = await sent(system, ndjson(admission(), foreign), role=Role.COORDINATOR)
    assert [each.get("code") for each in results] == [None, "hospital_not_allowed"]
    assert (await system.get(f"/api/v1/cases/{await case_of(system, results[0])}"))["hospital"] == "GKB29"


async def test_only_lines_are_lines(system: System) -> None:
    """Another content type is 415; faults are told in the sender's language."""
    headers = {**system.token(Role.INTEGRATOR), "Content-Type": "application/json"}
    answer = await system.http.post(PATH, content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert await sent(system, b"") == []
    (russian,) = await sent(system, b"{", **said(accept_language="ru"))
    assert russian["title"] == "Запрос не читается"


async def test_memory_holds_no_more_of_a_line_than_may_be_taken() -> None:
    """Given lines in any pieces and one without end, then each is told whole or cut, with its number."""

    async def pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(content), size):
            yield content[start : start + size]

    content = b"one\r\n\ntwo\nthr\xd1\x8fee"
    for size in range(1, len(content) + 1):
        told = [(number, line.raw, line.whole) async for number, line in lines(pieces(content, size))]
        assert told == [(1, b"one", True), (2, b"", True), (3, b"two", True), (4, b"thr\xd1\x8fee", True)]
    endless = b"x" * (MAX_BODY + 5) + b"\nshort"
    cut = [(number, len(line.raw), line.whole) async for number, line in lines(pieces(endless, 65536))]
    assert cut == [(1, MAX_BODY, False), (2, 5, True)]


async def test_files_as_other_systems_write_them(system: System) -> None:
    """A byte order mark, CR LF, blank lines, bytes that are no UTF-8, a line without end: each line has its answer."""
    first, last = admission(), admission()
    content = b"\xef\xbb\xbf" + ndjson(first) + b"\r\n\r\n  \r\n" + b'{"facility": "\xc3\x28"}\r\n'
    content += b'{"facility": "' + b"x" * (MAX_BODY + 10) + b'"}\r\n' + ndjson(last)
    results = await sent(system, content)
    assert [(each["line"], each.get("code")) for each in results] == [
        (1, None), (4, "malformed"), (5, "too_large"), (6, None),
    ]  # fmt: skip
    for given, told in ((first, results[0]), (last, results[3])):
        assert (await system.get(f"/api/v1/cases/{await case_of(system, told)}"))["visit"] == given["visit"]


async def test_what_is_packed_is_not_taken_line_by_line(system: System) -> None:
    """A file that was packed is 415, and leaves no lines in the inbox that nobody can read."""
    before = (await system.get("/api/v1/messages", role=Role.INTEGRATOR, state="parked", limit=1))["parked"]
    headers = {**system.token(Role.INTEGRATOR), "Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    answer = await system.http.post(PATH, content=gzip.compress(ndjson(admission())), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert (await system.get("/api/v1/messages", role=Role.INTEGRATOR, state="parked", limit=1))["parked"] == before


async def test_an_upload_that_breaks_off_loses_and_doubles_nothing(outside: Outside) -> None:
    """Given a connection that dies in the middle of a line, when the file comes again, then each case is there once."""
    host, port = outside.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    system, lines_sent = outside.system, [admission() for _ in range(4)]
    token, content = system.token(Role.INTEGRATOR)["Authorization"], ndjson(*lines_sent)
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Type: application/x-ndjson\r\n"
    torn = content[: content.rindex(b"\n") - 20]
    writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + torn)
    await writer.drain()
    await asyncio.sleep(0.5)
    writer.transport.abort()
    parked = (await system.get("/api/v1/messages", role=Role.INTEGRATOR, state="parked", limit=1))["parked"]
    results = await sent(system, content)
    cases = [await case_of(system, each) for each in results]
    assert len(set(cases)) == len(lines_sent)
    for given, case_id in zip(lines_sent, cases, strict=True):
        assert (await system.get(f"/api/v1/cases/{case_id}"))["visit"] == given["visit"]
    now = (await system.get("/api/v1/messages", role=Role.INTEGRATOR, state="parked", limit=1))["parked"]
    assert now == parked  # half a line is none
