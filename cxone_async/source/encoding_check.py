"""Whether a text is what `--encoding auto` takes it for: UTF-8, and text that was read once only.

Guarantee: nothing is guessed. A text that is probably in another encoding is refused, and the
message names that encoding, what speaks for it, and the flag. Single lines that are no UTF-8 are
left to the reader, which makes them `undecodable` rows.

Three kinds of damage are looked for:

* Lines that are no UTF-8. When they are most of the lines that go beyond ASCII, the file is in
  another encoding: some words of Japanese in EUC are valid UTF-8 by chance, and would be read as
  other letters. A header that is no UTF-8 is enough. `chardet` says which encoding is likely.
* Lines in an encoding all of whose bytes are ASCII, such as UTF-7 (`Jos+AOk-`): UTF-8 they are too.
* Mojibake: UTF-8 that somebody has read as another encoding and saved again (`JosÃ©`).
  It is valid UTF-8, so no decoder refuses it. `ftfy` tells it from text.

Messages hold counts and single letters, never a cell.
"""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final
from unicodedata import category

from cxone_async.errors import UnreadableInputError
from cxone_async.source.encoding import AUTO, Transcoder

LEAST_LINES: Final = 2
"""One line that is no UTF-8 is a bad line; two, with no good one, are another encoding."""
MOST: Final = 0.5
NEARLY_ALL: Final = 0.9
MOST_HARMLESS_MOJIBAKE: Final = 0.001
"""The share of lines up to which mojibake is not worth a warning: single cells were pasted."""

# What programs that people make lists with still write, as `chardet` and as Python call it. Of
# those that are about equally likely, or agree in all bytes that are there, the first wins.
_CANDIDATES: Final = {
    "cp1252": "cp1252", "cp1250": "cp1250", "cp1251": "cp1251", "cp1254": "cp1254",
    "cp1253": "cp1253", "cp1255": "cp1255", "cp1256": "cp1256", "cp1257": "cp1257",
    "cp1258": "cp1258", "cp874": "cp874", "cp932": "cp932", "gb18030": "gb18030", "big5": "big5",
    "cp949": "cp949", "euc-jp": "euc_jp", "iso8859-2": "iso8859-2", "iso8859-5": "iso8859-5",
    "iso8859-6": "iso8859-6", "iso8859-7": "iso8859-7", "koi8-r": "koi8_r", "koi8-u": "koi8_u",
    "mac-roman": "mac_roman", "cp850": "cp850", "cp852": "cp852", "cp866": "cp866",
    "cp857": "cp857", "cp775": "cp775", "cp862": "cp862", "cp737": "cp737", "cp437": "cp437",
    "cp865": "cp865", "mac-cyrillic": "mac_cyrillic", "mac-latin2": "mac_latin2",
    "cp500": "cp500", "johab": "johab",
}  # fmt: skip
_RANK: Final = {name: rank for rank, name in enumerate(_CANDIDATES.values())}
_SHOWN_CANDIDATES: Final = 3
_SHOWN_LETTERS: Final = 5
_ABOUT_AS_LIKELY: Final = 0.8
_POSSIBLE: Final = 0.5
_LEAST_LETTERS: Final = 0.9
"""The share of letters among what is beyond ASCII in names; a wrong encoding shows other signs."""
_SAMPLE_BYTES: Final = 1 << 16
_HEAD_BYTES: Final = 1 << 12
# No `|`: in Big5 and Shift-JIS it is half of a character.
_CELL: Final = re.compile(rb"[^,;\t\"\r\n\x00]*[\x80-\xff][^,;\t\"\r\n\x00]*")
# How encodings of ASCII bytes begin what is no ASCII. In UTF-7 that is a plus, as in a phone or in
# an email (anna+list@example.com): such are told by what follows.
_SHIFTS: Final = {
    "iso2022_jp": re.compile(rb"\x1b(?:\$[@B]|\([BIJ])"),
    "iso2022_kr": re.compile(rb"\x0e[!-~]{2,}+\x0f"),
    "hz": re.compile(rb"~\{(?:[!-w][!-~])++~\}"),
    "utf-7": re.compile(rb"\+[A-Za-z/][A-Za-z0-9+/]++-?(?![^,;|\t\"\r\n]*@)"),
}
_SHIFT: Final = re.compile(rb"[\x0e\x1b]|~\{|\+[A-Za-z/]").search
_RUN: Final = re.compile(r"[A-Za-z]?[^\x00-\x7f]{2,}[A-Za-z]?")
_LEAST_CYRILLIC: Final = 4
_LOST: Final = "�"


def _pairs(encoding: str) -> str:
    """Return a pattern of what two bytes of a UTF-8 character look like in `encoding`."""
    first = bytes(range(0xC2, 0xF5)).decode(encoding, "ignore")
    then = bytes(range(0x80, 0xC0)).decode(encoding, "ignore")
    return f"[{re.escape(first)}][{re.escape(then)}]"


