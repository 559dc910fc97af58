"""What somebody near is called, as one of `Kin`.

Codes of HL7 table 0063; what is not in it but is sent: codes of HL7 v3 RoleCode, Russian words, and our own codes.
"""

from __future__ import annotations

from marshrut.domain.admission import Kin

_WORDS: dict[str, Kin] = {
    **{kin.value: kin for kin in Kin},
    **{
        word: kin
        for kin, words in {
            Kin.SELF: "sel сам сама пациент",
            Kin.SPOUSE: "spo husb wife муж жена супруг супруга",
            Kin.PARTNER: "dom domprtn сожитель сожительница",
            Kin.MOTHER: "mth nmth stpmth мать мама",
            Kin.FATHER: "fth nfth stpfth отец папа",
            Kin.PARENT: "par prn родитель родители",
            Kin.SON: "sonc сын",
            Kin.DAUGHTER: "dau dauc дочь",
            Kin.CHILD: "chd nch sch fch ребёнок ребенок",
            Kin.BROTHER: "bro брат",
            Kin.SISTER: "sis сестра",
            Kin.SIBLING: "sib",
            Kin.GRANDPARENT: "grp grprn grmth grfth бабушка дедушка",
            Kin.GRANDCHILD: "gch grndchild grndson grnddau внук внучка",
            Kin.RELATIVE: "exf ext famm aunt uncle cousn niece nephew тётя тетя дядя племянник племянница родственник "
            "родственница",
            Kin.GUARDIAN: "grd guard опекун попечитель",
            Kin.WARD: "wrd подопечный подопечная",
            Kin.DEPENDANT: "dep",
            Kin.CARER: "cgv сиделка",
            Kin.FRIEND: "fnd frnd друг подруга",
            Kin.NEIGHBOUR: "nbr nbor сосед соседка",
            Kin.COLLEAGUE: "asc eme коллега",
            Kin.EMPLOYER: "emr работодатель",
            Kin.EMERGENCY_CONTACT: "emc",
            Kin.OTHER: "oad own tra mgr non oth",
            Kin.UNKNOWN: "unk",
        }.items()
        for word in words.split()
    },
}


def kin_of(*texts: str | None) -> Kin | None:
    """What the first of these codes or words that is known means; None: none of them is."""
    known = (_WORDS.get((text or "").strip().casefold()) for text in texts)
    return next((kin for kin in known if kin is not None), None)
