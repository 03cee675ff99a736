"""report.html: what a campaign manager reads.

Guarantee: one self-contained file that loads nothing and runs no script. Every text in it is
escaped. It holds counts, numbers of rows, reason codes and the names of columns, list, campaign and
segment, never anything of a contact.

All of it is drawn from the `Reconciliation`, so it can be drawn again from reconciliation.json.
However long the list is, at most so many lines of each kind are shown, so the page stays small.
Pure, except that jinja2 loads the packaged templates.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from cxone_async import __version__
from cxone_async.outcome import Outcome
from cxone_async.report.main_cause import main_cause
from cxone_async.report.pictures import (
    DRAWING_ORDER,
    FLOW_WIDTH,
    NOT_GONE_IN,
    SLOT,
    bars_along,
    country_lines,
    damaged_stretch,
    flow,
    over_time,
    rows_of_stretch,
)
from cxone_async.report.reconciliation import Reconciliation
from cxone_async.report.wording import (
    OUTCOME_FILE,
    OUTCOME_MEANING,
    REASON_MEANING,
    REPAIR_MEANING,
    REQUEST_NAME,
    band,
    day_in_words,
    decisions_in_words,
    duplicates_in_words,
    duration,
    format_in_words,
    headline,
    integrity_line,
    match_rule_in_words,
    next_steps,
    passed_over,
    starts_in_words,
    tone,
    use_in_words,
    way_out,
)
from cxone_async.source.columns import ColumnUse

_REASONS_SHOWN = 15
_RULES_SHOWN = 12
_COLUMNS_USED = 30
_COLUMNS_LEFT = 60
_FILES_SHOWN = 15
_SENTENCES_SHOWN = 10
_COUNTS_SHOWN = 15
_LONGEST_NAME = 60
_LONGEST_SENTENCE = 200
_FLAG: Final = re.compile(r"--[a-z][a-z-]*[a-z]")
_OUTCOMES_OF: Final[Mapping[str, frozenset[Outcome]]] = {
    "import": frozenset(Outcome) - {Outcome.READY},
    "plan": frozenset({Outcome.READY, Outcome.DUPLICATE, Outcome.SUPPRESSED, Outcome.INVALID}),
}


class OutcomeLine(NamedTuple):
    """A line of the table of outcomes."""

    outcome: Outcome
    rows: int
    share: str
    meaning: str
    file: str


class CountLine(NamedTuple):
    """A line of a table of counts. `percent` is of the largest line, for its small bar.

    `mend` says what to do about it and `named` which rows they are, both "" where that is not said.
    """

    name: str
    text: str
    outcome: str
    rows: int
    percent: float
    mend: str = ""
    named: str = ""


def render_page(result: Reconciliation) -> str:
    """Return report.html as text."""
    lines = _outcome_lines(result)
    terms = [line for line in lines if line.rows] or lines[:1]
    columns_left, more_columns_left = _columns_left(result)
    columns = _column_lines(result)
    template = _ENVIRONMENT.get_template("report.html.j2")
    return template.render(
        result=result,
        input_name=_short(result.run.input_name),
        version=__version__,
        band=band(result),
        headline=headline(result),
        tone=tone(result),
        integrity_line=integrity_line(result),
        sentences=[
            _short(one, _LONGEST_SENTENCE) for one in result.contradictions[:_SENTENCES_SHOWN]
        ],
        more_sentences=max(0, len(result.contradictions) - _SENTENCES_SHOWN),
        cause=main_cause(result),
        steps=next_steps(result),
        lines=lines,
        terms=terms,
        adds_up=sum(line.rows for line in lines) == result.total_input,
        flow=flow(result),
        flow_width=FLOW_WIDTH,
        slot=SLOT,
        reasons=_reason_lines(result),
        reasons_left=max(0, len(result.reasons) - _REASONS_SHOWN),
        along=_along(result),
        rules=_rule_lines(result),
        rules_left=max(0, len(result.duplicates_by_rule) - _RULES_SHOWN),
        duplicates_listed=duplicates_in_words(result),
        repairs=_repair_lines(result),
        countries=country_lines(result.by_country),
        over_time=_over_time(result),
        header_facts=_header_facts(result),
        facts=_facts(result),
        requests=[
            (REQUEST_NAME.get(kind, _short(kind)), count)
            for kind, count in sorted(result.requests_by_kind.items(), key=lambda one: -one[1])
        ][:_COUNTS_SHOWN],
        quota_facts=_quota_facts(result),
        statistics=[
            (_short(name), count)
            for name, count in sorted(result.match_statistics.items())[:_COUNTS_SHOWN]
        ],
        suppression=[
            (_short(one.name), one.phones, one.emails, one.expired, one.empty)
            for one in result.run.suppression[:_FILES_SHOWN]
        ],
        suppression_left=max(0, len(result.run.suppression) - _FILES_SHOWN),
        columns=columns[:_COLUMNS_USED],
        more_columns=max(0, len(columns) - _COLUMNS_USED),
        columns_left=columns_left,
        more_columns_left=more_columns_left,
        passed_over=passed_over(result),
        read_as=format_in_words(result.input_format) if result.input_format else "",
        files=_files(result),
    )


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
        for outcome in DRAWING_ORDER
        if (rows := result.rows(outcome)) or outcome in usual
    ]


def _reason_lines(result: Reconciliation) -> list[CountLine]:
    shown = result.reasons[:_REASONS_SHOWN]
    most = max((one.rows for one in shown), default=1)
    first_rows = {(one.outcome, one.reason): one.rows for one in result.rows_of_reasons}
    return [
        CountLine(
            _short(one.reason),
            REASON_MEANING.get(one.reason, ""),
            one.outcome,
            one.rows,
            one.rows / most * 100,
            _mend(way_out(one.outcome, one.reason)),
            _named(first_rows.get((one.outcome, one.reason), ()), one.rows),
        )
        for one in shown
    ]


def _mend(way: str) -> str:
    if way.startswith("nothing: "):
        return f"Nothing to mend: {way.removeprefix('nothing: ')}"
    return f"To mend it: {way}"


def _named(first: tuple[int, ...], rows: int) -> str:
    """Return `row 7`, `rows 7, 12 and 19`, or `rows 7, 12, ... and 95 more`."""
    if not first:
        return ""
    if rows > len(first):
        return f"rows {', '.join(f'{row:,}' for row in first)} and {rows - len(first):,} more"
    return f"{'row' if rows == 1 else 'rows'} {_listed(f'{row:,}' for row in first)}"


def _listed(names: Iterable[str]) -> str:
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last


def _rule_lines(result: Reconciliation) -> list[CountLine]:
    shown = list(result.duplicates_by_rule.items())[:_RULES_SHOWN]
    most = max((rows for _, rows in shown), default=1)
    return [
        CountLine(
            _short(rule),
            match_rule_in_words(result.run.match, rule),
            Outcome.DUPLICATE,
            rows,
            rows / most * 100,
        )
        for rule, rows in shown
    ]


def _along(result: Reconciliation) -> dict[str, object] | None:
    """Return what the picture along the file needs; None where all went in, or nothing is known."""
    along = result.along_file
    if along is None or not any(outcome in along.counts for outcome in NOT_GONE_IN):
        return None
    kinds = [outcome for outcome in NOT_GONE_IN if outcome in along.counts]
    count = len(next(iter(along.counts.values())))
    return {
        "bars": bars_along(along, result.total_input),
        "damage": damaged_stretch(along, result.total_input),
        "kinds": kinds,
        "stretches": [
            (
                *rows_of_stretch(along, index, result.total_input),
                [along.counts[outcome][index] for outcome in kinds],
            )
            for index in range(count)
        ],
    }


def _over_time(result: Reconciliation) -> dict[str, object] | None:
    """Return what the picture over time needs; None where no request was made."""
    timeline = result.timeline
    if timeline is None or not any(timeline.requests):
        return None
    quota = result.run.quota_per_minute
    each = timeline.seconds_each
    return {
        "timeline": timeline,
        "picture": over_time(timeline, quota if isinstance(quota, int) else 0),
        "step": "a second" if each == 1 else f"{each:,} seconds",
        "length": duration(len(timeline.requests) * each),
        "requests": sum(timeline.requests),
        "throttled": sum(timeline.throttled),
        "imported": sum(timeline.imported),
        "paused": duration(sum(timeline.paused_s)) if any(timeline.paused_s) else "",
        "steps": [
            (duration(at * each) if at else "0 s", *values)
            for at, values in enumerate(
                zip(
                    timeline.imported,
                    timeline.requests,
                    timeline.throttled,
                    timeline.paused_s,
                    strict=True,
                )
            )
        ],
    }


def _files(result: Reconciliation) -> list[tuple[str, str]]:
    """Return the files beside the report that are worth opening, and what each holds."""
    rejected = result.invalid + result.failed_after_retries
    return [
        (name, what)
        for name, what, is_there in (
            ("rejects.csv", "invalid and failed rows as in your file, to correct", rejected),
            ("unresolved.csv", "rows to look up in CXone first", result.unresolved),
            (
                "duplicates.csv",
                "rows that were dropped, each beside the one it repeats",
                duplicates_in_words(result),
            ),
            ("review.csv", "rows that were kept but may be duplicates", result.possible_duplicates),
            ("outcomes.csv", "what became of each row", True),
            ("reconciliation.csv", "the totals, for machines", True),
            ("reconciliation.json", "all that this page is drawn from", True),
        )
        if is_there
    ]


def _repair_lines(result: Reconciliation) -> list[CountLine]:
    most = max(result.repairs.values(), default=1)
    return [
        CountLine(
            _short(code), REPAIR_MEANING.get(code, ""), Outcome.READY, rows, rows / most * 100
        )
        for code, rows in list(result.repairs.items())[:_COUNTS_SHOWN]
    ]


def _column_lines(result: Reconciliation) -> list[tuple[str, str]]:
    """Return the columns that are used, in the order of the input, and what they are used as."""
    return [
        (_short(column.name) or f"column {number}", _short(use_in_words(column)))
        for number, column in enumerate(result.columns, start=1)
        if column.used_as is not ColumnUse.IGNORED
    ]


def _columns_left(result: Reconciliation) -> tuple[list[str], int]:
    """Return the columns that are not used, and how many more there are than can be named."""
    left = [
        _short(column.name) or f"column {number}"
        for number, column in enumerate(result.columns, start=1)
        if column.used_as is ColumnUse.IGNORED
    ]
    return left[:_COLUMNS_LEFT], max(0, len(left) - _COLUMNS_LEFT)


def _short(text: str, longest: int = _LONGEST_NAME) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _header_facts(result: Reconciliation) -> list[tuple[str, str]]:
    run = result.run
    facts = [
        ("File", run.input_name),
        ("Contact list", run.list_id),
        ("Campaign", run.campaign_id),
        ("Segment", run.segment_id),
        ("Tenant", run.tenant),
        ("Date", day_in_words(run.started_at)),
    ]
    return [(name, _short(value)) for name, value in facts if value]


def _facts(result: Reconciliation) -> list[tuple[str, str]]:
    run = result.run
    match = run.match
    if match and run.threshold is not None:
        match += f", from a similarity of {run.threshold:g}"
    facts = [
        ("Run", run.run_id),
        ("Started", run.started_at),
        ("Took", duration(result.duration_s)),
        ("Figures of", starts_in_words(result)),
        ("Duplicates by", match),
        ("Decisions of people", decisions_in_words(result)),
    ]
    return [(name, _short(value, _LONGEST_SENTENCE)) for name, value in facts if value]


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


def _flags(text: str) -> Markup:
    """Return the text for HTML, with its flags kept whole at the end of a line."""
    return Markup(_FLAG.sub(r'<span class="whole">\g<0></span>', str(escape(text))))  # noqa: S704


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cxone_async.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["flags"] = _flags
    environment.filters["grouped"] = lambda number: f"{number:,}"
    return environment


_ENVIRONMENT = _environment()
