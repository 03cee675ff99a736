"""Names in Hangul: the Revised Romanisation (2000), McCune-Reischauer, and what people write.

South Koreans choose the Latin spelling of their names themselves, syllable by syllable. The
tables hold, for each letter, the two systems' spellings without signs and the usual ones of
passports (Young, Hyun, Joo, Woo, Kyung), and for family names the spellings of their own (Lee,
Park, Choi).
"""

from unicodedata import normalize

from cxone_async.matching.corroborated.romanisation.spelling import Sounds, without_repetitions

_FIRST_SYLLABLE, _LAST_SYLLABLE = 0xAC00, 0xD7A3

_INITIALS: tuple[tuple[str, ...], ...] = (
    ("g", "k"),
    ("kk", "gg", "k", "g"),
    ("n",),
    ("d", "t"),
    ("tt", "dd", "t", "d"),
    ("r", "l"),
    ("m",),
    ("b", "p"),
    ("pp", "bb", "p", "b"),
    ("s",),
    ("ss", "s"),
    ("",),
    ("j", "ch", "z"),
    ("jj", "tch", "j"),
    ("ch",),
    ("k",),
    ("t",),
    ("p",),
    ("h",),
)
_NO_INITIAL, _S_INITIALS, _L_INITIAL = 11, (9, 10), 5
_VOWELS: tuple[tuple[str, ...], ...] = (
    ("a",),
    ("ae", "ai", "ay", "e"),
    ("ya", "ia"),
    ("yae",),
    ("eo",),
    ("e", "ae", "ay"),
    ("yeo", "you"),
    ("ye", "ie", "yea", "ae"),
    ("o",),
    ("wa", "oa"),
    ("wae", "oae"),
    ("oe", "oi", "we", "oy"),
    ("yo", "io"),
    ("u", "oo", "ou"),
    ("wo", "weo"),
    ("we",),
    ("wi", "ui", "wee"),
    ("yu", "yoo", "you", "iu"),
    ("eu", "u"),
    ("ui", "eui", "ee", "i", "yi", "euy"),
    ("i", "ee", "y"),
)
_CLOSED = {4: ("u", "ou"), 6: ("yu", "you"), 18: ("oo",)}
_AT_THE_END = {0: ("ah",), 4: ("uh",), 5: ("eh",), 6: ("yuh",), 8: ("oh",)}
_WITHOUT_SIGNS = {4: ("o", "u"), 6: ("yo", "yu")}
"""McCune-Reischauer without its signs, and a habit: both read as other vowels too."""
_WITHOUT_INITIAL = {13: ("woo", "wu"), 20: ("yi",), 19: ("eui",)}
_BEFORE_I = frozenset((2, 3, 6, 7, 12, 16, 17, 20))  # y- and i-vowels, before which s is sh
_FINALS: tuple[tuple[str, ...], ...] = (
    ("",),
    ("k", "g", "c", "ck"),
    ("k", "kk"),
    ("k", "ks"),
    ("n",),
    ("n", "nj"),
    ("n", "nh"),
    ("t", "d"),
    ("l", "r"),
    ("k", "lg", "lk"),
    ("m", "lm"),
    ("l", "lb", "p"),
    ("l", "ls"),
    ("l", "lt"),
    ("p", "lp"),
    ("l", "lh"),
    ("m",),
    ("p", "b"),
    ("p", "ps"),
    ("t", "s"),
    ("t", "ss"),
    ("ng",),
    ("t", "j"),
    ("t", "ch"),
    ("k",),
    ("t",),
    ("p",),
    ("", "h", "t"),
)
_L_FINAL, _NASALS = 8, (4, 16, 21)

