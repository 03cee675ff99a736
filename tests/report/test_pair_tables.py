import csv
from pathlib import Path
from typing import Any

import pytest

from cxone_async.contacts.model import Contact
from cxone_async.matching.name_order import AS_THE_HEADER_SAYS
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome, Resemblance, RowOutcome
from cxone_async.report.likeliest_pairs import ListedPair
from cxone_async.report.pair_tables import (
    DUPLICATES_COLUMNS,
    REVIEW_COLUMNS,
    PairViewer,
    pair_lines,
)

DIGEST = "0123456789abcdef" + "0" * 48


def contact(row: int, first_name: str, email: str, **more: Any) -> Contact:
    known = {"phone": "12025550101", "raw_phone": "(202) 555-0101", "phone_extension": ""} | more
    return Contact(
        row=row, email=email, raw_email=email, first_name=first_name, last_name="Abbott",
        country="US", **known,
    )  # fmt: skip


CONTACTS = {
    1: contact(1, "Ada", "ada.abbott@example.com", external_id="C1"),
    2: contact(2, "Zed", "zed.abbott@example.com", external_id="C2"),
    3: contact(3, "Ada", "", phone="", raw_phone=""),
}


def line(
    pair: Resemblance,
    *,
    policy: MatchPolicy = MatchPolicy.CORROBORATED,
    show_values: bool = False,
    dropped: bool = False,
) -> dict[str, str]:
    viewer = PairViewer(CONTACTS, policy, 85.0, AS_THE_HEADER_SAYS, DIGEST, show_values)
    (one,) = pair_lines([ListedPair(pair, 7)], viewer, dropped=dropped)
    assert (one.row, one.of_row, one.rule, one.score) == (
        pair.row, pair.resembles_row, pair.rule, pair.score,
    )  # fmt: skip
    return dict(zip(REVIEW_COLUMNS[4:], one.cells, strict=True))


def test_both_rows_are_shown_side_by_side_masked() -> None:
    shown = line(Resemblance(2, 1, "phone+name", 11.2))
    assert shown == {
        "decision": "",
        "group": "7",
        "phone": "(***) ***-**01",
        "of_phone": "(***) ***-**01",
        "email": "z**.a*****@e******.c**",
        "of_email": "a**.a*****@e******.c**",
        "first_name": "Z**",
        "of_first_name": "A**",
        "last_name": "A*****",
        "of_last_name": "A*****",
        "country": "US",
        "of_country": "US",
        "external_id": "C2",
        "of_external_id": "C1",
        "rule_in_words": "not certain enough: the phone is the same, and the first name is a "
        "second witness",
        "speaks_for": "phone: same; last name: same",
        "speaks_against": "email: different (similarity 91); "
        "first name: different (similarity 33); "
        "each address spells the first name of its own row",
        "input": "sha256:0123456789abcdef",
    }


def test_values_are_shown_where_they_are_asked_for() -> None:
    shown = line(Resemblance(2, 1, "phone+name", 11.2), show_values=True)
    assert (shown["phone"], shown["of_email"]) == ("(202) 555-0101", "ada.abbott@example.com")
    assert (shown["first_name"], shown["of_first_name"]) == ("Zed", "Ada")


def test_what_was_dropped_says_why_and_what_a_person_decided_says_so() -> None:
    shown = line(Resemblance(2, 1, "phone+email", 100.0), dropped=True)
    assert shown["rule_in_words"].startswith("phone and mailbox are both the same")
    assert shown["decision"] == ""
    shown = line(Resemblance(2, 1, "decision", 100.0), dropped=True)
    assert shown["rule_in_words"] == "a person has decided that they are the same"
    assert shown["decision"] == "same"


@pytest.mark.parametrize("policy", MatchPolicy)
def test_every_policy_has_words(policy: MatchPolicy) -> None:
    shown = line(Resemblance(2, 1, "any", 90.0), policy=policy, dropped=True)
    assert "phone: same" in shown["speaks_for"]
    similar = policy is MatchPolicy.ANY_FIELD
    assert ("email: similar" in shown["speaks_for"]) is similar
    assert ("email: different" in shown["speaks_against"]) is not similar


def test_what_is_blank_speaks_neither_for_nor_against() -> None:
    shown = line(Resemblance(3, 1, "name", 50.0))
    assert "phone" not in shown["speaks_for"] + shown["speaks_against"]


def test_a_row_that_reads_otherwise_now_has_numbers_only() -> None:
    shown = line(Resemblance(9, 1, "phone+name", 11.2))
    assert (shown["phone"], shown["of_phone"]) == ("", "(***) ***-**01")
    assert (shown["speaks_for"], shown["speaks_against"]) == ("", "")


def test_the_files_begin_with_the_columns_of_the_contract() -> None:
    assert REVIEW_COLUMNS[:5] == ("row", "resembles_row", "rule", "score", "decision")
    assert DUPLICATES_COLUMNS[:5] == ("row", "of_row", "rule", "score", "decision")
    assert REVIEW_COLUMNS[2:] == DUPLICATES_COLUMNS[2:]


def test_duplicates_are_listed_but_for_those_that_the_tenant_knew(
    run_directory: Path, write_run: Any
) -> None:
    result = write_run(
        [
            RowOutcome(1, 2, Outcome.READY),
            RowOutcome(2, 3, Outcome.DUPLICATE, duplicate_of=1, rule="=x()", score=91.666),
            RowOutcome(3, 4, Outcome.DUPLICATE, rule="tenant", attempts=1),
            RowOutcome(4, 5, Outcome.SUPPRESSED, "suppressed_elsewhere", duplicate_of=1),
        ],
        command="plan",
    )
    assert result.passed, result.contradictions
    assert result.duplicates_left_out == 0
    with (run_directory / "duplicates.csv").open(newline="") as file:
        (one,) = csv.DictReader(file)
    assert [one[name] for name in DUPLICATES_COLUMNS[:4]] == ["2", "1", "'=x()", "91.67"]
