"""The sample people: a team for each sample hospital, so that every case has somebody who answers for it."""

from __future__ import annotations

from marshrut.domain.words import Role
from marshrut.ports import Account

_HOME = frozenset({"GKB29"})
_FLAGSHIP = frozenset({"SKLIF"})
_CHILDREN = frozenset({"MOROZ", "BASHL", "SPERAN", "VLADIM", "FILAT", "NIIDHT"})
_REGIONS = frozenset({"KKB1", "SKKB", "LOKB"})
_OTHERS = frozenset({"IKB1", "IKB2", "MKNC", "NIKIO", "MNPC"})
_HOSPITALS = _HOME | _FLAGSHIP | _CHILDREN | _REGIONS | _OTHERS

# Names are made up.
SAMPLE_PEOPLE = (
    Account("orlova", "Орлова Е. В.", Role.COORDINATOR, _HOME),
    Account("sidorchuk", "Сидорчук П. А.", Role.COORDINATOR, _HOME),
    Account("zhukov", "Жуков Н. Р.", Role.COORDINATOR, _FLAGSHIP),
    Account("belova", "Белова И. Г.", Role.COORDINATOR, _CHILDREN),
    Account("kim", "Ким О. С.", Role.COORDINATOR, _REGIONS),
    Account("egorova", "Егорова Т. Д.", Role.COORDINATOR, _OTHERS),
    Account("lunina", "Лунина А. М.", Role.PSYCHOLOGIST, _HOSPITALS),
    Account("guseva", "Гусева М. Н.", Role.SUPERVISOR, _HOSPITALS),
    Account("vorontsova", "Воронцова Л. К.", Role.HEAD, None),
    Account("petrenko", "Петренко В. В.", Role.PLACEMENT, None),
    Account("rudakova", "Рудакова С. И.", Role.HOTLINE, None),
    Account("melnik", "Мельник А. А.", Role.DOCTOR, _HOME),
    Account("auditor", "Аудитор", Role.AUDITOR, None),
    Account("admin", "Администратор", Role.ADMIN, None),
)
# Who is there when nobody wants samples: sees everything, and leads.
FIRST = (Account("supervisor", "Старший координатор", Role.SUPERVISOR, None),)
