"""Every setting, in one frozen class that only composition roots build.

Values come from flags, then `MARSHRUT_*` variables, then a file; a list of them all is in docs/operations.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from marshrut.domain.words import Role

PERSON_KEYS = "person-keys.sqlite"
SMTP_PORTS = {"smtp": 25, "smtps": 465}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Signatures that one makes and everybody may check. A secret that is shared signs nothing between two parties.
SIGNATURES = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"})


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail goes: `smtp://host:port`, or `smtps://` for TLS from the start; `user:password@` before the host."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """The server of an address.

        Raises:
            ValueError: it is none; the text never repeats it.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or SMTP_PORTS[parts.scheme]
        except (ValueError, KeyError):
            raise ValueError("no smtp://host:port or smtps://host:port") from None
        if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("no smtp://host:port or smtps://host:port")
        user, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
        return cls(parts.hostname, port, parts.scheme == "smtps", user, password)


class Settings(BaseSettings):
    """What differs from one installation to the next."""

    model_config = SettingsConfigDict(env_prefix="MARSHRUT_", env_file=".env", extra="ignore", frozen=True)

    data: Path = Field(default=Path("data"), description="Folder of the embedded system")
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy address; without one, SQLite in the data folder"
    )
    key_file: Path | None = Field(default=None, description="The installation's keys; without one, in the data folder")
    key_material: SecretStr | None = Field(
        default=None, description="The installation's keys themselves, as a key file holds them, in place of one"
    )
    kms: str | None = Field(
        default=None,
        pattern=r"^(file|command):.+$",
        description="What seals the keys: `file:PATH`, a master key, or `command:PATH`, a program that asks a KMS",
    )
    person_keys_url: SecretStr | None = Field(
        default=None,
        description="SQLAlchemy address of the persons' keys; without one, SQLite in the data folder, or the database",
    )
    catalogue: Path | None = Field(
        default=None, description="Folder of the installation's own catalogue, laid over the one that ships"
    )
    temporal_address: str = Field(default="127.0.0.1:7233", description="Host and port of the Temporal frontend")
    temporal_namespace: str = Field(default="default", description="Temporal namespace")
    temporal_tls: bool = Field(default=False, description="Whether Temporal is spoken to by TLS")
    temporal_api_key: SecretStr | None = Field(default=None, description="API key of Temporal Cloud")
    task_queue: str = Field(default="marshrut", description="Task queue of the journeys")
    api_host: str = Field(default="127.0.0.1", description="Where the API listens")
    api_port: int = Field(default=8080, ge=0, le=65535, description="Port of the API")
    mllp_host: str = Field(default="127.0.0.1", description="Where MLLP listens")
    mllp_port: int = Field(default=2575, ge=0, le=65535, description="Port of MLLP")
    mllp_certificate: Path | None = Field(
        default=None, description="PEM certificate of MLLP with its chain, and its key; with one, TLS is spoken"
    )
    mllp_key: Path | None = Field(default=None, description="PEM key of that certificate, when it stands elsewhere")
    mllp_clients_ca: Path | None = Field(
        default=None, description="PEM certificates of who signs the senders'; with them, a sender has to show one"
    )
    mllp_clients: Path | None = Field(
        default=None,
        validate_default=True,
        description="YAML file of which sender's certificate speaks for which hospitals",
    )
    answer_within_s: float = Field(default=8.0, gt=0, description="After this a person is answered 202")
    person_expires_s: float = Field(default=60.0, gt=0, description="A person's command not begun by then never is")
    lease_s: float = Field(default=20.0, gt=0, description="After this a relay takes over a command left behind")
    poll_s: float = Field(default=1.0, gt=0, description="How often a relay looks for commands left behind")
    commands_per_run: int = Field(default=400, ge=1, description="Commands after which a journey's run is renewed")
    quiet_s: float = Field(default=1.0, ge=0, description="A run is renewed after this time without a command")
    watchdog_every_s: float = Field(default=300.0, ge=1, description="How often the watchdog looks at all open cases")
    workflow_slots: int = Field(default=16, ge=2, description="Workflow tasks that one worker handles at once")
    inquiries_per_minute: int = Field(
        default=30, ge=1, description="How often one address may ask for a status by code"
    )
    requests_per_minute: int = Field(
        default=30_000, ge=1, description="How often one address may ask for anything, in one process"
    )
    credentials_per_minute: int = Field(
        default=60, ge=1, description="How often one address may ask for a token, or be sent to the provider"
    )
    stream_s: float = Field(
        default=3600.0, gt=0, description="A stream of changes ends after this; whoever listens asks again"
    )
    smtp_url: SecretStr | None = Field(
        default=None, description="Mail server, `smtp://[user:password@]host:port` or `smtps://`; without one, no mail"
    )
    mail_from: str | None = Field(
        default=None, validate_default=True, description="Whom mail is from; needed with a mail server"
    )
    directory: Path | None = Field(
        default=None, validate_default=True, description="YAML file of the people; needed with a mail server"
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="Where people open Marshrut, for links in mail and for partners",
    )
    webhook_hosts: str | None = Field(
        default=None,
        pattern=r"^[\w.:\-\[\]]+( [\w.:\-\[\]]+)*$",
        description="Hosts (`name`, `name:port`, between spaces) that may be told in private networks and without TLS",
    )
    oidc_issuer: str | None = Field(
        default=None, description="Issuer of the city's identity provider (OpenID Connect); without one, accounts here"
    )
    oidc_client_id: str | None = Field(
        default=None, description="As whom the pages are known to the provider; with it, people sign in there"
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Secret of that client; without one it is a public client"
    )
    oidc_audience: str | None = Field(
        default=None, description="Whom access tokens for the API are meant for; with it, the provider's are taken"
    )
    oidc_mapping: Path | None = Field(
        default=None, description="YAML file: which claims mean which role and hospitals; needed with an issuer"
    )
    oidc_scopes: str = Field(default="openid profile", description="Scopes that people are asked for")
    oidc_algorithms: str = Field(default="RS256 ES256", description="Algorithms of the provider's signatures")
    oidc_skew_s: int = Field(
        default=30, ge=0, le=300, description="By how many seconds the provider's clock may differ from ours"
    )
    local_accounts: bool = Field(default=True, description="Whether people sign in by a password kept here")
    second_factor_roles: str | None = Field(
        default=None, description="Roles (between spaces) that have to have a second factor; others may"
    )
    codec_origin: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+$",
        description="Origin of Temporal's UI, `https://host:port`, whose administrators may read what Temporal holds",
    )
    operator: str | None = Field(
        default=None, description="Who operates the system, with address, as certificates of erasure have to say"
    )
    log_level: str = Field(default="info", description="debug, info, warning or error")

    @field_validator("smtp_url")
    @classmethod
    def _is_a_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            SmtpServer.of(value.get_secret_value())
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _is_safe(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "https://none")
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("an issuer is an https:// address")
        return value

    @field_validator("oidc_algorithms")
    @classmethod
    def _are_signatures(cls, value: str) -> str:
        if not value.split() or not set(value.split()) <= SIGNATURES:
            raise ValueError(f"some of {', '.join(sorted(SIGNATURES))}")
        return value

    @field_validator("second_factor_roles")
    @classmethod
    def _are_roles(cls, value: str | None) -> str | None:
        if not set((value or "").split()) <= set(Role):
            raise ValueError("roles between spaces")
        return value

    @model_validator(mode="after")
    def _provider_is_whole(self) -> Self:
        if self.oidc_issuer is None:
            if any((self.oidc_client_id, self.oidc_audience, self.oidc_mapping)):
                raise ValueError("oidc_client_id, oidc_audience and oidc_mapping need oidc_issuer")
            if not self.local_accounts:
                raise ValueError("without local_accounts and oidc_issuer nobody could sign in")
            return self
        if self.oidc_mapping is None or not (self.oidc_client_id or self.oidc_audience):
            raise ValueError("oidc_issuer needs oidc_mapping, and oidc_client_id or oidc_audience")
        if self.oidc_client_id is not None and self.public_url is None:
            raise ValueError("oidc_client_id needs public_url, to which the provider sends people back")
        if self.oidc_client_id == self.oidc_audience:
            raise ValueError("oidc_audience is the API's own, else an ID token of the pages would open the API")
        return self

    @field_validator("mail_from", "directory")
    @classmethod
    def _comes_with_a_server(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.data.get("smtp_url") is not None:
            raise ValueError("is needed with smtp_url")
        return value

    @field_validator("mllp_key", "mllp_clients_ca")
    @classmethod
    def _comes_with_a_certificate(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and info.data.get("mllp_certificate") is None:
            raise ValueError("makes no sense without mllp_certificate")
        return value

    @field_validator("mllp_clients")
    @classmethod
    def _comes_with_an_authority(cls, value: object, info: ValidationInfo) -> object:
        if (value is None) != (info.data.get("mllp_clients_ca") is None):
            raise ValueError("is needed with mllp_clients_ca, and only then")
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        address = parseaddr(value or "")[1]
        if value is not None and not (address.isascii() and address.strip("@").count("@") == 1):
            raise ValueError("no address, nor a name with one: Marshrut <marshrut@example.org>")
        return value

    @property
    def smtp(self) -> SmtpServer | None:
        """The mail server."""
        return None if self.smtp_url is None else SmtpServer.of(self.smtp_url.get_secret_value())

    @property
    def second_factors(self) -> frozenset[Role]:
        """The roles that have to have a second factor."""
        return frozenset(Role(each) for each in (self.second_factor_roles or "").split())

    @property
    def webhooks_allowed(self) -> tuple[str, ...]:
        """The hosts that may be told though they are in private networks."""
        return tuple((self.webhook_hosts or "").split())

    @property
    def database(self) -> str:
        """The address of SQL."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{self.data / 'marshrut.sqlite'}"

    @property
    def person_keys(self) -> str:
        """The address of the persons' keys."""
        if self.person_keys_url is not None:
            return self.person_keys_url.get_secret_value()
        return self.database if self.database_url is not None else f"sqlite+aiosqlite:///{self.data / PERSON_KEYS}"

    @property
    def keys(self) -> Path:
        """The file of the installation's keys."""
        return self.key_file or self.data / "keys.json"
