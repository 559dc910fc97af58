"""What may be done to a case as a whole: events of the patient, another step, people, flags, kind, hospital."""

from __future__ import annotations

from dataclasses import dataclass

from api.access import DISCLOSERS, REPORTERS
from api.web.case.gathering import Gathered
from marshrut.domain.moves import CARE, SENIOR
from marshrut.domain.words import ENDINGS, NO_MORE, Flag, ItemKind, Protection, Report, Role, Variant

Option = tuple[str, str]
# Told by other ways: a merge has a form of its own, the rest the hospital tells.
NOT_HERE = frozenset({Report.MERGED, Report.UNMERGED, Report.UPDATED, Report.ADMISSION_CANCELLED})
# What takes back is offered where there is something to take back.
BACK = {
    Report.HELP_ACCEPTED: Report.REFUSED_HELP,
    Report.RETURNED: Report.LEFT,
    Report.DISCHARGE_CANCELLED: Report.DISCHARGED,
    Report.RESUMED: Report.PAUSED,
}

# That a patient is protected a supervisor says, and why: that is a form of its own.
FLAGS = tuple(flag for flag in Flag if flag is not Flag.PROTECTED)


@dataclass(frozen=True, slots=True)
class Tools:
    """Options of the forms; empty where the reader may not. `grave`: events that end the case.

    `protected`: whether the patient is; `protections`: why they may be from now on, or are no more.
    """

    events: tuple[Option, ...]
    grave: tuple[str, ...]
    pause: bool
    resume: bool
    may_add: bool
    roles: tuple[Option, ...]
    flags: tuple[tuple[str, str, bool], ...]
    protected: bool
    protections: tuple[Option, ...]
    variants: tuple[tuple[str, str, bool, str], ...]
    corrections: tuple[Option, ...]
    hospitals: tuple[Option, ...]
    reasons: tuple[Option, ...]
    parties: tuple[Option, ...]
    support: tuple[Option, ...]
    clients: tuple[Option, ...]
    may_merge: bool
    may_take: bool
    may_give_back: bool
    owners: tuple[Option, ...]
    discloses: bool


def tools(of: Gathered) -> Tools:
    """What this reader may do to this case now."""
    role, t, names = of.desk.caller.role, of.desk.t, of.voice.names
    care, open_ = role in CARE and not of.reads_only, not of.state.closed
    acts = care and open_
    events = _events(of) if role in REPORTERS and not of.reads_only else ()
    reports = {code for code, _ in events}
    people = [(each.user, of.desk.name_of(each.user)) for each in of.people if each.role in CARE]
    return Tools(
        events=events,
        grave=tuple(report.value for report in ENDINGS if report.value in reports),
        pause=acts and of.state.paused_since is None,
        resume=acts and of.state.paused_since is not None,
        may_add=acts,
        roles=tuple((each.value, of.desk.role(each)) for each in Role if each in CARE) if acts else (),
        flags=tuple((flag.value, t(f"terms.flag_{flag}"), flag in of.state.flags) for flag in FLAGS) if acts else (),
        protected=Flag.PROTECTED in of.state.flags,
        protections=_protections(of) if role is Role.SUPERVISOR and open_ else (),
        variants=_variants(of) if acts else (),
        corrections=_corrections(of) if acts else (),
        hospitals=_hospitals(of) if acts else (),
        reasons=tuple((code, names.reason(code)) for code in names.tables.reasons) if acts else (),
        parties=tuple((code, names.party(code)) for code in names.tables.parties) if acts else (),
        support=_support(of) if acts else (),
        clients=(("patient", t("case.the_patient")), *of.kin().items()) if acts else (),
        may_merge=role in SENIOR and acts,
        may_take=acts and of.state.owner != of.desk.caller.user,
        may_give_back=role in SENIOR and acts and of.state.owner is not None,
        owners=tuple(people) if role in SENIOR and acts else (),
        discloses=role in DISCLOSERS and not of.reads_only,
    )


def _protections(of: Gathered) -> tuple[Option, ...]:
    """Why the patient may be protected; of one who is, why no more."""
    ends = Flag.PROTECTED in of.state.flags
    return tuple(
        (each.value, of.desk.t(f"terms.protection_{each}")) for each in Protection if (each in NO_MORE) is ends
    )


def _events(of: Gathered) -> tuple[Option, ...]:
    known, ended = of.state.reports, of.state.closed
    found: list[Option] = []
    for report in Report:
        if report in NOT_HERE:
            continue
        if report in BACK:
            if BACK[report] not in known:
                continue
        elif (ended and report is not Report.REINSTATED) or (report is Report.REINSTATED and not ended):
            continue
        found.append((report.value, of.voice.names.word("reports", report)))
    return tuple(found)


def _variants(of: Gathered) -> tuple[tuple[str, str, bool, str], ...]:
    """Each kind, whether the case is one, and why."""
    why = {each.variant: "; ".join(of.desk.said(reason) for reason in each.because) for each in of.card.variants}
    tables = of.voice.names.tables.variants
    return tuple(
        (variant.value, of.voice.names.said(tables[variant].title), variant in of.state.variants, why.get(variant, ""))
        for variant in Variant
        if variant in tables
    )


def _corrections(of: Gathered) -> tuple[Option, ...]:
    return tuple((code, of.voice.names.said(title)) for code, title in of.voice.names.tables.corrections.items())


def _hospitals(of: Gathered) -> tuple[Option, ...]:
    catalogue = of.desk.parts.catalogue
    others = [code for code in catalogue.hospitals if code != of.state.hospital and code not in catalogue.centres()]
    return tuple((code, of.desk.hospital(code)) for code in others)


def _support(of: Gathered) -> tuple[Option, ...]:
    entries = of.voice.names.tables.lists.get("support_reasons")
    if entries is None or entries.kind is not ItemKind.SUPPORT_REQUEST:
        return ()
    return tuple((code, of.voice.names.said(entry.title)) for code, entry in entries.entries.items())
