"""Names in hiragana and katakana: Hepburn, Kunrei (ISO 3602) and how people write long vowels.

Ono, Oono, Ohno and (without its macron) Ōno are one name; so are Yuko and Yuuko, Honma and Homma,
Shinji and Sinzi.
"""

from functools import lru_cache
from unicodedata import normalize

from cxone_async.matching.corroborated.romanisation.spelling import Sounds

_ROWS = """
あ a|い i|う u|え e ye|お o
か ka|き ki|く ku|け ke|こ ko
が ga|ぎ gi|ぐ gu|げ ge|ご go
さ sa|し shi si|す su|せ se|そ so
ざ za|じ ji zi|ず zu|ぜ ze|ぞ zo
た ta|ち chi ti|つ tsu tu|て te|と to
だ da|ぢ ji di zi|づ zu du dzu|で de|ど do
な na|に ni|ぬ nu|ね ne|の no
は ha|ひ hi|ふ fu hu|へ he|ほ ho
ば ba|び bi|ぶ bu|べ be|ぼ bo
ぱ pa|ぴ pi|ぷ pu|ぺ pe|ぽ po
ま ma|み mi|む mu|め me|も mo
や ya|ゆ yu|よ yo
ら ra|り ri|る ru|れ re|ろ ro
わ wa|ゐ i wi|ゑ e we|を o wo
ゔ vu bu v
きゃ kya|きゅ kyu|きょ kyo
ぎゃ gya|ぎゅ gyu|ぎょ gyo
しゃ sha sya|しゅ shu syu|しょ sho syo|しぇ she
じゃ ja zya jya|じゅ ju zyu jyu|じょ jo zyo jyo|じぇ je
ちゃ cha tya|ちゅ chu tyu|ちょ cho tyo|ちぇ che
ぢゃ ja dya|ぢゅ ju dyu|ぢょ jo dyo
にゃ nya|にゅ nyu|にょ nyo
ひゃ hya|ひゅ hyu|ひょ hyo
びゃ bya|びゅ byu|びょ byo
ぴゃ pya|ぴゅ pyu|ぴょ pyo
みゃ mya|みゅ myu|みょ myo
りゃ rya|りゅ ryu|りょ ryo
ふぁ fa|ふぃ fi|ふぇ fe|ふぉ fo
てぃ ti thi|でぃ di|とぅ tu|どぅ du|でゅ du dyu
うぃ wi|うぇ we|うぉ wo
ゔぁ va|ゔぃ vi|ゔぇ ve|ゔぉ vo
ぁ a|ぃ i|ぅ u|ぇ e|ぉ o|ゃ ya|ゅ yu|ょ yo|ゎ wa|ゕ ka|ゖ ke ga
"""
_MORAE: dict[str, tuple[str, ...]] = {
    kana: tuple(spellings)
    for kana, *spellings in map(str.split, _ROWS.replace("|", "\n").strip().splitlines())
}
_NASAL, _DOUBLED, _LONG = "ん", "っ", "ー"
_LONG_VOWELS = {
    ("o", "う"): ("", "u", "h", "o"),
    ("o", "お"): ("", "o", "h"),
    ("u", "う"): ("", "u", "h"),
    ("i", "い"): ("i", "", "e"),
    ("a", "あ"): ("a", "", "h"),
    ("e", "え"): ("e", "", "h"),
}


def _hiragana(name: str) -> str:
    return "".join(
        chr(ord(kana) - 96) if "ァ" <= kana <= "ヶ" else kana for kana in normalize("NFC", name)
    )


@lru_cache(maxsize=8192)
def sounds_of(name: str) -> Sounds:
    """Return the sounds of a name in kana, composed or decomposed; other letters have none."""
    kana = _hiragana(name)
    sounds: list[tuple[str, ...]] = []
    at = 0
    vowel = ""
    while at < len(kana):
        pair, letter = kana[at : at + 2], kana[at]
        if len(pair) == 2 and pair in _MORAE:
            sounds.append(_MORAE[pair])
            vowel = sounds[-1][0][-1]
            at += 2
            continue
        at += 1
        if letter == _LONG:
            sounds.append(("", vowel, "h") if vowel else ("",))
        elif (vowel, letter) in _LONG_VOWELS:
            spellings = _LONG_VOWELS[vowel, letter]
            # Inoue, but Ito: written where another vowel follows
            follows_vowel = kana[at : at + 1] in ("え", "あ", "い") and letter == "う"
            sounds.append(("u", *spellings) if follows_vowel else spellings)
        elif letter == _NASAL:
            following = _MORAE.get(kana[at : at + 1], ("",))[0][:1]
            sounds.append(("n", "m") if following in ("b", "m", "p") else ("n",))
        elif letter == _DOUBLED:
            following_spellings = _MORAE.get(kana[at : at + 2]) or _MORAE.get(kana[at : at + 1])
            sounds.append(_doubled(following_spellings or ("",)))
        elif letter in _MORAE:
            sounds.append(_MORAE[letter])
            vowel = sounds[-1][0][-1]
            continue
        if letter in (_NASAL, _DOUBLED):
            vowel = ""
    return tuple(sounds)


def _doubled(following: tuple[str, ...]) -> tuple[str, ...]:
    letters = dict.fromkeys(spelling[:1] for spelling in following)
    return ("t", *letters) if "c" in letters else tuple(letters)


def readings_of(name: str) -> tuple[Sounds, ...]:
    """Return the one reading of a name in kana."""
    sounds = sounds_of(name)
    return (sounds,) if sounds else ()
