"""Everything that can stand in a journal, and its bytes.

A journal is one sequence of events. The first is `RunStarted`, the last of a finished run is
`RunFinished`; between them are the run's chunk and segment events (`fold` enforces that).

An event is stored as a MessagePack array whose first element is its tag; the names of its fields
are not stored. Guarantee: the bytes of an event never change between versions. Fields are only
added at the end, with a default; anything else needs a new schema version.
"""

from typing import TypeVar

import msgspec
from msgspec.msgpack import Decoder

from cxone_async.encoded import encoded
from cxone_async.errors import ConfigurationError
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import ChunkEvent, RowSettlement, Settled
from cxone_async.journal.segments import SegmentEvent
from cxone_async.journal.starts import StartUsed


class RunStarted(msgspec.Struct, frozen=True, tag="run_started", array_like=True):
    """The run exists. `keeps_head` is False in journals written before heads were kept (`head`)."""

    identity: RunIdentity
    keeps_head: bool = False


class JournalLossAccepted(
    msgspec.Struct, frozen=True, tag="journal_loss_accepted", array_like=True
):
    """The journal had lost its end, and a person has said to go on.

    `submissions` had begun by then, so far as is known. Rows up to `highest_row` may be in those
    that are lost. None of them is sent any more.
    """

    submissions: int
    highest_row: int


class RunFinished(msgspec.Struct, frozen=True, tag="run_finished", array_like=True):
    """Every row has its outcome. `summary` is the run's totals as JSON.

    `file_digests` holds, by name, the SHA-256 in hex of each file that the run wrote.
    It is empty in journals written before digests were kept.
    """

    summary: bytes
    file_digests: dict[str, str] = {}


JournalEvent = (
    RunStarted | ChunkEvent | SegmentEvent | JournalLossAccepted | StartUsed | RunFinished
)

Decoded = TypeVar("Decoded")


_encoder = msgspec.msgpack.Encoder()
_any: Decoder[JournalEvent] = Decoder(JournalEvent)
_settled: Decoder[Settled] = Decoder(Settled)


def encode(event: JournalEvent) -> bytes:
    """The bytes of an event; inverse of `decode`."""
    return encoded(_encoder, event)


def decode(payload: bytes) -> JournalEvent:
    """The event in `payload`. Raises ConfigurationError when it holds none."""
    return _decode(_any, payload)


def settlements_in(payload: bytes) -> tuple[RowSettlement, ...]:
    """The settlements in the payload of a `Settled`. Raises ConfigurationError for any other."""
    return _decode(_settled, payload).settlements


def kind_of(event_type: type[JournalEvent]) -> str:
    """The tag of an event type, as the journal names it."""
    return str(event_type.__struct_config__.tag)


def subject_of(event: JournalEvent) -> str:
    """The id of the chunk or segment batch that an event is about; "" for the run's own."""
    match event:
        case RunStarted() | JournalLossAccepted() | StartUsed() | RunFinished():
            return ""
        case _ if isinstance(event, SegmentEvent):
            return event.batch_id
        case _:
            return event.chunk_id


def _decode(decoder: Decoder[Decoded], payload: bytes) -> Decoded:
    try:
        return decoder.decode(payload)
    except msgspec.DecodeError:
        # Its text may quote the payload, which is about people.
        raise ConfigurationError("journal: an event cannot be read: it is damaged") from None
