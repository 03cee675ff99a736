"""What a chunk's rows came to: pure decisions on the tenant's answers.

Guarantee: a row is `imported` only when the tenant reported success for a contact with
exactly the fields that were sent for it; whatever cannot be told is `unresolved`. Results
may come in any order, more than once, for contacts nobody sent, or not at all.
"""

from collections import defaultdict
from collections.abc import Sequence

from cxone_async.errors import ContentRefusedError
from cxone_async.journal.lifecycle import RowSettlement, SettledAs
from cxone_async.outcome import Outcome, Reason, RowOutcome
from cxone_async.prepare.rows import PendingRow
from cxone_async.tenant.port import (
    ContactResult,
    Dialect,
    ImportCounts,
    ImportReport,
    ImportState,
    SentFields,
)

ATTEMPTS_PER_CONTACT = 3
"""How often a contact may be refused for a while; from the contact-lists contract."""

FINAL_CODES = {
    "INVALID_PHONE": Reason.TENANT_INVALID_PHONE,
    "INVALID_EMAIL": Reason.TENANT_INVALID_EMAIL,
    "DUPLICATE_CONTACT": Reason.TENANT_DUPLICATE_CONTACT,
    "DNC_LISTED": Reason.TENANT_DNC_LISTED,
}
"""Per-contact codes that no retry changes; from the contact-lists contract."""


def ends_of_report(
    rows: Sequence[PendingRow], report: ImportReport, dialect: Dialect
) -> tuple[RowSettlement, ...]:
    """Decide every row of a chunk whose import has reached a terminal state."""
    if report.results:
        return _ends_by_result(rows, report.results, dialect)
    if report.counts is not None:
        return _ends_by_count(rows, report.counts)
    if report.state is ImportState.FAILED:
        return tuple(_retry(row, "import_failed") for row in rows)
    return ends_unresolved(rows, Reason.NO_RESULT)


def stray_results(
    rows: Sequence[PendingRow],
    ends: Sequence[RowSettlement],
    report: ImportReport,
    dialect: Dialect,
) -> int:
    """Count the results for contacts that are not in the chunk, whose rows came to `ends`."""
    results = report.results or ()
    each_row_has_its_own = all(end.settled_as is not SettledAs.UNRESOLVED for end in ends)
    if len(results) <= len(rows) and each_row_has_its_own:
        return 0
    sent = {dialect.sent_fields(row.record) for row in rows}
    return sum(result.fields not in sent for result in results)


def ends_unresolved(rows: Sequence[PendingRow], reason: Reason) -> tuple[RowSettlement, ...]:
    """Every row of the chunk has an unknown standing."""
    return tuple(RowSettlement(row.row, SettledAs.UNRESOLVED, reason=reason) for row in rows)


def ends_of_refusal(
    rows: Sequence[PendingRow], error: ContentRefusedError
) -> tuple[RowSettlement, ...]:
    """Decide the rows of a submission that was refused whole.

    The offending contact fails, alone in its chunk or named by its index; all others go
    out again in smaller chunks (`split_rows`), which is no attempt of theirs.
    """
    culprit = 0 if len(rows) == 1 else error.index
    detail = error.code or f"status {error.status}"
    return tuple(
        RowSettlement(
            row.row,
            SettledAs.FAILED,
            reason=FINAL_CODES.get(error.code, Reason.TENANT_REFUSED_CONTENT),
            detail=detail,
        )
        if position == culprit
        else RowSettlement(row.row, SettledAs.SPLIT)
        for position, row in enumerate(rows)
    )


def split_rows(
    rows: Sequence[PendingRow], error: ContentRefusedError
) -> list[Sequence[PendingRow]]:
    """Return the row groups that go out again after a whole refusal.

    All but the named contact in one group, or two halves when none was named: 499 good
    rows cost one more request in the first case, about 2 log2(500) in the second.
    """
    if len(rows) == 1:
        return []
    if error.index is not None and 0 <= error.index < len(rows):
        return [[*rows[: error.index], *rows[error.index + 1 :]]]
    return halves(rows)


def halves(rows: Sequence[PendingRow]) -> list[Sequence[PendingRow]]:
    """Return the rows in two groups, in one when there is only one row."""
    middle = len(rows) // 2
    return [group for group in (rows[:middle], rows[middle:]) if group]


