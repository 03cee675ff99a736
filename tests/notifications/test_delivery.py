"""Three tries, one limit of time, and never an error for the run."""

import asyncio

import pytest
import structlog

from cxone_async.logs import EVENTS
from cxone_async.notifications.delivery import LONGEST_S, deliver
from cxone_async.testing import InMemoryReceiver

pytestmark = pytest.mark.virtual_time


class Silent:
    """Never answers."""

    def __init__(self):
        self.tries = 0

    async def post(self, body, headers):
        self.tries += 1
        await asyncio.Event().wait()
        return 200


async def delivered(*receivers, **limit):
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    with structlog.testing.capture_logs() as logged:
        await deliver(receivers, b"{}", lambda: {"webhook-id": "msg_1"}, **limit)
    for line in logged:
        assert set(line) - {"event", "log_level"} <= EVENTS[line["event"]][1] | {
            "run_id", "version", "input_name",
        }  # fmt: skip
    return logged, loop.time() - began_s


@pytest.mark.parametrize(
    ("statuses", "tries", "event"),
    [
        ([200], 1, "notification_sent"),
        ([204], 1, "notification_sent"),
        ([500, 0, 200], 3, "notification_sent"),
        ([429, 408, 503, 200], 3, "notification_not_sent"),
        ([0, 0, 0, 200], 3, "notification_not_sent"),
        ([302, 200], 1, "notification_not_sent"),
        ([404, 200], 1, "notification_not_sent"),
    ],
)
async def test_what_may_pass_is_tried_three_times_and_what_is_final_once(statuses, tries, event):
    receiver = InMemoryReceiver(statuses)
    (line,), _ = await delivered(receiver)
    assert (line["event"], line["tries"], len(receiver.received)) == (event, tries, tries)


async def test_all_receivers_are_told_within_one_limit_though_one_never_answers():
    silent, other = Silent(), InMemoryReceiver()
    logged, took_s = await delivered(silent, other)
    assert took_s <= LONGEST_S == 15
    assert silent.tries == 3
    assert len(other.received) == 1
    assert {(line["notification"], line["event"]) for line in logged} == {
        (1, "notification_not_sent"),
        (2, "notification_sent"),
    }


async def test_a_shorter_limit_is_kept_and_none_left_tries_nothing():
    assert (await delivered(Silent(), limit_s=2.5))[1] == 2.5
    silent = Silent()
    (line,), took_s = await delivered(silent, limit_s=0.0)
    assert (line["event"], silent.tries, took_s) == ("notification_not_sent", 0, 0)
