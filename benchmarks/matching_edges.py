"""Doubles and halves each constant of the default policy, and says which stand on an edge.

    python benchmarks/matching_edges.py [--rows 20000] [--seed 21] [--only NAME ...] [--processes 2]

No constant may decide much by itself: where twice or half of it moves precision by more than 0.003,
or the people lost by more than a tenth, its value was fitted to a list, and another list pays for
it. The lists are of five kinds (`edge_lists`).

The constants are found in the modules of `matching.corroborated`: every number with a name at the
top level, but for those in `NOT_FACTORS`, each with its reason. Functions read them when they are
called, so a constant is changed by setting it in its module and in all that import it.
"""

import argparse
import ast
import gc
import importlib
import multiprocessing
import pkgutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

from matching_data import LabelledContact, few_names, households
from matching_lists import contacts_of, decisions_of, match_inputs
from people import people
from repeats import NOISY, TIDY

from cxone_async.matching import corroborated
from cxone_async.matching.evaluation import Evaluation, evaluate
from cxone_async.matching.policy import MatchPolicy

PRECISION_LIMIT = 0.003
LOST_LIMIT = 0.1
FEWEST_ROWS = 3
"""Up to so many wrong rows, or lost people, more or fewer are chance on a list of any size: of 30
people lost, a tenth is 3. On a list of 20,000 rows that is less than 3 in 10,000 people."""
RECALL_SHOWN = 0.01
"""Larger changes of recall are marked, but make no edge: those rows are kept."""

NOT_FACTORS = {
    "match_weights.EXPECTED_OTHERS_LIMIT": "a score of 85: what all factors are measured by",
    "matcher._ALIGNMENT": "the layout of memory",
    "matcher.RESEMBLANCES_LIMIT": "how much goes to review.csv; no row is dropped for it",
    "name_comparison._FIRST_NAMES_ALIKE": "a share of letters in common: twice of it is nearly all",
    "name_comparison._LAST_NAMES_ALIKE": "likewise",
    "name_weights._GARBLED_ALIKE": "likewise",
    "name_weights._GARBLED_ALIKE_AT_LEAST": "likewise",
    "name_weights._GARBLED_BESIDE_SAME": "likewise",
    "name_order_evidence": "tells how a list is read; decides no pair",
    "name_parts._LENGTH_LIMIT": "a bound on hostile input",
    "names.LENGTH_LIMIT": "a bound on hostile input",
    "phones_emails._EMAIL_LENGTH_LIMIT": "a bound on hostile input, from RFC 5321",
    "phones_emails._NANP_LENGTH": "a fact of the numbering plan",
    "phones_emails._PHONE_DIGITS_LIMIT": "a bound on hostile input",
    "phones_emails._SHORTEST_PHONE": "a fact of numbering plans",
    "romanisation": "lengths of spellings and places in Unicode",
    "term_frequencies._CELLS": "the size of a table; a power of two",
    "term_frequencies._LAST_CELL": "the size of a table",
    "term_frequencies._PROVIDERS_LIMIT": "a bound on memory",
}
"""Constants, or whole modules and packages, and why to double them says nothing of evidence."""

DECIDING = (
    "address_names",
    "match_weights",
    "matcher",
    "name_comparison",
    "name_weights",
    "spelling",
    "term_frequencies",
    "whole_names",
)
"""The modules whose constants standardising does not read."""

WITHOUT_A_NAME = (0.0, 1.0, 85.0, 100.0)
"""Nothing, all, the default of `--threshold`, and per cent."""

EDGE_CULTURES = ("tr", "zh")


@dataclass(frozen=True, slots=True)
class Constant:
    """A number with a name at the top level of a module of the policy."""

    module: ModuleType
    name: str
    value: float

    @property
    def title(self) -> str:
        return f"{_short(self.module)}.{self.name}"

    @property
    def is_for_standardising(self) -> bool:
        """Say whether more than the decisions may depend on it."""
        return _short(self.module) not in DECIDING


