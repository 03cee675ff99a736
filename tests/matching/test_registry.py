import re
from pathlib import Path

import pytest

import cxone_async.matching
from cxone_async.matching.policy import KEPT, MatchPolicy
from cxone_async.matching.registry import definition, new_matcher

FOLDER = Path(cxone_async.matching.__file__).parent


@pytest.mark.parametrize("policy", list(MatchPolicy))
def test_every_policy_has_a_matcher_that_has_seen_nothing(policy, new_contact):
    matcher = new_matcher(policy)
    contact = new_contact("Ada", "Abbott", "12125550101", "ada@example.com")
    assert matcher.decide(matcher.standardise(contact)) is KEPT


@pytest.mark.parametrize("threshold", [-0.1, 100.5, float("nan")])
def test_a_threshold_outside_its_range_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold must lie in"):
        new_matcher(MatchPolicy.ANY_FIELD, threshold)


@pytest.mark.parametrize(
    ("policy", "deciding_module"),
    [
        (MatchPolicy.CORROBORATED, "corroborated/match_weights.py"),
        (MatchPolicy.ANY_FIELD, "any_field/matcher.py"),
        (MatchPolicy.EXACT, "exact.py"),
    ],
)
def test_every_rule_of_a_policy_is_put_in_words(policy, deciding_module):
    source = (FOLDER / deciding_module).read_text().partition("PolicyDefinition(\n")[0]
    rules = set(re.findall(r'"((?:exact|similar)-[a-z+]+|[a-z]+\+[a-z]+|[a-z]+-[a-z]+)"', source))
    rules |= set(re.findall(r'"(phone|email|name)" (?:if nameless|if |$)', source))
    words = definition(policy).rules
    assert rules - {"name"} <= words.keys()
    assert words.keys() <= rules | {"phone", "email", "name"}


def test_a_policy_is_named_in_its_own_package_the_registry_and_the_enum_only():
    """Nothing else in the package has to be touched for a new policy."""
    members = "|".join(f"MatchPolicy\\.{policy.name}" for policy in MatchPolicy)
    naming = {
        str(path.relative_to(FOLDER))
        for path in FOLDER.rglob("*.py")
        if re.search(members, path.read_text())
    }
    assert naming == {"registry.py", "policy.py"}  # the enum is in policy.py
