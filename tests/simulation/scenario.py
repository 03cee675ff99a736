"""The scenario of one seed: the list, the settings, the tenant's behaviour, and the faults.

It is a pure function of the seed.
"""

import math
import random
from dataclasses import dataclass, field

from faults import FATAL, HEAD, KINDS, POSSIBLE, PROCESS, STRAY, Target

RARE = tuple(
    (kind, phase)
    for kind, phase in POSSIBLE
    if phase == "journal"
    or kind in (*PROCESS, "import_never_terminal", "long_wait_then_reset", STRAY)
)
LOSS = ("killed_and_end_lost", "journal")
TARGETS = (*([LOSS] * 8), *POSSIBLE, *RARE, *RARE)
"""Each seed that gets far enough hits one cell for certain; these are hit in no other way. A lost
end comes more often, because it can be one of no submission."""

SHARE_AT_THE_LAST_COMMIT = 0.25

EPOCH_S = 1_790_000_000.0
"""The tenant's wall clock at virtual time 0."""

HEADER = "phone,email,first_name,last_name,country,dnc\n"
MATCH = ("exact", "exact", "exact", "off")
BACKGROUND = tuple(
    kind
    for kind in KINDS
    if not kind.startswith(("journal", "killed", "import_never"))
    and kind
    not in ("drained", "stopped_at_once", "second_process", "clock_jumped", "process_paused")
)


@dataclass(frozen=True, slots=True)
class StartPlan:
    """One start of the command, and what will end it early."""

    rate: float
    target: Target | None = None
    killed_at_step: int = 0
    deadline_s: float | None = None
    drained_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the input and its expected end: "sent", or its outcome."""

    line: str
    email: str
    standing: str


@dataclass(frozen=True, slots=True)
class Scenario:
    seed: int
    rows: tuple[Row, ...]
    match: str
    semantics: str
    chunk_size: int
    concurrency: int
    quota: int
    tenant_quota: int
    segment: bool
    grace_s: float
    token_life_s: int
    latency: tuple[float, float]
    """Of an import: the two parameters of a lognormal distribution, in seconds."""
    refusals: dict[str, tuple[str | None, ...]]
    """By email, what the tenant says of the contact the nth time: a code, or yes (None)."""
    poison: frozenset[str]
    """Emails that the tenant refuses together with the whole submission."""
    poison_is_named: bool
    not_segmentable: frozenset[str]
    segment_limit: int
    kinds: frozenset[str]
    starts: tuple[StartPlan, ...]
    only_kills: bool
    """Nothing goes wrong, except that the process is killed."""
    resumed_when_finished: bool
    piece_rows: int
    names_imports: bool
    """Whether a poll's answer says which import it is about."""
    honours_keys: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "honours_keys", self.semantics == "idempotent")

    @property
    def content(self) -> str:
        return HEADER + "".join(row.line for row in self.rows)


def scenario_of(seed: int) -> Scenario:
    """Return the scenario of a seed."""
    rng = random.Random(f"{seed} scenario")
    kind, phase = TARGETS[seed % len(TARGETS)]
    only_kills = rng.random() < 0.1
    is_long = rng.random() < 0.025  # overrides the settings: more chunks than the queue holds
    rows = _rows(rng, 60 if is_long else min(60, 1 + int(rng.expovariate(1 / 14))))
    emails = [row.email for row in rows if row.standing == "sent"]
    storm = rng.random() < 0.1
    kinds = frozenset(
        each for each in BACKGROUND if storm or rng.random() < (0.05 if each in FATAL else 0.3)
    )
    quota = rng.choice((0, 0, 40, 60, 120, 300, 600, 3000))
    starts = _starts(rng, kind, phase, only_kills=only_kills)
    return Scenario(
        seed=seed,
        rows=rows,
        match="exact" if is_long else rng.choice(MATCH),
        semantics=rng.choice(("at-most-once", "idempotent")),
        chunk_size=1 if is_long else rng.choice((1, 2, 2, 3, 4, 5, 7, 10)),
        concurrency=rng.choice((1, 2, 3, 4) if is_long else (1, 2, 3, 4, 8)),
        quota=quota,
        tenant_quota=quota if rng.random() < 0.7 else 0,
        segment=phase == "segment" or rng.random() < 0.6,
        grace_s=rng.choice((0.0, 1.0, 5.0, 20.0)),
        token_life_s=rng.choice((5, 30, 120, 3600, 3600)),
        latency=(math.log(rng.choice((0.3, 2.0, 5.0, 20.0))), rng.choice((0.2, 0.6, 1.0))),
        refusals=_refusals(rng, emails),
        poison=frozenset(email for email in emails if rng.random() < 0.01),
        poison_is_named=rng.random() < 0.5,
        not_segmentable=frozenset(email for email in emails if rng.random() < 0.01),
        segment_limit=rng.choice((0, 0, 0, 3, 8)),
        kinds=kinds,
        starts=starts,
        only_kills=only_kills,
        resumed_when_finished=rng.random() < 0.25,
        piece_rows=1 if is_long else rng.choice((1, 3, 10, 100)),
        names_imports=rng.random() < 0.6,
    )


