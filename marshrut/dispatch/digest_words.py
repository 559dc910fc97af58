"""How a digest says what it counts, in Russian and English."""

from __future__ import annotations

from collections.abc import Mapping

from marshrut.dispatch.wording import Words
from marshrut.domain.digest import Part
from marshrut.domain.words import Role

COUNTS: Mapping[Part, Words] = {
    Part.OVERDUE: Words("Просрочено шагов", "Steps overdue"),
    Part.TODAY: Words(
        "Срок до конца дня, вместе с просроченными", "Due by the end of the day, overdue ones among them"
    ),
    Part.WAITING: Words("Ждут других", "Waiting on others"),
    Part.UNOWNED: Words("Никем не взято", "Taken by nobody"),
    Part.STUCK: Words("Застряло", "Stuck"),
    Part.ABANDONED: Words("Из них слишком долго без исполнителя", "Of these too long without an owner"),
}
# In the subject, where there is little room.
SHORT: Mapping[Part, Words] = {
    Part.OVERDUE: Words("просрочено", "overdue"),
    Part.TODAY: Words("сегодня", "today"),
    Part.WAITING: Words("ждут других", "waiting"),
    Part.UNOWNED: Words("никем не взято", "unowned"),
    Part.STUCK: Words("застряло", "stuck"),
}
ROLES: Mapping[Role, Words] = {
    Role.COORDINATOR: Words("Координатор", "Coordinator"),
    Role.PSYCHOLOGIST: Words("Психолог", "Psychologist"),
    Role.SUPERVISOR: Words("Старший координатор", "Senior coordinator"),
    Role.HEAD: Words("Руководитель службы", "Head of service"),
}
SUBJECT = Words("Ваш день", "Your day")
AS_OF = Words("Посчитано на", "Counted at")
SAME = Words(
    "По каждой ссылке столько же строк, сколько в письме, если с тех пор ничего не изменилось.",
    "Each link shows as many rows as are counted here, unless something has changed since.",
)
STOP = Words(
    "Час сводки или отказ от неё: скажите администратору.", "To change the hour or get none: ask your administrator."
)
