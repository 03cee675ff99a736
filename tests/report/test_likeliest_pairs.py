import random

import pytest

from cxone_async.outcome import Resemblance
from cxone_async.report.likeliest_pairs import LikeliestPairs


def listed(pairs: LikeliestPairs) -> list[tuple[int, int, float, int]]:
    return [
        (one.pair.row, one.pair.resembles_row, one.pair.score, one.group)
        for one in pairs.in_order()
    ]


def test_all_rows_of_one_person_stand_together_and_the_likeliest_come_first() -> None:
    pairs = LikeliestPairs()
    pairs.append([Resemblance(5, 4, "a", 40.0), Resemblance(7, 2, "b", 90.0)])
    pairs.append([Resemblance(9, 5, "a", 95.0), Resemblance(8, 7, "c", 10.0)])
    assert listed(pairs) == [
        (9, 5, 95.0, 1),
        (5, 4, 40.0, 1),
        (7, 2, 90.0, 2),
        (8, 7, 10.0, 2),
    ]
    assert pairs.rows() == {2, 4, 5, 7, 8, 9}
    assert (pairs.count, pairs.left_out) == (4, 0)


@pytest.mark.parametrize(("least", "kept"), [(False, {90.0, 80.0}), (True, {20.0, 10.0})])
def test_beyond_the_limit_only_the_likeliest_or_the_least_likely_are_kept(
    least: bool, kept: set[float]
) -> None:
    pairs = LikeliestPairs(least=least, most=2)
    pairs.append(
        Resemblance(row, row - 1, "a", score)
        for row, score in ((2, 20.0), (4, 90.0), (6, 10.0), (8, 80.0), (10, 50.0))
    )
    assert {score for _, _, score, _ in listed(pairs)} == kept
    assert [score for _, _, score, _ in listed(pairs)] == sorted(kept, reverse=True)
    assert (pairs.count, pairs.left_out) == (5, 3)
    assert len(pairs.rows()) == 4


def test_what_is_shown_does_not_depend_on_the_order_of_arrival() -> None:
    draw = random.Random(16)
    everything = [
        Resemblance(row, draw.randrange(1, row), "a", float(draw.randrange(5)))
        for row in range(2, 200)
    ]
    shown = []
    for _ in range(5):
        draw.shuffle(everything)
        pairs = LikeliestPairs(most=30)
        pairs.append(everything)
        shown.append(listed(pairs))
    assert shown == [shown[0]] * 5


def test_a_pair_that_comes_twice_is_shown_twice() -> None:
    pairs = LikeliestPairs()
    pairs.append([Resemblance(2, 1, "a", 50.0)] * 2)
    assert listed(pairs) == [(2, 1, 50.0, 1)] * 2