_MAYBE_MOJIBAKE: Final = re.compile(
    "|".join(map(_pairs, ("latin-1", "cp1252", "cp1250", "cp1251", "mac_roman", "cp850", "cp437")))
    + "|[\x80-\x9f]"
)


class EncodingCheck:
    """Takes in a whole text: `feed` every block in order, then `finish`, then `judge`."""

    def __init__(self) -> None:
        self._transcoder = Transcoder(AUTO)
        self._rest = b""
        self._head = b""
        self._is_header = True
        self._header_is_bad = False
        self._sample: dict[bytes, None] = {}
        self._sample_bytes = 0
        self.lines = 0
        self.lines_beyond_ascii = 0
        self.undecodable_lines = 0
        self.mojibake_lines = 0
        self._shifted_lines: Counter[str] = Counter()
        self._unshifted_lines = 0

    def feed(self, block: bytes) -> None:
        """Take in the next block."""
        if len(self._head) < _HEAD_BYTES:
            self._head += block[:_HEAD_BYTES]
        self._take(self._transcoder.feed(block))

    def finish(self) -> None:
        """Take in the end of the text."""
        self._take(self._transcoder.finish() + b"\n")

    @property
    def has_much_mojibake(self) -> bool:
        """Whether there is more mojibake than a few pasted cells."""
        return self.mojibake_lines > MOST_HARMLESS_MOJIBAKE * self.lines

    def judge(self) -> None:
        """Raise UnreadableInputError if the whole text is in another encoding, or is mojibake."""
        self._refuse_wide()
        for name, lines in self._shifted_lines.most_common(1):
            if lines >= max(LEAST_LINES, self._unshifted_lines + 1):
                raise _refused(f"{lines:,} lines switch alphabets as {name} does", name)
        if not self._transcoder.has_mark and (
            self._header_is_bad
            or self.undecodable_lines >= max(LEAST_LINES, MOST * self.lines_beyond_ascii)
        ):
            raise self._undecodable()
        if self.mojibake_lines >= max(LEAST_LINES, NEARLY_ALL * self.lines_beyond_ascii):
            raise UnreadableInputError(
                f"{self.mojibake_lines:,} of the {self.lines_beyond_ascii:,} lines that go beyond "
                "ASCII hold mojibake, such as Ã© for é: the file was read in a wrong "
                "encoding and saved again, before it came here. Nothing was sent. Export it again "
                "from where it comes from; or send it as it is with --encoding utf-8"
            )

    def _take(self, delivered: bytes) -> None:
        body = self._rest + delivered
        end = max(body.rfind(b"\n"), body.rfind(b"\r", 0, len(body) - 1)) + 1
        self._rest, body = body[end:], body[:end]
        lines = body.splitlines() if not body.isascii() or self._is_header else ()
        if not body:
            return
        self.lines += body.count(b"\n") or body.count(b"\r")
        if _SHIFT(body):
            self._note_shifted(body)
        try:
            body.decode()
            is_text = True
        except UnicodeDecodeError:
            is_text = False
        for line in lines:
            if line.isascii():
                self._is_header = self._is_header and not line
                continue
            self.lines_beyond_ascii += 1
            if not is_text and not _is_utf8(line):
                self._note_undecodable(line)
            elif _is_mojibake(line.decode()):
                self.mojibake_lines += 1
            self._is_header = False

    def _note_shifted(self, body: bytes) -> None:
        for line in body.splitlines():
            if not _SHIFT(line):
                continue
            for name, shift in _SHIFTS.items():
                found = shift.findall(line)
                if found and (name != "utf-7" or any(map(_is_utf7, found))):
                    self._shifted_lines[name] += 1
                    break
                self._unshifted_lines += bool(found)

    def _note_undecodable(self, line: bytes) -> None:
        self.undecodable_lines += 1
        self._header_is_bad = self._header_is_bad or self._is_header
        if self._sample_bytes < _SAMPLE_BYTES:
            new = [cell for cell in _CELL.findall(line) if cell not in self._sample]
            self._sample.update(dict.fromkeys(new))
            self._sample_bytes += sum(map(len, new))

    def _refuse_wide(self) -> None:
        """Refuse UTF-16 without a mark: in what people write, every second byte is a NUL."""
        if self._transcoder.has_mark:
            return
        half = len(self._head) / 2
        for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            zeros = self._head[start::2].count(0)
            if half and zeros > NEARLY_ALL * half and self._head.count(0) == zeros:
                raise _refused("every second byte is a NUL, as in UTF-16", name)

    def _undecodable(self) -> UnreadableInputError:
        sample = b"\n".join(self._sample)
        likely = _likely_encodings(sample)
        counts = (
            f"{self.undecodable_lines:,} of the {self.lines_beyond_ascii:,} lines that go beyond "
            "ASCII are no UTF-8"
        )
        if not likely:
            return UnreadableInputError(
                f"the input does not seem to be UTF-8: {counts}, and it is not clear what they "
                "are. Nothing was sent. Save the file as UTF-8, or name its encoding with "
                "--encoding"
            )
        name, *others = likely
        letters = Counter(
            letter
            for letter in sample.decode(name, "ignore")
            if not letter.isascii() and letter.isprintable()
        )
        shown = " ".join(letter for letter, _ in letters.most_common(_SHOWN_LETTERS))
        also = f" ({' and '.join(others)} would be possible too)" if others else ""
        return _refused(
            f"{counts}. Read as {name} they are text, whose commonest letters are {shown}{also}",
            name,
        )


