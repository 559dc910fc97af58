"""What is to run, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from marshrut.settings import Settings

LOCAL = "127.0.0.1"
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - told apart here, not bound


@dataclass(frozen=True, slots=True)
class Plan:
    """The embedded system as it was asked for. `binary`: the Temporal server, when it is not to be searched for."""

    settings: Settings
    temporal_port: int
    temporal_ui_port: int
    samples: bool
    binary: Path | None

    @property
    def api(self) -> str:
        """The API's address for somebody on this machine."""
        host = self.settings.api_host
        host = LOCAL if host in EVERYWHERE else f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.settings.api_port}"

    @property
    def temporal_ui(self) -> str:
        """The address of Temporal's pages."""
        return f"http://{LOCAL}:{self.temporal_ui_port}"

    @property
    def mllp(self) -> str:
        """Where MLLP listens, and how it is spoken."""
        how = "" if self.settings.mllp_certificate is None else " by TLS"
        return f"{self.settings.mllp_host}:{self.settings.mllp_port}{how}"
