"""The import ids that the tenant has given to the chunks of this run, in all of its starts.

An id that two chunks have names neither of their imports for certain: an answer to a poll may be
about either one, and may have been on its way since before the second was taken.
"""

from collections.abc import Iterable


class ImportIds:
    """Whose each import id is."""

    def __init__(self, given: Iterable[tuple[str, str]] = ()) -> None:
        self._chunk_of: dict[str, str] = {}
        self._shared: set[str] = set()
        for import_id, chunk_id in given:
            self.give(import_id, chunk_id)

    def give(self, import_id: str, chunk_id: str) -> None:
        """Note that the tenant has given `import_id` to a chunk; the same chunk may come again."""
        if self._chunk_of.setdefault(import_id, chunk_id) != chunk_id:
            self._shared.add(import_id)

    def is_shared(self, import_id: str) -> bool:
        """Say whether two chunks have this id."""
        return import_id in self._shared
