"""What a command takes from outside, apart from its event loop and its disk."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cxone_async.prepare.job import PrepareJob
from cxone_async.prepare.port import Preparation
from cxone_async.prepare.subprocesses import PreparationProcess
from cxone_async.report.reconciliation import Reconciliation


@dataclass(frozen=True, slots=True)
class Environment:
    """Random numbers, the clock, and where preparation runs. A simulation brings its own.

    Run ids are drawn from `rng`, so two runs must not share a seed. `wall_clock_s` returns
    seconds since the epoch.
    """

    rng: random.Random = field(default_factory=random.SystemRandom)
    wall_clock_s: Callable[[], float] = time.time
    preparation: Callable[[PrepareJob], Preparation] = PreparationProcess

    def now_text(self) -> str:
        """Return the time in UTC as ISO 8601, to the second."""
        moment = datetime.fromtimestamp(self.wall_clock_s(), UTC)
        return moment.isoformat(timespec="seconds")


class RunResult(NamedTuple):
    """The run directory and the result of a run."""

    run_directory: Path
    reconciliation: Reconciliation