@dataclass(frozen=True, slots=True)
class Change:
    """What a changed constant does to one list."""

    constant: str
    factor: float
    list_name: str
    before: Evaluation
    after: Evaluation

    @property
    def precision(self) -> float:
        return self.after.precision - self.before.precision

    @property
    def lost(self) -> int:
        return self.after.lost - self.before.lost

    def __str__(self) -> str:
        before, after = self.before, self.after
        return (
            f"{self.constant:41} {'x2' if self.factor == 2 else '/2'} {self.list_name:11}"
            f" precision {before.precision:.4f} > {after.precision:.4f}"
            f"  lost {before.lost:3} > {after.lost:3}  recall {self.recall:+.4f}"
        )

    @property
    def recall(self) -> float:
        return self.after.recall - self.before.recall

    @property
    def is_edge(self) -> bool:
        """Say whether the constant decides too much by itself on this list."""
        before, after = self.before, self.after
        wrong = (after.dropped - after.correct) - (before.dropped - before.correct)
        correct = after.correct - before.correct
        moves_precision = abs(self.precision) > PRECISION_LIMIT and before.dropped > 0
        return (moves_precision and max(abs(wrong), abs(correct)) > FEWEST_ROWS) or (
            abs(self.lost) > max(LOST_LIMIT * before.lost, FEWEST_ROWS)
        )


def modules() -> list[ModuleType]:
    return [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(corroborated.__path__, f"{corroborated.__name__}.")
    ]


def _short(module: ModuleType) -> str:
    return module.__name__.removeprefix(f"{corroborated.__name__}.")


def all_constants() -> list[Constant]:
    """Return every number with a name at the top level of a module, where it is assigned."""
    return [
        Constant(module, name, getattr(module, name))
        for module in modules()
        for name in _numbers_assigned(module)
    ]


def _numbers_assigned(module: ModuleType) -> dict[str, ast.expr]:
    """Return the names of a module's own numbers, and what is assigned to them."""
    found = {}
    for statement in _tree(module).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
    return {name: value for name, value in found.items() if _is_number(getattr(module, name))}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def factors() -> list[Constant]:
    return [constant for constant in all_constants() if not excepted_by(constant)]


def excepted_by(constant: Constant) -> set[str]:
    """Return the names in `NOT_FACTORS` of the constant, its module, or a package around it."""
    words = constant.title.split(".")
    return {".".join(words[:end]) for end in range(1, len(words) + 1)} & NOT_FACTORS.keys()


def unnamed_fractions() -> list[str]:
    """Return the places where a fraction stands that is no constant: nothing doubles it.

    In a function, in a table, as a default: wherever `all_constants` does not see it.
    """
    found = set()
    for module in modules():
        named = {
            (node.lineno, node.col_offset)
            for value in _numbers_assigned(module).values()
            for node in ast.walk(value)
            if isinstance(node, ast.Constant)
        }
        for node in ast.walk(_tree(module)):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, float)
                and node.value not in WITHOUT_A_NAME
                and (node.lineno, node.col_offset) not in named
            ):
                found.add((_short(module), node.lineno, node.value))
    return [f"{name}.py, line {line}: {value:g}" for name, line, value in sorted(found)]


def _tree(module: ModuleType) -> ast.Module:
    assert module.__file__ is not None
    return ast.parse(Path(module.__file__).read_text(encoding="utf-8"))


@contextmanager
def changed(constant: Constant, factor: float) -> Iterator[None]:
    """Let a constant be `factor` times its value, wherever it was imported."""
    value = constant.value * factor
    if isinstance(constant.value, int):
        value = max(1, round(value))
    places = [
        module for module in modules() if getattr(module, constant.name, None) == constant.value
    ]
    for module in places:
        setattr(module, constant.name, value)
    try:
        yield
    finally:
        for module in places:
            setattr(module, constant.name, constant.value)


class LabelledList:
    """A list that is standardised once, so that to decide it again costs only the decisions."""

    def __init__(self, name: str, labelled: Sequence[LabelledContact]) -> None:
        self.name = name
        self._labelled = labelled
        self._person_of_row = {contact.row: person for contact, person in labelled}
        self._inputs = match_inputs(MatchPolicy.CORROBORATED, labelled)

    def evaluation(self, standardises_again: bool = False) -> Evaluation:
        inputs = self._inputs
        if standardises_again:
            inputs = match_inputs(MatchPolicy.CORROBORATED, self._labelled)
        decided = decisions_of(MatchPolicy.CORROBORATED, self._labelled, inputs)
        return evaluate(decided, self._person_of_row)


