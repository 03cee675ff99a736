"""The second child of a run: finds the duplicates among what the first one has normalised."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import BinaryIO

import msgspec

from cxone_async.errors import RunError
from cxone_async.ledger.port import KnownPeople
from cxone_async.matching.definition import Item, ParallelMap, Result
from cxone_async.prepare.child_process import (
    Failed,
    NormalisedBlock,
    PreparedBlock,
    read_frame,
    write_frame,
)
from cxone_async.prepare.match_stage import MatchStage
from cxone_async.prepare.rows import MatchJob


def serve_matching(source: BinaryIO, target: BinaryIO) -> None:
    """Decide each normalised block; pass on why the first child failed, or the ledger."""
    encode = msgspec.msgpack.Encoder().encode
    decode = msgspec.msgpack.Decoder(NormalisedBlock | Failed).decode
    job = msgspec.msgpack.decode(read_frame(source), type=MatchJob)
    try:
        with ThreadPoolExecutor(1) as second_thread:
            stage = MatchStage(job, map_with(second_thread), _known_people(job))
            while body := read_frame(source):
                block = decode(body)
                if isinstance(block, NormalisedBlock):
                    body = encode(PreparedBlock(stage.decide(block.normalised)))
                write_frame(target, body)
    except RunError as error:
        write_frame(target, encode(Failed(type(error).__name__, str(error))))
    write_frame(target, b"")


def _known_people(job: MatchJob) -> KnownPeople | None:
    """Open the ledger that the job names; SQLite is loaded only for one."""
    if job.known is None:
        return None
    from cxone_async.ledger.known_people import SqliteKnownPeople  # noqa: PLC0415

    return SqliteKnownPeople(job.known)


def map_with(executor: Executor) -> ParallelMap:
    """Return a `map` that handles the first item in this thread and the rest in `executor`."""

    def map_in_parallel(
        function: Callable[[Item], Result], items: Sequence[Item], /
    ) -> Iterable[Result]:
        first, *rest = items
        futures = [executor.submit(function, item) for item in rest]
        return [function(first), *(future.result() for future in futures)]

    return map_in_parallel
