"""How the cells of do-not-call flags and of consents are read."""

# ruff: noqa: RUF001  full-width forms and curly quotes are what is tested

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.contacts import do_not_call
from cxone_async.contacts.do_not_call import Flag, has_consent, may_say_not_to_call, read_dnc_flag

YES = [
    "1", "true", "t", "yes", "y", "x", "on", "-1", "1.0", "+1", "1,0", "1.000", "dnc", "ja",
    "oui", "sí", "si", "sim", "wahr", "vrai", "vero", "verdadero", "verdadeiro", "waar", "j",
    "s", "v", "w", "yep", "checked", "DNC", "D.N.C.", "TRUE", "True", "Y.E.S.", "Sí.", "✓", "✔",
    "☑", "×", "ｙｅｓ", "１", "Opted-Out", "DO_NOT_CALL", "DoNotCall", "unsubscribed", "gesperrt",
    "Robinson", "nepasappeler", "do not call", "Do Not Call.", "opted out", "Opt-Out",
    "don't call", "don’t call", "y e s", " yes ", "\u00a0yes\u202f", "\u200byes\ufeff",
    "\u202eyes", "y\u00ades", '="1"', "'yes", '"yes"', "“ja”", "nicht anrufen",
    "ne pas appeler", "no llamar", "non chiamare", "não ligar", "na\u0303o ligar",
    "niet bellen", "do not contact", "never call", "keine Anrufe", "tak", "TAK", "prawda", "Evet",
    "doğru", "var", "nie dzwonić", "Aramayın", "はい", "有", "有り", "あり", "ja ",
]  # fmt: skip
DATES = [
    "2024-01-31", "31.01.2024", "1/31/2024", "31/1/24", "20240131", "2024-01-31T12:00:00Z",
    "2024-01-31 00:00:00", "2024-01-31 12:00:00+00:00", "31 Jan 2024", "Jan 31, 2024",
    "31. März 2024", "31-Jan-24", "1/31/2024 3:45 PM", "5 de marzo de 2024", "2024/01/31",
    "14 juillet 2023", "1 août 2022", "12 dez. 2021", "3 maart 2020", "2024-01-31 12:00:00 UTC",
]  # fmt: skip
NO = [
    "0", "0.0", "0,00", "-0", "00", "false", "f", "no", "n", "off", "nein", "non", "não", "nee",
    "nej", "nei", "falsch", "faux", "falso", "NO", "No.", "N.O.", "ｎｏ", "０", "nao", "na\u0303o",
    "FALSE", "OFF", "Nein", "", " ", "\t", "\u00a0", "\u200b", "\ufeff", "\u3164", "\u2800",
    "Hayır", "hayir", "HAYIR", "yok", "yanlış", "fałsz", "いいえ", "無", "なし", "無し",
    " no ", "n\u00a0o", "n\u200bo", '="0"', "'0", "'no", '"no"', "“nein”", "‘N’",
]  # fmt: skip
UNCLEAR = [
    "2", "-2", "11", "0.5", "45321", "n/a", "#N/A", "N/A", "n.a.", "na", "null", "NULL", "none",
    "None", "nan", "\\N", "-", "--", ".", "?", "no?", "yes?", "maybe", "unknown", "tbd", "A",
    "o", "0x", "y/n", "N/", "nono", "yess", "nope!", "#REF!", "*", "(blank)", "0000-00-00",
    "1900-01-00", "2024-13-45", "pending", "☐", "active", "clear", "nie", "no calls before 9",
    "no, call", "oui ou non", "x" * 65, "no" * 40, "not", "no yes", "yes no", "1 2", "0 1",
    "1 Foo 2024", "no data", "false positive",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("cell", [*YES, *DATES])
def test_a_known_yes_and_a_date_mean_do_not_call(cell: str) -> None:
    assert read_dnc_flag(cell) is Flag.YES


@pytest.mark.parametrize("cell", NO)
def test_an_empty_cell_and_a_known_no_do_not(cell: str) -> None:
    assert read_dnc_flag(cell) is Flag.NO


@pytest.mark.parametrize("cell", UNCLEAR)
def test_everything_else_is_unclear(cell: str) -> None:
    assert read_dnc_flag(cell) is Flag.UNCLEAR


@pytest.mark.parametrize(
    "cell",
    [
        "yes", "1", "-1", "1.0", "TRUE", "x", "ja", "oui", "sí", "sim", "2024-01-31", "given",
        "Opted in", "opt-in", "granted", "consented", "erteilt", "OK", "OK to call", "accepté",
        "toegestaan", "subscribed", "\u200byes",
    ],
)  # fmt: skip
def test_a_consent_is_a_known_yes_or_a_date(cell: str) -> None:
    assert has_consent(cell)


@pytest.mark.parametrize("cell", [*NO, *UNCLEAR, "dnc", "opted out", "do not call", "withdrawn"])
def test_nothing_else_is_a_consent(cell: str) -> None:
    assert not has_consent(cell)


NOISE = st.text(st.sampled_from(" \u00a0\u202f\u200b\ufeff\u2060\t"), max_size=3)


@pytest.mark.slow
@given(st.sampled_from(["yes", "ja", "true", "dnc", "opted out", "1"]), NOISE, NOISE)
def test_what_cannot_be_seen_changes_no_yes(word: str, before: str, after: str) -> None:
    for cell in (before + word + after, before + word.upper() + after):
        assert read_dnc_flag(cell) is Flag.YES


@given(st.sampled_from(["no", "nein", "false", "0", ""]), NOISE, NOISE)
def test_nor_a_no(word: str, before: str, after: str) -> None:
    assert read_dnc_flag(before + word + after) is Flag.NO


@pytest.mark.parametrize("cell", ["`", '"', "=", '= "', "\u201c", "\xab\xbb"])
def test_quotes_around_nothing_are_unclear(cell: str) -> None:
    assert read_dnc_flag(cell) is Flag.UNCLEAR


@pytest.mark.parametrize("cell", ["'", " ", "\u200b", "\xa0"])
def test_what_shows_nothing_is_empty(cell: str) -> None:
    assert read_dnc_flag(cell) is Flag.NO


KNOWN_NO_LETTERS = {
    "", "0", "false", "f", "no", "n", "off", "nope", "nein", "falsch", "non", "faux", "falso",
    "nao", "nee", "onwaar", "nej", "nei", "falsk", "usann",
}  # fmt: skip


@given(st.text(st.characters(codec="ascii", exclude_characters=" \"'`=._-"), max_size=12))
def test_no_other_ascii_text_is_ever_a_no(cell: str) -> None:
    said_no = read_dnc_flag(cell) is Flag.NO
    visible = "".join(filter(str.isprintable, cell)).lower()
    is_zero = visible.lstrip("+").rstrip("0").rstrip(",") == "" and "0" in visible
    assert not said_no or visible in KNOWN_NO_LETTERS or is_zero


@given(st.text(max_size=100))
def test_any_cell_has_one_of_three_readings_and_a_consent_is_never_a_known_no(cell: str) -> None:
    flag = read_dnc_flag(cell)
    assert flag in Flag
    assert not (flag is Flag.NO and has_consent(cell))


@pytest.mark.parametrize("word", sorted(do_not_call._SAYS_DO_NOT_CALL))
@pytest.mark.parametrize(
    "cell",
    [
        "202-555-0143 {}",
        "{}: 2025550143",
        "(202) 555-0143, {}",
        "+1 202 555 0143 [{}]",
        "{}, 2025550143",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_a_text_with_words_beside_a_number_is_never_taken_for_one_without(
    word: str, cell: str, encoding: str
) -> None:
    text = f'phone,email\n"{cell.format(word.title())}",jane@example.com\n'
    assert may_say_not_to_call(text.encode(encoding))


def test_an_ordinary_text_has_no_such_words() -> None:
    row = b"+12025550143,robinson@example.com,Ann,Robinson,US,12 Contact Street,DNC Ltd\n"
    assert not may_say_not_to_call(b"phone,email,first,last,country,street,company\n" + row * 9)
    assert not may_say_not_to_call(b"202-555-0143 home,jane@example.com\n")
