"""What may be sent again, and after how long."""

import random
from enum import StrEnum
from typing import Final

FIRST_BACKOFF_S: Final = 0.5
LONGEST_BACKOFF_S: Final = 2.0
"""Short, since the quota bounds how much is sent: a tenant of whose answers three in four are
useless would otherwise keep a single import for minutes."""
LONGEST_ASKED_S: Final = 300.0


class SubmitSemantics(StrEnum):
    """The values of `--submit-semantics`."""

    AT_MOST_ONCE = "at-most-once"
    IDEMPOTENT = "idempotent"


def backoff_s(
    failures: int, random_source: random.Random, retry_after_s: float | None = None
) -> float:
    """Return how long to wait after the `failures`-th failure in a row.

    Not less than `retry_after_s`, for which the tenant asked, up to `LONGEST_ASKED_S`.
    """
    ceiling_s = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2.0 ** (min(failures, 10) - 1))
    asked_s = min(retry_after_s or 0.0, LONGEST_ASKED_S)
    return max(random_source.uniform(0.1, ceiling_s), asked_s)
