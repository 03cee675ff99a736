"""The equation of a run: every input row has exactly one outcome, and the sums agree.

Guarantee: the check is `PASS` only when four separate counts agree:

* the rows that the source read (`total_input`);
* the outcomes that the collector counted as they arrived (`collected`);
* `OutcomeByRow`, which notes the outcome of every single row. It finds a row with two outcomes,
  or with none, even where the sums happen to agree;
* the `Tally` of the lines that were written to outcomes.csv.

Otherwise it is `FAIL`, and every disagreement becomes a sentence in
`Reconciliation.contradictions`. Everything here is pure: counts in, values out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from cxone_async.contacts.country import COUNTRIES
from cxone_async.contacts.suppression import SuppressionSource
from cxone_async.errors import CommonReason
from cxone_async.matching.name_order import NameOrderFinding
from cxone_async.outcome import LEDGER_RULE, TENANT_RULE, Outcome, RowOutcome
from cxone_async.prepare.decided_pairs import DecisionCounts
from cxone_async.report.rows_in_view import (
    ROWS_NAMED,
    AlongFile,
    OfCountry,
    RowsOfReason,
    along_file,
    by_country,
)
from cxone_async.report.timeline import Timeline
from cxone_async.source.columns import InputColumn, InputFormat, Understood

KEY_OF_OUTCOME: Final[Mapping[Outcome, str]] = {
    Outcome.IMPORTED: "successfully_imported",
    Outcome.DUPLICATE: "fuzzy_deduplicated",
    Outcome.INVALID: "invalid",
    Outcome.SUPPRESSED: "suppressed",
    Outcome.FAILED: "failed_after_retries",
    Outcome.UNRESOLVED: "unresolved",
    Outcome.READY: "ready",
}

CSV_KEYS: Final = (
    "total_input",
    "fuzzy_deduplicated",
    "successfully_imported",
    "failed_after_retries",
    "data_integrity_check",
    "invalid",
    "suppressed",
    "unresolved",
    "ready",
    "segmented",
    "possible_duplicates",
    "requests",
    "polls",
    "duration_s",
)
"""The keys of reconciliation.csv in their order: a contract with whoever reads it."""

Command = Literal["import", "plan"]

_IMPOSSIBLE: Final[Mapping[Command, tuple[Outcome, ...]]] = {
    "import": (Outcome.READY,),
    "plan": (Outcome.IMPORTED, Outcome.FAILED, Outcome.UNRESOLVED),
}

_MAX_ROWS_NAMED = 5
_NO_DECISIONS: Final = DecisionCounts()
_GROWTH_BYTES = 65_536
_NO_COUNTRIES: Final = bytearray()

LEFT_BY_A_RUN: Final = (Outcome.INVALID, Outcome.FAILED, Outcome.UNRESOLVED)
"""The outcomes of rows that somebody has yet to see to."""

OF_OTHER_RUNS: Final = (TENANT_RULE, LEDGER_RULE)
"""The rules of duplicates that repeat no row of the file."""


class Tally:
    """What was written to the files: rows by outcome, reason, rule and repair, and their order.

    `first_out_of_order` is the first row that does not follow its predecessor by one, or 0.
    """

    def __init__(self) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.reasons: Counter[tuple[Outcome, str]] = Counter()
        self.first_rows: dict[tuple[Outcome, str], list[int]] = {}
        self.rules: Counter[str] = Counter()
        self.repairs: Counter[str] = Counter()
        self.segmented = 0
        self.review_lines = 0
        self.duplicates_lines = 0
        self.first_out_of_order = 0
        self._last_row = 0

    def add(self, outcome: RowOutcome) -> None:
        """Count one line of outcomes.csv."""
        if outcome.row != self._last_row + 1 and not self.first_out_of_order:
            self.first_out_of_order = outcome.row
        self._last_row = outcome.row
        self.outcomes[outcome.outcome] += 1
        if outcome.reason:
            key = outcome.outcome, outcome.reason
            self.reasons[key] += 1
            if self.reasons[key] <= ROWS_NAMED:
                self.first_rows.setdefault(key, []).append(outcome.row)
        if outcome.rule:
            self.rules[outcome.rule] += 1
        if outcome.repairs:
            self.repairs.update(outcome.repairs.split(";"))


class OutcomeByRow:
    """The outcome of each row, in one byte a row: 10 MB for ten million rows.

    The first outcome of a row is kept. A second one is counted, whatever it is.
    """

    _CODES: Final[Mapping[Outcome, int]] = {
        outcome: code for code, outcome in enumerate(Outcome, start=1)
    }

    def __init__(self) -> None:
        self._codes = bytearray(_GROWTH_BYTES)
        self._doubled_rows: list[int] = []
        self._strange_rows: list[int] = []
        self.doubled = 0
        self.strange = 0

    def account(self, row: int, outcome: Outcome) -> None:
        """Note the outcome of `row`, counted from 1."""
        if row < 1:
            self.strange += 1
            if self.strange <= _MAX_ROWS_NAMED:
                self._strange_rows.append(row)
            return
        codes = self._codes
        if row >= len(codes):
            codes.extend(bytes(row - len(codes) + _GROWTH_BYTES))
        if codes[row]:
            self.doubled += 1
            if self.doubled <= _MAX_ROWS_NAMED:
                self._doubled_rows.append(row)
        else:
            codes[row] = self._CODES[outcome]

    def count(self, outcome: Outcome) -> int:
        """The number of rows whose first outcome is `outcome`."""
        return self._codes.count(self._CODES[outcome])

    def along_file(self, total_input: int) -> AlongFile | None:
        """Say how the outcomes of rows 1 to `total_input` lie along the file."""
        return along_file(self._codes[1 : total_input + 1], self._names())

    def by_country(self, countries: bytearray) -> tuple[OfCountry, ...]:
        """Count the rows of each country; `countries` is as `PreparationPass` keeps it."""
        codes = self._codes[1 : len(countries) + 1]
        return by_country(codes, self._names(), countries, COUNTRIES)

    def _names(self) -> dict[int, Outcome]:
        return {code: outcome for outcome, code in self._CODES.items()}

    def contradictions(self, total_input: int) -> list[str]:
        """Describe the rows that do not have exactly one outcome, one sentence for each kind.

        `total_input` is the number of rows read: rows 1 to `total_input` must have an outcome,
        and no others.
        """
        codes = self._codes
        found = []
        in_file = min(total_input + 1, len(codes))
        missing = total_input - (in_file - 1) + codes.count(0, 1, in_file)
        if missing:
            found.append(_sentence(missing, self._missing(total_input), "no outcome"))
        if self.doubled:
            found.append(_sentence(self.doubled, self._doubled_rows, "a second outcome"))
        beyond = len(codes) - in_file - codes.count(0, in_file) + self.strange
        if beyond:
            rows = chain(self._strange_rows, self._beyond(in_file))
            found.append(_sentence(beyond, rows, "an outcome but were never read"))
        return found

    def _missing(self, total_input: int) -> Iterator[int]:
        row = self._codes.find(0, 1)
        while 0 < row <= total_input:
            yield row
            row = self._codes.find(0, row + 1)
        yield from range(len(self._codes), total_input + 1)

    def _beyond(self, start: int) -> Iterator[int]:
        return (row for row in range(start, len(self._codes)) if self._codes[row])


def _sentence(count: int, rows: Iterable[int], have_what: str) -> str:
    named = ", ".join(map(str, islice(rows, _MAX_ROWS_NAMED)))
    more = f" and {count - _MAX_ROWS_NAMED:,} more" if count > _MAX_ROWS_NAMED else ""
    return f"{count:,} row(s) have {have_what}: {named}{more}"


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What was run. Everybody who may see the report may see this.

    An empty text or None is left out of the report. `started_at` is ISO 8601 in UTC.
    `quota_per_minute` is 0 for no quota, "auto" when the run had to find it out. `input_name` is
    the file's name without its folder, `input_path` its full path ("" when it could be read only
    once). `settings` are those that decided the outcomes, as text. `suppression` says what each
    suppression file held. `same_input_as` names the last run of the ledger that had read the
    same bytes, or is "".
    """

    command: Command
    run_id: str = ""
    started_at: str = ""
    input_name: str = ""
    tenant: str = ""
    list_id: str = ""
    campaign_id: str = ""
    segment_id: str = ""
    match: str = ""
    threshold: float | None = None
    chunk_size: int = 0
    quota_per_minute: int | Literal["auto"] = 0
    input_path: str = ""
    settings: dict[str, str] = {}
    suppression: tuple[SuppressionSource, ...] = ()
    same_input_as: str = ""


class QuotaFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How well the request quota was used.

    `chunks` is the number of imports that the tenant accepted. `early_polls` found the import
    not done yet. `throttled` counts answers 429. `efficiency` is the contacts sent, divided by
    what the quota would have let through in that time (1.0 is the ceiling); None when no quota
    was given. `found_per_minute` is the final rate of a run that had to find out the quota; None
    in any other run.
    """

    chunks: int
    polls_per_chunk: float = 0.0
    early_polls: int = 0
    throttled: int = 0
    efficiency: float | None = None
    found_per_minute: float | None = None


class StartsTaken(msgspec.Struct, frozen=True, kw_only=True):
    """How many starts a run took; `requests`, `polls`, `duration_s` and `quota` are of all of them.

    `cut_short` of them were killed; what they used last is not counted. Without `are_added_up` an
    earlier version of this program began the run, which did not note what a start used: the figures
    are of the last start only, and there may have been more starts.
    """

    count: int
    cut_short: int = 0
    are_added_up: bool = True


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What it would cost to import the rows that `plan` found ready.

    `duration_s` is None when no quota is known to bound it.
    """

    requests: int
    duration_s: float | None = None


class TrippedGuard(msgspec.Struct, frozen=True, kw_only=True):
    """The guard that would stop an import of what was planned, and why its rows are bad."""

    message: str
    reasons: tuple[CommonReason, ...] = ()


