"""Pictures of the pages over a hospital in the middle of its work: `make pictures` writes those that the README shows.

`python -m tests.browser.pictures DIR` writes all of them, wide and narrow, light and dark, for whoever looks at them.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import async_playwright

from marshrut.domain.words import Role
from tests.browser import messages_day
from tests.browser.city import fill
from tests.browser.messages_day import ELSEWHERE, SENDER
from tests.fixtures import past
from tests.fixtures.browser import PHONE, WIDE, Site, launched, served
from tests.fixtures.system import running

README = Path("docs/screens")


@dataclass(frozen=True)
class Picture:
    """A page as somebody sees it; `case`: whose, by family name, where the path asks for one."""

    name: str
    path: str
    role: Role = Role.COORDINATOR
    user: str = "orlova"
    case: str = ""
    size: tuple[int, int] = WIDE
    dark: bool = False
    language: str = "ru-RU"
    readme: bool = False
    hospitals: tuple[str, ...] = ()


# Hospitals with some months behind them, so that figures have a course.
PAST = ("SKLIF", "VLADIM", "MKNC")
PICTURES = (
    Picture("my-day", "/desk/", readme=True),
    Picture("my-day-en", "/desk/", language="en-GB"),
    Picture("my-day-phone", "/desk/", size=PHONE),
    Picture("inbox", "/desk/inbox"),
    Picture("cases", "/desk/cases"),
    Picture("case", "/desk/cases/{case}", case="Ковалёв", readme=True),
    Picture("case-dark", "/desk/cases/{case}", case="Ковалёв", dark=True),
    Picture("case-phone", "/desk/cases/{case}", case="Ковалёв", size=PHONE),
    Picture("case-psychologist", "/desk/cases/{case}", Role.PSYCHOLOGIST, "ryabova", case="Юсупова"),
    Picture("case-auditor", "/desk/cases/{case}", Role.AUDITOR, "audit", case="Савчук"),
    Picture("case-child", "/desk/cases/{case}", Role.SUPERVISOR, "guseva", case="Соловьёва"),
    Picture("board", "/desk/board", Role.SUPERVISOR, "guseva", readme=True),
    Picture("board-dark", "/desk/board", Role.SUPERVISOR, "guseva", dark=True),
    Picture("board-phone", "/desk/board", Role.SUPERVISOR, "guseva", size=PHONE),
    Picture("board-head", "/desk/board", Role.HEAD, "vorontsova", language="en-GB"),
    Picture("shift", "/desk/shift", Role.SUPERVISOR, "guseva"),
    Picture("figures", "/desk/figures", Role.HEAD, "vorontsova", readme=True, hospitals=PAST),
    Picture("figures-dark", "/desk/figures", Role.HEAD, "vorontsova", dark=True, hospitals=PAST),
    Picture("figures-phone", "/desk/figures", Role.HEAD, "vorontsova", size=PHONE, hospitals=PAST),
    Picture("hotline", "/desk/hotline", Role.HOTLINE, "operator"),
    Picture("admit", "/desk/admit"),
    Picture("admit-phone", "/desk/admit", size=PHONE),
    Picture("catalogue", "/desk/catalogue"),
    Picture("messages", "/desk/messages", Role.INTEGRATOR, SENDER, readme=True, hospitals=(ELSEWHERE,)),
    Picture("messages-phone", "/desk/messages", Role.INTEGRATOR, SENDER, size=PHONE, hospitals=(ELSEWHERE,)),
    Picture("signin", "/desk/signin"),
    Picture("status", "/status"),
)


async def taken(where: Path, pictures: tuple[Picture, ...]) -> None:
    """Start a system, fill it, and look at each page."""
    with TemporaryDirectory() as folder:
        async with (
            running(Path(folder)) as system,
            served(system) as url,
            async_playwright() as driver,
            launched(driver) as browser,
        ):
            print("a hospital in the middle of its work ...", flush=True)
            cases = await fill(system)
            await messages_day.fill(system)
            await past.fill(system.parts.db, system.parts.api.now(), hospitals=PAST)
            site = Site(system, url, browser)
            for picture in pictures:
                page = await site.signed_in(
                    picture.role,
                    picture.user,
                    *picture.hospitals,
                    size=picture.size,
                    dark=picture.dark,
                    language=picture.language,
                )
                answer = await page.goto(picture.path.format(case=cases.get(picture.case, "")))
                await page.wait_for_timeout(300)
                await page.screenshot(path=where / f"{picture.name}.png", full_page=True)
                print(f"  {picture.name}: {answer.status if answer else '?'}", flush=True)
                await page.context.close()


def main() -> None:
    """Those of the README, or all of them into a folder that is named."""
    if len(sys.argv) > 1:
        asyncio.run(taken(Path(sys.argv[1]), PICTURES))
    else:
        asyncio.run(taken(README, tuple(picture for picture in PICTURES if picture.readme)))


if __name__ == "__main__":
    main()
