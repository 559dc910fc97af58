import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marshrut.cli.exits import Exit
from tests.cli.processes import marshrut, system
from tests.fixtures.post import PostOffice
from tests.fixtures.processes import eventually

OLGA = "olga@example.org"


@pytest.mark.slow
async def test_the_embedded_system_mails_what_people_must_know(tmp_path: Path, office: PostOffice) -> None:
    """`marshrut up` with a mail server and a directory mails a late step to its supervisor, and logs no address."""
    people, file, data = tmp_path / "people.yaml", tmp_path / "child.json", tmp_path / "data"
    people.write_text(f"people:\n  - {{ user: olga, role: supervisor, mail: {OLGA} }}\n")
    # Who meets a child without a carer has two hours, at any hour of any day.
    admitted_at = (datetime.now(UTC) - timedelta(minutes=150)).isoformat()
    admission = {
        "facility": "GKB29",
        "visit": "26-1",
        "admitted_at": admitted_at,
        "emergency": True,
        "flags": ["child_without_carer"],
        "patient": {"identified": True, "mrn": "7", "family": "Тайнова"},
    }
    file.write_text(json.dumps(admission))
    with system(data) as up:
        up.settings = {
            "MARSHRUT_SMTP_URL": f"smtp://127.0.0.1:{office.port}",
            "MARSHRUT_MAIL_FROM": "marshrut@example.org",
            "MARSHRUT_DIRECTORY": str(people),
        }
        await asyncio.to_thread(up.start, "--no-samples")
        sent = await asyncio.to_thread(marshrut, "admit", "--url", up.url, "--data", data, file)
        assert sent.returncode == Exit.OK, sent.stdout + sent.stderr

        async def received() -> bool:
            return bool(office.received)

        await eventually("a mail", received, within_s=30)
        assert await asyncio.to_thread(up.stop) == Exit.OK, up.said
    assert office.addressed == [(OLGA,)]
    assert (
        office.received[0].subject
        == "Срочно: Срок шага вышел: Первичный контакт с родителем или законным представителем"
    )
    log = "".join(path.read_text() for path in (data / "log").iterdir())
    assert "postman.carried" in log
    assert [word for word in (OLGA, "Тайнова") if word in log + office.received[0].text] == []
