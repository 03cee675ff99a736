"""One run: its tasks, their order, and how they end.

Guarantee: a run ends in one of two ways.

* Every task finishes, in the order producer, workers, segmenter, collector, and every row has an
  outcome.
* The first reason to stop (a signal, the deadline, a guard, an error in any task) drains the run:
  nothing new is submitted, tasks that leave no doubt are cancelled at once, and submissions in
  flight get the grace period to become durable. Then that reason is raised. A second request to
  stop ends the grace period.

No task lets an exception reach the task group. The group would cancel submissions in flight, and
their rows would end as `unresolved`.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from typing import Any

from cxone_async.errors import CXoneError
from cxone_async.load.collector import Collector
from cxone_async.load.deadline import Deadline
from cxone_async.load.producer import Producer
from cxone_async.load.segmenter import Segmenter
from cxone_async.load.worker import Worker
from cxone_async.logs import log


class Run:
    """Runs the producer, workers, segmenter and collector of one run."""

    def __init__(
        self,
        *,
        producer: Producer,
        workers: Sequence[Worker],
        segmenter: Segmenter | None,
        collector: Collector,
        grace_s: float,
        deadline: Deadline,
    ) -> None:
        self._producer = producer
        self._workers = workers
        self._segmenter = segmenter
        self._collector = collector
        self._grace_s = grace_s
        self._deadline = deadline
        self._reason: Exception | None = None
        self._stopped = asyncio.Event()
        self._stop_at_once = asyncio.Event()

    def stop(self, reason: CXoneError) -> None:
        """Begin to drain; if already draining, end at once. Safe to call in a signal handler."""
        if self._stopped.is_set():
            self._stop_at_once.set()
        self._stop_for(reason)

    async def execute(self, blocks: AsyncIterator[bytes]) -> None:
        """Run to the end. Raises the reason if the run had to stop early."""
        async with asyncio.TaskGroup() as group:

            def start(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
                return group.create_task(self._guarded(work), name=name)

            producer = start(self._producer.run(blocks), "producer")
            workers = [
                start(worker.run(), f"worker-{number}")
                for number, worker in enumerate(self._workers, 1)
            ]
            segmenter = start(self._segmenter.run(), "segmenter") if self._segmenter else None
            collector = start(self._collector.run(), "collector")
            deadline = start(self._keep_deadline(), "deadline")
            drain = start(
                self._drain_when_stopped([producer, *filter(None, [segmenter])], workers), "drain"
            )
            await asyncio.wait([producer])
            await asyncio.wait(workers)
            if self._segmenter and segmenter:
                self._segmenter.end()
                await asyncio.wait([segmenter])
            if self._stopped.is_set():
                await asyncio.wait([drain])
                collector.cancel()
            else:
                await self._collector.end()
                await asyncio.wait([collector])
            deadline.cancel()
            drain.cancel()
        if self._reason is not None:
            raise self._reason

    def _stop_for(self, reason: Exception) -> None:
        if self._reason is None:
            self._reason = reason
        self._stopped.set()

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            self._stop_for(error)

    async def _keep_deadline(self) -> None:
        raise await self._deadline.passed()

    async def _drain_when_stopped(
        self, cancellable: Iterable[asyncio.Task[None]], workers: Sequence[asyncio.Task[None]]
    ) -> None:
        """Once stopped, cancel what leaves no doubt and give the rest the grace period."""
        await self._stopped.wait()
        in_doubt = []
        for worker, task in zip(self._workers, workers, strict=True):
            worker.stopping = True
            if worker.in_doubt and not task.done():
                in_doubt.append(task)
            else:
                task.cancel()
        for task in cancellable:
            task.cancel()
        log.warning("draining", grace_s=self._grace_s, in_flight=len(in_doubt))
        if in_doubt:
            enough = asyncio.create_task(self._told_to_stop_at_once(in_doubt))
            await asyncio.wait(in_doubt, timeout=self._grace_s)
            for task in (enough, *in_doubt):
                task.cancel()

    async def _told_to_stop_at_once(self, tasks: Iterable[asyncio.Task[None]]) -> None:
        await self._stop_at_once.wait()
        for task in tasks:
            task.cancel()
