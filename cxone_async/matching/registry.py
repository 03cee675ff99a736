"""From the name of a policy to its definition and its matcher."""

from cxone_async.matching.any_field.policy import ANY_FIELD
from cxone_async.matching.corroborated.policy import CORROBORATED
from cxone_async.matching.definition import ParallelMap, PolicyDefinition
from cxone_async.matching.exact import EXACT, OFF
from cxone_async.matching.policy import LedgerMatcher, Matcher, MatchPolicy

_DEFINITIONS = {
    MatchPolicy.CORROBORATED: CORROBORATED,
    MatchPolicy.ANY_FIELD: ANY_FIELD,
    MatchPolicy.EXACT: EXACT,
    MatchPolicy.OFF: OFF,
}


def definition(policy: MatchPolicy) -> PolicyDefinition:
    """Return a policy's definition."""
    return _DEFINITIONS[policy]


def new_matcher(
    policy: MatchPolicy, threshold: float = 85.0, parallel_map: ParallelMap = map
) -> Matcher:
    """Return a matcher that has seen no row yet.

    `threshold` (0..100) is the similarity at which two values count as nearly the same;
    `exact` and `off` have no use for it. `any-field` gives a part of its work to
    `parallel_map`; without one the calling thread does it all. Raises ValueError when the
    threshold lies outside 0..100.
    """
    if not 0 <= threshold <= 100:
        raise ValueError(f"threshold must lie in 0..100, not {threshold}")
    return _DEFINITIONS[policy].new_matcher(threshold, parallel_map)


def new_ledger_matcher(policy: MatchPolicy, threshold: float = 85.0) -> LedgerMatcher:
    """Return a matcher that finds people of earlier runs too.

    Raises ValueError for a policy that has none (`POLICIES_WITH_LEDGER`).
    """
    new = _DEFINITIONS[policy].ledger_matcher
    if new is None:
        raise ValueError(f"no ledger with the policy {policy}")
    return new(threshold)
