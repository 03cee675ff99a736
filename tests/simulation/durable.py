"""What the journal holds at each instant, read from the commits that reached the disk.

The entries are decoded with a MessagePack decoder and folded by separate rules, so that the
journal's code does not check itself.
"""

from collections.abc import Iterable
from typing import Any

import msgspec


class Durable:
    """The durable state of a run. Contradictions go to `blame(invariant, text)`."""

    def __init__(self, blame: Any) -> None:
        self._blame = blame
        self._decode = msgspec.msgpack.Decoder(list[Any]).decode
        self.state: dict[str, str] = {}
        self.rows: dict[str, tuple[tuple[int, int], ...]] = {}
        self.import_ids: dict[str, str] = {}
        self.known_imports: set[str] = set()
        self.ends: dict[int, tuple[str, str, str, int]] = {}
        """By row: outcome, reason, contact id, attempt."""
        self.member_ids: set[str] = set()
        self.batch_rows: dict[str, tuple[int, ...]] = {}
        self.segment_rows: set[int] = set()
        self.open_batches: set[str] = set()
        self.finished = False
        self.imported = 0
        self.ended = 0

    def ends_run(self, entry: Any) -> bool:
        """Tell whether this entry is the last that a run writes."""
        return bool(self._decode(entry.payload)[0] == "run_finished")

    def take(self, entries: Iterable[Any]) -> list[str]:
        """Apply the entries of a commit; return their kinds."""
        return self.take_payloads(entry.payload for entry in entries)

    def take_payloads(self, payloads: Iterable[bytes]) -> list[str]:
        """Apply events as they are stored; return their kinds."""
        kinds = []
        for payload in payloads:
            event = self._decode(payload)
            kinds.append(event[0])
            getattr(self, f"_{event[0]}")(*event[1:])
        return kinds

    def _run_started(self, *_: Any) -> None:
        """Say nothing of rows."""

    def _journal_loss_accepted(self, *_: Any) -> None:
        """Say nothing of rows."""

    def _start_used(self, *_: Any) -> None:
        """Say nothing of rows."""

    def _intended(self, chunk: str, rows: list[list[int]]) -> None:
        named = tuple((row, attempt) for row, attempt in rows)
        for row, _ in named:
            if row in self.ends:
                self._blame("terminal-never-changes", f"row {row} is intended after its end")
        if self.state.get(chunk) == "settled":
            self._blame("terminal-never-changes", f"chunk {chunk} is intended after its end")
        self.state[chunk], self.rows[chunk] = "intended", named

    def _bounced(self, chunk: str) -> None:
        self.state[chunk] = "bounced"

    def _accepted(self, chunk: str, import_id: str) -> None:
        self.state[chunk], self.import_ids[chunk] = "accepted", import_id
        self.known_imports.add(import_id)

    def _settled(self, chunk: str, ends: list[list[Any]]) -> None:
        before = self.state.get(chunk)
        if before == "settled":
            self._blame("terminal-never-changes", f"chunk {chunk} is settled twice")
        attempts = dict(self.rows.get(chunk, ()))
        for row, settled_as, contact_id, reason, *_ in ((*end, "", "", "")[:5] for end in ends):
            if settled_as in ("retry", "split"):
                continue
            if row in self.ends:
                self._blame("terminal-never-changes", f"row {row} ends twice")
            self.ends[row] = (settled_as, reason, contact_id, attempts.get(row, 0))
            self.ended += 1
            if settled_as == "imported":
                self.imported += 1
                self.member_ids.add(contact_id)
                if before != "accepted":
                    self._blame("imported-is-true", f"row {row} is imported from {before}")
        self.state[chunk] = "settled"

    def _segment_intended(self, batch: str, rows: list[int]) -> None:
        self.batch_rows[batch] = tuple(rows)
        self.open_batches.add(batch)

    def _segment_added(self, batch: str) -> None:
        self.segment_rows.update(self.batch_rows[batch])
        self.open_batches.discard(batch)

    def _segment_refused(self, batch: str, *_: Any) -> None:
        self.open_batches.discard(batch)

    def _run_finished(self, *_: Any) -> None:
        self.finished = True
