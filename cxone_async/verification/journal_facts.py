"""What the journal says of every row, for `verify`.

Guarantee: the file is opened read-only and never checkpointed. It is read with sqlite3 and a
MessagePack decoder, by no code that writes or resumes it.

A row takes eleven bytes here, so ten million rows fit where the run itself fitted. Of ids and
reasons only a hash is kept, which is enough to see that they differ.
"""

import sqlite3
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from cxone_async.errors import UnreadableInputError
from cxone_async.verification.written_files import HeadCheck, refused_by_the_disk

Add = Callable[[str], None]

FINAL_OUTCOMES: Final = ("imported", "failed", "unresolved", "duplicate")
_APPLICATION_ID: Final = 0x43584A4C
_SCHEMA_VERSION: Final = 1
_FORMULA: Final = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_HASH_MASK: Final = (1 << 64) - 1
_GROWTH_ROWS: Final = 65_536
_CHUNK_OPEN = 0
_CHUNK_SETTLED = 1


class JournalFacts:
    """What a journal says of rows. Contradictions inside the journal are passed to `add`."""

    def __init__(self, add: Add) -> None:
        self._add = add
        self.command = ""
        self.segment_id = ""
        self.settings: dict[str, object] = {}
        self.input_fingerprint = ""
        self.totals: bytes | None = None
        self.file_digests: dict[str, str] = {}
        self.keeps_head = False
        self.starts = 0
        self._requests_of_start: dict[int, dict[str, int]] = {}
        self._ended_starts: set[int] = set()
        self.highest_row = 0
        self._outcomes = bytearray(_GROWTH_ROWS)
        self._attempts = bytearray(_GROWTH_ROWS)
        self._segmented = bytearray(_GROWTH_ROWS)
        self._hashes = array("Q", bytes(8 * _GROWTH_ROWS))
        self._rows_of_chunk: dict[str, dict[int, int]] = {}
        self._import_of_chunk: dict[str, str] = {}
        self._chunk_states: dict[str, int] = {}
        self._rows_of_batch: dict[str, Sequence[int]] = {}

    def outcome(self, row: int) -> str:
        """The outcome of `row`, one of `FINAL_OUTCOMES`; "" when it was not settled."""
        code = self._outcomes[row] if row < len(self._outcomes) else 0
        return FINAL_OUTCOMES[code - 1] if code else ""

    def attempts(self, row: int) -> int:
        """The number of the attempt that settled `row`; 0 when none did."""
        return self._attempts[row] if row < len(self._attempts) else 0

    def is_segmented(self, row: int) -> bool:
        """Whether the tenant confirmed that the contact of `row` is in the segment."""
        return row < len(self._segmented) and bool(self._segmented[row])

    def agrees(self, row: int, contact_id: str, import_id: str, reason: str) -> bool:
        """Whether `row` was settled with these values, as outcomes.csv shows them."""
        return self._hashes[row] == _hash(contact_id, import_id, reason)

    def settled_rows(self) -> Iterator[int]:
        """Every row that has one of the final outcomes."""
        return (row for row in range(1, self.highest_row + 1) if self._outcomes[row])

    def apply(self, event: list[object]) -> None:
        """Take in the next event."""
        match event:
            case [
                "run_started",
                {"command": str(command), "segment_id": str(segment), **rest},
                *more,
            ]:
                self.command, self.segment_id = command, segment
                self.keeps_head = more[:1] == [True]
                self._begin(rest)
            case ["intended", str(chunk), [*rows]]:
                self._intend(chunk, _attempt_of_row(rows))
            case ["accepted", str(chunk), str(import_id)]:
                self._import_of_chunk[chunk] = import_id
            case ["settled", str(chunk), [*settlements]]:
                self._settle(chunk, settlements)
            case ["segment_intended", str(batch), [*rows]]:
                self._rows_of_batch[batch] = [
                    row for row in rows if isinstance(row, int) and row > 0
                ]
            case ["segment_added", str(batch)]:
                self._add_to_segment(self._rows_of_batch.pop(batch, ()))
            case ["segment_refused", str(batch), *_]:
                self._rows_of_batch.pop(batch, None)
            case ["bounced", str()] | ["journal_loss_accepted", *_]:
                pass  # the rows of a lost end are unresolved, as all others are settled
            case ["start_used", int(start), bool(ended), [_, dict(requests), *_]]:
                self._note_start(start, requests, ended=ended)
            case ["run_finished", bytes(totals), *more]:
                self.totals = totals
                match more:
                    case [dict(digests), *_]:
                        self.file_digests = {str(name): str(one) for name, one in digests.items()}
            case _:
                self._add("journal.db: an event is of no known form")

    @property
    def starts_cut_short(self) -> int:
        """How many starts before the last did not end in order."""
        return len(self._requests_of_start.keys() - self._ended_starts - {self.starts})

    @property
    def knows_all_starts(self) -> bool:
        """Whether every start made a note: not if an earlier version began the run."""
        return len(self._requests_of_start) == self.starts

    @property
    def earlier_requests(self) -> dict[str, int]:
        """The requests of the starts before the last, by kind, as far as they were noted."""
        found: dict[str, int] = {}
        for start, requests in self._requests_of_start.items():
            for kind, count in requests.items() if start < self.starts else ():
                found[kind] = found.get(kind, 0) + count
        return found

    def conclude(self) -> None:
        """Report what is still open although the run has ended."""
        if self.totals is None:
            self._add("journal.db does not say that the run has finished")
        still_open = sum(state == _CHUNK_OPEN for state in self._chunk_states.values())
        if still_open:
            self._add(f"journal.db: {still_open:,} chunk(s) were never settled")
        if self._rows_of_batch:
            self._add(
                f"journal.db: {len(self._rows_of_batch):,} segment batch(es) were never answered"
            )

    def _note_start(self, start: int, requests: dict[object, object], *, ended: bool) -> None:
        expected = (self.starts, self.starts + 1) if self.starts else (1, 2)
        if start not in expected or start in self._ended_starts:
            self._add(f"journal.db: a note of start {start} follows start {self.starts}")
            return
        self.starts = start
        self._requests_of_start[start] = {
            str(kind): count for kind, count in requests.items() if isinstance(count, int)
        }
        if ended:
            self._ended_starts.add(start)

    def _begin(self, identity: object) -> None:
        match identity:
            case {"input_fingerprint": str(fingerprint)}:
                self.input_fingerprint = fingerprint
        match identity:
            case {"settings": dict(settings)}:
                self.settings = settings

    def _intend(self, chunk: str, rows: dict[int, int]) -> None:
        if self._chunk_states.get(chunk) == _CHUNK_SETTLED:
            self._add(f"journal.db: chunk {chunk} was sent after it was settled")
        elif self._rows_of_chunk.get(chunk, rows) != rows:
            self._add(f"journal.db: chunk {chunk} was sent with other rows")
        else:
            self._chunk_states[chunk] = _CHUNK_OPEN
            self._rows_of_chunk[chunk] = rows

    def _settle(self, chunk: str, settlements: list[object]) -> None:
        rows = self._rows_of_chunk.pop(chunk, {})
        import_id = self._import_of_chunk.pop(chunk, "")
        if self._chunk_states.get(chunk) != _CHUNK_OPEN:
            self._add(f"journal.db: chunk {chunk} was settled but not open")
        self._chunk_states[chunk] = _CHUNK_SETTLED
        settled = set()
        for settlement in settlements:
            match settlement:
                case [int(row), str(settled_as), *texts] if row > 0:
                    settled.add(row)
                    contact_id, reason, *_ = (*map(str, texts), "", "")
                    if settled_as in FINAL_OUTCOMES:
                        shown = map(_as_shown, (contact_id, import_id, reason))
                        self._note_outcome(row, settled_as, _hash(*shown))
                        self._attempts[row] = min(rows.get(row, 0), 255)
                case _:
                    self._add(f"journal.db: chunk {chunk} holds a settlement of no known form")
        if settled != rows.keys() or len(settled) != len(settlements):
            self._add(f"journal.db: chunk {chunk} was settled for other rows than were sent")

    def _note_outcome(self, row: int, settled_as: str, contents: int) -> None:
        self._make_room(row)
        if self._outcomes[row]:
            self._add(f"row {row} is settled twice in journal.db")
        self._outcomes[row] = FINAL_OUTCOMES.index(settled_as) + 1
        self._hashes[row] = contents
        self.highest_row = max(self.highest_row, row)

    def _add_to_segment(self, rows: Sequence[int]) -> None:
        for row in rows:
            if self.outcome(row) != "imported":
                self._add(f"row {row} is in the segment by journal.db, but was not imported")
            self._make_room(row)
            self._segmented[row] = 1

    def _make_room(self, row: int) -> None:
        if row >= len(self._outcomes):
            more = row - len(self._outcomes) + _GROWTH_ROWS
            for one in (self._outcomes, self._attempts, self._segmented):
                one.extend(bytes(more))
            self._hashes.frombytes(bytes(8 * more))


