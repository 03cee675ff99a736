"""Stops a run that is going wrong before it sends more.

Guarantee: pure arithmetic on the counts so far. While the input is read, a guard judges nothing
before `MINIMUM_ROWS` rows, because the first rows of a list are not a fair sample of it. Once the
whole input is read it is judged whatever its size. Nothing may be sent before the first judgement.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final

import msgspec

from cxone_async.errors import CommonReason, GuardTrippedError
from cxone_async.outcome import LEDGER_RULE, Outcome, Reason, RowOutcome

MINIMUM_ROWS: Final = 1000

MOST_ROWS_HELD: Final = 50_000
"""Rows that wait in memory for a large `min_rows`: some 30 MiB. A longer list is sent from there
on, and is judged again at its end."""

REASONS_TOLD: Final = 3
ROWS_NAMED: Final = 2

REFUSALS_IN_A_ROW: Final = 500
"""A whole submission, and more, of contacts that the tenant refuses for one reason: the fault is
the list's or the campaign's, and every further request is lost."""


class ReasonCounts:
    """How many rows have each reason or rule, and which were the first."""

    def __init__(self) -> None:
        self._rows: Counter[tuple[Outcome, str]] = Counter()
        self._first_rows: dict[tuple[Outcome, str], list[int]] = {}

    @property
    def rows(self) -> Mapping[tuple[Outcome, str], int]:
        """How many rows have each; what is returned changes with what is added."""
        return self._rows

    def add(self, outcomes: Iterable[RowOutcome]) -> None:
        """Count outcomes that have a reason or a rule."""
        for one in outcomes:
            if code := one.reason or one.rule:
                key = one.outcome, code
                self._rows[key] += 1
                if self._rows[key] <= ROWS_NAMED:
                    self._first_rows.setdefault(key, []).append(one.row)

    def commonest(self, outcomes: Collection[Outcome], of_rows: int) -> tuple[CommonReason, ...]:
        """Return the commonest reasons of rows with one of `outcomes`, the largest first."""
        found = [
            (-rows, key)
            for key, rows in self._rows.items()
            if key[0] in outcomes and key[1] != LEDGER_RULE
        ]
        return tuple(
            CommonReason(key[0].value, key[1], -negated, of_rows, tuple(self._first_rows[key]))
            for negated, key in sorted(found)[:REASONS_TOLD]
        )


class Guards(msgspec.Struct, frozen=True):
    """The largest shares allowed, between 0 and 1, and the fewest rows.

    None and 1 switch a share off, 0 switches the fewest rows off.
    """

    max_duplicate_rate: float | None = None
    max_failure_rate: float | None = None
    max_invalid_rate: float | None = None
    min_rows: int = 0

    @property
    def rows_before_sending(self) -> int:
        """How many rows must be read before one is sent, unless the input ends before."""
        limits = (self.max_duplicate_rate, self.max_invalid_rate)
        if not self.min_rows and all(limit is None or limit >= 1 for limit in limits):
            return 0
        return min(max(MINIMUM_ROWS, self.min_rows), MOST_ROWS_HELD)

    def check(
        self, counts: Counter[Outcome], rows_read: int, reasons: ReasonCounts | None = None
    ) -> None:
        """Raise GuardTrippedError when too many of the rows read so far are bad.

        `counts` and `reasons` are those of preparation alone. A contact that the tenant has
        already is no duplicate of the input's.
        """
        if rows_read >= MINIMUM_ROWS:
            self._check_input(counts, rows_read, reasons)

    def check_answers(self, counts: Counter[Outcome], reasons: ReasonCounts | None = None) -> None:
        """Raise GuardTrippedError when too many of the rows that the tenant answered have failed.

        Answered are rows that were imported, failed or are unresolved.
        """
        bad = counts[Outcome.FAILED] + counts[Outcome.UNRESOLVED]
        answered = bad + counts[Outcome.IMPORTED]
        if answered >= MINIMUM_ROWS:
            bad_outcomes = (Outcome.FAILED, Outcome.UNRESOLVED)
            _compare("failure", bad, answered, self.max_failure_rate, bad_outcomes, reasons)

    def check_whole(
        self, counts: Counter[Outcome], rows_read: int, reasons: ReasonCounts | None = None
    ) -> None:
        """Raise GuardTrippedError when the whole input, of `rows_read` rows, trips a guard."""
        if rows_read < self.min_rows:
            raise GuardTrippedError(
                f"stopped by --min-rows: the input has {rows_read:,} "
                f"{'row' if rows_read == 1 else 'rows'}, fewer than {self.min_rows:,}; "
                "if that is right, run the same command with a lower limit"
            )
        self._check_input(counts, rows_read, reasons)

    def _check_input(
        self, counts: Counter[Outcome], rows_read: int, reasons: ReasonCounts | None
    ) -> None:
        for what, outcome, limit in (
            ("invalid", Outcome.INVALID, self.max_invalid_rate),
            ("duplicate", Outcome.DUPLICATE, self.max_duplicate_rate),
        ):
            _compare(what, counts[outcome], rows_read, limit, (outcome,), reasons)


_BAD_OF_THE_INPUT: Final = frozenset({Outcome.INVALID, Outcome.DUPLICATE})

_row: Final = attrgetter("row")


class InputCheck:
    """Judges one input by its guards while it is read; every method raises GuardTrippedError.

    `rows_sent` are the rows that earlier starts of the run have sent.
    """

    def __init__(self, guards: Guards, rows_sent: int = 0) -> None:
        self._guards = guards
        self._rows_sent = rows_sent
        self._counts: Counter[Outcome] = Counter()
        self._reasons = ReasonCounts()
        self._is_over = False
        self._rows_read = 0
        self._judged_rows = 0

    def add(self, decided: Sequence[RowOutcome], rows_read: int) -> None:
        """Count what preparation decided of the next rows, in any order; `rows_read` includes them.

        The input is judged at its thousandth row and at each bad one from there on, so that it does
        not depend on how many rows come together whether a run is stopped.
        """
        try:
            for one in sorted(decided, key=_row):
                if self._judged_rows < MINIMUM_ROWS < one.row:
                    self._judge(MINIMUM_ROWS)
                self._reasons.add((one,))
                if one.rule == LEDGER_RULE:
                    continue  # that a list comes again is no fault of the list
                self._counts[one.outcome] += 1
                if one.row >= MINIMUM_ROWS and one.outcome in _BAD_OF_THE_INPUT:
                    self._judge(one.row)
            if self._judged_rows < MINIMUM_ROWS <= rows_read:
                self._judge(MINIMUM_ROWS)
        except GuardTrippedError as error:
            raise self._with_what_was_sent(error) from None
        finally:
            self._rows_read = rows_read

    def _judge(self, rows: int) -> None:
        self._judged_rows = rows
        self._guards.check(self._counts, rows, self._reasons)

    def end(self) -> None:
        """Judge the whole input."""
        try:
            self._guards.check_whole(self._counts, self._rows_read, self._reasons)
        except GuardTrippedError as error:
            raise self._with_what_was_sent(error) from None
        finally:
            self._is_over = True

    @property
    def reasons(self) -> Mapping[tuple[Outcome, str], int]:
        """How many rows preparation has given each reason or rule."""
        return self._reasons.rows

    @property
    def allows_sending(self) -> bool:
        """Whether enough rows were judged for the first of them to be sent."""
        return self._is_over or self._rows_read >= self._guards.rows_before_sending

    def _with_what_was_sent(self, error: GuardTrippedError) -> GuardTrippedError:
        something = self._rows_sent or (self._rows_read and self.allows_sending)
        what = "what was sent stays sent" if something else "nothing was sent"
        return GuardTrippedError(f"{error}; {what}", error.reasons)


class RefusalStreak:
    """Notices that the tenant refuses one contact after the other, all for one reason.

    It looks at this start's answers only, so a resumed run can go on where one was stopped.
    """

    def __init__(self) -> None:
        self._reason = ""
        self._reasons = ReasonCounts()
        self._count = 0

    def add(self, outcomes: Iterable[RowOutcome]) -> None:
        """Take in rows that the tenant has answered.

        Raises GuardTrippedError after `REFUSALS_IN_A_ROW` final refusals for one reason without
        any other answer between them.
        """
        for one in outcomes:
            is_final = one.outcome is Outcome.FAILED and one.reason != Reason.RETRIES_EXHAUSTED
            reason = one.reason if is_final else ""
            if reason != self._reason:
                self._reason, self._count, self._reasons = reason, 0, ReasonCounts()
            if reason:
                self._count += 1
                self._reasons.add([one])
        if self._count >= REFUSALS_IN_A_ROW:
            raise GuardTrippedError(
                f"stopped: the tenant refused {self._count:,} contacts in a row, every one as "
                f"{self._reason}; what was taken before stays; find out why, then run the same "
                "command to resume",
                self._reasons.commonest((Outcome.FAILED,), self._count),
            )


_ENDED: Final = {
    "invalid": "are invalid",
    "duplicate": "are duplicates",
    "failure": "failed or are unresolved",
}


def _compare(
    what: str,
    part: int,
    whole: int,
    limit: float | None,
    outcomes: Collection[Outcome],
    reasons: ReasonCounts | None,
) -> None:
    if limit is not None and part > limit * whole:
        raise GuardTrippedError(
            f"stopped by --max-{what}-rate: {part:,} of {whole:,} rows {_ENDED[what]}, "
            f"{part / whole:.1%}, over the limit of {limit:.1%}; correct the list, or run the same "
            "command with a higher limit to go on",
            reasons.commonest(outcomes, whole) if reasons else (),
        )
