"""Settles a chunk: pure decisions on the tenant's answers.

Guarantee: a row is `imported` only when the tenant's answer says so: with results, one that
succeeded and names exactly what was sent for the row, as far as the tenant echoes further fields;
with counts, when all rows are accounted for and the row is not among the refused. Where the answer
does not settle it, the row is `unresolved`. Results may come in any order, more than once, for
contacts that were not sent, or not at all. A row never gets the contact id of another one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from cxone_async.errors import ContentRefusedError
from cxone_async.journal.lifecycle import RowSettlement, SettledAs
from cxone_async.outcome import TENANT_RULE, Outcome, Reason, RowOutcome
from cxone_async.prepare.rows import PendingRow
from cxone_async.tenant.port import (
    Capabilities,
    ContactResult,
    Dialect,
    ImportCounts,
    ImportReport,
    ImportState,
    ImportTells,
    RefusedRow,
    RowKey,
    SentFurther,
    sent_fields,
)


def needs_refused_rows(report: ImportReport, capabilities: Capabilities) -> bool:
    """Say whether the tenant must be asked which rows it refused."""
    return (
        capabilities.import_tells is ImportTells.COUNTS_AND_REFUSED_ROWS
        and report.counts is not None
        and report.counts.refused > 0
    )


def settle_report(
    rows: Sequence[PendingRow],
    report: ImportReport,
    dialect: Dialect,
    refused: Sequence[RefusedRow] = (),
) -> tuple[RowSettlement, ...]:
    """Settle a chunk whose import has reached a terminal state, in the order of its rows."""
    if report.results:
        return _settle_by_result(rows, report.results, dialect)
    if report.counts is not None:
        return _settle_by_count(rows, report.counts, refused, dialect)
    if report.state is ImportState.FAILED:
        return tuple(_retry(row, "import_failed", dialect.capabilities) for row in rows)
    return leave_unresolved(rows, Reason.NO_RESULT)


def stray_results(
    rows: Sequence[PendingRow],
    settlements: Sequence[RowSettlement],
    report: ImportReport,
    dialect: Dialect,
) -> int:
    """Count the results for contacts that are not in the chunk."""
    results = report.results or ()
    each_row_has_its_own = all(
        settlement.settled_as is not SettledAs.UNRESOLVED for settlement in settlements
    )
    if len(results) <= len(rows) and each_row_has_its_own:
        return 0
    keys, told_of = _comparable([dialect.row_key(row.payload) for row in rows], results)
    sent = set(keys)
    return sum(key not in sent for key in told_of)


def leave_unresolved(rows: Sequence[PendingRow], reason: Reason) -> tuple[RowSettlement, ...]:
    """Settle rows that the tenant may or may not have taken."""
    return tuple(RowSettlement(row.row, SettledAs.UNRESOLVED, reason=reason) for row in rows)


def not_sent_again(
    settlements: Sequence[RowSettlement], reason: Reason
) -> tuple[RowSettlement, ...]:
    """Settle as unresolved what would go out again: it may have done so already."""
    return tuple(
        RowSettlement(each.row, SettledAs.UNRESOLVED, reason=reason)
        if each.settled_as is SettledAs.RETRY
        else each
        for each in settlements
    )


def settled_by_name(
    rows: Sequence[PendingRow], settlements: Sequence[RowSettlement], report: ImportReport
) -> tuple[RowSettlement, ...]:
    """Keep what names a row, when the report may be about another import with the same id.

    Counts name nobody, and a failed import without results does not either. A row that was sent
    before may have been in that other import, so it does not go out again.
    """

    def is_certain(row: PendingRow, settlement: RowSettlement) -> bool:
        if settlement.settled_as is SettledAs.IMPORTED:
            return bool(report.results)
        if settlement.settled_as is SettledAs.RETRY:
            return row.attempt == 1 and bool(report.results or report.counts)
        return True

    return tuple(
        settlement
        if is_certain(row, settlement)
        else RowSettlement(row.row, SettledAs.UNRESOLVED, reason=Reason.NO_RESULT)
        for row, settlement in zip(rows, settlements, strict=True)
    )


def settle_refusal(
    rows: Sequence[PendingRow], error: ContentRefusedError, capabilities: Capabilities
) -> tuple[RowSettlement, ...]:
    """Settle the rows of a submission that was refused whole.

    The offending contact fails when it is alone in its chunk or named by its index. All others
    go out again in smaller chunks (`split_rows`), which is no attempt of theirs.
    """
    offender = 0 if len(rows) == 1 else error.index
    return tuple(
        _refused_alone(row, error, capabilities)
        if position == offender
        else RowSettlement(row.row, SettledAs.SPLIT)
        for position, row in enumerate(rows)
    )


def _refused_alone(
    row: PendingRow, error: ContentRefusedError, capabilities: Capabilities
) -> RowSettlement:
    if capabilities.is_final(error.code):
        return _refused(row, error.code, capabilities)
    return RowSettlement(
        row.row,
        SettledAs.FAILED,
        reason=Reason.TENANT_REFUSED_CONTENT,
        detail=error.code or f"status {error.status}",
    )


def split_rows(
    rows: Sequence[PendingRow], error: ContentRefusedError
) -> list[Sequence[PendingRow]]:
    """Return the groups of rows that go out again after a whole refusal.

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


