"""What happens in a run, as events for observers."""

from collections.abc import Callable

import msgspec

from cxone_async.tenant.events import TenantEvent


class BlockPrepared(msgspec.Struct, frozen=True, gc=False):
    """A block of the input was read, checked and matched.

    Of its `row_count` records, `decided_count` have their outcome and `ready_count` will be sent.
    The run waited `waited_s` for it.
    """

    row_count: int
    decided_count: int
    ready_count: int
    waited_s: float = 0.0


class ChunkSubmitted(msgspec.Struct, frozen=True, gc=False):
    """The tenant accepted a chunk, and the journal has recorded it.

    Its contacts are of rows from `first_row` to `last_row`, of which not all need be in it.
    """

    chunk_id: str
    import_id: str
    contact_count: int
    first_row: int = 0
    last_row: int = 0


class ImportFinished(msgspec.Struct, frozen=True, gc=False):
    """The tenant reported how an import ended, and the journal has recorded it.

    `duration_s` counts from when the tenant accepted the import, or from when a resumed run took
    it up. `duplicate_count` contacts were on the list already. Contacts that are not counted will
    be sent again.
    """

    chunk_id: str
    import_id: str
    duration_s: float
    imported_count: int
    failed_count: int
    unresolved_count: int
    duplicate_count: int = 0


class JournalCommitted(msgspec.Struct, frozen=True, gc=False):
    """The journal made what waited for it durable, in `duration_s`."""

    duration_s: float


LoadEvent = BlockPrepared | ChunkSubmitted | ImportFinished | JournalCommitted

ObserveLoad = Callable[[LoadEvent | TenantEvent], None]


def unobserved(_event: LoadEvent | TenantEvent) -> None:
    """Ignore the event."""
