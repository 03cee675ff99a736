"""report.html: what a campaign manager reads.

Guarantee: one self-contained file that loads nothing and runs no script. Every text in it is
escaped. It holds counts, reason codes and the names of columns, list, campaign and segment, never
anything of a contact.

All of it is drawn from the `Reconciliation`, so it can be drawn again from reconciliation.json.
Pure, except that jinja2 loads the packaged template.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from cxone_async.outcome import Outcome
from cxone_async.report.reconciliation import Reconciliation
from cxone_async.report.wording import (
    OUTCOME_FILE,
    OUTCOME_MEANING,
    REASON_MEANING,
    REPAIR_MEANING,
    REQUEST_NAME,
    decisions_in_words,
    duplicates_in_words,
    duration,
    format_in_words,
    headline,
    integrity_line,
    next_steps,
    passed_over,
    tone,
    use_in_words,
)
from cxone_async.source.columns import ColumnUse

BAR_WIDTH: Final = 1000.0
BAR_GAP: Final = 2.0
_NARROWEST = 14.0
_REASONS_SHOWN = 15
_RULES_SHOWN = 10
_COLUMNS_NAMED = 60
_DRAWING_ORDER: Final = (
    Outcome.IMPORTED,
    Outcome.READY,
    Outcome.DUPLICATE,
    Outcome.SUPPRESSED,
    Outcome.INVALID,
    Outcome.FAILED,
    Outcome.UNRESOLVED,
)
_OUTCOMES_OF: Final[Mapping[str, frozenset[Outcome]]] = {
    "import": frozenset(Outcome) - {Outcome.READY},
    "plan": frozenset({Outcome.READY, Outcome.DUPLICATE, Outcome.SUPPRESSED, Outcome.INVALID}),
}


class Segment(NamedTuple):
    """A part of the bar, in units of which the whole bar has `BAR_WIDTH`."""

    outcome: Outcome
    start: float
    width: float


class OutcomeLine(NamedTuple):
    """A line of the table of outcomes."""

    outcome: Outcome
    rows: int
    share: str
    meaning: str
    file: str


class CountLine(NamedTuple):
    """A line of a table of counts. `percent` is of the largest line, for its small bar."""

    name: str
    text: str
    outcome: str
    rows: int
    percent: float


def render_page(result: Reconciliation) -> str:
    """Return report.html as text."""
    lines = _outcome_lines(result)
    terms = [line for line in lines if line.rows] or lines[:1]
    columns_left, more_columns_left = _columns_left(result)
    template = _ENVIRONMENT.get_template("report.html.j2")
    return template.render(
        result=result,
        headline=headline(result),
        tone=tone(result),
        integrity_line=integrity_line(result),
        steps=next_steps(result),
        lines=lines,
        terms=terms,
        adds_up=sum(line.rows for line in lines) == result.total_input,
        segments=bar_segments({line.outcome: line.rows for line in lines}),
        bar_width=BAR_WIDTH,
        bar_gap=BAR_GAP,
        reasons=_reason_lines(result),
        reasons_left=max(0, len(result.reasons) - _REASONS_SHOWN),
        rules=_rule_lines(result),
        duplicates_listed=duplicates_in_words(result),
        repairs=_repair_lines(result),
        facts=_facts(result),
        requests=[
            (REQUEST_NAME.get(kind, kind), count)
            for kind, count in sorted(result.requests_by_kind.items(), key=lambda one: -one[1])
        ],
        quota_facts=_quota_facts(result),
        suppression=result.run.suppression,
        columns=_column_lines(result),
        columns_left=columns_left,
        more_columns_left=more_columns_left,
        passed_over=passed_over(result),
        read_as=format_in_words(result.input_format) if result.input_format else "",
    )


def bar_segments(rows: Mapping[Outcome, int]) -> list[Segment]:
    """Divide the bar by rows, in the order given; the segments fill it exactly.

    What is there at all is wide enough to be seen: those that would be narrower get a
    fixed width, and the others share the rest. Empty when there are no rows.
    """
    shown = {outcome: count for outcome, count in rows.items() if count}
    total = sum(shown.values())
    narrow = {o for o, count in shown.items() if count / total * BAR_WIDTH < _NARROWEST}
    left = BAR_WIDTH - _NARROWEST * len(narrow)
    wide_rows = sum(count for outcome, count in shown.items() if outcome not in narrow)
    segments: list[Segment] = []
    start = 0.0
    for outcome, count in shown.items():
        width = _NARROWEST if outcome in narrow else count / wide_rows * left
        segments.append(Segment(outcome, start, width))
        start += width
    return segments


def share(part: int, whole: int) -> str:
    """Say `part` of `whole` in percent, never rounding something to nothing or to all."""
    if part == whole or not whole:
        return "100 %" if part else "0 %"
    percent = part / whole * 100
    if 0 < percent < 0.05:
        return "< 0.1 %"
    if 99.95 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %" if part else "0 %"


def _outcome_lines(result: Reconciliation) -> list[OutcomeLine]:
    usual = _OUTCOMES_OF[result.run.command]
    return [
        OutcomeLine(
            outcome,
            rows,
            share(rows, result.total_input),
            OUTCOME_MEANING[outcome],
            OUTCOME_FILE.get(outcome, "outcomes.csv"),
        )
        for outcome in _DRAWING_ORDER
        if (rows := result.rows(outcome)) or outcome in usual
    ]


def _reason_lines(result: Reconciliation) -> list[CountLine]:
    shown = result.reasons[:_REASONS_SHOWN]
    most = max((one.rows for one in shown), default=1)
    return [
        CountLine(
            one.reason,
            REASON_MEANING.get(one.reason, ""),
            one.outcome,
            one.rows,
            one.rows / most * 100,
        )
        for one in shown
    ]


def _rule_lines(result: Reconciliation) -> list[CountLine]:
    shown = list(result.duplicates_by_rule.items())[:_RULES_SHOWN]
    most = max((rows for _, rows in shown), default=1)
    return [CountLine(rule, "", Outcome.DUPLICATE, rows, rows / most * 100) for rule, rows in shown]


def _repair_lines(result: Reconciliation) -> list[CountLine]:
    most = max(result.repairs.values(), default=1)
    return [
        CountLine(code, REPAIR_MEANING.get(code, ""), Outcome.READY, rows, rows / most * 100)
        for code, rows in result.repairs.items()
    ]


def _column_lines(result: Reconciliation) -> list[tuple[str, str]]:
    """Return the columns that are used, in the order of the input, and what they are used as."""
    return [
        (column.name or f"column {number}", use_in_words(column))
        for number, column in enumerate(result.columns, start=1)
        if column.used_as is not ColumnUse.IGNORED
    ]


def _columns_left(result: Reconciliation) -> tuple[list[str], int]:
    """Return the columns that are not used, and how many more there are than can be named."""
    left = [
        column.name or f"column {number}"
        for number, column in enumerate(result.columns, start=1)
        if column.used_as is ColumnUse.IGNORED
    ]
    return left[:_COLUMNS_NAMED], max(0, len(left) - _COLUMNS_NAMED)


def _facts(result: Reconciliation) -> list[tuple[str, str]]:
    run = result.run
    match = run.match
    if match and run.threshold is not None:
        match += f", from a similarity of {run.threshold:g}"
    facts = [
        ("File", run.input_name),
        ("Contact list", run.list_id),
        ("Campaign", run.campaign_id),
        ("Segment", run.segment_id),
        ("Tenant", run.tenant),
        ("Started", run.started_at),
        ("Took", duration(result.duration_s)),
        ("Duplicates by", match),
        ("Decisions of people", decisions_in_words(result)),
        ("Run", run.run_id),
    ]
    return [(name, value) for name, value in facts if value]


def _quota_facts(result: Reconciliation) -> list[tuple[str, str]]:
    facts = []
    if result.run.quota_per_minute == "auto":
        facts.append(("Quota", "not given: found out while importing"))
    elif result.run.quota_per_minute:
        facts.append(("Quota", f"{result.run.quota_per_minute:,} requests a minute"))
    if quota := result.quota:
        facts.append(("Chunks accepted", f"{quota.chunks:,}"))
        if quota.chunks:
            facts.append(("Polls a chunk", f"{quota.polls_per_chunk:.2f}"))
        facts.append(("Polls that came too early", f"{quota.early_polls:,}"))
        facts.append(("Requests throttled by CXone", f"{quota.throttled:,}"))
        if quota.found_per_minute is not None:
            facts.append(("Rate at the end", f"{quota.found_per_minute:,.0f} requests a minute"))
    if forecast := result.forecast:
        facts.append(("An import would take", f"{forecast.requests:,} requests"))
        if forecast.duration_s is not None:
            facts.append(("At that quota at least", duration(forecast.duration_s)))
    return facts


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cxone_async.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["grouped"] = lambda number: f"{number:,}"
    return environment


_ENVIRONMENT = _environment()
