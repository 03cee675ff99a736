"""Tables for the terminal: policies side by side, and two rows field by field.

Guarantee: values of a contact are masked unless the caller asks for them. The masked form shows
where two values differ, but not enough to reach a person. Every value is shown as text, without
markup or control characters, and cut to `CELL_LENGTH` characters.
"""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cxone_async.contacts.masking import mask
from cxone_async.matching.evaluation import Evaluation
from cxone_async.matching.explanation import Explanation
from cxone_async.matching.policy import MatchPolicy

CUT = "\N{HORIZONTAL ELLIPSIS}"
UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
CELL_LENGTH = 60
"""Characters shown of a value: room for an address of usual length."""

PLAIN_WIDTH = 160
"""Columns used when there is no terminal: wide enough that a log or a pipe cuts no table."""


def console() -> Console:
    """Return a console on standard output."""
    terminal = Console()
    return terminal if terminal.is_terminal else Console(width=PLAIN_WIDTH)


def show_evaluation(target: Console, figures: Sequence[tuple[MatchPolicy, Evaluation]]) -> None:
    """Print a line for each policy, then one for each rule of each policy."""
    table = Table("policy", title="Policies", title_justify="left")
    for heading in ("rows", "people", "dropped", "correct", "precision", "recall", "F1", "lost"):
        table.add_column(heading, justify="right")
    for policy, one in figures:
        table.add_row(
            policy.value,
            *(f"{count:,}" for count in (one.rows, one.people, one.dropped, one.correct)),
            *(f"{share:.4f}" for share in (one.precision, one.recall, one.f1)),
            f"{one.lost:,}",
        )
    target.print(table)
    rules = Table("policy", "rule", title="What each rule dropped", title_justify="left")
    for heading in ("dropped", "correct", "wrong"):
        rules.add_column(heading, justify="right")
    for policy, one in figures:
        for rule in one.by_rule:
            wrong = rule.dropped - rule.correct
            rules.add_row(
                policy.value,
                rule.rule,
                *(f"{count:,}" for count in (rule.dropped, rule.correct, wrong)),
            )
    if rules.row_count:
        target.print(rules)


def show_explanation(target: Console, explanation: Explanation, *, masked: bool) -> None:
    """Print both rows field by field, and the reasoning."""
    table = Table("field", f"row {explanation.row}", f"row {explanation.earlier_row}")
    table.add_column("similarity", justify="right")
    table.add_column("comparison level")
    for field in explanation.fields:
        values = (field.value, field.earlier_value)
        value, earlier_value = map(mask, values) if masked else values
        similarity = "" if field.similarity is None else f"{field.similarity:.1f}"
        table.add_row(field.field, _cell(value), _cell(earlier_value), similarity, field.level)
    target.print(table)
    for sentence in explanation.reasoning:
        target.print(f"  {sentence}", markup=False, highlight=False, soft_wrap=True)


def _cell(value: str) -> Text:
    """Return a value as text that is no markup to rich."""
    return Text(printable(value))


def printable(value: str) -> str:
    """Return a value as text that a terminal does not act on, cut if it is long."""
    shown = value if len(value) <= CELL_LENGTH else f"{value[: CELL_LENGTH - 1]}{CUT}"
    return "".join(one if one.isprintable() else UNPRINTABLE for one in shown)
