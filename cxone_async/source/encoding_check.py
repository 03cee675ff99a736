"""Whether a text is what `--encoding auto` takes it for: UTF-8, and text that was read once only.

Guarantee: nothing is guessed. A text that is probably in another encoding is refused, and the
message names that encoding, what speaks for it, and the flag. Single lines that are no UTF-8 are
left to the reader, which makes them `undecodable` rows.

Two kinds of damage are looked for:

* Lines that are no UTF-8. When they are nearly all of the lines that go beyond ASCII, the file is
  in another encoding. A header that is no UTF-8 is enough.
* Mojibake: UTF-8 that somebody has read as another encoding and saved again (`JosÃ©`).
  It is valid UTF-8, so no decoder refuses it. `ftfy` tells it from text.

Messages hold counts and single letters, never a cell.
"""

import re
from collections import Counter
from typing import Final

from cxone_async.errors import UnreadableInputError
from cxone_async.source.encoding import AUTO, Transcoder

LEAST_LINES: Final = 2
"""One line that is no UTF-8 is a bad line; two, with no good one, are another encoding."""
NEARLY_ALL: Final = 0.9
MOST_HARMLESS_MOJIBAKE: Final = 0.001
"""The share of lines up to which mojibake is not worth a warning: single cells were pasted."""

# What programs that people make lists with still write. The first of equals wins.
_CANDIDATES: Final = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "mac_roman", "cp850", "koi8_r",
    "cp932", "euc_jp", "gb18030", "big5", "cp949",
)  # fmt: skip
_KNOWN: Final = frozenset(_CANDIDATES)
_SHOWN_CANDIDATES: Final = 3
_SHOWN_LETTERS: Final = 5
_MOST_CHAOS: Final = 0.5
_SAMPLE_BYTES: Final = 1 << 16
_HEAD_BYTES: Final = 1 << 12
# No `|`: in Big5 and Shift-JIS it is half of a character.
_CELL: Final = re.compile(rb"[^,;\t\"\r\n\x00]*[\x80-\xff][^,;\t\"\r\n\x00]*")
_SHIFT: Final = re.compile(rb"\x1b(?:\$[@B]|\([BIJ])")
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
        self._sample = bytearray()
        self.lines = 0
        self.lines_beyond_ascii = 0
        self.undecodable_lines = 0
        self.mojibake_lines = 0
        self._shifted_lines = 0

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
        if self._shifted_lines >= LEAST_LINES:
            raise _refused(
                f"{self._shifted_lines:,} lines switch alphabets as ISO-2022-JP does", "iso2022_jp"
            )
        if not self._transcoder.has_mark and (
            self._header_is_bad or self._are_nearly_all(self.undecodable_lines)
        ):
            raise self._undecodable()
        if self._are_nearly_all(self.mojibake_lines):
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
        if b"\x1b" in body:
            self._shifted_lines += sum(1 for one in body.splitlines() if _SHIFT.search(one))
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

    def _note_undecodable(self, line: bytes) -> None:
        self.undecodable_lines += 1
        self._header_is_bad = self._header_is_bad or self._is_header
        if len(self._sample) < _SAMPLE_BYTES:
            self._sample += b"\n".join(_CELL.findall(line)) + b"\n"

    def _are_nearly_all(self, lines: int) -> bool:
        return lines >= max(LEAST_LINES, NEARLY_ALL * self.lines_beyond_ascii)

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
        sample = bytes(self._sample)
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


def _likely_encodings(sample: bytes) -> list[str]:
    from charset_normalizer import from_bytes  # noqa: PLC0415  slow to load, and seldom needed

    found = from_bytes(sample, cp_isolation=list(_CANDIDATES), threshold=_MOST_CHAOS)
    ranked = sorted(
        # Several encodings may agree in all bytes that are there; one of them is enough.
        (round(one.chaos, 1), min(map(_CANDIDATES.index, {*one.could_be_from_charset} & _KNOWN)))
        for one in found
    )
    return [_CANDIDATES[index] for _, index in ranked[:_SHOWN_CANDIDATES]]


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
