"""What keeps the tenant's memory over a restart: `state_file`, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from cxone_async.mock_tenant.state import Import


class KeptImport(NamedTuple):
    """An import of an earlier start of the tenant. `age_s`: how long ago it was accepted."""

    import_id: str
    list_id: str
    idempotency_key: str
    body: bytes
    result_codes: bytes
    age_s: float
    latency_s: float


class CannotKeepError(Exception):
    """What the tenant accepted could not be kept. Its words hold nothing of a contact."""


class Keeper(Protocol):
    """Keeps what the tenant accepts, before it answers. Raises `CannotKeepError`."""

    def has_room(self, new_bytes: int) -> bool:
        """Whether a submission of so many bytes still fits."""
        ...

    def imports(self) -> Iterable[KeptImport]:
        """Return the imports kept, in the order in which they were accepted."""
        ...

    def members(self) -> Iterable[tuple[str, str, bytes]]:
        """Return segment, import, and one byte for each contact of it: 1 for a member."""
        ...

    def keep_import(self, accepted: Import, latency_s: float) -> None:
        """Keep an import."""
        ...

    def keep_members(self, segment_id: str, marks: Mapping[str, bytes | bytearray]) -> None:
        """Keep who is in a segment now, of the imports given."""
        ...

    def forget(self) -> None:
        """Forget everything kept."""
        ...
