"""Countries: from what a file calls them to ISO 3166 alpha-2.

A country is a region that libphonenumber has a numbering plan for: the ISO list without a few
uninhabited territories, plus Ascension, Tristan da Cunha and Kosovo. Besides being sent,
countries serve only to read phones.

Alpha-2 and alpha-3 codes are read in any case, and so are ISO's short and official names and the
usual names in many languages, with or without accents. `data/countries.csv` has the codes, and
the names that are written by hand; `data/country_names.csv` has those of CLDR, as
`tools/country_names.py` wrote them. They are the only files that `contacts` reads. They are read
when the first country comes that is no alpha-2 code.

A name that stands for two countries is decided in countries.csv, or is unknown (Congo). Nothing is
guessed from a spelling that is near. A bare `NA` is Namibia; other words for an empty cell (`N/A`,
`none`) are one. `na` in small letters may be either, so it is unknown.
"""

import re
import unicodedata
from collections.abc import Iterable
from csv import DictReader
from functools import cache, lru_cache
from pkgutil import get_data

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS

from cxone_async.contacts.blank import is_blank_country
from cxone_async.outcome import Problem, Reason

_LONGEST_NAME = 100  # longer than any name in the files: a megabyte in the cell costs nothing

_CODE = 3  # the length of the longest code

_UNKNOWN = Problem(Reason.COUNTRY_UNKNOWN, "country: not an ISO 3166 code or a usual name")
_NA_UNCLEAR = Problem(
    Reason.COUNTRY_UNKNOWN, "country: `na` may be Namibia or no value; write NA, or leave it empty"
)

_ALPHA_2 = frozenset(SUPPORTED_REGIONS)

COUNTRIES = tuple(sorted(_ALPHA_2))
_PLACE = {country: place for place, country in enumerate(COUNTRIES, start=1)}

_CALLING_CODES = frozenset(str(code) for code in COUNTRY_CODE_TO_REGION_CODE)
_DIALLING_CODE = re.compile(r"(?:\+|00|011)?\s*(\d{1,3})(?:\.0)?", re.ASCII).fullmatch

_PARTS = re.compile(r"[()\[\]/|,;:\u2013\u2014-]").split
_UNDECOMPOSED = str.maketrans(
    {"\u0142": "l", "\u0141": "L", "\u00f8": "o", "\u00d8": "O", "\u0111": "d", "\u0110": "D",
     "\u0131": "i", "&": " and "}
)  # fmt: skip

_GERMAN = str.maketrans(
    {"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue", "\u00c4": "Ae", "\u00d6": "Oe", "\u00dc": "Ue"}
)
_HAS_UMLAUT = re.compile("[\u00e4\u00f6\u00fc\u00c4\u00d6\u00dc]").search
_HAS_VARIANTS = re.compile(r" & | and |St\.? |Saint ").search


def read_country(raw: str, default: str) -> str | Problem:
    """Read a country cell as an alpha-2 code in capitals; an empty cell gives `default`."""
    if raw in _ALPHA_2:
        return raw
    if not raw:
        return default
    if len(raw) > _LONGEST_NAME:
        return default if raw.isspace() else _UNKNOWN
    found = _read_name(raw)
    return default if found is None else found


def country_byte(country: str | Problem) -> int:
    """Return 1 more than the country's place in `COUNTRIES`, 0 for none."""
    return _PLACE.get(country, 0) if isinstance(country, str) else 0


def is_dialling_code(raw: str) -> bool:
    """Say whether a country cell holds a calling code: `1`, `+44`, `0049`."""
    found = _DIALLING_CODE(raw.strip()) if len(raw) <= _LONGEST_NAME else None
    return found is not None and found[1] in _CALLING_CODES


@lru_cache(maxsize=1024)
def _read_name(raw: str) -> str | Problem | None:
    """Read a cell that is no alpha-2 code in capitals; None when it is empty."""
    if is_blank_country(raw):
        return None
    by_key = _alpha_2_by_key()
    key = name_key(raw)
    if key == "NA" and raw.strip() != "NA":
        return _NA_UNCLEAR
    country = by_key.get(key) or by_key.get(key.removeprefix("THE").removesuffix("THE"))
    if country is None:  # `Germany (DE)`, `UK / England`: all parts must be one country
        keys = [name_key(part) for part in _PARTS(raw) if part.strip()]
        parts = {by_key.get(key) for key in keys}
        country = parts.pop() if len(parts) == 1 and len(max(keys, key=len)) > _CODE else None
    return country or _UNKNOWN


def allowed_countries(codes: Iterable[str]) -> frozenset[str]:
    """Return alpha-2 codes for the codes or names in which a campaign lists its countries.

    An unknown one stays in the result, in capitals. It allows no row, but a list of one
    unknown country must not turn into the empty list, which allows every country.
    """
    countries = set()
    for code in codes:
        country = read_country(code, "")
        countries.add(code.strip().upper() if isinstance(country, Problem) else country)
    return frozenset(countries)


def name_key(name: str) -> str:
    """Return letters and digits in capitals, without accents: one key for `U.S.A.` and `usa`."""
    plain = unicodedata.normalize("NFKD", name.translate(_UNDECOMPOSED))
    return "".join(character for character in plain if character.isalnum()).upper()


@cache
def _alpha_2_by_key() -> dict[str, str]:
    by_key = {}
    by_hand = _rows_of("countries.csv")
    for country in (*_rows_of("country_names.csv"), *by_hand):
        for name in filter(None, country["names"].split("|")):
            for key in _spellings(name):
                by_key[key] = country["alpha_2"]
    by_key |= {country["alpha_3"]: country["alpha_2"] for country in by_hand if country["alpha_3"]}
    return by_key | {code: code for code in SUPPORTED_REGIONS}


def _spellings(name: str) -> set[str]:
    """Return the keys of a name and of its variants with `ae`, `and`, `&`, `Saint`, `St`."""
    names = {name, name.translate(_GERMAN)} if _HAS_UMLAUT(name) else {name}
    if not _HAS_VARIANTS(name):  # most have none, and the first answer waits for all of them
        return {name_key(one) for one in names}
    for word, other in ((" & ", " and "), (" and ", " "), ("St. ", "St "), ("Saint ", "St ")):
        names |= {one.replace(word, other) for one in names}
        names |= {one.replace(other, word) for one in names if other.strip() in {"and", "St"}}
    return {name_key(one) for one in names}


def _rows_of(file: str) -> list[dict[str, str]]:
    data = get_data(__package__, f"data/{file}")
    assert data is not None  # noqa: S101  only a loader that cannot read data gives None
    return list(DictReader(data.decode().splitlines()))
