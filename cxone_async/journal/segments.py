"""The life of a segment batch, as a table.

Guarantee: as for chunks, a batch's state is the fold of its events over
`SEGMENT_TRANSITIONS`. `ADDED` and `REFUSED` allow nothing more.

Adding a contact to a segment twice is harmless. So after a lost answer the batch is simply
intended again. A batch names rows, not contact ids: the ids are in the `Settled` events.
"""

from enum import StrEnum

import msgspec

from cxone_async.errors import ConfigurationError


class SegmentState(StrEnum):
    """Where a segment batch stands."""

    NEW = "new"
    ADDING = "adding"
    ADDED = "added"
    REFUSED = "refused"


class SegmentIntended(msgspec.Struct, frozen=True, tag="segment_intended", array_like=True):
    """The contacts of these imported rows are about to be added to the segment."""

    batch_id: str
    rows: tuple[int, ...]


class SegmentAdded(msgspec.Struct, frozen=True, tag="segment_added", array_like=True):
    """The tenant confirmed the batch: its rows are in the segment."""

    batch_id: str


class SegmentRefused(msgspec.Struct, frozen=True, tag="segment_refused", array_like=True):
    """The batch will not be added as it is; its rows may go into other batches.

    `reason` is a code, never a value of a contact.
    """

    batch_id: str
    reason: str


SegmentEvent = SegmentIntended | SegmentAdded | SegmentRefused

SEGMENT_TRANSITIONS: dict[tuple[SegmentState, type[SegmentEvent]], SegmentState] = {
    (SegmentState.NEW, SegmentIntended): SegmentState.ADDING,
    (SegmentState.ADDING, SegmentIntended): SegmentState.ADDING,
    (SegmentState.ADDING, SegmentAdded): SegmentState.ADDED,
    (SegmentState.ADDING, SegmentRefused): SegmentState.REFUSED,
}


class SegmentProjection(msgspec.Struct, frozen=True):
    """A batch as its events so far tell it."""

    batch_id: str
    state: SegmentState = SegmentState.NEW
    rows: tuple[int, ...] = ()
    reason: str = ""


def advance_segment(batch: SegmentProjection, event: SegmentEvent) -> SegmentProjection:
    """Return `batch` after `event`.

    Raises ConfigurationError for an event that the table does not allow, for a batch
    that names no row or one twice, and for one that changed its rows.
    """
    state = SEGMENT_TRANSITIONS.get((batch.state, type(event)))
    if state is None:
        raise ConfigurationError(
            f"journal: segment batch {batch.batch_id} cannot go from {batch.state} by "
            f"{type(event).__name__}"
        )
    match event:
        case SegmentIntended(rows=rows):
            if batch.rows and batch.rows != rows:
                raise ConfigurationError(
                    f"journal: segment batch {batch.batch_id} changed its rows"
                )
            if not rows or len(set(rows)) != len(rows):
                raise ConfigurationError(
                    f"journal: segment batch {batch.batch_id} does not name one row or more, "
                    "each once"
                )
            return msgspec.structs.replace(batch, state=state, rows=rows)
        case SegmentRefused(reason=reason):
            return msgspec.structs.replace(batch, state=state, reason=reason)
        case _:
            return msgspec.structs.replace(batch, state=state)
