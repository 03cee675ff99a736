from itertools import chain

import pytest

from cxone_async.outcome import Outcome, Reason, Repair
from cxone_async.report.wording import OUTCOME_MEANING, REASON_MEANING, REPAIR_MEANING, duration


def test_every_outcome_reason_and_repair_has_its_sentence() -> None:
    assert set(OUTCOME_MEANING) == set(Outcome)
    assert set(REASON_MEANING) == set(Reason)
    assert set(REPAIR_MEANING) == set(Repair)
    meanings = (OUTCOME_MEANING, REASON_MEANING, REPAIR_MEANING)
    for sentence in chain.from_iterable(each.values() for each in meanings):
        assert sentence[0].isupper()
        assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (261.3, "4 min 21 s"),
        (3599.7, "1 h 0 min"),
        (47_123, "13 h 5 min"),
    ],
)
def test_a_duration_is_said_as_people_do(seconds: float, said: str) -> None:
    assert duration(seconds) == said