def edge_lists(rows: int, household_rows: int, seed: int) -> list[LabelledList]:
    """Return lists of five kinds; the first kind has two, of one culture each.

    The households have a length of their own: there most people can be lost, and a row takes three
    times as long.
    """
    made = [(f"people {code}", contacts_of(people(code, rows, seed))) for code in EDGE_CULTURES]
    made += [
        ("households", list(households(household_rows, seed))),
        ("few names", list(few_names(rows, seed))),
        ("leads", contacts_of(people("en", rows, seed, recipe=TIDY))),
        ("noisy", contacts_of(people("en", rows, seed, recipe=NOISY))),
    ]
    return [LabelledList(name, labelled) for name, labelled in made]


def changes_of(
    title: str, lists: Sequence[LabelledList], before: Sequence[Evaluation]
) -> list[Change]:
    """Return what doubling and halving one constant does to each list."""
    constant = next(one for one in factors() if one.title == title)
    made = []
    for factor in (2.0, 0.5):
        with changed(constant, factor):
            for one, figures in zip(lists, before, strict=True):
                after = one.evaluation(constant.is_for_standardising)
                made.append(Change(title, factor, one.name, figures, after))
    return made


def measure(
    lists: Sequence[LabelledList], titles: Sequence[str], processes: int = 1
) -> Iterator[list[Change]]:
    """Yield the changes of each constant."""
    before = [one.evaluation() for one in lists]
    of_one = partial(changes_of, lists=lists, before=before)
    if processes == 1:
        yield from map(of_one, titles)
        return
    gc.freeze()
    with multiprocessing.get_context("fork").Pool(processes, _take_over, (of_one,)) as pool:
        yield from pool.imap(_inherited, titles)


_of_one: "partial[list[Change]] | None" = None


def _take_over(of_one: "partial[list[Change]]") -> None:
    global _of_one  # noqa: PLW0603  how a forked process gets the lists without copying them
    _of_one = of_one


def _inherited(title: str) -> list[Change]:
    assert _of_one is not None
    return _of_one(title)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000, help="of each list")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--only", nargs="+", default=[], help="constants with this in their name")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    began_s = time.perf_counter()
    lists = edge_lists(options.rows, options.rows, options.seed)
    titles = [
        one.title
        for one in factors()
        if not options.only or any(part in one.title for part in options.only)
    ]
    values = {one.title: one.value for one in factors()}
    print_lists(lists)
    print(f"\n{'':40}" + "".join(f"{one.name:>12}" for one in lists))
    edges: list[Change] = []
    for changes in measure(lists, titles, options.processes):
        for factor in (2.0, 0.5):
            of_factor = [change for change in changes if change.factor == factor]
            name = of_factor[0].constant.rpartition(".")[2]
            label = f"{name} {values[of_factor[0].constant]:g}" if factor == 2.0 else ""
            print(
                f"{label:37}{'x2 ' if factor == 2.0 else '/2 '}"
                + "".join(_cell(change) for change in of_factor),
                flush=True,
            )
            edges += [change for change in of_factor if change.is_edge]
    print_edges(edges)
    for place in unnamed_fractions():
        print(f"without a name, so nothing doubles it: {place}")
    print(f"{time.perf_counter() - began_s:.0f} s")
    sys.exit(1 if edges else 0)


def print_lists(lists: Sequence[LabelledList]) -> None:
    for one in lists:
        figures = one.evaluation()
        print(
            f"{one.name:12} {figures.people:7,} people  precision {figures.precision:.4f}  "
            f"recall {figures.recall:.4f}  lost {figures.lost:4}"
        )
    print(
        "\nA cell has the change in precision, in thousandths, and in people lost. ! is an edge:\n"
        f"more than {PRECISION_LIMIT * 1000:g}, or than a tenth of the lost, and more than "
        f"{FEWEST_ROWS} rows. r: recall moves by more than {RECALL_SHOWN:g}, which is no edge."
    )


def _cell(change: Change) -> str:
    mark = "!" if change.is_edge else "r" if abs(change.recall) > RECALL_SHOWN else " "
    if not change.lost and abs(change.precision) < 0.00005:
        return f"{'.':>11}{mark}"
    return f"{1000 * change.precision:+6.1f}{change.lost:+5}{mark}"


def print_edges(edges: Sequence[Change]) -> None:
    titles = {change.constant for change in edges}
    print(f"\n{len(titles)} constants stand on an edge")
    for change in edges:
        print(change)


if __name__ == "__main__":
    main()
