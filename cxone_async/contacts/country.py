"""Countries: from what a file calls them to ISO 3166 alpha-2.

A country is a region that libphonenumber has a numbering plan for: the ISO list without a few
uninhabited territories, plus Ascension, Tristan da Cunha and Kosovo. Besides being sent,
countries serve only to read phones.

Alpha-2 and alpha-3 codes are read in any case, and so are the English names that lists of
contacts commonly hold. Codes and names are in `data/countries.csv`, the only file that
`contacts` reads; it is read when the first country comes that is no alpha-2 code.
"""

from collections.abc import Iterable
from csv import DictReader
from functools import cache
from pkgutil import get_data

from phonenumbers import SUPPORTED_REGIONS

from cxone_async.outcome import Problem, Reason

_LONGEST_NAME = 64  # longer than any name in the file: a megabyte in the cell costs nothing

_UNKNOWN = Problem(Reason.COUNTRY_UNKNOWN, "country: not an ISO 3166 code or a usual English name")

_ALPHA_2 = frozenset(SUPPORTED_REGIONS)


def read_country(raw: str, default: str) -> str | Problem:
    """Read a country cell as an alpha-2 code in capitals; an empty cell gives `default`."""
    if raw in _ALPHA_2:
        return raw
    key = _key(raw)
    if not key:
        return default if not raw or raw.isspace() else _UNKNOWN
    return _alpha_2_by_key().get(key, _UNKNOWN)


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


def _key(raw: str) -> str:
    """Return letters and digits in capitals: one key for `U.S.A.` and `usa`."""
    return "".join(character for character in raw[:_LONGEST_NAME] if character.isalnum()).upper()


@cache
def _alpha_2_by_key() -> dict[str, str]:
    data = get_data(__package__, "data/countries.csv")
    assert data is not None  # noqa: S101  only a loader that cannot read data gives None
    by_key = {}
    for country in DictReader(data.decode().splitlines()):
        for name in (country["alpha_3"], *filter(None, country["names"].split("|"))):
            by_key[_key(name)] = country["alpha_2"]
    return by_key | {code: code for code in SUPPORTED_REGIONS}
