"""In which language a page is shown: as the reader set it, else as the browser asks, else Russian."""

from __future__ import annotations

from fastapi import Request, Response

from api.web.words import LANGUAGES, Language

COOKIE = "language"
A_YEAR_S = 365 * 24 * 3600


def preferred(request: Request) -> Language:
    """The setting, then the browser's list in its order (RFC 9110, weights), then Russian."""
    chosen = request.cookies.get(COOKIE)
    wanted = [chosen, *_accepted(request.headers.get("accept-language", ""))]
    return next((language for name in wanted for language in LANGUAGES if name == language), "ru")


def _accepted(header: str) -> list[str]:
    weighed: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.lower().split(",")):
        name, _, weight = part.partition(";")
        try:
            q = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            q = 0.0
        if q > 0:
            weighed.append((-q, place, name.strip().split("-")[0]))
    return [name for _, _, name in sorted(weighed)]


def remember(response: Response, language: Language) -> None:
    """Have the browser keep the setting."""
    response.set_cookie(COOKIE, language, max_age=A_YEAR_S, path="/", samesite="lax", httponly=True)
