"""Turns blocks of bytes into decided rows and encoded contacts.

Guarantee: pure and sequential. The result depends on the bytes and the job only, not on how the
bytes were cut into blocks. So a run resumed by the same version makes every decision again in the
same way. Another version may read a row otherwise: `load.producer` raises when a row that was sent
is not ready any more.

This is all the CPU work of a run, in two stages: `normalise_stage` and `match_stage`. Each can run
in a process of its own (`subprocesses`). Blocks of rows cross between processes, not single rows.
"""

from cxone_async.ledger.port import KnownPeople
from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.match_stage import MatchStage
from cxone_async.prepare.normalise_stage import NormaliseStage
from cxone_async.prepare.rows import Prepared


class Preparer:
    """Both stages in one process: `feed` each block in order, then `finish`.

    Raises the same errors as `NormaliseStage`.
    """

    def __init__(self, job: PrepareJob, known: KnownPeople | None = None) -> None:
        self._normalise = NormaliseStage(job)
        self._match = MatchStage(job.for_matching, known=known)

    def feed(self, block: bytes) -> Prepared:
        """Prepare one block."""
        return self._match.decide(self._normalise.feed(block))

    def finish(self) -> Prepared:
        """Prepare the rest at the end of the input."""
        return self._match.decide(self._normalise.finish())
