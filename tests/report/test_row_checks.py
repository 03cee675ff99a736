"""At which check a row ended, and what can be done about it."""

import pytest
from fixtures.run_in_memory import outcome_settings

from cxone_async.contacts.checks import DoNotCall
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome, Reason, Repair
from cxone_async.report import row_checks
from cxone_async.report.row_checks import (
    CheckResult,
    RecordedOutcome,
    checks_of,
    way_out_of_row,
)

SETTINGS = outcome_settings(match=MatchPolicy.CORROBORATED)


def recorded(outcome, reason="", **named):
    return RecordedOutcome(row=7, line=8, outcome=outcome, reason=reason, **named)


def ended_at(found, settings=SETTINGS):
    """Return the last check that was reached, its result and what it says."""
    checks = checks_of(found, settings)
    reached = [one for one in checks if one.result is not CheckResult.NOT_REACHED]
    assert [one.result for one in checks[len(reached) :]] == [CheckResult.NOT_REACHED] * (
        len(checks) - len(reached)
    )
    assert {one.result for one in reached[:-1]} <= {CheckResult.PASSED}
    assert all(one.what for one in reached)
    last = reached[-1]
    return last.name, last.result.value, last.what


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_ends_a_row_at_a_check_of_the_order(reason):
    assert row_checks._CHECK_OF[reason] in row_checks.ORDER


@pytest.mark.parametrize(
    ("found", "end"),
    [
        (
            recorded(Outcome.READY),
            ("earlier rows", "passed", "repeats none (--match corroborated)"),
        ),
        (
            recorded(Outcome.DUPLICATE, duplicate_of="3", rule="phone+name", score="92"),
            ("earlier rows", "failed", "repeats row 3 (rule phone+name, score 92)"),
        ),
        (
            recorded(Outcome.DUPLICATE, duplicate_of="3", rule="phone+name"),
            ("earlier rows", "failed", "repeats row 3 (rule phone+name)"),
        ),
        (
            recorded(Outcome.DUPLICATE, rule="tenant"),
            ("CXone's answer", "failed", "CXone has this contact on the list already"),
        ),
        (
            recorded(Outcome.IMPORTED, contact_id="c1", import_id="i1", attempts=2),
            ("CXone's answer", "passed", "taken, contact c1"),
        ),
        (
            recorded(Outcome.IMPORTED, segmented="yes"),
            ("segment", "passed", "added"),
        ),
        (
            recorded(Outcome.IMPORTED, segmented="no"),
            ("segment", "failed", "CXone did not add it"),
        ),
        (
            recorded(Outcome.FAILED, "tenant_dnc_listed"),
            ("CXone's answer", "failed", "The contact is on CXone's do-not-call list."),
        ),
        (
            recorded(Outcome.UNRESOLVED, "ambiguous_submit"),
            ("sending", "unknown", "The connection broke while the row was being sent."),
        ),
        (
            recorded(Outcome.UNRESOLVED, "no_result", import_id="i1", attempts=1),
            (
                "CXone's answer",
                "unknown",
                "CXone finished the import without a word about this row.",
            ),
        ),
        (
            recorded(Outcome.INVALID, "undecodable"),
            ("record", "failed", "The row holds bytes that are no text in the file's encoding."),
        ),
        (
            recorded(Outcome.INVALID, "country_not_allowed"),
            ("allowed countries", "failed", "The campaign does not call that country."),
        ),
        (
            recorded(Outcome.SUPPRESSED, "suppressed_elsewhere", duplicate_of="3"),
            (
                "other rows' do-not-call",
                "failed",
                "Another row with this phone or email says not to call. (row 3)",
            ),
        ),
        (
            recorded(Outcome.INVALID, "of_a_later_version"),
            ("record", "failed", "of_a_later_version"),
        ),
    ],
)
def test_a_row_ends_where_its_outcome_and_reason_say(found, end):
    assert ended_at(found) == end


def test_a_run_without_a_segment_has_no_check_of_it():
    assert [one.name for one in checks_of(recorded(Outcome.IMPORTED), SETTINGS)][-1] == (
        "CXone's answer"
    )


def test_what_was_asked_is_said_with_the_rules_of_the_run():
    settings = outcome_settings(
        allowed_countries=frozenset({"US", "CA"}),
        required_fields=frozenset({"phone", "country"}),
        dnc=DoNotCall.ALWAYS,
        external_id="id",
        default_country="",
    )
    found = recorded(Outcome.IMPORTED, attempts=3, import_id="i1")
    said = {one.name: one.what for one in checks_of(found, settings)}
    assert said["country"] == "a known country, or none: then none"
    assert said["allowed countries"] == "one of CA, US"
    assert said["required fields"] == "has country, phone"
    assert said["do-not-call"] == "the row's own cells do not forbid it"
    assert said["external id"] == "no other person's"
    assert said["further fields"] == "fit"
    assert said["sending"] == "sent 3 times in import i1"
    assert said["CXone's answer"] == "taken, without a contact id"
    loose = outcome_settings(required_fields=frozenset(), allowed_countries=frozenset())
    said = {one.name: one.what for one in checks_of(recorded(Outcome.IMPORTED), loose)}
    assert said["required fields"] == "the campaign requires none"
    assert said["allowed countries"] == "the campaign allows any country"
    assert said["do-not-call"] == "the campaign honours no flags"
    assert said["sending"] == "sent once"


def test_a_phone_or_an_email_that_was_left_out_is_not_said_to_be_usable():
    left_out = (Repair.PHONE_LEFT_OUT, Repair.EMAIL_LEFT_OUT)
    found = recorded(Outcome.READY, repairs=left_out)
    said = {one.name: one.what for one in checks_of(found, SETTINGS)}
    assert said["phone"] == "not usable, so it is left out: the email is enough"
    assert said["email"] == "not usable, so it is left out: the phone is enough"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (recorded(Outcome.READY), "import the list"),
        (recorded(Outcome.IMPORTED, segmented="yes"), "nothing"),
        (recorded(Outcome.IMPORTED, segmented="no"), "add the contact to the segment"),
        (recorded(Outcome.DUPLICATE, rule="tenant"), "nothing"),
        (recorded(Outcome.DUPLICATE, rule="phone+name"), "--decisions"),
        (recorded(Outcome.UNRESOLVED, "no_result"), "look the contact up in CXone"),
        (recorded(Outcome.FAILED, "retries_exhausted"), "rejects.csv"),
        (recorded(Outcome.INVALID, "email_not_valid"), "--map email=COLUMN"),
        (recorded(Outcome.SUPPRESSED, "no_consent"), "plain yes"),
        (recorded(Outcome.SUPPRESSED, "of_a_later_version"), "nothing"),
    ],
)
def test_every_outcome_has_a_way_out(found, said):
    assert said in way_out_of_row(found)


def test_each_reason_not_to_call_has_a_way_out_of_its_own():
    reasons = {
        one for one, check in row_checks._CHECK_OF.items()
        if check in (row_checks.DO_NOT_CALL, row_checks.LISTED, row_checks.OTHER_ROWS)
    }  # fmt: skip
    assert row_checks._WAY_OUT_OF_SUPPRESSION.keys() == reasons