def _rows(rng: random.Random, count: int) -> tuple[Row, ...]:
    rows: list[Row] = []
    sent: list[Row] = []
    for n in range(count):
        phone, email = f"+1{201 + n}5550100", f"p{n}@example.com"
        standing = rng.choices(
            ("sent", "duplicate", "invalid", "suppressed", "foreign"), (88, 5, 3, 2, 2)
        )[0]
        if standing == "duplicate" and sent:
            row = Row(rng.choice(sent).line, "", "duplicate")
            row = Row(row.line, row.line.split(",")[1], "duplicate")
        elif standing == "invalid":
            row = Row(f"12,{email},A{n},B{n},US,\n", email, "invalid")
        elif standing == "suppressed":
            row = Row(f"{phone},{email},A{n},B{n},US,yes\n", email, "suppressed")
        elif standing == "foreign":
            row = Row(f"+44207946{n:04},{email},A{n},B{n},GB,\n", email, "invalid")
        else:
            row = Row(f"{phone},{email},A{n},B{n},US,\n", email, "sent")
            sent.append(row)
        rows.append(row)
    return tuple(rows)


def _refusals(rng: random.Random, emails: list[str]) -> dict[str, tuple[str | None, ...]]:
    share = rng.choice((0.0, 0.05, 0.3))
    refusals: dict[str, tuple[str | None, ...]] = {}
    for email in emails:
        if rng.random() < share:
            again = rng.choice((1, 1, 1, 2, 3, 5))
            codes = [rng.choice(("BUSY", "TRY_LATER", "")) for _ in range(again)]
            lot = rng.random()
            if lot < 0.3:
                codes.append("DNC_LISTED" if lot < 0.2 else "DUPLICATE_CONTACT")
            refusals[email] = tuple(codes)
    return refusals


def _starts(
    rng: random.Random, kind: str, phase: str, *, only_kills: bool
) -> tuple[StartPlan, ...]:
    disturbed = rng.choice((1, 1, 2, 2, 3))
    if only_kills:
        return (
            *(
                StartPlan(0.0, killed_at_step=1 + int(10 ** rng.uniform(1.0, 3.3)))
                for _ in range(disturbed)
            ),
            StartPlan(0.0),
        )
    is_rare = (kind, phase) in RARE  # hit in no other way, so also not in a start that resumes
    if is_rare:
        disturbed = max(2, disturbed)
    number = 0 if phase == "campaign" else rng.randrange(disturbed)
    if phase == "journal":
        number = rng.choice((0, disturbed - 1, disturbed - 1))
    elif is_rare and phase != "campaign":
        number = max(number, rng.randrange(disturbed))
    has_few_chances = phase in ("token", "campaign", "segment") or number > 0
    nth = rng.choice((1, 1, 1, 1, 2) if has_few_chances else (1, 1, 2, 3, 6))
    if phase == "journal" and kind not in HEAD and rng.random() < SHARE_AT_THE_LAST_COMMIT:
        nth = 0
    target = Target(kind, phase, nth, number)
    starts = []
    for number in range(disturbed):
        own_target = target if number == target.start else None
        if number < target.start:
            # Late enough for a journal to resume from, and early enough for the planned fault.
            earliest = 2.0 if phase == "journal" else 1.3
            killed_at_step = 1 + int(10 ** rng.uniform(earliest, 2.5))
        elif rng.random() < 0.2:
            killed_at_step = 1 + int(10 ** rng.uniform(1.0, 3.5))
        else:
            killed_at_step = 0
        starts.append(
            StartPlan(
                rate=rng.choice((0.0, 0.03, 0.1, 0.3)),
                target=own_target,
                killed_at_step=killed_at_step,
                deadline_s=rng.uniform(1.0, 90.0) if rng.random() < 0.15 else None,
                drained_after_s=rng.uniform(0.0, 60.0) if rng.random() < 0.1 else None,
            )
        )
    return (*starts, StartPlan(0.0))
