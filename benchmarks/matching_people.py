"""Measures whom the matching policies lose, by script and by household role.

    python benchmarks/matching_people.py [--cultures en de …] [--people-rows 20000]
        [--seeds 11 12 13 14 15] [--orders as-written exchanged one-field last-comma-first]
        [--alone] [--processes 1]

The lists are of `people`. For each list and policy it prints precision, recall and people lost, as
`matching.evaluation` defines them, and the people lost of 10,000 whose first row is in a script;
then, over all lists, the people lost of 10,000 by their role in the household. On the lists of the
first seed in the order as written, `exact`, Splink and leadmatch's own deduplicator stand beside
it, the last two where they are installed and without `--alone`.

Report cultures and seeds that nothing was tuned on: tune on `TUNING_CULTURES` and seeds 1 to 5.
"""

import argparse
import importlib.util
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product

from cultures import CULTURES
from matching_data import LabelledContact
from matching_lists import contacts_of, decisions_of
from people import ORDERS, LabelledRow, people

from cxone_async.matching.evaluation import Decided, Evaluation, evaluate
from cxone_async.matching.policy import MatchPolicy
from cxone_async.outcome import Outcome

TUNING_CULTURES = ("it", "pl", "hu", "id", "sw", "yo", "el", "he", "th")
REPORTED_CULTURES = tuple(code for code in CULTURES if code not in TUNING_CULTURES)
ROLES = (
    "alone", "spouse", "parent", "child", "twin", "sibling", "elder", "younger", "in-law",
    "flatmate", "colleague", "company", "recycled",
)  # fmt: skip


