"""The kinds of fault, the phases of a run that they can hit, and how often they did.

`IMPOSSIBLE` lists the cells that cannot be hit, each with its reason. In one CI run all others must
be hit; otherwise the simulation has become weaker.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

REQUEST_PHASES = ("token", "campaign", "submit", "poll", "segment")
PHASES = (*REQUEST_PHASES, "journal", "resume")
"""`resume` counts all faults in a start that resumes, in addition to their phase."""

CONNECT = ("connection_refused", "connection_silent")
WIRE = (
    "reset_before_body",
    "reset_during_body",
    "reset_after_body",
    "request_lost",
    "answer_lost",
    "late_delivery",
)
ANSWER = ("body_cut", "json_truncated", "json_invalid", "json_other_shape", "content_type_wrong")
STRAY = "stray_answer"
"""The answer comes whole, and then something that nobody asked for."""
STATUSES = (303, 304, 400, 401, 403, 404, 405, 408, 409, 413, 422, 425, 429, 500, 502, 503, 504)
STATUS = tuple(f"status_{status}" for status in STATUSES)
IMPORT = (
    "import_never_terminal",
    "import_failed",
    "import_failed_with_results",
    "import_not_found_yet",
    "import_forgotten",
    "long_wait_then_reset",
    "status_unknown",
    "status_backwards",
)
RESULTS = (
    "results_missing",
    "results_duplicated",
    "results_extra",
    "results_shuffled",
    "results_contradictory",
    "contact_id_missing",
)
REUSED = "import_id_reused"
JOURNAL = (
    "journal_write_fails",
    "journal_write_fails_durable",
    "killed_before_commit",
    "killed_after_commit",
    "killed_before_head",
    "killed_and_end_lost",
)
HEAD = ("killed_before_head",)
PROCESS = (
    "killed",
    "drained",
    "stopped_at_once",
    "second_process",
    "clock_jumped",
    "process_paused",
)

KINDS = (*CONNECT, *WIRE, *ANSWER, *STATUS, STRAY, *IMPORT, *RESULTS, REUSED, *JOURNAL, *PROCESS)
FATAL = frozenset({"status_303", "status_304", "status_400", "status_401", "status_403",
                   "status_404", "status_405", "status_409", "status_413", "status_422",
                   "status_425"})  # fmt: skip
"""Faults that may end a start with 77 or 78. They are rarer, because little happens after."""

_NOT_POLL = ("token", "campaign", "submit", "segment", "journal")
_NOT_JOURNAL = REQUEST_PHASES


def _cells(kinds: Iterable[str], phases: Iterable[str], why: str) -> dict[tuple[str, str], str]:
    return {(kind, phase): why for kind in kinds for phase in phases}


IMPOSSIBLE: dict[tuple[str, str], str] = {
    **_cells((*CONNECT, *WIRE, *ANSWER, *STATUS), ("journal",), "the journal is no server"),
    **_cells(
        (STRAY,), ("submit", "segment", "journal"), "their connections are closed after the answer"
    ),
    **_cells(("reset_during_body",), ("campaign", "poll"), "a GET has no body to be cut in"),
    **_cells(IMPORT, _NOT_POLL, "only a poll tells of an import"),
    **_cells(RESULTS, _NOT_POLL, "only a poll brings results"),
    **_cells(
        (REUSED,),
        ("token", "campaign", "poll", "segment", "journal"),
        "only a submission gets an import id",
    ),
    **_cells(JOURNAL, _NOT_JOURNAL, "a commit is no request"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A fault that a seed is sure to inject, at the nth chance in the named start.

    An nth of 0 is the commit that ends the run, after its files are written.
    """

    kind: str
    phase: str
    nth: int
    start: int


POSSIBLE = tuple(
    (kind, phase)
    for kind in KINDS
    for phase in (*REQUEST_PHASES, "journal")
    if (kind, phase) not in IMPOSSIBLE
)


class Injector:
    """Decides what goes wrong next, in one start."""

    def __init__(
        self,
        *,
        target: Target | None,
        kinds: frozenset[str],
        rate: float,
        is_resumed: bool,
        rng: random.Random,
        hits: Counter[tuple[str, str]],
    ) -> None:
        self._target = target
        self._kinds = kinds
        self._rate = rate
        self._is_resumed = is_resumed
        self._rng = rng
        self._hits = hits
        self._chances = 0
        self.since_success = 0
        """Faults since the tenant last processed a request and was heard."""

    def draw(
        self,
        phase: str,
        among: tuple[str, ...],
        more: tuple[str, ...] = (),
        *,
        is_last: bool = False,
    ) -> str:
        """Return the kind of fault that happens now, or ""; `among` names the possible ones."""
        target = self._target
        if target is not None and target.phase == phase and target.kind in (*among, *more):
            self._chances += 1
            if is_last if target.nth == 0 else self._chances == target.nth:
                self._target = None
                self.hit(target.kind, phase)
                return target.kind
        if self._rate and self._rng.random() < self._rate:
            enabled = [
                kind for kind in among if kind in self._kinds and (kind, phase) not in IMPOSSIBLE
            ]
            if enabled:
                kind = self._rng.choice(enabled)
                self.hit(kind, phase)
                return kind
        return ""

    def hit(self, kind: str, phase: str) -> None:
        """Count a fault that has happened."""
        self.since_success += 1
        self._hits[kind, phase] += 1
        if self._is_resumed:
            self._hits[kind, "resume"] += 1
