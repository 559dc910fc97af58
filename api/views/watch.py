"""What the watchdog found and mended, in words: what it means for the case, and what helps."""

from __future__ import annotations

from api.views.titles import Title
from marshrut.domain.watching import Ill, Mended

FOUND = {
    Ill.JOURNEY_LOST: Title(
        ru="Процесс случая пропал, и запустить его заново не удалось: неизвестен его справочник. Никто ни о чём не "
        "напомнит, сделанное не дойдёт. Нужен администратор.",
        en="The case's process is gone and could not be started again: its catalogue is not known here. Nobody is "
        "reminded and nothing told arrives. An administrator is needed.",
    ),
    Ill.JOURNEY_DIFFERS: Title(
        ru="Процесс и журнал случая расходятся. Случай идёт, но показанному нельзя верить до конца. Нужен "
        "администратор.",
        en="The case's process and its journal disagree. The case goes on, but what is shown may be wrong. An "
        "administrator is needed.",
    ),
    Ill.JOURNEY_FAILING: Title(
        ru="Процесс останавливается на ошибке программы. Сделанное сохранено; случай пойдёт дальше, когда ошибку "
        "исправят. До тех пор следите за сроками сами.",
        en="The process stops at a fault of the program. What was done is kept; the case goes on once the fault is "
        "mended. Watch its due times yourself until then.",
    ),
    Ill.WRITING_FAILS: Title(
        ru="Процесс идёт, но не может записать, что произошло: на экране может быть не всё.",
        en="The process goes on but cannot write what happened: what is shown may not be all.",
    ),
    Ill.NO_WORKER: Title(
        ru="Процесс ждёт: сейчас его никто не обрабатывает. Никто ни о чём не напомнит.",
        en="The process waits: nobody takes it up now, and nobody is reminded.",
    ),
    Ill.NO_ANSWER: Title(
        ru="Процесс не ответил на проверку; проверка повторится.",
        en="The process did not answer when it was checked; it is checked again.",
    ),
    Ill.EVENTS_MISSING: Title(
        ru="В журнале не хватает записей, которых нет уже и у процесса. Нужен администратор.",
        en="The journal lacks entries that the process has no more either. An administrator is needed.",
    ),
    Ill.JOURNAL_BROKEN: Title(
        ru="Журнал случая не читается. Показанное верно на момент последней записи. Нужен администратор.",
        en="The case's journal cannot be read. What is shown was right at its last entry. An administrator is needed.",
    ),
    Ill.NOTHING_TO_DO: Title(
        ru="Случай открыт, но в нём нечего делать и нечего ждать. Добавьте шаг или закройте случай.",
        en="The case is open, and there is nothing to do in it and nothing to wait for. Add a step, or close it.",
    ),
    Ill.COMMAND_STUCK: Title(
        ru="Сказанное принято и сохранено, но до случая ещё не дошло.",
        en="What was said is kept but has not reached the case yet.",
    ),
    Ill.MAIL_STUCK: Title(
        ru="Письма ждут: их никто не отправляет. Уведомления видны в системе. Нужен администратор.",
        en="Mail waits: nobody sends it. Notices are shown in the system. An administrator is needed.",
    ),
}

MENDED = {
    Mended.RESTORED: Title(
        ru="Процесс пропал и запущен заново по журналу", en="The process was gone and goes on from the journal"
    ),
    Mended.REPLACED: Title(
        ru="Процесс отстал от журнала и запущен заново", en="The process was behind its journal and goes on from it"
    ),
    Mended.WRITTEN: Title(ru="Дописано то, что знал только процесс", en="What only the process knew was written down"),
    Mended.REWRITTEN: Title(ru="Показанное исправлено по журналу", en="What is shown was set right by the journal"),
}
