"""No constant of the policy decides much by itself: twice or half of it changes little.

Some 90 s of processor time in all, two for each constant. `make bench-matching-edges` does the same
on longer lists, and prints the table: these short ones show only the plainest edges.
"""

import pytest
from fixtures.benchmark_modules import benchmark_module

from cxone_async.matching.corroborated import match_weights, matcher
from cxone_async.matching.evaluation import Evaluation

edges = benchmark_module("matching_edges")

ROWS, HOUSEHOLD_ROWS, SEED = 1_500, 5_000, 21


@pytest.fixture(scope="session")
def lists():
    return edges.edge_lists(ROWS, HOUSEHOLD_ROWS, SEED)


@pytest.fixture(scope="session")
def before(lists):
    return [one.evaluation() for one in lists]


@pytest.mark.parametrize("title", [constant.title for constant in edges.factors()])
@pytest.mark.slow
def test_no_constant_stands_on_an_edge(title, lists, before):
    found = [str(change) for change in edges.changes_of(title, lists, before) if change.is_edge]
    assert found == []


def test_every_fraction_in_a_function_has_a_name_by_which_it_is_doubled():
    assert edges.unnamed_fractions() == []


def test_every_exception_is_still_a_constant_of_the_policy():
    found = [edges.excepted_by(constant) for constant in edges.all_constants()]
    assert set().union(*found) == edges.NOT_FACTORS.keys()


def test_the_constants_are_those_of_all_modules():
    found = {constant.title.partition(".")[0] for constant in edges.factors()}
    assert {"match_weights", "name_weights", "term_frequencies"} <= found


def test_a_constant_is_changed_in_every_module_that_imports_it_and_put_back():
    constant = next(one for one in edges.all_constants() if one.name == "EXPECTED_OTHERS_LIMIT")
    with edges.changed(constant, 2.0):
        assert pytest.approx(2 * constant.value) == match_weights.EXPECTED_OTHERS_LIMIT
    assert pytest.approx(constant.value) == match_weights.EXPECTED_OTHERS_LIMIT


def test_half_of_a_whole_number_is_a_whole_number():
    constant = next(one for one in edges.all_constants() if one.name == "NAME_BLOCK_LIMIT")
    with edges.changed(constant, 0.5):
        assert (constant.value, matcher.NAME_BLOCK_LIMIT) == (8, 4)
        assert isinstance(matcher.NAME_BLOCK_LIMIT, int)


def figures(dropped: int, correct: int, lost: int) -> Evaluation:
    return Evaluation(
        rows=10_000, people=7_000, duplicates=3_000, dropped=dropped, correct=correct, lost=lost,
        by_rule=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "is_edge"),
    [
        (figures(1_000, 995, 5), figures(1_000, 995, 5), False),
        (figures(1_000, 995, 5), figures(1_000, 992, 8), False),  # three rows are chance
        (figures(1_000, 995, 5), figures(1_000, 991, 5), True),
        (figures(1_000, 995, 5), figures(1_000, 995, 9), True),
        (figures(1_000, 900, 100), figures(1_000, 898, 109), False),  # less than a tenth
        (figures(1_000, 900, 100), figures(1_000, 898, 111), True),
        (figures(1_000, 900, 100), figures(1_000, 898, 89), True),  # an edge on the other side
        (figures(0, 0, 0), figures(1, 0, 1), False),
    ],
)
def test_an_edge_is_more_than_chance(before, after, is_edge):
    assert edges.Change("a", 2.0, "list", before, after).is_edge is is_edge
