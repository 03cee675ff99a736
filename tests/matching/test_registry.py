import pytest

from cxone_async.matching.policy import KEPT, MatchPolicy
from cxone_async.matching.registry import matcher


@pytest.mark.parametrize("policy", list(MatchPolicy))
def test_every_policy_word_gives_a_matcher_that_has_seen_nothing(policy, new_contact):
    fresh = matcher(policy)
    assert (
        fresh.decide(
            fresh.match_input(new_contact("Ada", "Abbott", "12125550101", "ada@example.com"))
        )
        is KEPT
    )


@pytest.mark.parametrize("threshold", [-0.1, 100.5, float("nan")])
def test_a_threshold_outside_its_range_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold must lie in"):
        matcher(MatchPolicy.ANY_FIELD, threshold)
