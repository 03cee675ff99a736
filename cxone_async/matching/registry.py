"""From the word after `--match` to the matcher that decides.

Guarantee: the one place that knows every policy of the room.
"""

from cxone_async.matching.any_field.matcher import AnyFieldMatcher
from cxone_async.matching.corroborated.matcher import CorroboratedMatcher
from cxone_async.matching.exact import ExactMatcher, OffMatcher
from cxone_async.matching.policy import Matcher, MatchPolicy


def matcher(policy: MatchPolicy, threshold: float = 85.0) -> Matcher:
    """Return a matcher that has seen no row yet.

    `threshold` (0..100) is how alike two values must be to count as fuzzily the same;
    `exact` and `off` have no use for it. Raises ValueError when it lies outside 0..100.
    """
    if not 0 <= threshold <= 100:
        raise ValueError(f"threshold must lie in 0..100, not {threshold}")
    match policy:
        case MatchPolicy.CORROBORATED:
            return CorroboratedMatcher(threshold)
        case MatchPolicy.ANY_FIELD:
            return AnyFieldMatcher(threshold)
        case MatchPolicy.EXACT:
            return ExactMatcher()
        case MatchPolicy.OFF:
            return OffMatcher()