def _refused(evidence: str, name: str) -> UnreadableInputError:
    return UnreadableInputError(
        f"the input does not seem to be UTF-8: {evidence}. Nothing was sent. If that is right, "
        f"give --encoding {name}; --encoding utf-8 reads it as it is, and refuses such rows"
    )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_utf7(shifted: bytes) -> bool:
    """Whether a plus and what follows are letters beyond ASCII, written in UTF-7."""
    try:
        text = shifted.decode("utf-7")
    except UnicodeDecodeError:
        return False
    return all(category(letter)[0] in "LM" for letter in text) and not text.isascii()


def _likely_encodings(sample: bytes) -> list[str]:
    """Return the likely encodings of some cells beyond ASCII, the likeliest first.

    Of several that read them as the same text, there is one.
    """
    from chardet import detect_all  # noqa: PLC0415  slow to load, and seldom needed

    likely: dict[str, tuple[str, float]] = {}
    for one in detect_all(sample, ignore_threshold=True, include_encodings=[*_CANDIDATES]):
        name = _name_of(one["encoding"] or "")
        text = _text_of_letters(sample, name) if name else ""
        if text:
            known = likely.get(text)
            if known is None or _RANK[name] < _RANK[known[0]]:
                likely[text] = (name, max(one["confidence"], known[1] if known else 0))
    names = {name for name, _ in likely.values()}
    if "euc_jp" in names:
        likely = {text: one for text, one in likely.items() if one[0] != "gb18030"}
    best = max((confidence for _, confidence in likely.values()), default=0.0)
    ranked = sorted(
        (confidence < _ABOUT_AS_LIKELY * best, _RANK[name], name)
        for name, confidence in likely.values()
        if confidence >= _POSSIBLE * best
    )
    return [name for *_, name in ranked[:_SHOWN_CANDIDATES]]


def _name_of(detected: str) -> str:
    """Return Python's name of a candidate, "" for what is none."""
    try:
        name = codecs.lookup(detected).name
    except LookupError:
        return ""
    return next((one for one in _RANK if codecs.lookup(one).name == name), "")


def _text_of_letters(sample: bytes, encoding: str) -> str:
    """Return what cells read as, "" if that is no text or mostly signs."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return ""
    beyond = [letter for letter in text if not letter.isascii()]
    letters = sum(category(letter)[0] in "LM" for letter in beyond)
    usual = _USUAL.get(encoding)
    are_usual = usual is None or sum(map(usual, beyond)) >= _LEAST_LETTERS * len(beyond)
    return text if are_usual and letters >= _LEAST_LETTERS * len(beyond) else ""


def _is_hangul(letter: str) -> bool:
    return "\uac00" <= letter <= "\ud7a3"


def _is_common_in_japan(letter: str) -> bool:
    """Whether it is a kana, or one of the common kanji: they come first in its character set."""
    return letter.encode("euc_jp", "replace") < b"\xd0"


# The same bytes are letters in Chinese, Japanese and Korean encodings, but seldom usual ones.
_USUAL: Final[Mapping[str, Callable[[str], bool]]] = {
    "cp949": _is_hangul,
    "johab": _is_hangul,
    "euc_jp": _is_common_in_japan,
}


def _is_mojibake(line: str) -> bool:
    if _LOST in line:
        return True
    runs: list[str] = _RUN.findall(line)
    if not runs or not any(map(_MAYBE_MOJIBAKE.search, runs)):
        return False
    from ftfy import fix_encoding  # noqa: PLC0415  slow to load, and seldom needed
    from ftfy.badness import is_bad  # noqa: PLC0415

    text = "\n".join(runs)
    return is_bad(text) or fix_encoding(text) != text or all(map(_is_utf8_read_as_cp1251, runs))


def _is_utf8_read_as_cp1251(run: str) -> bool:
    """Tell mojibake that `ftfy` takes for Cyrillic.

    In words such letters follow each other twice at most, and never beside a Latin one.
    """
    if len(run) < _LEAST_CYRILLIC and run[0] > "z" and run[-1] > "z":
        return False
    try:
        run.encode("cp1251").decode()
    except UnicodeError:
        return False
    return True
