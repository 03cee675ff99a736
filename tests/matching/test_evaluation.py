import random

import pytest
from fixtures.scorer import figures_of, scored

from cxone_async.errors import UnreadableInputError
from cxone_async.matching.evaluation import Decided, Evaluation, RuleFigures, evaluate
from cxone_async.outcome import Outcome

KEPT, DROPPED = Outcome.READY, Outcome.DUPLICATE


def test_the_figures_of_a_small_list():
    truth = {1: "ada", 2: "ada", 3: "bob", 4: "ada", 5: "cyd", 6: "dan", 7: "bob"}
    decisions = [
        Decided(1, KEPT),
        Decided(2, DROPPED, "phone+name"),
        Decided(3, DROPPED, "email+name"),  # the first of bob: wrong
        Decided(4, KEPT),  # missed
        Decided(5, Outcome.INVALID),
        Decided(6, DROPPED, "phone+name"),  # the only row of dan: wrong, and dan is lost
        Decided(7, Outcome.IMPORTED),
    ]
    assert evaluate(reversed(decisions), truth) == Evaluation(
        rows=6,
        people=3,
        duplicates=3,
        dropped=3,
        correct=1,
        lost=1,
        by_rule=(RuleFigures("email+name", 1, 0), RuleFigures("phone+name", 2, 1)),
    )


def test_precision_recall_and_their_mean():
    truth = {1: "ada", 2: "ada", 3: "ada", 4: "bob"}
    figures = evaluate(
        [Decided(1, KEPT), Decided(2, DROPPED), Decided(3, KEPT), Decided(4, DROPPED)], truth
    )
    assert (figures.precision, figures.recall, figures.f1) == (0.5, 0.5, 0.5)


def test_a_row_counts_as_correct_after_any_earlier_row_of_the_person_even_a_dropped_one():
    truth = {1: "ada", 2: "bob", 3: "bob"}
    figures = evaluate([Decided(1, KEPT), Decided(2, DROPPED), Decided(3, DROPPED)], truth)
    assert (figures.correct, figures.lost) == (1, 1)


def test_nothing_dropped_is_perfectly_precise():
    figures = evaluate([Decided(1, KEPT)], {1: "ada"})
    assert (figures.precision, figures.recall, figures.f1) == (1.0, 1.0, 1.0)
    assert evaluate([], {}).rows == 0


def test_nothing_right_has_no_mean():
    truth = {1: "ada", 2: "bob", 3: "ada"}
    figures = evaluate([Decided(1, KEPT), Decided(2, DROPPED), Decided(3, KEPT)], truth)
    assert figures.f1 == 0.0


def test_a_suppressed_row_makes_no_later_row_correct():
    figures = evaluate([Decided(1, Outcome.SUPPRESSED), Decided(2, DROPPED)], {1: "a", 2: "a"})
    assert (figures.rows, figures.correct) == (1, 0)


@pytest.mark.parametrize(
    ("decisions", "message"),
    [
        ([Decided(1, KEPT), Decided(1, KEPT)], "row 1 has two outcomes"),
        ([], "1 of its rows have no outcome"),
        ([Decided(1, KEPT), Decided(2, KEPT)], "1 outcomes have no row in it"),
    ],
)
def test_a_truth_about_other_rows_is_refused(decisions, message):
    with pytest.raises(UnreadableInputError, match=message):
        evaluate(decisions, {1: "ada"})


@pytest.mark.parametrize("seed", range(40))
def test_the_figures_are_those_of_the_scorer_on_random_lists(seed):
    draw = random.Random(seed)
    rows = draw.sample(range(1, 100), draw.randint(0, 60))
    outcomes = {row: draw.choice((DROPPED, *Outcome)) for row in rows}
    people = {row: f"p{draw.randrange(1 + len(rows) // 2)}" for row in rows}
    decisions = [Decided(row, outcome) for row, outcome in outcomes.items()]
    assert figures_of(evaluate(decisions, people)) == scored(outcomes, people)