def _settle_by_count(
    rows: Sequence[PendingRow],
    counts: ImportCounts,
    refused: Sequence[RefusedRow],
    dialect: Dialect,
) -> tuple[RowSettlement, ...]:
    """Settle by counts and by the refused rows that the tenant named.

    The rows that are not named are imported only when the counts leave no other possibility.
    """
    capabilities = dialect.capabilities
    codes_of: dict[RowKey, list[str]] = defaultdict(list)
    for each in refused:
        codes_of[each.key].append(each.code)
    for codes in codes_of.values():
        codes.sort(key=capabilities.is_final)  # popped from the end: final first
    settled: list[RowSettlement | None] = []
    for row in rows:
        named_codes = codes_of.get(dialect.row_key(row.payload)) if refused else None
        settled.append(_refused(row, named_codes.pop(), capabilities) if named_codes else None)
    named = sum(each is not None for each in settled)
    adds_up = counts.accepted + counts.refused == len(rows) and counts.refused == named
    return tuple(
        each
        or (
            RowSettlement(row.row, SettledAs.IMPORTED)
            if adds_up
            else RowSettlement(row.row, SettledAs.UNRESOLVED, reason=Reason.NO_RESULT)
        )
        for row, each in zip(rows, settled, strict=True)
    )


def _settle_by_result(
    rows: Sequence[PendingRow], results: Sequence[ContactResult], dialect: Dialect
) -> tuple[RowSettlement, ...]:
    capabilities = dialect.capabilities
    sent_keys = [dialect.row_key(row.payload) for row in rows]
    keys, told_of = _comparable(sent_keys, results)
    result_of = dict(zip(told_of, results, strict=True))
    if len(result_of) == len(results) and len(set(keys)) == len(rows):
        return tuple(
            _settle(row, result_of[key], capabilities)
            if key in result_of
            else RowSettlement(row.row, SettledAs.UNRESOLVED, reason=Reason.NO_RESULT)
            for row, key in zip(rows, keys, strict=True)
        )
    by_key: dict[RowKey, list[ContactResult]] = defaultdict(list)
    for key, result in zip(told_of, results, strict=True):
        same = by_key[key]
        if not result.contact_id or all(result.contact_id != other.contact_id for other in same):
            same.append(result)
    return _settle_repeated(rows, sent_keys, keys, by_key, capabilities)


