"""What a run shows while it runs, by its settings."""

import asyncio

import pytest

from cxone_async.cli.attended_run import observers_of
from cxone_async.cli.column_table import ColumnTable
from cxone_async.cli.progress_line import ProgressLine
from cxone_async.notifications.run_watch import RunWatch
from cxone_async.settings import PlanSettings


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        ({}, {ColumnTable, ProgressLine}),
        ({"no_progress": True}, {ColumnTable}),
        ({"quiet": True}, set()),
    ],
)
async def test_progress_and_columns_are_shown_unless_they_are_not_wanted(flags, shown):
    watch = RunWatch("plan", asyncio.get_running_loop().time)
    async with observers_of("plan", PlanSettings(**flags), watch) as observers:
        seen = {type(one) for one in observers}
    assert seen & {ColumnTable, ProgressLine} == shown
    assert RunWatch in seen