class SinceLastRun(msgspec.Struct, frozen=True, kw_only=True):
    """What has changed in a list since its last run, which had so many `people` (`runs.last_list`).

    `gone` of them are in no row of this input. `new` are in this one and were not in the last.
    """

    run: str
    people: int
    gone: int
    new: int


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """How a run that imports the corrected rejects of `run` continues its equation.

    Of the `total_input` rows of the first run, `imported_before` were imported by it and by the
    replays that led here. `left_before` were still left then, `left` are now: those that are known
    neither to be imported nor to need no import (duplicate, suppressed). A row that was taken out
    of the file of rejects is left. `reconcile` sets `left`.
    """

    run: str
    total_input: int
    imported_before: int
    left_before: int
    left: int = 0


class ReasonCount(msgspec.Struct, frozen=True, array_like=True):
    """How many rows have `outcome` for `reason`."""

    outcome: Outcome
    reason: str
    rows: int


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a run; reconciliation.json is this struct, encoded.

    The first fields are those of reconciliation.csv (`CSV_KEYS`), in the same order. All counts
    are rows, except `possible_duplicates` (pairs), `requests` and `polls`.
    `reasons`, `duplicates_by_rule` and `repairs` start with the largest. A row with several
    repairs counts once for each. `match_statistics` is what the policy counted besides its
    decisions: entries that were cut by a cap. `guard` is only in a plan of what an import would be
    stopped for. `segment_problem` is the code of the segment's last refusal, "" for none. `columns`
    and `input_format` say how the input was read, `name_order` what it showed of the order of names
    (None when that was not looked at); `blank_rows` and `repeated_headers` count the
    records that are no rows. Results of older versions lack them.
    `rows_of_reasons` names the first rows of each reason, in the order of `reasons`; `along_file`,
    `by_country` and `timeline` are what the report draws. Older results lack them, and a plan has
    no `timeline` and no `starts`.
    `since_last_run` is there where a ledger knows the last run of the list, `replay` in a run with
    --replay-of.
    `decisions` counts those of people. `possible_duplicates_left_out`
    and `duplicates_left_out` count the pairs that review.csv and duplicates.csv do not show.
    """

    total_input: int
    fuzzy_deduplicated: int
    successfully_imported: int
    failed_after_retries: int
    data_integrity_check: Literal["PASS", "FAIL"]
    invalid: int
    suppressed: int
    unresolved: int
    ready: int
    segmented: int
    possible_duplicates: int
    requests: int
    polls: int
    duration_s: float
    contradictions: tuple[str, ...]
    requests_by_kind: dict[str, int]
    reasons: tuple[ReasonCount, ...]
    duplicates_by_rule: dict[str, int]
    repairs: dict[str, int] = {}
    match_statistics: dict[str, int] = {}
    run: RunFacts
    quota: QuotaFigures | None = None
    forecast: Forecast | None = None
    guard: TrippedGuard | None = None
    segment_problem: str = ""
    columns: tuple[InputColumn, ...] = ()
    input_format: InputFormat | None = None
    name_order: NameOrderFinding | None = None
    blank_rows: int = 0
    repeated_headers: int = 0
    decisions: DecisionCounts = DecisionCounts()
    possible_duplicates_left_out: int = 0
    duplicates_left_out: int | None = None
    rows_of_reasons: tuple[RowsOfReason, ...] = ()
    along_file: AlongFile | None = None
    by_country: tuple[OfCountry, ...] = ()
    timeline: Timeline | None = None
    starts: StartsTaken | None = None
    since_last_run: SinceLastRun | None = None
    replay: Replay | None = None

    @property
    def passed(self) -> bool:
        return self.data_integrity_check == "PASS"

    @property
    def not_segmented(self) -> int:
        """Imported rows that a run with a segment did not get into it."""
        return self.successfully_imported - self.segmented if self.run.segment_id else 0

    @property
    def exit_code(self) -> int:
        """Return the exit code of the run.

        0 complete · 3 some rows failed, unresolved or not segmented · 4 an import of what was
        planned would be stopped by a guard · 70 does not add up.
        """
        if not self.passed:
            return 70
        if self.guard is not None:
            return 4
        return 3 if self.failed_after_retries or self.unresolved or self.not_segmented else 0

    def rows(self, outcome: Outcome) -> int:
        """The number of rows that ended with `outcome`."""
        count: int = getattr(self, KEY_OF_OUTCOME[outcome])
        return count

    def csv_lines(self) -> list[tuple[str, str]]:
        """The key and value pairs of reconciliation.csv."""
        return [(key, str(getattr(self, key))) for key in CSV_KEYS]


def reconcile(
    *,
    run: RunFacts,
    total_input: int,
    collected: Mapping[Outcome, int],
    segmented: int,
    possible_duplicates: int,
    outcome_by_row: OutcomeByRow,
    written: Tally,
    requests_by_kind: Mapping[str, int],
    duration_s: float,
    match_statistics: Mapping[str, int] = MappingProxyType({}),
    decisions: DecisionCounts = _NO_DECISIONS,
    quota: QuotaFigures | None = None,
    forecast: Forecast | None = None,
    guard: TrippedGuard | None = None,
    segment_problem: str = "",
    understood: Understood | None = None,
    name_order: NameOrderFinding | None = None,
    blank_rows: int = 0,
    repeated_headers: int = 0,
    possible_duplicates_left_out: int = 0,
    duplicates_left_out: int | None = None,
    countries: bytearray = _NO_COUNTRIES,
    timeline: Timeline | None = None,
    starts: StartsTaken | None = None,
    since_last_run: SinceLastRun | None = None,
    replay: Replay | None = None,
) -> Reconciliation:
    """Compare the counts and return the result of the run.

    `total_input` comes from the source; `collected`, `segmented` and `possible_duplicates` from
    what counted them during the run; `outcome_by_row` from the `OutcomeSpool`; `written` from
    the writer of the files; `countries` from the `PreparationPass`. `requests_by_kind` has the key
    "poll" for polls. With None for `duplicates_left_out` there is no duplicates.csv.
    """
    outcomes = {outcome: collected.get(outcome, 0) for outcome in Outcome}
    contradictions = [
        *outcome_by_row.contradictions(total_input),
        *_sums(total_input, outcomes, outcome_by_row, written),
        *_side_counts(segmented, outcomes, written),
        *_pairs_shown(
            "possible duplicates",
            possible_duplicates,
            possible_duplicates_left_out,
            written.review_lines,
            "review.csv",
        ),
        *(
            _pairs_shown(
                "duplicates",
                outcomes[Outcome.DUPLICATE] - sum(map(written.rules.__getitem__, OF_OTHER_RUNS)),
                duplicates_left_out,
                written.duplicates_lines,
                "duplicates.csv",
            )
            if duplicates_left_out is not None
            else ()
        ),
        *_impossible_outcomes(run.command, outcomes),
    ]
    return Reconciliation(
        total_input=total_input,
        **{key: outcomes[outcome] for outcome, key in KEY_OF_OUTCOME.items()},
        data_integrity_check="FAIL" if contradictions else "PASS",
        segmented=segmented,
        possible_duplicates=possible_duplicates,
        requests=sum(requests_by_kind.values()),
        polls=requests_by_kind.get("poll", 0),
        duration_s=round(duration_s, 3),
        contradictions=tuple(contradictions),
        requests_by_kind=dict(requests_by_kind),
        reasons=tuple(
            ReasonCount(outcome, reason, rows)
            for (outcome, reason), rows in sorted(written.reasons.items(), key=_largest_first)
        ),
        duplicates_by_rule=dict(sorted(written.rules.items(), key=_largest_first)),
        repairs=dict(sorted(written.repairs.items(), key=_largest_first)),
        match_statistics=dict(match_statistics),
        decisions=decisions,
        run=run,
        quota=quota,
        forecast=forecast,
        guard=guard,
        segment_problem=segment_problem,
        columns=understood.columns if understood else (),
        input_format=understood.format if understood else None,
        name_order=name_order,
        blank_rows=blank_rows,
        repeated_headers=repeated_headers,
        possible_duplicates_left_out=possible_duplicates_left_out,
        duplicates_left_out=duplicates_left_out,
        rows_of_reasons=tuple(
            RowsOfReason(*key, tuple(written.first_rows[key]))
            for key, _ in sorted(written.reasons.items(), key=_largest_first)
        ),
        along_file=outcome_by_row.along_file(total_input),
        by_country=outcome_by_row.by_country(countries),
        timeline=timeline,
        starts=starts,
        since_last_run=since_last_run,
        replay=_continued(replay, total_input, outcomes) if replay is not None else None,
    )


def _continued(replay: Replay, total_input: int, outcomes: Mapping[Outcome, int]) -> Replay:
    """Take from what was left what this run has settled."""
    settled = total_input - sum(map(outcomes.__getitem__, LEFT_BY_A_RUN))
    return msgspec.structs.replace(replay, left=replay.left_before - settled)


def _sums(
    total_input: int, outcomes: Mapping[Outcome, int], outcome_by_row: OutcomeByRow, written: Tally
) -> Iterator[str]:
    total = sum(outcomes.values())
    if total != total_input:
        yield f"{total_input:,} rows were read but {total:,} outcomes were collected"
    for outcome, rows in outcomes.items():
        by_row, on_disk = outcome_by_row.count(outcome), written.outcomes[outcome]
        if not rows == by_row == on_disk:
            yield (
                f"{outcome}: {rows:,} collected, {by_row:,} counted by row, "
                f"{on_disk:,} lines in outcomes.csv"
            )
    if written.first_out_of_order:
        yield f"outcomes.csv leaves the order of rows at row {written.first_out_of_order}"


def _side_counts(segmented: int, outcomes: Mapping[Outcome, int], written: Tally) -> Iterator[str]:
    if segmented != written.segmented:
        yield f"segmented: {segmented:,} counted, {written.segmented:,} in outcomes.csv"
    if segmented > outcomes[Outcome.IMPORTED]:
        yield (
            f"{segmented:,} rows are in the segment but only "
            f"{outcomes[Outcome.IMPORTED]:,} were imported"
        )


def _pairs_shown(what: str, count: int, left_out: int, lines: int, file: str) -> Iterator[str]:
    if count != lines + left_out:
        more = f" and {left_out:,} left out" if left_out else ""
        yield f"{what}: {count:,} counted, {lines:,} in {file}{more}"


def _impossible_outcomes(command: Command, outcomes: Mapping[Outcome, int]) -> Iterator[str]:
    for outcome in _IMPOSSIBLE[command]:
        if outcomes[outcome]:
            yield f"{outcomes[outcome]:,} row(s) ended {outcome}, impossible in {command}"


def _largest_first(item: tuple[object, int]) -> tuple[int, str]:
    """Sort key; ties go by name, so that a resumed run writes the same file."""
    name, count = item
    return -count, str(name)
