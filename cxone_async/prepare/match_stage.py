"""The second stage of preparation: finds the duplicates. It remembers all rows."""

from collections.abc import Sequence

from cxone_async.matching.definition import ParallelMap
from cxone_async.matching.policy import Duplicate, Kept, MatchDecision
from cxone_async.matching.registry import new_matcher
from cxone_async.outcome import Outcome, Problem, Reason, Resemblance, RowOutcome
from cxone_async.prepare.decided_pairs import DecidedMatching, DecisionCounts
from cxone_async.prepare.external_ids import ExternalIdCheck
from cxone_async.prepare.rows import MatchJob, Normalised, Prepared


class MatchStage:
    """Finds the duplicates in one input: `decide` each normalised block, in order.

    `any-field` gives half of its work to `parallel_map`.
    """

    def __init__(self, job: MatchJob, parallel_map: ParallelMap = map) -> None:
        self._matcher = new_matcher(job.match, job.threshold, parallel_map)
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
                _duplicate(row, line, repairs, decision, external_id)
                if isinstance(decision, Duplicate)
                else _repeated_id(row, line, pending.raws[at], decision, external_id)
            )
        return Prepared(
            normalised.rows,
            decided,
            pending.only(is_kept),
            resemblances,
            self._matcher.statistics() if normalised.is_last else {},
            normalised.no_rows,
            self._decided.counts()
            if self._decided is not None and normalised.is_last
            else DecisionCounts(),
            normalised.countries,
        )


def _duplicate(
    row: int, line: int, repairs: str, decision: Duplicate, external_id: str
) -> RowOutcome:
    return RowOutcome(
        row,
        line,
        Outcome.DUPLICATE,
        duplicate_of=decision.of_row,
        rule=decision.rule,
        score=decision.score,
        repairs=repairs,
        external_id=external_id,
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
