"""The second stage of preparation: finds the duplicates. It remembers all rows."""

from collections.abc import Sequence
from itertools import compress

import msgspec

from cxone_async.ledger.person import pack_person
from cxone_async.ledger.port import KnownPeople
from cxone_async.matching.definition import ParallelMap
from cxone_async.matching.match_input import MatchInput
from cxone_async.matching.policy import Duplicate, Kept, MatchDecision, Matcher
from cxone_async.matching.registry import new_ledger_matcher, new_matcher
from cxone_async.outcome import LEDGER_RULE, Outcome, Problem, Reason, Resemblance, RowOutcome
from cxone_async.prepare.decided_pairs import DecidedMatching, DecisionCounts
from cxone_async.prepare.external_ids import ExternalIdCheck
from cxone_async.prepare.recalling import RecallingMatcher, is_of_earlier_run
from cxone_async.prepare.rows import MatchJob, Normalised, PendingRows, Prepared


class MatchStage:
    """Finds the duplicates in one input: `decide` each normalised block, in order.

    `any-field` gives half of its work to `parallel_map`. `known` are the people of earlier runs,
    if the job finds them.
    """

    def __init__(
        self, job: MatchJob, parallel_map: ParallelMap = map, known: KnownPeople | None = None
    ) -> None:
        self._recalling: RecallingMatcher | None = None
        self._matcher: Matcher
        if known is None:
            self._matcher = new_matcher(job.match, job.threshold, parallel_map)
        else:
            self._ledger_matcher = new_ledger_matcher(job.match, job.threshold)
            self._matcher = self._recalling = RecallingMatcher(self._ledger_matcher, known)
        self._decided = DecidedMatching(self._matcher, job.decided) if job.decided else None
        self._not_called = job.decided.not_called
        self._external_ids = ExternalIdCheck() if job.has_external_ids else None

    def decide(self, normalised: Normalised) -> Prepared:
        """Decide which contacts of a block are duplicates."""
        decided = normalised.decided.copy()
        is_kept: list[bool] = []
        resemblances: list[Resemblance] = []
        inputs, pending = normalised.inputs, normalised.pending
        matched = (
            self._decided.decide_all(inputs, normalised.decided)
            if self._decided is not None
            else self._matcher.decide_all(inputs)
        )
        decisions: Sequence[MatchDecision | Problem] = matched
        if self._external_ids is not None:
            decisions = self._external_ids.judge(
                pending.rows, pending.external_ids, matched, normalised.decided
            )
        for row, line, repairs, decision in zip(
            pending.rows, pending.lines, pending.repairs, decisions, strict=True
        ):
            external_id = pending.external_ids[len(is_kept)] if pending.external_ids else ""
            if isinstance(decision, Kept):
                if row in self._not_called:
                    is_kept.append(False)
                    decided.append(
                        _not_called(row, line, repairs, self._not_called[row], external_id)
                    )
                    continue
                resemblances += decision.resembles
                is_kept.append(True)
                continue
            at = len(is_kept)
            is_kept.append(False)
            decided.append(
                self._duplicate(row, line, repairs, decision, external_id)
                if isinstance(decision, Duplicate)
                else _repeated_id(row, line, pending.raws[at], decision, external_id)
            )
        return Prepared(
            normalised.rows,
            decided,
            self._with_people(pending.only(is_kept), inputs, is_kept),
            resemblances,
            self._matcher.statistics() if normalised.is_last else {},
            normalised.no_rows,
            self._decided.counts()
            if self._decided is not None and normalised.is_last
            else DecisionCounts(),
            normalised.countries,
        )

    def _duplicate(
        self, row: int, line: int, repairs: str, decision: Duplicate, external_id: str
    ) -> RowOutcome:
        of_row, rule, of_run = decision.of_row, decision.rule, ""
        if self._recalling is not None and is_of_earlier_run(decision):
            of_run, of_row = self._recalling.run_and_row(of_row)
            rule = LEDGER_RULE
        return RowOutcome(
            row,
            line,
            Outcome.DUPLICATE,
            duplicate_of=of_row,
            rule=rule,
            score=decision.score,
            repairs=repairs,
            external_id=external_id,
            duplicate_of_run=of_run,
        )

    def _with_people(
        self, ready: PendingRows, inputs: Sequence[MatchInput], is_kept: Sequence[bool]
    ) -> PendingRows:
        """Add what a ledger keeps of each row, if there is one."""
        if self._recalling is None:
            return ready
        of = self._ledger_matcher
        return msgspec.structs.replace(
            ready,
            people=[
                pack_person(of.ledger_keys(one), of.ledger_values(one))
                for one in compress(inputs, is_kept)
            ],
        )


def _not_called(
    row: int, line: int, repairs: str, marking_row: int, external_id: str
) -> RowOutcome:
    return RowOutcome(
        row,
        line,
        Outcome.SUPPRESSED,
        Reason.SUPPRESSED_ELSEWHERE,
        "a person has decided that it is the same as a row that is not to be called",
        duplicate_of=marking_row,
        repairs=repairs,
        external_id=external_id,
    )


def _repeated_id(row: int, line: int, raw: bytes, problem: Problem, external_id: str) -> RowOutcome:
    return RowOutcome(
        row,
        line,
        Outcome.INVALID,
        problem.reason,
        problem.detail,
        raw=raw,
        external_id=external_id,
    )