def journal_facts(path: Path, add: Add) -> JournalFacts:
    """Read a journal to its end.

    Raises UnreadableInputError when it is no journal, or one of another version. Where it is
    damaged inside, `add` gets a sentence and reading stops. No sentence quotes the file.
    """
    log = path.with_name(f"{path.name}-wal")
    as_it_stands = "" if log.exists() and log.stat().st_size else "&immutable=1"
    facts = JournalFacts(add)
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{as_it_stands}", uri=True)
        connection.text_factory = bytes  # what is no text would be quoted by an error
        try:
            _refuse_another_kind(connection, path)
            head = HeadCheck(path, add)
            for event in _events(connection, head, add):
                facts.apply(event)
            head.finish(keeps_head=facts.keeps_head)
            _check_pages(connection, add)
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        cause = str(error) if isinstance(error, sqlite3.Error) else "it is damaged"
        cause = refused_by_the_disk(path, log) or cause
        raise UnreadableInputError(f"{path} cannot be read as a journal: {cause}") from error
    facts.conclude()
    return facts


def _refuse_another_kind(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != _APPLICATION_ID:
        raise UnreadableInputError(
            f"{path} cannot be read as a journal: it is another program's database, or empty"
        )
    if version != _SCHEMA_VERSION:
        raise UnreadableInputError(
            f"{path} cannot be read as a journal: its schema is {version}, "
            f"this reads {_SCHEMA_VERSION}"
        )


def _check_pages(connection: sqlite3.Connection, add: Add) -> None:
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != b"ok":
        add("journal.db: its pages do not fit together")


def _events(connection: sqlite3.Connection, head: HeadCheck, add: Add) -> Iterator[list[object]]:
    """Yield events up to the first whose checksum, over all before it, is not as written."""
    decode = msgspec.msgpack.Decoder(list[object]).decode
    checksum = 0
    lines = connection.execute(
        "SELECT sequence, kind, subject, payload, checksum FROM events ORDER BY sequence"
    )
    for expected, line in enumerate(lines, start=1):
        match line:
            case (int(sequence), bytes(kind), bytes(subject), bytes(payload), int(written)):
                prefix = b"%d %s %s" % (sequence, kind, subject)
                checksum = zlib.crc32(payload, zlib.crc32(prefix, checksum))
                as_written = sequence == expected and checksum == written
            case _:
                as_written = False
        if not as_written:
            add(f"journal.db: event {expected} is not as it was written")
            return
        try:
            head.see(sequence, kind, subject, payload)
            yield decode(payload)
        except msgspec.DecodeError:
            add(f"journal.db: event {expected} cannot be read")
            return


def _attempt_of_row(rows: list[object]) -> dict[int, int]:
    attempts = {}
    for one in rows:
        match one:
            case [int(row), int(attempt)]:
                attempts[row] = attempt
    return attempts


def _as_shown(text: str) -> str:
    """Return `text` as outcomes.csv shows it: with an apostrophe before a formula."""
    return f"'{text}" if text and text[0] in _FORMULA else text


def _hash(*texts: str) -> int:
    return hash(texts) & _HASH_MASK
