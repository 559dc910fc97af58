"""Who somebody is here, by the claims of a city's identity provider: a YAML file says what means what.

Whoever it gives no role or no hospital is nobody here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from marshrut.adapters import entries
from marshrut.adapters.identity.tokens import USER
from marshrut.domain.base import Code, Model
from marshrut.domain.words import Role
from marshrut.ports import Caller, Language
from marshrut.yamlfile import YamlFile

LONGEST_NAME = 100
Claim = Annotated[str, StringConstraints(min_length=1, max_length=200)]
# A group of a directory may say more, and an empty one says nothing.
Value = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class MappingError(entries.EntriesError):
    """What is wrong with the mapping, and where."""


def _of_people(role: Role) -> Role:
    if role in {Role.SYSTEM, Role.PARTNER}:
        raise ValueError("no person has this role")
    return role


class Roles(Model):
    """Which values of which claim mean which role; of several the first of this list holds."""

    claim: Claim
    values: Annotated[dict[Value, Annotated[Role, AfterValidator(_of_people)]], Field(min_length=1)]


class Hospitals(Model):
    """Which values of which claim mean which hospital; whoever has one of `all` works for every one."""

    claim: Claim
    values: dict[Value, Code] = Field(default_factory=dict)
    all: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapped:
    """Whom a token speaks for."""

    caller: Caller
    name: str | None
    language: Language | None


class ClaimMapping(Model):
    """The whole file. `user`: by which claim people are known here; it must never pass to another person."""

    user: Claim = "sub"
    name: Claim = "name"
    language: Claim = "locale"
    roles: Roles
    hospitals: Hospitals

    @classmethod
    def read(cls, path: Path, hospitals: Collection[str]) -> ClaimMapping:
        """Read and check it against the hospitals that there are.

        Raises:
            MappingError: it cannot be read, or does not fit.
        """
        file = YamlFile(path)
        if file.faults:
            first = min(file.faults)
            raise MappingError(path, first.line, first.what)
        try:
            made = cls.model_validate(file.data)
        except ValidationError as fault:
            wrong = fault.errors(include_url=False, include_input=False)[0]
            place = wrong["loc"]
            spot = next((file.spots[place[:n]] for n in range(len(place), -1, -1) if place[:n] in file.spots), None)
            said = f"{'.'.join(map(str, place))}: {wrong['msg']}" if place else "is no mapping of claims"
            raise MappingError(path, 1 if spot is None else spot.line, said) from None
        for value, code in made.hospitals.values.items():
            if code not in hospitals:
                line = file.spots["hospitals", "values", value].line
                raise MappingError(path, line, f"hospitals.values: {code} is not in the catalogue")
        return made

    def mapped(self, claims: Mapping[str, Any]) -> Mapped | None:
        """Whom they speak for; None when that is nobody here."""
        user = claim(claims, self.user)
        if self.user == "email" and claims.get("email_verified") is not True:
            return None  # anybody may say that they have somebody's address
        given = _texts(claim(claims, self.roles.claim))
        role = next((role for value, role in self.roles.values.items() if value in given), None)
        places = _texts(claim(claims, self.hospitals.claim))
        hospitals = frozenset(code for value, code in self.hospitals.values.items() if value in places)
        everywhere = not places.isdisjoint(self.hospitals.all)
        if not isinstance(user, str) or not USER.fullmatch(user) or role is None or not (hospitals or everywhere):
            return None
        name, spoken = claim(claims, self.name), claim(claims, self.language)
        language = spoken.split("-")[0].split("_")[0].lower() if isinstance(spoken, str) else None
        return Mapped(
            Caller(user, role, None if everywhere else hospitals),
            name.strip()[:LONGEST_NAME] or None if isinstance(name, str) else None,
            Language(language) if language in set(Language) else None,
        )


def claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or one within others by the way to it: `realm_access.roles`."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _texts(value: Any) -> frozenset[str]:
    """A claim's values: it may hold one or several."""
    return frozenset(each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))
