"""The life of a chunk, as a table.

Guarantee: a chunk's state is the fold of its events over `TRANSITIONS`. An event that the
table does not allow raises, in a live run and when a journal is read back. `SETTLED` allows
nothing more: a terminal outcome never changes.

    SENDING   the intent is durable; bytes may have left
    UNSENT    the tenant certainly did not process it (refused connection, 429, 503);
              it may go out again under the same chunk id
    IN_DOUBT  it went out again, under the same chunk id, after an ambiguous answer;
              the first submission may have been processed whatever later answers say,
              so no bounce leads from here back to UNSENT
    ACCEPTED  the tenant gave an import id
    SETTLED   every row of the chunk has its outcome, or goes into another chunk

A killed process leaves a chunk SENDING when it had no answer yet. On a resume:

* SENDING and IN_DOUBT: whether the tenant processed the chunk is not known;
* UNSENT: sending it again loses nothing;
* ACCEPTED: a poll will tell.
"""

from enum import StrEnum

import msgspec

from cxone_async.errors import ConfigurationError


class ChunkState(StrEnum):
    """Where a chunk stands; the module's header says what each state means."""

    NEW = "new"
    SENDING = "sending"
    UNSENT = "unsent"
    IN_DOUBT = "in_doubt"
    ACCEPTED = "accepted"
    SETTLED = "settled"


class SettledAs(StrEnum):
    """What a settled chunk says of one of its rows."""

    IMPORTED = "imported"
    FAILED = "failed"
    DUPLICATE = "duplicate"  # the tenant had it already; 0.1.0 settled it as failed
    UNRESOLVED = "unresolved"
    RETRY = "retry"  # not taken; counts as an attempt
    SPLIT = "split"  # the chunk was refused whole; goes out again in a smaller one, no attempt


class RowAttempt(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row in a chunk. `row` and `attempt` count from 1."""

    row: int
    attempt: int


class RowSettlement(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the answer to a chunk says of one of its rows.

    `contact_id` is the tenant's id of an imported row; `reason` and `detail` are set
    for all others, `reason` not for duplicates.
    """

    row: int
    settled_as: SettledAs
    contact_id: str = ""
    reason: str = ""
    detail: str = ""


class Intended(msgspec.Struct, frozen=True, tag="intended", array_like=True):
    """The chunk is about to be sent. `rows` names each of its rows once."""

    chunk_id: str
    rows: tuple[RowAttempt, ...]


class Bounced(msgspec.Struct, frozen=True, tag="bounced", array_like=True):
    """The tenant certainly did not process the submission just made."""

    chunk_id: str


class Accepted(msgspec.Struct, frozen=True, tag="accepted", array_like=True):
    """The tenant answered with an import id."""

    chunk_id: str
    import_id: str


class Settled(msgspec.Struct, frozen=True, tag="settled", array_like=True):
    """The answer to a chunk is complete. `settlements` names each row of the chunk once."""

    chunk_id: str
    settlements: tuple[RowSettlement, ...]


ChunkEvent = Intended | Bounced | Accepted | Settled

TRANSITIONS: dict[tuple[ChunkState, type[ChunkEvent]], ChunkState] = {
    (ChunkState.NEW, Intended): ChunkState.SENDING,
    (ChunkState.SENDING, Bounced): ChunkState.UNSENT,
    (ChunkState.UNSENT, Intended): ChunkState.SENDING,
    (ChunkState.SENDING, Intended): ChunkState.IN_DOUBT,
    (ChunkState.IN_DOUBT, Intended): ChunkState.IN_DOUBT,
    (ChunkState.IN_DOUBT, Bounced): ChunkState.IN_DOUBT,
    (ChunkState.SENDING, Accepted): ChunkState.ACCEPTED,
    (ChunkState.IN_DOUBT, Accepted): ChunkState.ACCEPTED,
    (ChunkState.SENDING, Settled): ChunkState.SETTLED,
    (ChunkState.IN_DOUBT, Settled): ChunkState.SETTLED,
    (ChunkState.ACCEPTED, Settled): ChunkState.SETTLED,
}


class ChunkProjection(msgspec.Struct, frozen=True):
    """A chunk as its events so far tell it."""

    chunk_id: str
    state: ChunkState = ChunkState.NEW
    rows: tuple[RowAttempt, ...] = ()
    import_id: str = ""
    settlements: tuple[RowSettlement, ...] = ()


def advance(chunk: ChunkProjection, event: ChunkEvent) -> ChunkProjection:
    """Return `chunk` after `event`.

    Raises ConfigurationError for an event that the lifecycle does not allow, or that
    contradicts what the chunk already is: no rows, a row twice, other rows than before,
    settlements that do not name each row exactly once, an imported row without an import.
    """
    state = TRANSITIONS.get((chunk.state, type(event)))
    if state is None:
        raise ConfigurationError(
            f"journal: chunk {chunk.chunk_id} cannot go from {chunk.state} by "
            f"{type(event).__name__.lower()}"
        )
    match event:
        case Intended(rows=rows):
            _check_rows(chunk, rows)
            return msgspec.structs.replace(chunk, state=state, rows=rows)
        case Accepted(import_id=import_id):
            if not import_id:
                raise ConfigurationError(
                    f"journal: chunk {chunk.chunk_id} was accepted without an import id"
                )
            return msgspec.structs.replace(chunk, state=state, import_id=import_id)
        case Settled(settlements=settlements):
            _check_settlements(chunk, settlements)
            return msgspec.structs.replace(chunk, state=state, settlements=settlements)
        case _:
            return msgspec.structs.replace(chunk, state=state)


def _check_rows(chunk: ChunkProjection, rows: tuple[RowAttempt, ...]) -> None:
    if chunk.rows:
        if chunk.rows != rows:
            raise ConfigurationError(f"journal: chunk {chunk.chunk_id} changed its rows")
        return
    numbers = {sent.row for sent in rows}
    if not numbers or len(numbers) != len(rows) or min(numbers) < 1:
        raise ConfigurationError(
            f"journal: chunk {chunk.chunk_id} does not name one row or more, each once, "
            "counted from 1"
        )


def _check_settlements(chunk: ChunkProjection, settlements: tuple[RowSettlement, ...]) -> None:
    sent = [row.row for row in chunk.rows]
    settled = [settlement.row for settlement in settlements]
    if sent != settled and sorted(sent) != sorted(settled):
        raise ConfigurationError(
            f"journal: chunk {chunk.chunk_id} was settled for other rows than it holds"
        )
    if not chunk.import_id and any(
        settlement.settled_as is SettledAs.IMPORTED for settlement in settlements
    ):
        raise ConfigurationError(f"journal: chunk {chunk.chunk_id} has imported rows but no import")
