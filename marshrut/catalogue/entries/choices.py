"""Decision tables: which admissions open a case, of which kind it is, and what is proposed for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from marshrut.catalogue.entries.values import Key, Profile, Sourced, Title
from marshrut.domain.base import Code, Model
from marshrut.domain.rules import Condition
from marshrut.domain.words import Flag, Variant, Via


class ScreenRule(Model):
    """Admissions that open no case: those of which all that is said here is true."""

    title: Title
    emergency: bool | None = None
    planned: bool | None = None
    profiles: Annotated[tuple[Profile, ...], Field(min_length=1)] | None = None
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)] | None = None


class VariantCondition(Model):
    """What must be so of an admission: every part that is given. Within a part any of the values will do."""

    flags: tuple[Flag, ...] = ()
    none: tuple[Flag, ...] = ()
    profiles: tuple[Profile, ...] = ()
    emergency: bool | None = None
    via: tuple[Via, ...] = ()


class VariantReason(Model):
    """A rule that says that a case is of a variant. `because` goes on after the word: "because …"."""

    because: Title
    when: VariantCondition = VariantCondition()


class VariantEntry(Sourced):
    """A kind of case: what it is called, and the rules that say that a case is one."""

    title: Title
    rules: Mapping[Key, VariantReason]


class RuleEntry(Sourced):
    """A row of a decision table: when it fits, and why it says so."""

    because: Title
    when: Condition = Condition()


class NeedRule(RuleEntry):
    """Proposes needs."""

    needs: Annotated[tuple[Key, ...], Field(min_length=1)]


class RouteRule(RuleEntry):
    """Proposes parts of a route: directions of work, programmes, single steps (`track.step`)."""

    directions: tuple[Key, ...] = ()
    programmes: tuple[Key, ...] = ()
    steps: tuple[Code, ...] = ()


class FamilyRule(RuleEntry):
    """Proposes what those near to the patient may need for themselves."""

    family_needs: Annotated[tuple[Key, ...], Field(min_length=1)]


class ApprovalRule(RuleEntry):
    """Parts of a route that a senior has to look at; `anything`: every part."""

    entries: Annotated[tuple[Code, ...], Field(min_length=1)]
