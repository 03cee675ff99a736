"""What of a tenant's words about a contact is kept.

Guarantee: a settlement's detail is a code of the tenant or says how long its word was. It never
repeats a value of a contact that went out with it, so neither the journal nor a log holds one.

The client passes on what looks like one word. But a name is one word too, and nobody promises that
a tenant writes a code where a code belongs. Codes that the dialect knows are kept. Any other word
is kept only when it is written as codes are, and no part of it is in the contacts of its chunk.
What is kept is what a resumed run shows, so `_detail` in rejects.csv says no more either.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from cxone_async.journal.lifecycle import RowSettlement
from cxone_async.prepare.rows import PendingRow
from cxone_async.tenant.port import Dialect, SentFields, SentFurther

_CODE: Final = re.compile(r"[A-Z]+|[A-Za-z]+([_-][A-Za-z]+)+|[A-Za-z][a-z]+([A-Z][a-z]+)+")
"""BUSY, try_later, Rate-Limited, ContactLocked; not Anna."""
_PARTS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_STATUS: Final = re.compile(r"status [0-9]+")
_LEAST_PART: Final = 2


def codes_only(
    rows: Sequence[PendingRow], settlements: Sequence[RowSettlement], dialect: Dialect
) -> tuple[RowSettlement, ...]:
    """Return the settlements of a chunk with details that are codes."""
    capabilities = dialect.capabilities
    known = capabilities.final_codes.keys() | capabilities.duplicate_codes
    unknown = {
        each.detail
        for each in settlements
        if each.detail not in known and not _STATUS.fullmatch(each.detail)
    } - {"", "import_failed"}
    if not unknown:
        return tuple(settlements)
    theirs = set(_words_of(rows, dialect))
    shown = {word: word if _is_code(word, theirs) else _length_of(word) for word in unknown}
    return tuple(
        msgspec.structs.replace(each, detail=shown[each.detail]) if each.detail in shown else each
        for each in settlements
    )


def _is_code(word: str, theirs: set[str]) -> bool:
    parts = {part.lower() for part in (word, *_PARTS.findall(word)) if len(part) >= _LEAST_PART}
    return _CODE.fullmatch(word) is not None and not parts & theirs


def _length_of(word: str) -> str:
    return f"a word of {len(word)} characters"


def _words_of(rows: Sequence[PendingRow], dialect: Dialect) -> Iterable[str]:
    for row in rows:
        key = dialect.row_key(row.payload)
        further = [value for _, value in key.further] if isinstance(key, SentFurther) else []
        five = [key.email, key.first_name, key.last_name] if isinstance(key, SentFields) else []
        for value in (*five, *further) or (str(key),):
            yield from re.findall(r"[^\W_]+", value.lower())
