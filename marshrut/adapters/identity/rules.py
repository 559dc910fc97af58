"""Which passwords will do: long enough, not one that everybody tries, not about whoever chose it (ASVS 5, 6.2).

No rule asks for capitals or digits, and none for another password after some time: both make passwords worse.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # it brings no types

from marshrut.domain.signing_in import LONGEST_PASSWORD, SHORTEST_PASSWORD

# As many tries as somebody may make who has stolen the hashes: below this a password is in lists, or close to one.
STRONG_ENOUGH = 3
# The estimate takes no more; what is longer is judged by its beginning.
JUDGED = 72
# Keys of a Russian keyboard and what stands on them in Latin: "пароль" is typed as "gfhjkm", and both are in lists.
KEYS = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`")
SOUNDS = str.maketrans(
    {
        **dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeeziyklmnoprstufye", strict=True)),
        "ж": "zh",
        "х": "kh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ъ": "",
        "ь": "",
        "ю": "yu",
        "я": "ya",
    }
)
# What is shorter is in too many words to mean anything.
SHORTEST_PART = 3
OURS = ("marshrut", "маршрут", "hospital", "больница")


def wrong_with(password: str, about: Collection[str]) -> str | None:
    """Why it will not do, in a code; None: it will. `about`: what others know of whoever chose it."""
    if len(password) < SHORTEST_PASSWORD:
        return "short"
    if len(password) > LONGEST_PASSWORD:
        return "long"
    known = {
        part for text in (*about, *OURS) for part in re.split(r"[\W_]+", text.lower()) if len(part) >= SHORTEST_PART
    }
    # Without what others know of its owner it has to be long enough still.
    told = [form for part in sorted(known) for form in (part, part.translate(SOUNDS), part.translate(KEYS))]
    if any(form in password.lower() and len(password) - len(form) < SHORTEST_PASSWORD for form in told if form):
        return "about_you"
    judged = password[:JUDGED].lower()
    # As it is, as it sounds in Latin, and by the keys that were pressed: the weakest of the three counts.
    forms = dict.fromkeys((judged, judged.translate(SOUNDS), judged.translate(KEYS)))
    weakest = min(zxcvbn(form[:JUDGED], user_inputs=told)["score"] for form in forms)
    return "common" if weakest < STRONG_ENOUGH else None
