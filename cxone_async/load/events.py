"""What happens in a run, as events for whoever observes it."""

from collections.abc import Callable

import msgspec

from cxone_async.tenant.events import TenantEvent


class BlockPrepared(msgspec.Struct, frozen=True, gc=False):
    """A block of the input was read, checked and matched.

    `row_count` counts its records: `decided_count` of them have their outcome, `ready_count`
    are going to be sent.
    """

    row_count: int
    decided_count: int
    ready_count: int


class ChunkSubmitted(msgspec.Struct, frozen=True, gc=False):
    """The tenant accepted a chunk, and that is durable."""

    chunk_id: str
    import_id: str
    contact_count: int


class ImportFinished(msgspec.Struct, frozen=True, gc=False):
    """The tenant told how an import ended, and that is durable.

    `duration_s` runs from the acceptance, or from the start that resumed, to the end. Contacts
    that are neither imported, failed nor unresolved are going to be sent again.
    """

    chunk_id: str
    import_id: str
    duration_s: float
    imported_count: int
    failed_count: int
    unresolved_count: int


LoadEvent = BlockPrepared | ChunkSubmitted | ImportFinished

ObserveLoad = Callable[[LoadEvent | TenantEvent], None]


def unobserved(_event: LoadEvent | TenantEvent) -> None:
    """Tell nobody."""
