"""Whether an external id is that of another person.

Guarantee: pure and sequential; the result does not depend on how rows are cut into blocks. No row
is a duplicate of one that is rejected here.

The same id on rows of one person is what a duplicate is, and matching says who is one person. So
this comes after matching: of two people with one id the later row is invalid. The ids of duplicates
and of suppressed rows count too. Those of invalid rows do not, since such a row may come again,
corrected.

Memory: 24 to 28 bytes for each id, and a dict's entry for each row that is rejected. Of an id, 64
bits of a digest are kept: among ten million, the odds that two different ones agree are one in
400,000.
"""

from array import array
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from cxone_async.matching.blocking_index import BlockingIndex
from cxone_async.matching.policy import KEPT, Duplicate, MatchDecision
from cxone_async.outcome import Outcome, Problem, Reason, RowOutcome

_HALF = (1 << 32) - 1


class ExternalIds:
    """The external ids of rows, each with the first row that had it."""

    def __init__(self) -> None:
        self._index = BlockingIndex()
        self._digests = array("I")  # the half that is not the key
        self._rows = array("I")

    def first_row(self, external_id: str, row: int) -> int:
        """Return the first row that had this id; remember it as `row`'s, if no one had it."""
        whole = int.from_bytes(blake2b(external_id.encode(), digest_size=8).digest())
        key, half = whole >> 32, whole & _HALF
        for at in self._index.find(key):
            if self._digests[at] == half:
                return self._rows[at]
        self._index.put((key,), len(self._rows))
        self._digests.append(half)
        self._rows.append(row)
        return row


class ExternalIdCheck:
    """Goes through the decisions of matching, block by block."""

    def __init__(self) -> None:
        self._ids = ExternalIds()
        # By rejected row: the row that is kept for its person, 0 as long as there is none. Rows
        # of one person share it.
        self._kept_for: dict[int, array[int]] = {}

    def judge(
        self,
        rows: Sequence[int],
        external_ids: Sequence[str],
        decisions: Sequence[MatchDecision],
        decided: Iterable[RowOutcome],
    ) -> list[MatchDecision | Problem]:
        """Return the decisions on `rows`, with a problem for each id of another person.

        A duplicate of a rejected row is kept instead of it, or is a duplicate of the row that was.
        `decided` are the block's other rows, in order.
        """
        suppressed = [
            one for one in decided if one.outcome is Outcome.SUPPRESSED and one.external_id
        ]
        judged: list[MatchDecision | Problem] = []
        passed = 0
        for row, external_id, decision in zip(rows, external_ids, decisions, strict=True):
            while passed < len(suppressed) and suppressed[passed].row < row:
                self._remember(suppressed[passed])
                passed += 1
            judged.append(self._judged(row, external_id, decision))
        for one in suppressed[passed:]:
            self._remember(one)
        return judged

    def _remember(self, one: RowOutcome) -> None:
        self._ids.first_row(one.external_id, one.row)

    def _judged(
        self, row: int, external_id: str, decision: MatchDecision
    ) -> MatchDecision | Problem:
        first_row = self._ids.first_row(external_id, row) if external_id else row
        kept: array[int] | None = None
        if isinstance(decision, Duplicate):
            kept = self._kept_for.get(decision.of_row)
            if kept is None:
                return decision
            if kept[0]:
                return Duplicate(kept[0], decision.rule, decision.score)
            decision = KEPT
        if first_row != row:
            self._kept_for[row] = kept if kept is not None else array("I", [0])
            return Problem(
                Reason.EXTERNAL_ID_REPEATED, f"external_id: that of row {first_row}, another person"
            )
        if kept is not None:
            kept[0] = row
        return decision
