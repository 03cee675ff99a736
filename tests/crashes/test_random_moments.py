"""The real process is killed at random moments, again and again, and audited.

`KILLS` sets the total number of kills (`make crash-test KILLS=300`), `CRASH_SEED` the seed. A seed
repeats the plan of the kills; what the process is doing at each moment depends on the machine.
"""

import os
import random
import signal

import pytest

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("KILLS", "6"))
FIRST_SEED = int(os.environ.get("CRASH_SEED", "1"))
KILLS_A_CAMPAIGN = 6
CAMPAIGNS = -(-KILLS // KILLS_A_CAMPAIGN)
TENANTS = (
    ("--import-latency-s", "0.3", "--import-latency-sigma", "0.5", "--transient-share", "0.1"),
    ("--import-latency-s", "0.2", "--permanent-share", "0.05", "--throttle-share", "0.03"),
)


def doom(chance: random.Random) -> tuple[float, tuple[str, str, str]]:
    """Draw when to kill: at a time in seconds, or at a commit."""
    moment_s = chance.uniform(0.1, 1.0) if chance.random() < 0.2 else chance.uniform(0.8, 3.0)
    if chance.random() < 0.6:
        return moment_s, ("nowhere", "after", "1")
    return 60.0, ("commit", chance.choice(["before", "after"]), str(chance.randrange(1, 25)))


@pytest.mark.parametrize("campaign", range(CAMPAIGNS))
def test_killed_at_random_moments_no_row_is_lost_or_doubled(victim, campaign):
    seed = FIRST_SEED + campaign
    chance = random.Random(seed)
    kills_left = min(KILLS_A_CAMPAIGN, KILLS - campaign * KILLS_A_CAMPAIGN)
    while kills_left:
        semantics = chance.choice(["idempotent", "at-most-once"])
        run = victim(*chance.choice(TENANTS), "--seed", str(seed), concurrency=2)
        code = -signal.SIGKILL
        while kills_left and code == -signal.SIGKILL:
            seconds, place = doom(chance)
            code = run.live_for(semantics, seconds, place)
            kills_left -= code == -signal.SIGKILL
        if code == -signal.SIGKILL:
            code = run.live(semantics)
        run.audit(code)