def _comparable(
    keys: Sequence[RowKey], results: Sequence[ContactResult]
) -> tuple[Sequence[RowKey], Sequence[RowKey]]:
    """Return the keys of rows and of results, without further fields that only one side has.

    Which fields the tenant echoes is asked of the import as a whole. What results of other contacts
    hold does not count.
    """
    sent_names = {name for key in keys if isinstance(key, SentFurther) for name, _ in key.further}
    if not sent_names:
        return keys, [result.fields for result in results]
    sent = {_without_further(key) for key in keys}
    echoed = {
        name
        for result in results
        if result.fields in sent
        for name, value in result.further
        if value
    }
    names = sent_names & echoed

    def common(further: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
        return (pair for pair in further if pair[0] in names)

    return (
        [
            sent_fields(key, common(key.further)) if isinstance(key, SentFurther) else key
            for key in keys
        ],
        [sent_fields(result.fields, common(result.further)) for result in results],
    )


def _without_further(key: RowKey) -> RowKey:
    return sent_fields(key, ()) if isinstance(key, SentFurther) else key


def _settle_repeated(
    rows: Sequence[PendingRow],
    sent_keys: Sequence[RowKey],
    keys: Sequence[RowKey],
    results_by_key: Mapping[RowKey, Sequence[ContactResult]],
    capabilities: Capabilities,
) -> tuple[RowSettlement, ...]:
    """Settle rows of which some have equal keys, or several results.

    `sent_keys` hold all that was sent, `keys` only what can be compared with the results.
    """
    rows_by_key: dict[RowKey, list[PendingRow]] = defaultdict(list)
    sent_by_key: dict[RowKey, set[RowKey]] = defaultdict(set)
    for row, key, sent_key in zip(rows, keys, sent_keys, strict=True):
        rows_by_key[key].append(row)
        sent_by_key[key].add(sent_key)
    settlement_of_row: dict[int, RowSettlement] = {}
    for key, same_rows in rows_by_key.items():
        settle = _settle_equal if len(sent_by_key[key]) == 1 else _settle_alike
        for settlement in settle(same_rows, results_by_key.get(key, []), capabilities):
            settlement_of_row[settlement.row] = settlement
    return tuple(settlement_of_row[row.row] for row in rows)


def _settle_equal(
    rows: Sequence[PendingRow], results: Sequence[ContactResult], capabilities: Capabilities
) -> Iterable[RowSettlement]:
    """Settle rows with one key from the results that echo it.

    It does not matter which of several equal rows a result means: they are paired
    in order. More results than rows are repetitions as long as they agree.
    """
    if len(results) > len(rows) and len({result.succeeded for result in results}) > 1:
        return leave_unresolved(rows, Reason.CONTRADICTORY_RESULTS)
    final_first = sorted(results, key=lambda result: not capabilities.is_final(result.code))
    settlements = [
        _settle(row, result, capabilities) for row, result in zip(rows, final_first, strict=False)
    ]
    return [*settlements, *leave_unresolved(rows[len(settlements) :], Reason.NO_RESULT)]


def _settle_alike(
    rows: Sequence[PendingRow], results: Sequence[ContactResult], capabilities: Capabilities
) -> Iterable[RowSettlement]:
    """Settle rows that differ only in what the tenant does not echo.

    Which result is whose cannot be known. Where all say the same, each row has its end, but none
    gets a contact id, which may be another one's. Else none of them is settled.
    """
    said = {(result.succeeded, result.code) for result in results}
    if len(results) != len(rows) or len(said) > 1:
        return leave_unresolved(rows, Reason.NO_RESULT)
    anybodys = msgspec.structs.replace(results[0], contact_id="")
    return [_settle(row, anybodys, capabilities) for row in rows]


def _settle(row: PendingRow, result: ContactResult, capabilities: Capabilities) -> RowSettlement:
    if result.succeeded:
        return RowSettlement(row.row, SettledAs.IMPORTED, contact_id=result.contact_id)
    return _refused(row, result.code, capabilities)


def _refused(row: PendingRow, code: str, capabilities: Capabilities) -> RowSettlement:
    if code in capabilities.duplicate_codes:
        return RowSettlement(row.row, SettledAs.DUPLICATE, detail=code)
    final = capabilities.final_codes.get(code)
    if final is not None:
        return RowSettlement(row.row, SettledAs.FAILED, reason=final, detail=code)
    return _retry(row, code, capabilities)


def _retry(row: PendingRow, detail: str, capabilities: Capabilities) -> RowSettlement:
    if row.attempt < capabilities.attempts_per_contact:
        return RowSettlement(row.row, SettledAs.RETRY, detail=detail)
    return RowSettlement(row.row, SettledAs.FAILED, reason=Reason.RETRIES_EXHAUSTED, detail=detail)


OUTCOME_OF = {
    SettledAs.IMPORTED: Outcome.IMPORTED,
    SettledAs.FAILED: Outcome.FAILED,
    SettledAs.DUPLICATE: Outcome.DUPLICATE,
    SettledAs.UNRESOLVED: Outcome.UNRESOLVED,
}
"""The outcome of a row that is settled so; rows that are settled otherwise go out again."""


def outcome_of(row: PendingRow, settlement: RowSettlement, import_id: str) -> RowOutcome:
    """Return the row's outcome; `settlement.settled_as` must be one of `OUTCOME_OF`."""
    outcome = OUTCOME_OF[settlement.settled_as]
    is_rejected = outcome in (Outcome.FAILED, Outcome.UNRESOLVED)
    return RowOutcome(
        row=row.row,
        line=row.line,
        outcome=outcome,
        reason=settlement.reason,
        detail=settlement.detail,
        rule=TENANT_RULE if outcome is Outcome.DUPLICATE else "",
        contact_id=settlement.contact_id,
        import_id=import_id,
        attempts=row.attempt,
        raw=row.raw if is_rejected else b"",
        repairs=row.repairs,
        external_id=row.external_id,
    )
