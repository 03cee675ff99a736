"""What a chunk's rows came to, decided from the tenant's answers."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.errors import ContentRefusedError
from cxone_async.journal.lifecycle import RowSettlement, SettledAs
from cxone_async.load.settlement import (
    needs_refused_rows,
    outcome_of,
    settle_refusal,
    settle_report,
    settled_by_name,
    split_rows,
)
from cxone_async.outcome import Outcome, Reason
from cxone_async.prepare.rows import PendingRow
from cxone_async.tenant.contact_lists.contract import CAPABILITIES
from cxone_async.tenant.port import (
    ContactResult,
    ImportCounts,
    ImportReport,
    ImportState,
    ImportTells,
    RefusedRow,
    SentFields,
)


class OneFieldDialect:
    """A payload is the phone and nothing else."""

    name = "one-field"
    capabilities = CAPABILITIES

    def encode(self, contact):
        return contact.phone.encode()

    def row_key(self, payload):
        return fields(payload.decode())


DIALECT = OneFieldDialect()
ATTEMPTS_PER_CONTACT = CAPABILITIES.attempts_per_contact


def fields(phone):
    return SentFields(phone, "", "", "", "US")


def rows(*phones, attempt=1):
    return [
        PendingRow(number, number + 1, b"raw", phone.encode(), attempt)
        for number, phone in enumerate(phones, 1)
    ]


def taken(phone, contact_id="id"):
    return ContactResult(fields(phone), succeeded=True, contact_id=contact_id)


def refused(phone, code=""):
    return ContactResult(fields(phone), succeeded=False, code=code)


def completed(*results):
    return ImportReport("import", ImportState.COMPLETED, tuple(results))


def settled_as_by_row(settlements):
    return [settlement.settled_as for settlement in settlements]


def test_results_are_matched_by_the_echoed_fields_in_any_order():
    settlements = settle_report(
        rows("1", "2"), completed(taken("2", "b"), taken("1", "a")), DIALECT
    )
    assert [(settlement.row, settlement.contact_id) for settlement in settlements] == [
        (1, "a"),
        (2, "b"),
    ]


def test_a_row_without_a_result_is_unresolved():
    settlements = settle_report(rows("1", "2"), completed(taken("1")), DIALECT)
    assert settled_as_by_row(settlements) == [SettledAs.IMPORTED, SettledAs.UNRESOLVED]
    assert settlements[1].reason == Reason.NO_RESULT


def test_results_for_contacts_nobody_sent_change_nothing():
    settlements = settle_report(rows("1"), completed(taken("9"), taken("1", "a")), DIALECT)
    assert [(settlement.settled_as, settlement.contact_id) for settlement in settlements] == [
        (SettledAs.IMPORTED, "a")
    ]


def test_a_repeated_result_does_not_stand_for_another_row_with_equal_fields():
    settlements = settle_report(
        rows("1", "1"), completed(taken("1", "a"), taken("1", "a")), DIALECT
    )
    assert Counter(settled_as_by_row(settlements)) == {
        SettledAs.IMPORTED: 1,
        SettledAs.UNRESOLVED: 1,
    }


def test_success_and_failure_for_one_row_is_not_known():
    settlements = settle_report(rows("1"), completed(taken("1"), refused("1")), DIALECT)
    assert settlements[0].reason == Reason.CONTRADICTORY_RESULTS


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("INVALID_PHONE", Reason.TENANT_INVALID_PHONE),
        ("INVALID_EMAIL", Reason.TENANT_INVALID_EMAIL),
        ("DNC_LISTED", Reason.TENANT_DNC_LISTED),
    ],
)
def test_a_final_code_fails_the_row_at_the_first_attempt(code, reason):
    (settlement,) = settle_report(rows("1"), completed(refused("1", code)), DIALECT)
    assert (settlement.settled_as, settlement.reason) == (SettledAs.FAILED, reason)


def test_a_contact_that_the_tenant_has_already_is_a_duplicate_and_no_failure():
    (row,) = rows("1")
    (settlement,) = settle_report([row], completed(refused("1", "DUPLICATE_CONTACT")), DIALECT)
    assert settlement == RowSettlement(1, SettledAs.DUPLICATE, detail="DUPLICATE_CONTACT")
    outcome = outcome_of(row, settlement, "import-1")
    assert (outcome.outcome, outcome.rule, outcome.reason) == (Outcome.DUPLICATE, "tenant", "")
    assert (outcome.duplicate_of, outcome.score, outcome.raw) == (0, None, b"")
    assert (outcome.import_id, outcome.attempts) == ("import-1", 1)


def test_a_submission_refused_for_a_contact_that_the_tenant_has_is_a_duplicate_too():
    error = ContentRefusedError("x", status=400, code="DUPLICATE_CONTACT", index=1)
    settlements = settle_refusal(rows("1", "2"), error, DIALECT.capabilities)
    assert settled_as_by_row(settlements) == [SettledAs.SPLIT, SettledAs.DUPLICATE]


def test_what_version_0_1_0_settled_as_failed_stays_failed():
    reason = Reason.TENANT_DUPLICATE_CONTACT
    settled = RowSettlement(1, SettledAs.FAILED, reason=reason, detail="DUPLICATE_CONTACT")
    outcome = outcome_of(rows("1")[0], settled, "import-1")
    assert (outcome.outcome, outcome.reason, outcome.raw) == (Outcome.FAILED, reason, b"raw")


def test_of_two_equal_rows_one_is_imported_and_the_other_was_there_by_then():
    results = completed(taken("1"), refused("1", "DUPLICATE_CONTACT"))
    settlements = settle_report(rows("1", "1"), results, DIALECT)
    assert set(settled_as_by_row(settlements)) == {SettledAs.IMPORTED, SettledAs.DUPLICATE}


@pytest.mark.parametrize("code", ["", "TRY_LATER", "invalid_phone"])
def test_any_other_code_is_retried_until_the_attempts_are_used_up(code):
    for attempt in range(1, ATTEMPTS_PER_CONTACT):
        (settlement,) = settle_report(
            rows("1", attempt=attempt), completed(refused("1", code)), DIALECT
        )
        assert settlement.settled_as is SettledAs.RETRY
    (settlement,) = settle_report(
        rows("1", attempt=ATTEMPTS_PER_CONTACT), completed(refused("1", code)), DIALECT
    )
    assert (settlement.settled_as, settlement.reason) == (
        SettledAs.FAILED,
        Reason.RETRIES_EXHAUSTED,
    )


def test_a_failed_import_without_results_took_nothing():
    settlements = settle_report(rows("1", "2"), ImportReport("import", ImportState.FAILED), DIALECT)
    assert settled_as_by_row(settlements) == [SettledAs.RETRY, SettledAs.RETRY]


def test_a_failed_import_with_results_counts_them():
    report = ImportReport("import", ImportState.FAILED, (taken("1"),))
    assert settled_as_by_row(settle_report(rows("1", "2"), report, DIALECT)) == [
        SettledAs.IMPORTED,
        SettledAs.UNRESOLVED,
    ]


def counted(accepted, refused_rows):
    counts = ImportCounts(accepted, refused_rows)
    return ImportReport("job", ImportState.COMPLETED, None, counts)


@pytest.mark.parametrize("counts", [(1, 1), (0, 2), (1, 0), (3, 0), (2, 1)])
def test_without_the_refused_rows_counts_say_something_only_when_all_were_accepted(counts):
    chunk = rows("1", "2")
    assert (
        settled_as_by_row(settle_report(chunk, counted(2, 0), DIALECT)) == [SettledAs.IMPORTED] * 2
    )
    settlements = settle_report(chunk, counted(*counts), DIALECT)
    assert settled_as_by_row(settlements) == [SettledAs.UNRESOLVED] * 2


def named(*phones, code="DNC_LISTED"):
    return [RefusedRow(fields(phone), code) for phone in phones]


def test_rows_that_are_not_among_the_refused_are_imported_when_the_counts_add_up():
    chunk = rows("1", "2", "3", "4")
    refusals = [*named("2"), *named("4", code="TRY_LATER")]
    settlements = settle_report(chunk, counted(2, 2), DIALECT, refusals)
    assert [(each.settled_as, each.reason) for each in settlements] == [
        (SettledAs.IMPORTED, ""),
        (SettledAs.FAILED, Reason.TENANT_DNC_LISTED),
        (SettledAs.IMPORTED, ""),
        (SettledAs.RETRY, ""),
    ]


@pytest.mark.parametrize(
    ("counts", "refusals"),
    [((1, 2), ("1",)), ((2, 1), ("9",)), ((1, 1), ("1",)), ((3, 1), ("1",)), ((2, 1), ("1", "2"))],
)
def test_when_anything_is_missing_only_the_named_rows_are_settled(counts, refusals):
    settlements = settle_report(rows("1", "2", "3"), counted(*counts), DIALECT, named(*refusals))
    assert settled_as_by_row(settlements) == [
        SettledAs.FAILED if phone in refusals else SettledAs.UNRESOLVED for phone in "123"
    ]


def test_a_refused_row_that_is_named_twice_is_refused_once():
    settlements = settle_report(rows("1", "2"), counted(1, 1), DIALECT, named("1", "1"))
    assert settled_as_by_row(settlements) == [SettledAs.FAILED, SettledAs.IMPORTED]


@pytest.mark.parametrize("codes", [("TRY_LATER", "DNC_LISTED"), ("DNC_LISTED", "TRY_LATER")])
def test_of_equal_rows_as_many_are_refused_as_were_named_final_codes_first(codes):
    refusals = [refusal for code in codes for refusal in named("1", code=code)]
    settlements = settle_report(rows("1", "1", "1"), counted(1, 2), DIALECT, refusals)
    assert settled_as_by_row(settlements) == [
        SettledAs.FAILED, SettledAs.RETRY, SettledAs.IMPORTED,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tells", "report", "is_asked"),
    [
        (ImportTells.COUNTS_AND_REFUSED_ROWS, counted(1, 1), True),
        (ImportTells.COUNTS_AND_REFUSED_ROWS, counted(2, 0), False),
        (ImportTells.COUNTS_AND_REFUSED_ROWS, ImportReport("job", ImportState.FAILED), False),
        (ImportTells.COUNTS, counted(1, 1), False),
        (ImportTells.RESULTS, counted(1, 1), False),
    ],
)
def test_refused_rows_are_asked_for_where_there_are_some_and_the_tenant_tells(
    tells, report, is_asked
):
    assert needs_refused_rows(report, replace(CAPABILITIES, import_tells=tells)) is is_asked


@pytest.mark.slow
@given(
    phones=st.lists(st.sampled_from("12345"), min_size=1, max_size=8),
    results=st.lists(
        st.tuples(st.sampled_from("123459"), st.sampled_from(["", "INVALID_PHONE", "ok", "ok2"])),
        max_size=12,
    ),
)
def test_whatever_the_results_every_row_has_one_end_and_no_success_is_invented(phones, results):
    report = completed(
        *[
            taken(phone, f"{phone}{number}") if code.startswith("ok") else refused(phone, code)
            for number, (phone, code) in enumerate(results)
        ]
    )
    chunk = rows(*phones)
    settlements = settle_report(chunk, report, DIALECT)
    assert [settlement.row for settlement in settlements] == [row.row for row in chunk]
    imported = Counter(
        phone
        for phone, settlement in zip(phones, settlements, strict=True)
        if settlement.settled_as is SettledAs.IMPORTED
    )
    told = Counter(phone for phone, code in results if code.startswith("ok"))
    assert all(count <= told[phone] for phone, count in imported.items())
    ids = [settlement.contact_id for settlement in settlements if settlement.contact_id]
    assert len(ids) == len(set(ids))


@pytest.mark.slow
@given(
    st.lists(st.sampled_from("abcdefgh"), max_size=6, unique=True),
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["ok", "", "INVALID_PHONE"])),
        max_size=6,
        unique_by=lambda one: one[0],
    ),
)
def test_a_chunk_without_repetitions_is_decided_as_one_with_them(phones, told):
    results = [taken(phone) if code == "ok" else refused(phone, code) for phone, code in told]
    alone = settle_report(rows(*phones), completed(*results, taken("z")), DIALECT)
    beside_twins = settle_report(
        rows(*phones, "z", "z"), completed(*results, taken("z"), taken("z")), DIALECT
    )
    assert alone == beside_twins[: len(phones)]


@pytest.mark.slow
@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=10), st.randoms())
def test_the_order_of_results_decides_nothing_but_which_equal_row_is_meant(phones, shuffle):
    results = [taken(phone, f"{number}") for number, phone in enumerate(phones)]
    shuffled = results[:]
    shuffle.shuffle(shuffled)
    assert settled_as_by_row(settle_report(rows(*phones), completed(*shuffled), DIALECT)) == (
        settled_as_by_row(settle_report(rows(*phones), completed(*results), DIALECT))
    )


def refuse(pending, culprits, index_is_told):
    """Play a tenant that refuses any submission holding a culprit; return who was sent well."""
    groups, delivered, failed, requests = [pending], [], [], 0
    while groups:
        group = groups.pop()
        requests += 1
        bad = [position for position, row in enumerate(group) if row.row in culprits]
        if not bad:
            delivered += [row.row for row in group]
            continue
        error = ContentRefusedError("no", status=400, index=bad[0] if index_is_told else None)
        settlements = settle_refusal(group, error, CAPABILITIES)
        failed += [
            settlement.row
            for settlement in settlements
            if settlement.settled_as is SettledAs.FAILED
        ]
        split = split_rows(group, error)
        kept = {
            settlement.row for settlement in settlements if settlement.settled_as is SettledAs.SPLIT
        }
        assert sorted(kept) == sorted(row.row for part in split for row in part)
        groups += [part for part in split if part]
    return delivered, failed, requests


@pytest.mark.slow
@pytest.mark.parametrize("index_is_told", [True, False])
@given(size=st.integers(1, 40), seed=st.integers(0, 999))
def test_whole_refusals_are_isolated_to_the_contacts_that_cause_them(index_is_told, size, seed):
    pending = rows(*map(str, range(size)))
    culprits = set(random.Random(seed).sample(range(1, size + 1), min(size, 3)))
    delivered, failed, _ = refuse(pending, culprits, index_is_told)
    assert sorted(failed) == sorted(culprits)
    assert sorted(delivered) == sorted(set(range(1, size + 1)) - culprits)


def test_one_bad_contact_among_500_costs_few_requests():
    pending = rows(*map(str, range(500)))
    assert refuse(pending, {77}, index_is_told=True)[2] == 2
    assert refuse(pending, {77}, index_is_told=False)[2] <= 2 * 10


def test_an_index_outside_the_chunk_is_taken_as_none():
    error = ContentRefusedError("no", status=400, index=17)
    assert [len(part) for part in split_rows(rows("1", "2", "3"), error)] == [1, 2]
    assert (
        settled_as_by_row(settle_refusal(rows("1", "2"), error, CAPABILITIES))
        == [SettledAs.SPLIT] * 2
    )


@pytest.mark.parametrize(
    ("report", "attempt", "kept"),
    [
        (completed(taken("1"), refused("2", "BUSY"), refused("3", "INVALID_PHONE")), 1, "irf"),
        (completed(taken("1"), refused("2", "BUSY"), refused("3", "INVALID_PHONE")), 2, "iuf"),
        (completed(taken("1")), 1, "iuu"),
        (ImportReport("import", ImportState.FAILED), 1, "uuu"),
        (ImportReport("import", ImportState.COMPLETED, counts=ImportCounts(3, 0)), 1, "uuu"),
        (ImportReport("import", ImportState.COMPLETED), 1, "uuu"),
    ],
)
def test_of_a_report_that_may_be_about_another_import_only_what_surely_names_a_row_counts(
    report, attempt, kept
):
    sent = rows("1", "2", "3", attempt=attempt)
    settlements = settled_by_name(sent, settle_report(sent, report, DIALECT), report)
    assert "".join(each.settled_as.value[0] for each in settlements) == kept
    assert {each.reason for each in settlements if each.settled_as is SettledAs.UNRESOLVED} <= {
        Reason.NO_RESULT
    }


def test_a_row_that_was_refused_for_now_goes_again_only_if_it_was_not_sent_before():
    counts = ImportReport("import", ImportState.COMPLETED, counts=ImportCounts(1, 1))
    for attempt, kept in (
        (1, [SettledAs.UNRESOLVED, SettledAs.RETRY]),
        (2, [SettledAs.UNRESOLVED] * 2),
    ):
        sent = rows("1", "2", attempt=attempt)
        settlements = settle_report(sent, counts, DIALECT, [RefusedRow(fields("2"), "BUSY")])
        assert settled_as_by_row(settled_by_name(sent, settlements, counts)) == kept
