"""Reading countries."""

import pytest
from phonenumbers import SUPPORTED_REGIONS

from cxone_async.contacts.country import allowed_countries, read_country
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


@pytest.mark.parametrize("raw", ["", " ", "\t\u00a0"])
def test_an_empty_cell_means_the_default_country(raw: str) -> None:
    assert read_country(raw, "CA") == "CA"
    assert read_country(raw, "") == ""


@pytest.mark.parametrize(
    "raw", ["ZZ", "XX", "Atlantis", "1", "-", "?", "U", "\x00", "US" * 500_000]
)
def test_anything_else_is_an_unknown_country(raw: str) -> None:
    problem = read_country(raw, "US")
    assert isinstance(problem, Problem)
    assert problem.reason == Reason.COUNTRY_UNKNOWN
    assert problem.detail.startswith("country: ")


@pytest.mark.parametrize("code", sorted(SUPPORTED_REGIONS))
def test_every_country_is_read_from_its_own_code(code: str) -> None:
    assert read_country(code, "") == code
    assert read_country(code.lower(), "") == code


def test_every_country_of_iso_3166_has_exactly_one_alpha_3_code() -> None:
    capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    alpha_3: dict[str, list[str]] = {}
    for first in capitals:
        for second in capitals:
            for third in capitals:
                country = read_country(first + second + third, "")
                if isinstance(country, str):
                    alpha_3.setdefault(country, []).append(first + second + third)
    # Ascension and Tristan da Cunha have a numbering plan but are no country of ISO 3166.
    assert set(alpha_3) == set(SUPPORTED_REGIONS) - {"AC", "TA"}
    assert {country for country, codes in alpha_3.items() if len(codes) > 1} == set()


def test_a_campaigns_countries_are_read_like_a_rows() -> None:
    assert allowed_countries(["us", "GBR", "Canada", ""]) == frozenset({"US", "GB", "CA", ""})
    assert allowed_countries([]) == frozenset()


def test_an_unknown_allowed_country_does_not_allow_every_country() -> None:
    assert allowed_countries(["atlantis"]) == frozenset({"ATLANTIS"})
