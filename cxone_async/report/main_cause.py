"""The one cause that explains most of the rows that did not go in, and what mends it.

It is told only where it explains at least half of them, and they are worth the telling. It quotes
names of columns and codes of countries, never a cell. Pure.
"""

from typing import Final, NamedTuple

from cxone_async.contacts.model import FIELD_NAMES
from cxone_async.outcome import Outcome, Reason
from cxone_async.report.reconciliation import ReasonCount, Reconciliation
from cxone_async.report.wording import REASON_MEANING, field_of, way_out
from cxone_async.source.columns import ColumnUse

FEWEST_ROWS: Final = 10
_REJECTED: Final = (Outcome.INVALID, Outcome.FAILED, Outcome.UNRESOLVED)
_COLUMNS_NAMED = 6
_COUNTRIES_NAMED = 5
_LAYOUT: Final = frozenset(
    {
        Reason.TOO_FEW_FIELDS,
        Reason.TOO_MANY_FIELDS,
        Reason.UNTERMINATED_QUOTE,
        Reason.MALFORMED_QUOTE,
        Reason.FIELD_TOO_LARGE,
    }
)
"""Reasons that come together where the file's delimiter or quotes are not as it was read."""


class MainCause(NamedTuple):
    """What explains `rows` of the `to_mend` rows that are invalid, failed or unresolved.

    `flag` is what to give the command, "" for none.
    """

    rows: int
    to_mend: int
    what: str
    mend: str
    flag: str = ""


def main_cause(result: Reconciliation) -> MainCause | None:
    """Return the cause of most of the rows that were rejected, if there is one."""
    found = [one for one in result.reasons if one.outcome in _REJECTED]
    rejected = sum(result.rows(outcome) for outcome in _REJECTED)
    if not found:
        return None
    layout = [one for one in found if one.reason in _LAYOUT]
    rows_of_layout = sum(one.rows for one in layout)
    first = max(found, key=lambda one: one.rows)
    is_layout = len(layout) > 1 and rows_of_layout > first.rows
    rows = rows_of_layout if is_layout else first.rows
    if rows < FEWEST_ROWS or 2 * rows < rejected:
        return None
    if is_layout or first.reason in _LAYOUT:
        return MainCause(rows, rejected, *_of_layout(result))
    return MainCause(rows, rejected, *_of(result, first))


def _of_layout(result: Reconciliation) -> tuple[str, str, str]:
    read = result.input_format
    return (
        "The rows do not have the form of the header: the file's delimiter or its quotes are not "
        "as they were read"
        + (f" (columns separated by {read.delimiter!r})." if read and not read.sheet else "."),
        "Name the right ones with --delimiter and --quote, or have the file written again.",
        "--delimiter CHARACTER",
    )


def _of(result: Reconciliation, one: ReasonCount) -> tuple[str, str, str]:
    meaning = REASON_MEANING.get(one.reason, one.reason)
    if one.reason == Reason.UNDECODABLE:
        encoding = result.input_format.encoding if result.input_format else "utf-8"
        return f"The file is not written in {encoding}.", "Name its encoding.", "--encoding NAME"
    if one.reason in (Reason.COUNTRY_NOT_ALLOWED, Reason.PHONE_COUNTRY_MISMATCH):
        return _of_country(result, meaning, one.reason)
    field = field_of(one.reason)
    if field and result.columns and not _columns_of(result, field):
        return (
            f"No column of the file was read as {field.replace('_', ' ')}.",
            f"Name the column that holds it{_unused(result)}.",
            f"--map {field}=COLUMN",
        )
    if field == "phone" and result.columns and not _columns_of(result, "country"):
        default = result.run.settings.get("default_country", "")
        if one.reason in (Reason.PHONE_NOT_POSSIBLE, Reason.PHONE_NOT_VALID) and default:
            return (
                f"{meaning} No column names a country, so numbers without a calling code were "
                f"read as numbers of {default}.",
                "Name the country that they are of, or the column that says it.",
                "--default-country COUNTRY",
            )
    columns = _columns_of(result, field)
    if columns and one.outcome is Outcome.INVALID:
        return (
            f"{meaning} It was read from the column “{columns[0]}”.",
            f"{_sentence(way_out(one.outcome, one.reason))}",
            f"--map {field}=COLUMN" if field in FIELD_NAMES else "",
        )
    return meaning, _sentence(way_out(one.outcome, one.reason)), ""


def _of_country(result: Reconciliation, meaning: str, reason: str) -> tuple[str, str, str]:
    invalid = sorted(
        ((one.counts.get(Outcome.INVALID, 0), one.country) for one in result.by_country),
        reverse=True,
    )
    named = [country for rows, country in invalid if rows and country][:_COUNTRIES_NAMED]
    of = f" The rows that were refused are mostly of {', '.join(named)}." if named else ""
    allowed = result.run.settings.get("campaign allowed_countries", "")
    calls = f" It calls {allowed.replace(',', ', ')}." if allowed else ""
    flag = ""
    if reason == Reason.PHONE_COUNTRY_MISMATCH:
        flag = "--phone-country any"
    elif result.run.command == "plan" and not result.run.tenant:  # no campaign has said its rules
        flag = "--allowed-countries COUNTRIES"
    return f"{meaning}{calls}{of}", _sentence(way_out(Outcome.INVALID, reason)), flag


def _columns_of(result: Reconciliation, field: str) -> list[str]:
    return [
        column.name or f"column {number}"
        for number, column in enumerate(result.columns, start=1)
        if column.used_as is ColumnUse.FIELD and column.field == field
    ]


def _unused(result: Reconciliation) -> str:
    unused = [one.name for one in result.columns if one.used_as is ColumnUse.IGNORED and one.name]
    if not unused:
        return ""
    more = " and others" if len(unused) > _COLUMNS_NAMED else ""
    named = ", ".join(f"“{name}”" for name in unused[:_COLUMNS_NAMED])
    return f"; not used are {named}{more}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