@dataclass(slots=True)
class Lost:
    """People, and those of them who were lost, by a group that each belongs to."""

    people: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Lost") -> None:
        self.people.update(other.people)
        self.lost.update(other.lost)

    def of_10_000(self, group: str) -> float:
        return 10_000 * self.lost[group] / self.people[group]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one policy does to one list; `evaluation` is None if it cannot be run on it."""

    culture: str
    order: str
    seed: int
    policy: str
    evaluation: Evaluation | None
    by_script: Lost
    by_role: Lost


def compare_people(
    cultures: Sequence[str],
    rows: int,
    seeds: Sequence[int],
    orders: Sequence[str] = ORDERS[:1],
    is_alone: bool = False,
    processes: int = 1,
) -> None:
    """Print the figures of all lists, then those over all of them."""
    lists = [(order, code, seed) for order, code, seed in product(orders, cultures, seeds)]
    of_list = partial(_figures_of_list, rows=rows, first_seed=seeds[0], is_alone=is_alone)
    title = f"people, {rows:,} rows"
    print(
        f"\n{title:20} {'seed':>4}  {'policy':12} {'precision':>9} {'recall':>6} {'lost':>6} "
        f"{'of 10,000':>9}  by script of the first row"
    )
    seen: list[Figures] = []
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        for of_policies in pool.imap(of_list, lists):
            for figures in of_policies:
                print_figures(figures)
            seen += of_policies
    for order in orders:
        print_totals(order, [figures for figures in seen if figures.order == order])


def _figures_of_list(
    which: tuple[str, str, int], rows: int, first_seed: int, is_alone: bool
) -> list[Figures]:
    order, code, seed = which
    made = people(code, rows, seed, order)
    labelled = contacts_of(made)
    figures = []
    with_others = seed == first_seed and order == ORDERS[0]
    for policy, decide in _policies(with_others, is_alone):
        decisions = decide(labelled)
        evaluation = None
        if decisions is not None:
            person_of_row = {contact.row: person for contact, person in labelled}
            evaluation = evaluate(decisions, person_of_row)
        by_script = lost_by(decisions or [], made, lambda row: row.script)
        by_role = lost_by(decisions or [], made, lambda row: row.role)
        figures.append(Figures(code, order, seed, policy, evaluation, by_script, by_role))
    return figures


Decide = Callable[[list[LabelledContact]], list[Decided] | None]


def _policies(with_others: bool, is_alone: bool) -> Iterator[tuple[str, Decide]]:
    yield "corroborated", partial(decisions_of, MatchPolicy.CORROBORATED)
    if not with_others:
        return
    yield "exact", partial(decisions_of, MatchPolicy.EXACT)
    if not is_alone and importlib.util.find_spec("splink"):
        from matching_splink import decide as decide_by_splink  # noqa: PLC0415  optional

        yield "splink", decide_by_splink
    if not is_alone and importlib.util.find_spec("leadmatch"):
        from matching_leadmatch import decide as decide_by_leadmatch  # noqa: PLC0415  optional

        yield "leadmatch", decide_by_leadmatch


def lost_by(
    decisions: Sequence[Decided],
    rows: Sequence[LabelledRow],
    group_of: Callable[[LabelledRow], str],
) -> Lost:
    """Count people, and those of whom no row was kept, by group."""
    group = {row.person: group_of(row) for row in reversed(rows)}  # that of the first row
    kept = {rows[one.row - 1].person for one in decisions if one.outcome is not Outcome.DUPLICATE}
    counted = Lost(Counter(group.values()))
    counted.lost.update(group[person] for person in group.keys() - kept if decisions)
    return counted


def print_figures(figures: Figures) -> None:
    order = "" if figures.order == ORDERS[0] else f", {figures.order}"
    start = f"{figures.culture + order:20} {figures.seed:4}  {figures.policy:12} "
    one = figures.evaluation
    if one is None:
        print(f"{start} cannot be trained on it", flush=True)
        return
    scripts = "  ".join(
        f"{script} {figures.by_script.of_10_000(script):.0f}"
        for script, people_of_it in figures.by_script.people.most_common()
        if people_of_it >= one.people / 100
    )
    print(
        f"{start}{one.precision:9.4f} {one.recall:6.4f} {one.lost:6,} "
        f"{10_000 * one.lost / one.people:9.0f}  {scripts}",
        flush=True,
    )


def print_totals(order: str, seen: Sequence[Figures]) -> None:
    """Print the worst figures of each policy, and the people lost by role."""
    policies = list(dict.fromkeys(figures.policy for figures in seen))
    print(
        f"\n{'worst, ' + order:24} {'precision':>18} {'recall':>18}"
        f" {'lost of 10,000 in a script':>32}"
    )
    for policy in policies:
        judged = [one for one in seen if one.policy == policy and one.evaluation]
        if judged:
            print(f"{policy:24} " + _worst(judged))
    by_role = {policy: Lost() for policy in policies}
    for figures in seen:
        if figures.evaluation:
            by_role[figures.policy].add(figures.by_role)
    print(f"\n{'lost of 10,000, ' + order:30}" + "".join(f"{policy:>14}" for policy in policies))
    of_all = by_role[policies[0]].people
    for role in (role for role in ROLES if of_all[role]):
        print(
            f"{role:16}{of_all[role]:8,} people"
            f"{''.join(_cell(by_role[policy], role) for policy in policies)}"
        )


def _cell(lost: Lost, role: str) -> str:
    return f"{lost.of_10_000(role):14.0f}" if lost.people[role] else f"{'':14}"


def _worst(judged: Sequence[Figures]) -> str:
    precisions = [(one.evaluation.precision, one) for one in judged if one.evaluation]
    recalls = [(one.evaluation.recall, one) for one in judged if one.evaluation]
    scripts = [
        (one.by_script.of_10_000(script), script, one)
        for one in judged
        for script, people_of_it in one.by_script.people.items()
        if one.evaluation and people_of_it >= one.evaluation.people / 100
    ]
    precision, of_precision = min(precisions, key=lambda pair: pair[0])
    recall, of_recall = min(recalls, key=lambda pair: pair[0])
    lost, script, of_lost = max(scripts, key=lambda triple: triple[0])
    return (
        f"{precision:9.4f} ({of_precision.culture} {of_precision.seed:3})"
        f"{recall:10.4f} ({of_recall.culture} {of_recall.seed:3})"
        f"{lost:12.0f} ({of_lost.culture} {of_lost.seed:3}, {script})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cultures", nargs="+", choices=CULTURES, default=REPORTED_CULTURES)
    parser.add_argument("--people-rows", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13, 14, 15])
    parser.add_argument("--orders", nargs="+", choices=ORDERS, default=ORDERS[:1])
    parser.add_argument("--alone", action="store_true", help="without Splink and leadmatch")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    compare_people(
        options.cultures,
        options.people_rows,
        options.seeds,
        options.orders,
        options.alone,
        options.processes,
    )


if __name__ == "__main__":
    main()
