"""Words letter by letter: one spelling for what is written in many ways.

`text` folds case, ё and look-alike letters of the other alphabet; `key` is a sketch of the sound in Latin letters,
where `S C Z Q` stand for ш ч ж ц, the same for every usual transliteration of a word (ICAO 9303, GOST R 7.0.34,
BGN/PCGN, ISO 9, German and English habits).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LOOK_ALIKE = str.maketrans("aceopxykmtbh", "асеорхукмтвн")
_LATIN = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфхыэіўґәөүұқғһ", "abvgdezijklmnoprstufhyeiugaouukgh", strict=True))
    | {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ь": "", "ю": "ju", "я": "ja"}
    | {"є": "je", "ї": "ji"}
)
_LAYOUT = str.maketrans("qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюе")
# In this order: the longer before what it holds. The same is done to what comes from Cyrillic letters.
_SOUNDS = (
    (re.compile(r"schtsch|shch|stsch|szcz|shh|sch|sh"), "S"),
    (re.compile(r"tsch|tch|cz|ch"), "C"),
    (re.compile(r"zh"), "Z"),
    (re.compile(r"kh"), "h"),
    (re.compile(r"ts|tz|tc|c(?=[eiy])"), "Q"),
    (re.compile(r"x"), "ks"),
    (re.compile(r"ck|c|q"), "k"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"th"), "t"),
    (re.compile(r"ou|oo"), "u"),
    (re.compile(r"w|ff$"), "v"),
    (re.compile(r"[jy]"), "i"),
    (re.compile(r"i+[eo]"), "e"),
    (re.compile(r"(.)\1+"), r"\1"),
)
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, repr=False)
class Word:
    """One word of a name. `layout` is what the same keys write in the Russian layout, of a Latin word only."""

    spelt: str
    text: str
    key: str
    latin: bool
    layout: str = ""

    @property
    def initial(self) -> bool:
        return len(self.text) == 1 or (self.latin and self.text in {"yu", "ya", "ye", "zh", "kh", "ts", "ch", "sh"})


def clean(text: str) -> str:
    """Lower case, composed, with one kind of hyphen and apostrophe and without stress marks."""
    lowered = unicodedata.normalize("NFKC", text.lower()).lower()
    kept = "".join(letter for letter in lowered if not unicodedata.combining(letter))
    return re.sub(r"[‐‑‒–—−]", "-", re.sub(r"[`´ʼʹ’‘]", "'", kept))


@lru_cache(maxsize=16384)
def word(spelt: str) -> Word:
    """A word that `clean` made."""
    cyrillic = bool(_CYRILLIC.search(spelt))
    spelt = spelt.translate(_LOOK_ALIKE) if cyrillic else spelt
    text = spelt.replace("ё", "е")
    bare = re.sub(r"\W", "", text)
    if cyrillic:
        return Word(spelt=spelt, text=text, key=_key(text), latin=False)
    return Word(spelt=spelt, text=bare or text, key=_key(bare) or text, latin=True, layout=text.translate(_LAYOUT))


def _key(text: str) -> str:
    plain = "".join(letter for letter in unicodedata.normalize("NFD", text.translate(_LATIN)) if letter.isalnum())
    for sound, sketch in _SOUNDS:
        plain = sound.sub(sketch, plain)
    return plain
