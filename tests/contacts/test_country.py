"""Reading countries."""

from csv import DictReader
from pathlib import Path

import pytest
from phonenumbers import SUPPORTED_REGIONS

from cxone_async import contacts
from cxone_async.contacts.country import allowed_countries, is_dialling_code, read_country
from cxone_async.outcome import Problem, Reason


@pytest.mark.parametrize(
    ("raw", "country"),
    [
        ("US", "US"),
        ("us", "US"),
        (" Us ", "US"),
        ("USA", "US"),
        ("u.s.a.", "US"),
        ("United States", "US"),
        ("UNITED  STATES of america", "US"),
        ("UK", "GB"),
        ("Great Britain", "GB"),
        ("gbr", "GB"),
        ("DEU", "DE"),
        ("Germany", "DE"),
        ("XK", "XK"),
    ],
)
def test_codes_and_usual_english_names_are_read(raw: str, country: str) -> None:
    assert read_country(raw, "CA") == country


@pytest.mark.parametrize(
    ("raw", "country"),
    [
        ("Deutschland", "DE"),
        ("ALLEMAGNE", "DE"),
        ("Alemania", "DE"),
        ("Bundesrepublik Deutschland", "DE"),
        ("Germany (DE)", "DE"),
        ("DE - Germany", "DE"),
        ("Espa\u00f1a", "ES"),
        ("Espan\u0303a", "ES"),
        ("Espana", "ES"),
        ("Spanje", "ES"),
        ("\u00d6sterreich", "AT"),
        ("Oesterreich", "AT"),
        ("Osterreich", "AT"),
        ("T\u00fcrkiye", "TR"),
        ("Turkiye", "TR"),
        ("Turkey", "TR"),
        ("T\u00dcRK\u0130YE", "TR"),
        ("Russia", "RU"),
        ("Russian Federation", "RU"),
        ("\u0420\u043e\u0441\u0441\u0438\u044f", "RU"),
        ("Korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("S\u00fcdkorea", "KR"),
        ("Corea del Sur", "KR"),
        ("Korea, North", "KP"),
        ("Korea, Democratic People's Republic of", "KP"),
        ("Holland", "NL"),
        ("the Netherlands", "NL"),
        ("Netherlands (the)", "NL"),
        ("Pays-Bas", "NL"),
        ("UAE", "AE"),
        ("U.A.E.", "AE"),
        ("\u00c9mirats arabes unis", "AE"),
        ("England", "GB"),
        ("Engeland", "GB"),
        ("\u0130ngiltere", "GB"),
        ("Gro\u00dfbritannien", "GB"),
        ("Grossbritannien", "GB"),
        ("United Kingdom of Great Britain and Northern Ireland", "GB"),
        ("EE.UU.", "US"),
        ("Stati Uniti", "US"),
        ("Estados Unidos da Am\u00e9rica", "US"),
        ("Stany Zjednoczone", "US"),
        ("United States of America (the)", "US"),
        ("C\u00f4te d\u2019Ivoire", "CI"),
        ("Ivory Coast", "CI"),
        ("Bolivia, Plurinational State of", "BO"),
        ("Viet Nam", "VN"),
        ("Bosnia & Herzegovina", "BA"),
        ("Bosnia and Herzegovina", "BA"),
        ("Saint Vincent and the Grenadines", "VC"),
        ("St. Lucia", "LC"),
        ("Chinese Taipei", "TW"),
        ("Republic of China", "TW"),
        ("People's Republic of China", "CN"),
        ("\u65e5\u672c", "JP"),
        ("\u4e2d\u56fd", "CN"),
        ("W\u0142ochy", "IT"),
        ("Wlochy", "IT"),
        ("Swaziland", "SZ"),
        ("Burma", "MM"),
        ("Holy See (Vatican City State)", "VA"),
    ],
)
def test_official_and_usual_names_are_read_in_many_languages(raw: str, country: str) -> None:
    assert read_country(raw, "CA") == country


@pytest.mark.parametrize(
    ("raw", "country"),
    [
        ("Guinea", "GN"),
        ("Guinea-Bissau", "GW"),
        ("Equatorial Guinea", "GQ"),
        ("Papua New Guinea", "PG"),
        ("Democratic Republic of the Congo", "CD"),
        ("Congo (Kinshasa)", "CD"),
        ("Congo-Brazzaville", "CG"),
        ("Republic of Ireland", "IE"),
        ("Ireland", "IE"),
        ("Northern Ireland", "GB"),
        ("Georgia", "GE"),
        ("Jersey", "JE"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("Dominica", "DM"),
        ("Dominican Republic", "DO"),
        ("Samoa", "WS"),
        ("American Samoa", "AS"),
        ("Sudan", "SD"),
        ("South Sudan", "SS"),
        ("Iceland", "IS"),
        ("Macedonia", "MK"),
        ("Saint Martin (French part)", "MF"),
        ("Sint Maarten (Dutch part)", "SX"),
    ],
)
def test_names_that_are_near_to_each_other_are_decided(raw: str, country: str) -> None:
    assert read_country(raw, "CA") == country


@pytest.mark.parametrize(
    "raw",
    ["Congo", "Kongo", "Virgin Islands", "Nigera", "Germay", "New Jersey", "Jersey (US)", "na/na",
     "Germany or Austria", "US/CA", "Europe", "Africa", "Yugoslavia", "USSR", "EU"],
)  # fmt: skip
def test_names_of_two_countries_or_of_none_are_never_guessed(raw: str) -> None:
    assert isinstance(read_country(raw, "US"), Problem)


@pytest.mark.parametrize(
    "raw",
    ["", " ", "\t\u00a0", "#N/A", "N/A", "n/a", "n.a.", "N.A.", "null", "NULL", "none", "None", "-",
     "(blank)", "#REF!", "#VALUE!", "#NV", "\\N", "NaN", "--", "\u2014", ".", " N/A ", "(null)",
     "<NA>", "unknown", "k.A.", "sin datos", "\ufeff"],
)  # fmt: skip
def test_an_empty_cell_means_the_default_country(raw: str) -> None:
    assert read_country(raw, "CA") == "CA"
    assert read_country(raw, "") == ""


def test_only_a_bare_na_in_capitals_is_namibia() -> None:
    assert read_country("NA", "US") == "NA"
    assert read_country(" NA ", "US") == "NA"
    for raw in ("na", "Na", "n a", "nA"):
        problem = read_country(raw, "US")
        assert isinstance(problem, Problem)
        assert "Namibia" in problem.detail


@pytest.mark.parametrize(
    "raw", ["ZZ", "XX", "Atlantis", "1", "?", "U", "\x00", "+44", "0049", "US" * 500_000]
)
def test_anything_else_is_an_unknown_country(raw: str) -> None:
    problem = read_country(raw, "US")
    assert isinstance(problem, Problem)
    assert problem.reason == Reason.COUNTRY_UNKNOWN
    assert problem.detail.startswith("country: ")


@pytest.mark.parametrize("raw", ["1", "+1", "44", "+44", "0049", "01149", "+ 49", "1.0", " 353 "])
def test_dialling_codes_are_told_apart(raw: str) -> None:
    assert is_dialling_code(raw)


@pytest.mark.parametrize("raw", ["US", "", "999", "+", "12125550123", "DE +49", "0", "1" * 500])
def test_other_cells_are_no_dialling_codes(raw: str) -> None:
    assert not is_dialling_code(raw)


@pytest.mark.slow
@pytest.mark.parametrize("code", sorted(SUPPORTED_REGIONS))
def test_every_country_is_read_from_its_own_code(code: str) -> None:
    assert read_country(code, "") == code
    if code != "NA":
        assert read_country(code.lower(), "") == code


def test_every_listed_name_is_read_as_its_country_and_only_one() -> None:
    data = Path(contacts.__file__).parent / "data"
    names = 0
    for file in ("countries.csv", "country_names.csv"):
        with (data / file).open(encoding="utf-8", newline="") as rows:
            for row in DictReader(rows):
                for name in filter(None, row["names"].split("|")):
                    assert read_country(name, "") == row["alpha_2"], name
                    names += 1
    assert names > 2_000


def test_every_country_of_iso_3166_has_one_alpha_3_code_besides_usual_abbreviations() -> None:
    capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    alpha_3: dict[str, list[str]] = {}
    for first in capitals:
        for second in capitals:
            for third in capitals:
                country = read_country(first + second + third, "")
                if isinstance(country, str) and country:
                    alpha_3.setdefault(country, []).append(first + second + third)
    # Ascension and Tristan da Cunha have a numbering plan but are no country of ISO 3166.
    assert set(alpha_3) == set(SUPPORTED_REGIONS) - {"AC", "TA"}
    usual = {"UAE", "EAU", "VAE", "BAE", "DRC", "RDC", "CAR", "PRC", "BRD", "FRG", "BVI", "KSA",
             "RSA", "EUA", "ABD"}  # fmt: skip
    others = {country: set(codes) - usual for country, codes in alpha_3.items()}
    assert {country for country, codes in others.items() if len(codes) != 1} == set()


def test_a_campaigns_countries_are_read_like_a_rows() -> None:
    assert allowed_countries(["us", "GBR", "Canada", ""]) == frozenset({"US", "GB", "CA", ""})
    assert allowed_countries([]) == frozenset()


def test_an_unknown_allowed_country_does_not_allow_every_country() -> None:
    assert allowed_countries(["atlantis"]) == frozenset({"ATLANTIS"})
