"""Asking a running system, in somebody's name, and leaving in one line when it does not answer or refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from marshrut.adapters.key_sources import keys_now
from marshrut.cli.exits import Exit, Stop
from marshrut.cli.options import settings_with
from marshrut.cli.sending import client_of, said
from marshrut.cli.tokens import issue
from marshrut.domain.words import Role

LASTS = timedelta(hours=1)


def client(url: str | None, token: str | None, user: str, role: Role, **flags: Any) -> httpx.Client:
    """A client of the running system: of this machine's, by a token of all hospitals, unless others are given."""
    settings = settings_with(**flags)
    token = token or issue(keys_now(settings), user, role, [], LASTS)
    return client_of(url or f"http://127.0.0.1:{settings.api_port}", token)


def asked(by: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response:
    """What it answers.

    Raises:
        Stop: nobody answers.
    """
    try:
        return by.request(method, path, **more)
    except httpx.HTTPError:
        raise Stop(Exit.UNREACHABLE, f"{by.base_url} does not answer") from None


def granted(by: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response:
    """What it answers when it does what it was asked for.

    Raises:
        Stop: it refuses, or nobody answers.
    """
    answer = asked(by, method, path, **more)
    if not answer.is_success:
        fate = said(answer)
        raise Stop(fate.code, fate.said)
    return answer
