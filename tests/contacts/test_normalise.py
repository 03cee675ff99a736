"""Rows become contacts, or say why not."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import SUPPORTED_REGIONS

from cxone_async.contacts.checks import EmailCheck, PhoneCheck, PhoneCountry
from cxone_async.contacts.constraints import Constraints
from cxone_async.contacts.flagged import FlaggedPeople, MarkedIdentifiers, identifier_key
from cxone_async.contacts.model import FIELD_NAMES, MAPPED_NAMES, Contact, FieldName
from cxone_async.contacts.normalise import Normaliser, NormaliseRules, Rejection, RowFields
from cxone_async.contacts.suppression import Listed, SuppressionList
from cxone_async.errors import UsageError
from cxone_async.outcome import Outcome, Reason, Repair

JANE = RowFields("(212) 555-0123", " Jane@Example.com", " Jane ", "Doe", "us", "")
ASKS_NOTHING = Constraints(required_fields=frozenset())


def rules(
    *required: FieldName,
    allowed: frozenset[str] = frozenset(),
    dnc_enabled: bool = False,
    default_country: str = "US",
) -> NormaliseRules:
    constraints = Constraints(allowed, dnc_enabled, frozenset(required))
    return NormaliseRules(default_country, constraints=constraints)


def end_of(result: Contact | Rejection) -> tuple[Outcome, Reason]:
    assert isinstance(result, Rejection), result
    return result.outcome, result.reason


def test_a_row_in_order_becomes_a_contact_that_keeps_its_raw_identifiers() -> None:
    assert Normaliser(NormaliseRules()).normalise(7, JANE) == Contact(
        row=7,
        phone="12125550123",
        phone_extension="",
        email="jane@example.com",
        first_name="Jane",
        last_name="Doe",
        country="US",
        raw_phone="(212) 555-0123",
        raw_email=" Jane@Example.com",
    )


def test_a_row_without_a_country_is_read_in_the_default_country() -> None:
    contact = Normaliser(rules(default_country="gb")).normalise(
        1, RowFields("07700 900123", "jane@example.com")
    )
    assert isinstance(contact, Contact)
    assert (contact.phone, contact.country) == ("447700900123", "GB")


def test_without_a_default_country_a_row_may_have_none_unless_it_is_required() -> None:
    row = RowFields("+1 212 555 0123", "jane@example.com")
    contact = Normaliser(rules(default_country="")).normalise(1, row)
    assert isinstance(contact, Contact)
    assert (contact.phone, contact.country) == ("12125550123", "")
    refused = Normaliser(rules("country", default_country="")).normalise(1, row)
    assert end_of(refused) == (Outcome.INVALID, Reason.COUNTRY_MISSING)


def test_a_default_country_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="default country"):
        Normaliser(NormaliseRules(default_country="Atlantis"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"country": "Atlantis"}, Reason.COUNTRY_UNKNOWN),
        ({"phone": "see notes"}, Reason.PHONE_UNREADABLE),
        ({"phone": "555-0123"}, Reason.PHONE_LOCAL_ONLY),
        ({"phone": "212 555"}, Reason.PHONE_NOT_POSSIBLE),
        ({"email": "jane@"}, Reason.EMAIL_NOT_VALID),
        ({"phone": ""}, Reason.PHONE_MISSING),
        ({"phone": " \t"}, Reason.PHONE_MISSING),
        ({"email": ""}, Reason.EMAIL_MISSING),
        ({"email": "\u00a0"}, Reason.EMAIL_MISSING),
        ({"first_name": " "}, Reason.FIRST_NAME_MISSING),
        ({"last_name": "\x00"}, Reason.LAST_NAME_MISSING),
        ({"country": "MX"}, Reason.COUNTRY_NOT_ALLOWED),
    ],
)
def test_every_problem_has_its_reason_and_names_its_field(
    changes: dict[str, Any], reason: Reason
) -> None:
    normaliser = Normaliser(rules(*FIELD_NAMES, allowed=frozenset({"US", "CA"})))
    result = normaliser.normalise(1, JANE._replace(**changes))
    assert end_of(result) == (Outcome.INVALID, reason)
    assert isinstance(result, Rejection)
    assert result.detail.startswith(next(iter(changes)) + ": ")


def test_a_field_that_is_not_required_may_be_empty() -> None:
    contact = Normaliser(NormaliseRules(constraints=ASKS_NOTHING)).normalise(1, RowFields("", ""))
    assert contact == Contact(1, "", "", "", "", "", "US", "", "")


def test_requiring_the_flag_asks_nothing_since_an_empty_flag_means_not_flagged() -> None:
    assert isinstance(Normaliser(rules("dnc_flag")).normalise(1, JANE), Contact)


def test_a_problem_of_the_country_goes_before_one_of_the_phone_and_that_before_the_emails() -> None:
    normaliser = Normaliser(NormaliseRules())
    bad = RowFields("call me", "jane@", country="Atlantis")
    reasons = []
    for row in (bad, bad._replace(country=""), bad._replace(country="", phone="")):
        reasons.append(end_of(normaliser.normalise(1, row))[1])
    assert reasons == [Reason.COUNTRY_UNKNOWN, Reason.PHONE_UNREADABLE, Reason.EMAIL_NOT_VALID]


def test_the_checks_that_are_switched_off_let_anything_through() -> None:
    off = NormaliseRules(phone_check=PhoneCheck.OFF, email_check=EmailCheck.OFF)
    contact = Normaliser(off).normalise(1, RowFields("ext 7", " JANE "))
    assert isinstance(contact, Contact)
    assert (contact.phone, contact.email) == ("7", "jane")


def test_an_unchecked_phone_without_any_digit_counts_as_missing() -> None:
    off = NormaliseRules(phone_check=PhoneCheck.OFF)
    refused = Normaliser(off).normalise(1, JANE._replace(phone="none"))
    assert end_of(refused) == (Outcome.INVALID, Reason.PHONE_MISSING)


@pytest.mark.parametrize(
    "word", ["#N/A", "N/A", "n.a.", "null", "none", "-", "(blank)", "\\N", "NaN"]
)
def test_a_word_for_nothing_is_an_empty_cell_in_every_field(word: str) -> None:
    normaliser = Normaliser(rules("phone"))
    contact = normaliser.normalise(1, RowFields("212 555 0123", word, word, word, word))
    assert contact == Contact(
        1, "12125550123", "", "", "", "", "US", "212 555 0123", "", contact.repairs
    )
    assert set(contact.repairs) == {Repair.EMPTY_WORD}
    missing = normaliser.normalise(1, JANE._replace(phone=word))
    assert end_of(missing) == (Outcome.INVALID, Reason.PHONE_MISSING)


@pytest.mark.parametrize(
    ("cell", "default", "repairs"),
    [
        ("", "US", {Repair.COUNTRY_BY_DEFAULT}),
        (" \u00a0", "US", {Repair.COUNTRY_BY_DEFAULT}),
        ("N/A", "US", {Repair.COUNTRY_BY_DEFAULT, Repair.EMPTY_WORD}),
        ("US", "US", set()),
        ("usa", "US", set()),
        ("GB", "US", set()),
        ("", "", set()),
    ],
)
def test_a_row_without_a_country_says_that_it_has_the_default_one(
    cell: str, default: str, repairs: set[Repair]
) -> None:
    phone = "+44 20 7946 0123" if cell == "GB" else "+1 212 555 0123"
    row = RowFields(phone, "", country=cell)
    normaliser = Normaliser(rules("phone", default_country=default), has_country_column=True)
    contact = normaliser.normalise(1, row)
    assert isinstance(contact, Contact)
    assert set(contact.repairs) == repairs
    alike = Normaliser(rules("phone", default_country=default)).normalise(1, row)
    assert Repair.COUNTRY_BY_DEFAULT not in alike.repairs


@pytest.mark.parametrize("word", ["#DIV/0!", "none", "1.#QNAN"])
def test_a_word_for_nothing_is_no_number_where_nothing_is_checked(word: str) -> None:
    off = NormaliseRules(phone_check=PhoneCheck.OFF, email_check=EmailCheck.OFF)
    assert end_of(Normaliser(off).normalise(1, JANE._replace(phone=word)))[1] == (
        Reason.PHONE_MISSING
    )
    assert end_of(Normaliser(off).normalise(1, JANE._replace(email=word)))[1] == (
        Reason.EMAIL_MISSING
    )


def test_na_is_namibia_and_said_unless_the_whole_list_is_namibias() -> None:
    row = RowFields("+264 81 555 0123", "jane@example.com", country="NA")
    contact = Normaliser(NormaliseRules()).normalise(1, row)
    assert isinstance(contact, Contact)
    assert (contact.country, contact.repairs) == ("NA", (Repair.COUNTRY_NA_IS_NAMIBIA,))
    at_home = Normaliser(rules(default_country="NA")).normalise(1, row)
    assert isinstance(at_home, Contact)
    assert at_home.repairs == ()


@pytest.mark.parametrize("email", ["jane@", "see notes", "jane@@example.com", "\u0130@example.com"])
def test_an_optional_email_that_is_not_usable_is_left_out_and_said(email: str) -> None:
    contact = Normaliser(rules("phone")).normalise(1, JANE._replace(email=email))
    assert isinstance(contact, Contact)
    assert (contact.phone, contact.email, contact.raw_email) == ("12125550123", "", "")
    assert contact.repairs == (Repair.EMAIL_LEFT_OUT,)


@pytest.mark.parametrize("phone", ["555-0123", "see notes", "212 555", "+999 1 234"])
def test_an_optional_phone_that_is_not_usable_is_left_out_and_said(phone: str) -> None:
    contact = Normaliser(rules("email")).normalise(1, JANE._replace(phone=phone))
    assert isinstance(contact, Contact)
    assert (contact.phone, contact.email, contact.raw_phone) == ("", "jane@example.com", "")
    assert contact.repairs == (Repair.PHONE_LEFT_OUT,)


@pytest.mark.parametrize(
    ("phone", "email", "reason"),
    [
        ("see notes", "jane@", Reason.PHONE_UNREADABLE),
        ("", "jane@", Reason.EMAIL_NOT_VALID),
        ("n/a", "jane@", Reason.EMAIL_NOT_VALID),
        ("555-0123", "", Reason.PHONE_LOCAL_ONLY),
        ("555-0123", "n/a", Reason.PHONE_LOCAL_ONLY),
    ],
)
def test_nothing_is_left_out_where_nothing_would_remain(
    phone: str, email: str, reason: Reason
) -> None:
    result = Normaliser(rules()).normalise(1, JANE._replace(phone=phone, email=email))
    assert end_of(result) == (Outcome.INVALID, reason)


def test_what_is_left_out_is_looked_up_as_far_as_it_reads() -> None:
    # strict refuses the number, and yet it is the listed one
    listed = Listed(phones=frozenset({"11995550123"}))
    strict = NormaliseRules(
        phone_check=PhoneCheck.STRICT, constraints=Constraints(required_fields=frozenset({"email"}))
    )
    row = JANE._replace(phone="199 555 0123")
    result = Normaliser(strict, SuppressionList(listed)).normalise(1, row)
    assert end_of(result) == (Outcome.SUPPRESSED, Reason.SUPPRESSION_FILE)
    suppression = SuppressionList()
    suppression.remember("", "jane@")
    earlier = Normaliser(rules("phone"), suppression)
    assert end_of(earlier.normalise(1, JANE._replace(email=" Jane@ ")))[0] is Outcome.SUPPRESSED


@pytest.mark.parametrize("position", [0, 1])
def test_a_row_with_two_emails_is_suppressed_if_either_is(position: int) -> None:
    emails = ["jane@example.com", "work@example.com"]
    row = JANE._replace(email="; ".join(emails))
    contact = Normaliser(rules()).normalise(1, row)
    assert isinstance(contact, Contact)
    assert (contact.email, contact.repairs) == (emails[0], (Repair.EMAIL_OF_SEVERAL,))
    suppression = SuppressionList()
    suppression.remember("", emails[position])
    assert end_of(Normaliser(rules(), suppression).normalise(1, row)) == (
        Outcome.SUPPRESSED,
        Reason.SUPPRESSED_EARLIER,
    )


def test_both_emails_of_a_suppressed_row_suppress_later_rows() -> None:
    normaliser = Normaliser(rules(dnc_enabled=True))
    normaliser.normalise(
        1, JANE._replace(email="jane@example.com, work@example.com", dnc_flag="yes")
    )
    later = JANE._replace(phone="212 555 0199", email="Work@Example.com")
    assert end_of(normaliser.normalise(2, later)) == (
        Outcome.SUPPRESSED,
        Reason.SUPPRESSED_EARLIER,
    )


@pytest.mark.parametrize(
    ("email", "listed"),
    [
        ("jane@b\u00fccher.example.com", "jane@xn--bcher-kva.example.com"),
        ("jane@XN--BCHER-KVA.example.com", "jane@bu\u0308cher.example.com"),
        ("jane@example\u3002com", "jane@example.com"),
        ("jane@\uff45xample.com", "jane@example.com"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
        ("Dea <jane@example.com>", "jane@example.com"),
    ],
)
def test_one_address_is_one_however_it_is_written(email: str, listed: str) -> None:
    normaliser = Normaliser(rules(dnc_enabled=True))
    normaliser.normalise(1, JANE._replace(phone="212 555 0199", email=listed, dnc_flag="yes"))
    result = normaliser.normalise(2, JANE._replace(email=email))
    assert end_of(result) == (Outcome.SUPPRESSED, Reason.SUPPRESSED_EARLIER)


def test_repairs_of_names_are_said() -> None:
    row = JANE._replace(first_name='="Ada"', last_name="Do\u200be")
    contact = Normaliser(rules()).normalise(1, row)
    assert isinstance(contact, Contact)
    assert (contact.first_name, contact.last_name) == ("Ada", "Doe")
    assert set(contact.repairs) == {Repair.NAME_TIDIED}


# -- do-not-call -------------------------------------------------------------------


def test_a_flag_counts_only_when_the_campaign_says_so() -> None:
    flagged = JANE._replace(dnc_flag="Yes")
    assert isinstance(Normaliser(rules()).normalise(1, flagged), Contact)
    suppressed = Normaliser(rules(dnc_enabled=True)).normalise(1, flagged)
    assert end_of(suppressed) == (Outcome.SUPPRESSED, Reason.DNC_FLAG)


def test_the_suppression_list_counts_whatever_the_campaign_says() -> None:
    listed = SuppressionList(Listed(phones=frozenset({"12125550123"})))
    suppressed = Normaliser(rules(), listed).normalise(1, JANE)
    assert end_of(suppressed) == (Outcome.SUPPRESSED, Reason.SUPPRESSION_FILE)


def test_who_shares_a_phone_or_an_email_with_a_suppressed_row_is_suppressed_too() -> None:
    normaliser = Normaliser(rules(dnc_enabled=True))
    normaliser.normalise(1, JANE._replace(dnc_flag="1"))
    same_phone = JANE._replace(phone="+1 212 555 0123", email="joe@example.com")
    same_email = JANE._replace(phone="212 555 0199")
    # through the email of a row that was itself suppressed for its phone
    at_one_remove = JANE._replace(phone="212 555 0144", email="joe@example.com")
    stranger = JANE._replace(phone="212 555 0145", email="ann@example.com")
    for row in (same_phone, same_email, at_one_remove):
        assert end_of(normaliser.normalise(2, row)) == (
            Outcome.SUPPRESSED,
            Reason.SUPPRESSED_EARLIER,
        )
    assert isinstance(normaliser.normalise(3, stranger), Contact)


def test_earlier_rows_stay_what_they_were() -> None:
    normaliser = Normaliser(rules(dnc_enabled=True))
    assert isinstance(normaliser.normalise(1, JANE), Contact)
    normaliser.normalise(2, JANE._replace(dnc_flag="y"))
    assert isinstance(normaliser.normalise(3, JANE), Rejection)


def test_suppressed_rows_without_an_email_do_not_suppress_all_rows_without_one() -> None:
    normaliser = Normaliser(rules(dnc_enabled=True))
    normaliser.normalise(1, JANE._replace(email="", dnc_flag="y"))
    assert isinstance(normaliser.normalise(2, RowFields("212 555 0199", "")), Contact)


def test_an_invalid_row_stays_invalid_on_any_list_and_leaves_nothing_behind() -> None:
    listed = SuppressionList(Listed(phones=frozenset({"12125550123"})))
    normaliser = Normaliser(rules("last_name"), listed)
    invalid = normaliser.normalise(1, JANE._replace(last_name=""))
    assert end_of(invalid) == (Outcome.INVALID, Reason.LAST_NAME_MISSING)
    other_phone = JANE._replace(phone="212 555 0199")
    assert isinstance(normaliser.normalise(2, other_phone), Contact)


@pytest.mark.parametrize(
    ("broken", "reason", "later"),
    [
        ({"email": "jane@"}, Reason.EMAIL_NOT_VALID, {"email": "joe@example.com"}),
        ({"phone": "see notes"}, Reason.PHONE_UNREADABLE, {"phone": "212 555 0199"}),
        (
            {"country": "Atlantis", "phone": "+12125550123"},
            Reason.COUNTRY_UNKNOWN,
            {"email": "joe@example.com"},
        ),
        ({"country": "MX", "phone": "+12125550123"}, Reason.COUNTRY_NOT_ALLOWED, {}),
    ],
)
def test_an_invalid_row_with_a_flag_that_counts_is_heard_all_the_same(
    broken: dict[str, Any], reason: Reason, later: dict[str, Any]
) -> None:
    normaliser = Normaliser(rules("phone", "email", dnc_enabled=True, allowed=frozenset({"US"})))
    flagged = JANE._replace(dnc_flag="yes", **broken)
    assert end_of(normaliser.normalise(1, flagged)) == (Outcome.INVALID, reason)
    assert end_of(normaliser.normalise(2, JANE._replace(**later))) == (
        Outcome.SUPPRESSED,
        Reason.SUPPRESSED_EARLIER,
    )


def test_an_unclear_flag_never_means_call_and_counts_as_the_campaign_says() -> None:
    unclear = JANE._replace(dnc_flag="perhaps")
    suppressed = Normaliser(rules(dnc_enabled=True)).normalise(1, unclear)
    assert end_of(suppressed) == (Outcome.SUPPRESSED, Reason.DNC_FLAG_UNCLEAR)
    called = Normaliser(rules()).normalise(1, unclear)
    assert isinstance(called, Contact)
    assert called.repairs == (Repair.DNC_FLAG_NOT_HONOURED,)


@pytest.mark.parametrize(
    ("flag", "more", "reason"),
    [
        ("no", ("yes",), Reason.DNC_FLAG),
        ("yes", ("no",), Reason.DNC_FLAG),
        ("?", ("", "yes"), Reason.DNC_FLAG),
        ("", ("?",), Reason.DNC_FLAG_UNCLEAR),
        ("?", ("no",), Reason.DNC_FLAG_UNCLEAR),
    ],
)
def test_of_several_flags_one_yes_is_enough(
    flag: str, more: tuple[str, ...], reason: Reason
) -> None:
    row = JANE._replace(dnc_flag=flag, more_flags=more)
    result = Normaliser(rules(dnc_enabled=True)).normalise(1, row)
    assert end_of(result) == (Outcome.SUPPRESSED, reason)


@pytest.mark.parametrize("cell", ["", "no", "0", "?", "withdrawn", "#N/A"])
def test_a_consent_that_is_not_a_known_yes_suppresses_whatever_the_campaign_says(
    cell: str,
) -> None:
    row = JANE._replace(consents=(cell,))
    for dnc_enabled in (False, True):
        result = Normaliser(rules(dnc_enabled=dnc_enabled)).normalise(1, row)
        assert end_of(result) == (Outcome.SUPPRESSED, Reason.NO_CONSENT)
    assert isinstance(Normaliser(rules()).normalise(1, JANE._replace(consents=("yes",))), Contact)


def test_a_flag_counts_beside_a_consent() -> None:
    row = JANE._replace(dnc_flag="yes", consents=("yes",))
    result = Normaliser(rules(dnc_enabled=True)).normalise(1, row)
    assert end_of(result) == (Outcome.SUPPRESSED, Reason.DNC_FLAG)


# -- several phones ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "more", "phone", "repairs"),
    [
        ("212 555 0123", ("212 555 0124",), "12125550123", ()),
        ("", ("212 555 0124",), "12125550124", ()),
        (" ", ("", "212 555 0125"), "12125550125", ()),
        ("n/a", ("212 555 0124",), "12125550124", (Repair.EMPTY_WORD,)),
        ("ask", ("n/a", "212 555 0124"), "12125550124", (Repair.PHONE_OF_ANOTHER_COLUMN,)),
        ("555 0123", ("x", "212 555 0125"), "12125550125", (Repair.PHONE_OF_ANOTHER_COLUMN,)),
        (
            "212 55",
            ("212 555 0124 x5", "212 555 0125"),
            "12125550124",
            (Repair.PHONE_OF_ANOTHER_COLUMN, Repair.PHONE_EXTENSION_LEFT_OUT),
        ),
    ],
)
def test_the_first_usable_phone_is_sent(
    first: str, more: tuple[str, ...], phone: str, repairs: tuple[Repair, ...]
) -> None:
    row = JANE._replace(phone=first, more_phones=more)
    contact = Normaliser(NormaliseRules()).normalise(1, row)
    assert isinstance(contact, Contact)
    assert (contact.phone, contact.repairs) == (phone, repairs)
    assert contact.raw_phone == next(cell for cell in (first, *more) if phone[-4:] in cell[:12])


@pytest.mark.parametrize(
    ("first", "more", "reason"),
    [
        ("", ("", " "), Reason.PHONE_MISSING),
        ("", ("555-0123", "n/a"), Reason.PHONE_LOCAL_ONLY),
        ("n/a", ("555-0123",), Reason.PHONE_LOCAL_ONLY),
        ("ask", ("555-0123",), Reason.PHONE_UNREADABLE),
    ],
)
def test_without_a_usable_phone_the_first_that_is_there_gives_the_reason(
    first: str, more: tuple[str, ...], reason: Reason
) -> None:
    result = Normaliser(NormaliseRules()).normalise(1, JANE._replace(phone=first, more_phones=more))
    assert end_of(result) == (Outcome.INVALID, reason)


def test_a_row_is_suppressed_if_any_of_its_phones_is() -> None:
    listed = SuppressionList(Listed(phones=frozenset({"12125550124"})))
    normaliser = Normaliser(NormaliseRules(), listed)
    two_phones = JANE._replace(more_phones=("x", "212 555 0124"))
    assert end_of(normaliser.normalise(1, two_phones)) == (
        Outcome.SUPPRESSED,
        Reason.SUPPRESSION_FILE,
    )
    joe = RowFields("212 555 0123", "joe@example.com")
    assert end_of(normaliser.normalise(2, joe)) == (
        Outcome.SUPPRESSED,
        Reason.SUPPRESSED_EARLIER,
    )


# -- people flagged in other rows --------------------------------------------------


def flagged_in(rows: dict[str, int], shared: tuple[str, ...] = ()) -> FlaggedPeople:
    marked = MarkedIdentifiers((identifier_key(one), row) for one, row in rows.items())
    return marked.people(frozenset(map(identifier_key, shared)))


@pytest.mark.parametrize(
    ("identifier", "field"),
    [("12125550123", "phone"), ("jane@example.com", "email"), ("12125550177", "phone")],
)
def test_who_is_flagged_in_another_row_is_not_called_and_the_row_is_named(
    identifier: str, field: str
) -> None:
    normaliser = Normaliser(rules(dnc_enabled=True), flagged=flagged_in({identifier: 9}))
    result = normaliser.normalise(2, JANE._replace(more_phones=("212 555 0177",)))
    assert end_of(result) == (Outcome.SUPPRESSED, Reason.SUPPRESSED_ELSEWHERE)
    assert isinstance(result, Rejection)
    assert result.flagged_row == 9
    assert result.detail == f"{field}: that of row 9, which says not to call"


def test_a_row_s_own_flag_and_the_suppression_file_go_before_another_row() -> None:
    flagged = flagged_in({"12125550123": 9})
    own = Normaliser(rules(dnc_enabled=True), flagged=flagged)
    assert end_of(own.normalise(9, JANE._replace(dnc_flag="1")))[1] is Reason.DNC_FLAG
    listed = SuppressionList(Listed(phones=frozenset({"12125550123"})))
    result = Normaliser(rules(dnc_enabled=True), listed, flagged=flagged).normalise(2, JANE)
    assert end_of(result)[1] is Reason.SUPPRESSION_FILE
    assert isinstance(result, Rejection)
    assert result.flagged_row == 0


def test_what_tells_nobody_apart_suppresses_no_other_row_and_the_row_says_so() -> None:
    normaliser = Normaliser(
        rules(dnc_enabled=True), tells_apart=lambda value: value != "none@example.com"
    )
    nobody = JANE._replace(email="none@example.com")
    first = normaliser.normalise(1, nobody._replace(dnc_flag="yes"))
    assert isinstance(first, Rejection)
    assert first.repairs == (Repair.SUPPRESSION_NOT_PASSED_ON,)
    assert isinstance(normaliser.normalise(2, nobody._replace(phone="212 555 0199")), Contact)
    assert end_of(normaliser.normalise(3, JANE))[1] is Reason.SUPPRESSED_EARLIER  # by its phone


@pytest.mark.parametrize("placeholder", ["000000", "0", "+00000000000", "99999999", "(0) 0000"])
@pytest.mark.parametrize("country", ["HU", "US", "DE"])
def test_one_digit_throughout_marks_nobody_however_short(placeholder: str, country: str) -> None:
    normaliser = Normaliser(rules("email", dnc_enabled=True))
    flagged = JANE._replace(phone=placeholder, country=country, dnc_flag="yes")
    marked = normaliser.flagged_identifiers(flagged)
    assert marked is not None
    # With a calling code before it, it would look like somebody's number.
    assert all(len(set(digits)) == 1 for digits in marked.phones)


def test_what_too_many_people_share_suppresses_no_other_row() -> None:
    flagged = flagged_in({"jane@example.com": 1}, shared=("12125550123",))
    normaliser = Normaliser(rules(dnc_enabled=True), flagged=flagged)
    first = normaliser.normalise(1, JANE._replace(dnc_flag="yes"))
    assert isinstance(first, Rejection)
    assert first.repairs == (Repair.SUPPRESSION_NOT_PASSED_ON,)
    assert isinstance(normaliser.normalise(2, JANE._replace(email="joe@example.com")), Contact)


# -- for every row -----------------------------------------------------------------

CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["", " ", "1", "yes", "US", "gbr", "Atlantis", "N/A"]),
    st.emails(),
    st.from_regex(r"\+?[0-9 ().-]{7,18}( ?x[0-9]{1,4})?", fullmatch=True),
)
PHONES = st.one_of(
    st.from_regex(r"(\+?1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-]?555[ .-]?01[0-9]{2}( x[0-9]{1,4})?"),
    st.from_regex(r"(\+44 ?|0)7700 ?900[0-9]{3}", fullmatch=True),
    st.from_regex(r"\+39 ?0[1-9][0-9]{6,8}", fullmatch=True),
    CELLS,
)
ROWS = st.builds(RowFields, PHONES, CELLS, CELLS, CELLS, st.sampled_from(["", "US", "GB", "IT"]))
ANY_ROWS = st.builds(RowFields, CELLS, CELLS, CELLS, CELLS, CELLS, CELLS)


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(ANY_ROWS, st.sampled_from(PhoneCheck), st.sampled_from(EmailCheck), st.booleans())
def test_whatever_a_row_holds_it_comes_to_one_end_without_raising(
    row: RowFields, phone_check: PhoneCheck, email_check: EmailCheck, dnc_enabled: bool
) -> None:
    constraints = Constraints(dnc_enabled=dnc_enabled)
    result = Normaliser(
        NormaliseRules("US", phone_check, email_check=email_check, constraints=constraints)
    ).normalise(1, row)
    if isinstance(result, Rejection):
        assert result.outcome in (Outcome.INVALID, Outcome.SUPPRESSED)
        assert result.detail.split(":")[0] in MAPPED_NAMES
    else:
        assert result.phone.isascii()
        assert result.phone.isdigit()
        assert result.email == result.email.strip() != ""


SOMEBODY_ELSE = Listed(frozenset({"000"}), frozenset({"nobody"}))
"""No row has these, so a list of them suppresses nobody, but every row is looked up in it."""
COMPLETE_ROWS = st.builds(
    RowFields,
    st.from_regex(r"\+1202555010[0-3]( DNC)?", fullmatch=True),
    st.sampled_from(["a@example.com", "B@example.com;c@example.com", "", "n/a"]),
    st.sampled_from(["Ada", " Ann", ""]),
    st.sampled_from(["Lovelace", "null"]),
    st.sampled_from(["US", "", "Canada"]),
    st.sampled_from(["", "", "", "yes"]),
)


@pytest.mark.slow
@settings(deadline=None)
@given(
    st.lists(st.one_of(COMPLETE_ROWS, ROWS), max_size=6),
    st.frozensets(st.sampled_from(FIELD_NAMES)),
    st.booleans(),
)
def test_the_short_way_of_a_complete_row_on_no_list_ends_as_the_long_way(
    rows: list[RowFields], required: frozenset[FieldName], dnc_enabled: bool
) -> None:
    asked = Constraints(frozenset(), dnc_enabled, required)
    everywhere = Constraints(frozenset(SUPPORTED_REGIONS), dnc_enabled, required)
    one = Normaliser(NormaliseRules(phone_country=PhoneCountry.ANY, constraints=asked))
    other = Normaliser(
        NormaliseRules(phone_country=PhoneCountry.ANY, constraints=everywhere),
        SuppressionList(SOMEBODY_ELSE),
    )
    for number, row in enumerate(rows, start=1):
        assert one.normalise(number, row) == other.normalise(number, row)


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(ROWS)
def test_normalising_a_normalised_contact_changes_nothing(row: RowFields) -> None:
    # `strict`, because libphonenumber cuts a trunk zero from some impossible numbers twice
    normaliser = Normaliser(NormaliseRules("US", PhoneCheck.STRICT, constraints=ASKS_NOTHING))
    once = normaliser.normalise(1, row)
    if isinstance(once, Rejection):
        return
    extension = f";ext={once.phone_extension}" if once.phone_extension else ""
    phone = f"+{once.phone}{extension}" if once.phone else ""
    again = normaliser.normalise(
        1, RowFields(phone, once.email, once.first_name, once.last_name, once.country)
    )
    assert isinstance(again, Contact)
    assert (again.phone, again.phone_extension, again.email) == (
        once.phone,
        once.phone_extension,
        once.email,
    )
    assert (again.first_name, again.last_name, again.country) == (
        once.first_name,
        once.last_name,
        once.country,
    )


@pytest.mark.parametrize(
    "cell",
    [
        "202-555-0143 DNC",
        "202-555-0143 (do not call)",
        "Do Not Call: 202-555-0143",
        "202-555-0143 - opted out",
        "202-555-0143 home, unsubscribed",
        "202-555-0143 nicht anrufen",
        "202-555-0143 ne pas appeler",
        "202-555-0143 [Robinson]",
        "202-555-0143 gesperrt",
        "202-555-0143 no llamar",
    ],
)
def test_a_phone_whose_label_says_not_to_call_counts_as_a_flag(cell: str) -> None:
    row = RowFields(cell, "jane@example.com")
    honouring = Normaliser(rules(dnc_enabled=True))
    assert end_of(honouring.normalise(1, row)) == (Outcome.SUPPRESSED, Reason.DNC_FLAG)
    later = honouring.normalise(2, RowFields("2025550143", "joe@example.com"))
    assert end_of(later) == (Outcome.SUPPRESSED, Reason.SUPPRESSED_EARLIER)
    contact = Normaliser(rules()).normalise(1, row)
    assert isinstance(contact, Contact)
    assert Repair.DNC_FLAG_NOT_HONOURED in contact.repairs


def test_another_label_is_no_flag() -> None:
    row = RowFields("202-555-0143 call after work", "jane@example.com")
    assert isinstance(Normaliser(rules(dnc_enabled=True)).normalise(1, row), Contact)


def test_a_row_with_a_left_out_phone_is_suppressed_by_the_row_that_flags_it() -> None:
    flagged = flagged_in({"11995550123": 9})
    strict = NormaliseRules(
        phone_check=PhoneCheck.STRICT, constraints=Constraints(required_fields=frozenset({"email"}))
    )
    normaliser = Normaliser(strict, flagged=flagged)
    result = normaliser.normalise(1, JANE._replace(phone="199 555 0123"))
    assert end_of(result) == (Outcome.SUPPRESSED, Reason.SUPPRESSED_ELSEWHERE)
    assert isinstance(result, Rejection)
    assert result.flagged_row == 9


@pytest.mark.parametrize("phone", ["+2025550143", "+ 202 555 0143"])
def test_a_phone_with_a_stray_plus_is_looked_up_without_it_too(phone: str) -> None:
    listed = SuppressionList(Listed(phones=frozenset({"12025550143"})))
    only_us = rules("email", allowed=frozenset({"US"}))
    result = Normaliser(only_us, listed).normalise(1, JANE._replace(phone=phone))
    assert end_of(result) == (Outcome.SUPPRESSED, Reason.SUPPRESSION_FILE)


@pytest.mark.parametrize(
    "row",
    [
        RowFields("+2025550143 DNC", "jane@example.com"),
        RowFields("202-555-0143 fax DNC", "jane@example.com"),
        RowFields("202-555-0199", "jane@example.com", more_phones=("202-555-0143 do not call",)),
        RowFields("DNC", "jane@example.com", more_phones=("202-555-0143",)),
        RowFields("202-555-0143 DNC", "jane@example.com", country="Atlantis"),
        RowFields("202-555-0143 DNC", "jane@"),
    ],
)
@pytest.mark.parametrize("phone_check", [PhoneCheck.POSSIBLE, PhoneCheck.OFF])
def test_a_label_that_says_not_to_call_counts_in_any_phone_of_a_row_usable_or_not(
    row: RowFields, phone_check: PhoneCheck
) -> None:
    constraints = Constraints(dnc_enabled=True)
    normaliser = Normaliser(NormaliseRules("US", phone_check, constraints=constraints))
    assert isinstance(normaliser.normalise(1, row), Rejection)
    later = normaliser.normalise(2, RowFields("2025550143", "joe@example.com"))
    assert end_of(later) == (Outcome.SUPPRESSED, Reason.SUPPRESSED_EARLIER)


@pytest.mark.parametrize(
    "row",
    [
        RowFields("+2025550143", "jane@example.com"),
        RowFields("+2025550143", ""),
        RowFields("202-555-O143", "jane@example.com"),
        RowFields("2025550143", "jane@example.com", country="Atlantis"),
        RowFields("2025550143", ""),
        RowFields("x", "jane@example.com", more_phones=("old: 202-555-0143",)),
    ],
)
def test_a_flagged_row_that_cannot_be_used_suppresses_whom_it_may_mean(row: RowFields) -> None:
    normaliser = Normaliser(rules(dnc_enabled=True))
    normaliser.normalise(1, row._replace(dnc_flag="yes"))
    later = normaliser.normalise(2, RowFields("2025550143", "joe@example.com"))
    assert end_of(later) == (Outcome.SUPPRESSED, Reason.SUPPRESSED_EARLIER)


@pytest.mark.parametrize("email", ["jane(at)example.com", "jane@@example.com", "jane@example,com"])
def test_a_flagged_row_s_email_that_cannot_be_used_suppresses_whom_it_may_mean(email: str) -> None:
    normaliser = Normaliser(rules(dnc_enabled=True))
    normaliser.normalise(1, RowFields("202-555-0177", email, dnc_flag="yes"))
    later = normaliser.normalise(2, RowFields("2025550143", "jane@example.com"))
    assert end_of(later) == (Outcome.SUPPRESSED, Reason.SUPPRESSED_EARLIER)


def test_a_flagged_row_of_another_country_marks_no_number_that_nobody_can_have() -> None:
    normaliser = Normaliser(rules("email", dnc_enabled=True))
    flagged = RowFields("1555550143", "jane@example.com", country="NA", dnc_flag="yes")
    normaliser.normalise(1, flagged)
    normaliser.normalise(2, flagged._replace(phone="2025550143"))
    alike = RowFields("1555550143", "joe@example.com", country="US")
    assert isinstance(normaliser.normalise(3, alike), Contact)
    meant = normaliser.normalise(4, alike._replace(phone="2025550143", email="jo@example.com"))
    assert end_of(meant) == (Outcome.SUPPRESSED, Reason.SUPPRESSED_EARLIER)


def test_where_phones_are_not_checked_a_flagged_row_marks_each_number_that_may_be_sent() -> None:
    off = NormaliseRules("US", PhoneCheck.OFF, constraints=Constraints(dnc_enabled=True))
    normaliser = Normaliser(off)
    flagged = RowFields("1555550143", "jane@example.com", country="NA", dnc_flag="yes")
    normaliser.normalise(1, flagged)
    alike = normaliser.normalise(2, RowFields("1555550143", "joe@example.com"))
    assert end_of(alike) == (Outcome.SUPPRESSED, Reason.SUPPRESSED_EARLIER)