def _ends_by_count(rows: Sequence[PendingRow], counts: ImportCounts) -> tuple[RowSettlement, ...]:
    if counts.refused == 0 and counts.accepted == len(rows):
        return tuple(RowSettlement(row.row, SettledAs.IMPORTED) for row in rows)
    return ends_unresolved(rows, Reason.NO_RESULT)


def _ends_by_result(
    rows: Sequence[PendingRow], results: Sequence[ContactResult], dialect: Dialect
) -> tuple[RowSettlement, ...]:
    fields_of_rows = [dialect.sent_fields(row.record) for row in rows]
    result_of = {result.fields: result for result in results}
    if len(result_of) == len(results) and len(set(fields_of_rows)) == len(rows):
        return tuple(
            _end(row, result_of[fields])
            if fields in result_of
            else RowSettlement(row.row, SettledAs.UNRESOLVED, reason=Reason.NO_RESULT)
            for row, fields in zip(rows, fields_of_rows, strict=True)
        )
    return _ends_of_repeated(rows, fields_of_rows, results)


def _ends_of_repeated(
    rows: Sequence[PendingRow],
    fields_of_rows: Sequence[SentFields],
    results: Sequence[ContactResult],
) -> tuple[RowSettlement, ...]:
    """Decide rows of which some were sent with equal fields, or have several results."""
    results_by_fields: dict[SentFields, list[ContactResult]] = defaultdict(list)
    for result in results:
        same = results_by_fields[result.fields]
        if not result.contact_id or all(result.contact_id != other.contact_id for other in same):
            same.append(result)
    rows_by_fields: dict[SentFields, list[PendingRow]] = defaultdict(list)
    for row, fields in zip(rows, fields_of_rows, strict=True):
        rows_by_fields[fields].append(row)
    end_by_row: dict[int, RowSettlement] = {}
    for fields, same_rows in rows_by_fields.items():
        for end in _ends_of_equal_rows(same_rows, results_by_fields.get(fields, [])):
            end_by_row[end.row] = end
    return tuple(end_by_row[row.row] for row in rows)


def _ends_of_equal_rows(
    rows: Sequence[PendingRow], results: Sequence[ContactResult]
) -> list[RowSettlement]:
    """Decide rows that were sent with the same fields from the results that echo them.

    Which of equal rows a result means cannot be told and does not matter: they are paired
    in order. More results than rows are repetitions as long as they agree.
    """
    if len(results) > len(rows) and len({result.succeeded for result in results}) > 1:
        return list(ends_unresolved(rows, Reason.CONTRADICTORY_RESULTS))
    final_first = sorted(results, key=lambda result: result.code not in FINAL_CODES)
    ends = [_end(row, result) for row, result in zip(rows, final_first, strict=False)]
    return ends + list(ends_unresolved(rows[len(ends) :], Reason.NO_RESULT))


def _end(row: PendingRow, result: ContactResult) -> RowSettlement:
    if result.succeeded:
        return RowSettlement(row.row, SettledAs.IMPORTED, contact_id=result.contact_id)
    final = FINAL_CODES.get(result.code)
    if final is not None:
        return RowSettlement(row.row, SettledAs.FAILED, reason=final, detail=result.code)
    return _retry(row, result.code)


def _retry(row: PendingRow, detail: str) -> RowSettlement:
    if row.attempt < ATTEMPTS_PER_CONTACT:
        return RowSettlement(row.row, SettledAs.RETRY, detail=detail)
    return RowSettlement(row.row, SettledAs.FAILED, reason=Reason.RETRIES_EXHAUSTED, detail=detail)


OUTCOME_OF = {
    SettledAs.IMPORTED: Outcome.IMPORTED,
    SettledAs.FAILED: Outcome.FAILED,
    SettledAs.UNRESOLVED: Outcome.UNRESOLVED,
}
"""The settled_as_by_row that end a row; the others send it again."""


def outcome_of(row: PendingRow, end: RowSettlement, import_id: str) -> RowOutcome:
    """Return the row's outcome; `end.settled_as` must be one of `OUTCOME_OF`."""
    outcome = OUTCOME_OF[end.settled_as]
    return RowOutcome(
        row=row.row,
        line=row.line,
        outcome=outcome,
        reason=end.reason,
        detail=end.detail,
        contact_id=end.contact_id,
        import_id=import_id,
        attempts=row.attempt,
        raw=b"" if outcome is Outcome.IMPORTED else row.raw,
    )
