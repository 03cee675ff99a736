"""Everything that can stand in a journal, and its bytes.

Guarantee: a journal is one sequence of events and nothing else. The first is
`RunStarted`, the last of a complete run is `RunFinished`; between them stand the chunk
and segment events of the run.

An event is kept as a MessagePack array whose first element is its tag. Fields are only
ever added at the end, with a default; anything else is a new schema version.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar, get_args

import msgspec
from msgspec.msgpack import Decoder

from cxone_async.errors import ConfigurationError
from cxone_async.journal.identity import RunIdentity
from cxone_async.journal.lifecycle import ChunkEvent, RowSettlement, Settled
from cxone_async.journal.segments import SegmentEvent


class RunStarted(msgspec.Struct, frozen=True, tag="run_started", array_like=True):
    """The run exists."""

    identity: RunIdentity


class RunFinished(msgspec.Struct, frozen=True, tag="run_finished", array_like=True):
    """Every row has its end. `summary` is the run's totals as JSON.

    `file_digests` holds, by name, the SHA-256 in hex of each file that the run wrote and that
    tells facts. It is empty in journals from before it was kept.
    """

    summary: bytes
    file_digests: dict[str, str] = {}


JournalEvent = RunStarted | ChunkEvent | SegmentEvent | RunFinished

Decoded = TypeVar("Decoded")


class StoredEvent(Protocol):
    """An event at rest."""

    @property
    def kind(self) -> str: ...
    @property
    def payload(self) -> bytes: ...


_encoder = msgspec.msgpack.Encoder()
_any: Decoder[JournalEvent] = Decoder(JournalEvent)
_chunk: Decoder[ChunkEvent] = Decoder(ChunkEvent)
_segment: Decoder[SegmentEvent] = Decoder(SegmentEvent)
_settled: Decoder[Settled] = Decoder(Settled)


def encode(event: JournalEvent) -> bytes:
    """The bytes of an event; inverse of `decode`."""
    return _encoder.encode(event)


def decode(payload: bytes) -> JournalEvent:
    """The event in `payload`. Raises ConfigurationError when there is none."""
    return _decode(_any, payload)


def ends_in(payload: bytes) -> tuple[RowSettlement, ...]:
    """The ends in the payload of a `Settled`. Raises ConfigurationError when it is none."""
    return _decode(_settled, payload).ends


def chunk_events(stored: Iterable[StoredEvent]) -> Iterator[ChunkEvent]:
    """The chunk events among `stored`; nothing else is decoded."""
    return (_decode(_chunk, event.payload) for event in stored if event.kind in _CHUNK_KINDS)


def segment_events(stored: Iterable[StoredEvent]) -> Iterator[SegmentEvent]:
    """The segment events among `stored`; nothing else is decoded."""
    return (_decode(_segment, event.payload) for event in stored if event.kind in _SEGMENT_KINDS)


def kind_of(event_type: type[JournalEvent]) -> str:
    """The tag of an event type, as the journal names it."""
    return str(event_type.__struct_config__.tag)


def subject_of(event: JournalEvent) -> str:
    """The id of the chunk or segment batch that an event is about; "" for the run's own."""
    match event:
        case RunStarted() | RunFinished():
            return ""
        case _ if isinstance(event, SegmentEvent):
            return event.batch_id
        case _:
            return event.chunk_id


_CHUNK_KINDS = frozenset(kind_of(event_type) for event_type in get_args(ChunkEvent))
_SEGMENT_KINDS = frozenset(kind_of(event_type) for event_type in get_args(SegmentEvent))


def _decode(decoder: Decoder[Decoded], payload: bytes) -> Decoded:
    try:
        return decoder.decode(payload)
    except msgspec.DecodeError:
        # Its text may quote the payload, which is about people.
        raise ConfigurationError("journal: an event cannot be read: it is damaged") from None