_SURNAMES: dict[str, tuple[str, ...]] = {
    surname: tuple(forms)
    for surname, *forms in map(
        str.split,
        """
        김 kim gim
        이 lee yi rhee i li ri rie
        박 park bak pak bahk pahk
        최 choi choe che
        정 jung jeong chung cheong joung chong
        강 kang gang
        조 cho jo joe
        윤 yoon yun youn
        장 jang chang
        임 lim im rim yim leem
        한 han hahn
        오 oh o
        서 seo suh su so
        신 shin sin
        권 kwon gwon kweon
        황 hwang whang
        안 ahn an
        송 song
        유 yoo yu you ryu
        류 ryu ryoo yoo yu lyu
        전 jeon jun chun chon
        홍 hong
        고 ko go koh goh
        문 moon mun
        양 yang ryang
        손 son sohn
        배 bae pae bai
        백 baek paik baik back paek
        허 heo hur huh her hu
        노 noh no roh ro nho
        로 roh ro noh
        남 nam
        심 shim sim
        하 ha hah
        곽 kwak gwak
        성 sung seong
        차 cha chah
        주 joo ju choo chu
        우 woo u wu
        구 koo gu ku goo
        민 min
        나 na rah nah ra
        라 ra na rah
        진 jin chin
        지 ji chi jee
        엄 um eom uhm eum
        원 won weon
        천 cheon chun chon
        방 bang pang
        공 kong gong
        현 hyun hyeon
        함 ham hahm
        변 byun byeon pyun
        염 yeom yum youm ryeom
        여 yeo yuh yu ryeo
        추 choo chu
        도 do to doh
        석 seok suk sok
        선 sun seon
        설 seol sul
        길 gil kil
        기 ki gi kee
        반 ban pan bahn
        금 keum geum kum
        옥 ok ock oak
        육 yook yuk yug
        제 je jae che
        국 kook guk kuk gook
        어 eo uh
        경 kyung gyeong kyoung
        부 boo bu
        맹 maeng
        남궁 namgung namkoong namgoong namkung
        황보 hwangbo whangbo
        제갈 jegal chegal
        선우 sunwoo seonu seonwoo
        독고 dokgo dokko tokko
        사공 sagong
        """.strip().splitlines(),
    )
}
"""Family names, and how those who bear them spell them, the most usual spelling first."""


def syllables_of(name: str) -> str:
    """Return the composed syllables of a name that may be written in single letters."""
    return normalize("NFC", name)


def _sounds_of(syllables: str, *, without_signs: bool = False) -> list[tuple[str, ...]]:
    sounds: list[tuple[str, ...]] = []
    final_before = 0
    for at, syllable in enumerate(syllables):
        if not _FIRST_SYLLABLE <= ord(syllable) <= _LAST_SYLLABLE:
            continue
        initial, rest = divmod(ord(syllable) - _FIRST_SYLLABLE, 588)
        vowel, final = divmod(rest, 28)
        begin = _INITIALS[initial]
        if initial in _S_INITIALS and vowel in _BEFORE_I:
            begin = (*begin, "sh")
        if initial == _L_INITIAL:
            if not at:
                begin = (*begin, "n", "")
            elif final_before == _L_FINAL or final_before in _NASALS:
                begin = (*begin, "n")
        middle = _VOWELS[vowel]
        if initial == _NO_INITIAL:
            middle = (*middle, *_WITHOUT_INITIAL.get(vowel, ()))
        if final:
            middle = (*middle, *_CLOSED.get(vowel, ()))
        elif at == len(syllables) - 1:
            middle = (*middle, *_AT_THE_END.get(vowel, ()))
        if without_signs:
            middle = (*middle, *_WITHOUT_SIGNS.get(vowel, ()))
        sounds += [begin, without_repetitions(middle), _FINALS[final]]
        final_before = final
    return sounds


def readings_of(name: str) -> tuple[Sounds, ...]:
    """Return the name as a family name where it is one, and by its syllables."""
    syllables = syllables_of(name)
    by_syllable = tuple(_sounds_of(syllables))
    if not by_syllable:
        return ()
    if syllables in _SURNAMES:
        return ((_SURNAMES[syllables],), by_syllable)
    if len(syllables) in (3, 4) and (surname := surname_at_the_beginning(syllables)):
        given = tuple(_sounds_of(syllables[len(surname) :]))
        return (by_syllable, (_SURNAMES[surname], *given), (*given, _SURNAMES[surname]))
    return (by_syllable,)


def ambiguous_sounds_of(name: str) -> Sounds:
    """Return the sounds of a name with the spellings that are usual for other vowels."""
    return tuple(_sounds_of(syllables_of(name), without_signs=True))


def surname_at_the_beginning(name: str) -> str:
    """Return the family name that a whole name begins with; "" without one.

    A family name of two syllables is taken only before two others: 선우진 is Seon U-jin.
    """
    syllables = syllables_of(name)
    for length in (2, 1):
        if syllables[:length] in _SURNAMES and len(syllables) >= 2 + length:
            return syllables[:length]
    return ""
