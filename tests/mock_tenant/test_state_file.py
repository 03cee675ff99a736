"""What the stand-in accepted survives its restart, whole."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager

import pytest

from cxone_async.mock_tenant import TenantOptions
from cxone_async.mock_tenant.keeper import CannotKeepError
from cxone_async.mock_tenant.state_file import StateFile


class WallClock:
    def __init__(self):
        self.now_s = 1_800_000_000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def started(signed_in):
    """A signed-in caller of a tenant that has a state file, from start to stop."""

    @asynccontextmanager
    async def start(path, options=None, **file):
        keeper = StateFile(path, **file)
        try:
            async with signed_in(options, keeper) as caller:
                yield caller
        finally:
            keeper.close()

    return start


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tenant.state"


async def test_imports_keys_and_segments_are_there_after_a_restart(started, path, person):
    people = [person(0), person(1, phone=""), person(2)]
    async with started(path) as caller:
        before = await caller.imported(people)
        ids = [one["contact"]["id"] for one in before if one["status"] == "SUCCESS"]
        assert (await caller.add(ids)).status == 204
        was = caller.state.statistics(full=True)
    async with started(path) as caller:
        now = caller.state.statistics(full=True)
        assert (now.contacts, now.segments, now.refused) == (
            was.contacts,
            was.segments,
            was.refused,
        )
        assert (await caller.poll("import-1")).body["results"] == before
        repeated = await caller.submit(people)
        assert (repeated.status, repeated.body) == (200, {"importId": "import-1"})
        assert (await caller.submit([person(3)])).status == 409
        new = await caller.submit([person(3)], key="key-2")
        assert (new.status, new.body) == (202, {"importId": "import-2"})


async def test_what_was_answered_is_there_although_it_was_never_closed(started, path, person):
    async with started(path) as caller:
        await caller.submit([person()])
        # As a kill leaves it: what a copy of the files holds now.
        copy = path.with_name("copy.state")
        for suffix in ("", "-wal"):
            copy.with_name(copy.name + suffix).write_bytes(
                path.with_name(path.name + suffix).read_bytes()
            )
    async with started(copy) as caller:
        assert (await caller.poll("import-1")).body["status"] == "COMPLETED"


async def test_an_import_goes_on_where_the_clock_is(started, path, person):
    clock = WallClock()
    options = TenantOptions(import_latency_s=100)
    async with started(path, options, wall_clock_s=clock) as caller:
        await caller.submit([person()])
    for later_s, status in ((10, "QUEUED"), (40, "PROCESSING"), (60, "COMPLETED")):
        clock.now_s += later_s
        async with started(path, options, wall_clock_s=clock) as caller:
            assert (await caller.poll("import-1")).body["status"] == status


async def test_it_remembers_whom_it_has_and_whom_it_refused_for_a_while(started, path, person):
    async with started(path, TenantOptions(refuse_duplicates=True)) as caller:
        await caller.imported([person()])
    async with started(path, TenantOptions(refuse_duplicates=True)) as caller:
        (again,) = await caller.imported([person()], key="key-2")
        assert again["error"]["code"] == "DUPLICATE_CONTACT"
    other = path.with_name("other.state")
    async with started(other, TenantOptions(transient_share=1)) as caller:
        (refused,) = await caller.imported([person()])
        assert refused["status"] == "FAILED"
    async with started(other, TenantOptions(transient_share=1)) as caller:
        (taken,) = await caller.imported([person()], key="key-2")
        assert taken["status"] == "SUCCESS"


async def test_a_reset_leaves_nothing_of_a_contact_in_the_file(started, path, person):
    async with started(path) as caller:
        (one,) = await caller.imported([person(7)])
        await caller.add([one["contact"]["id"]])
        assert (await caller.call("POST", "/_reset")).status == 204
        left = b"".join(file.read_bytes() for file in path.parent.iterdir())
        assert b"person7@example.com" not in left
    async with started(path) as caller:
        assert caller.state.statistics(full=True).contacts == {}


async def test_a_full_file_takes_no_more_and_a_reset_gives_room(started, path, person):
    async with started(path, most_bytes=400) as caller:
        assert (await caller.submit([person()])).status == 202
        assert (await caller.submit([person(1)], key="key-2")).status == 202
        full = await caller.submit([person(2)], key="key-3")
        assert (full.status, full.code) == (507, "STATE_FILE_FULL")
        assert (await caller.submit([person(1)], key="key-2")).status == 200
    async with started(path, most_bytes=400) as caller:
        assert (await caller.submit([person(2)], key="key-3")).status == 507
        await caller.call("POST", "/_reset")
        await caller.sign_in()
        assert (await caller.submit([person(2)], key="key-3")).status == 202


async def test_what_cannot_be_kept_is_not_accepted_and_nothing_after_it(started, path, person):
    async with started(path) as caller:
        await caller.submit([person()])
        # A file that turns read-only stands for a disk that fails.
        caller.state._keeper._database.execute("PRAGMA query_only = ON")
        failed = await caller.submit([person(1)], key="key-2")
        assert (failed.status, failed.code) == (500, "STATE_NOT_KEPT")
        assert (await caller.submit([person(1)], key="key-2")).status == 503
        assert (await caller.poll("import-1")).status == 503
        assert "readonly" in caller.broken.result()
    async with started(path) as caller:
        assert caller.state.statistics().imports == {"COMPLETED": 1}


def test_a_file_belongs_to_one_program_and_its_owner(path):
    first = StateFile(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CannotKeepError, match="another program uses the file"):
        StateFile(path)
    first.close()
    StateFile(path).close()


def test_a_file_of_something_else_is_left_as_it_is(path):
    path.write_text("phone,email\n" * 100)
    with pytest.raises(CannotKeepError, match="of another program"):
        StateFile(path)
    assert path.read_text() == "phone,email\n" * 100
    other = path.with_name("other.sqlite")
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE person (name)")
    database.close()
    with pytest.raises(CannotKeepError, match="of another program"):
        StateFile(other)


def test_a_file_of_another_version_is_refused(path):
    StateFile(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(CannotKeepError, match="another version"):
        StateFile(path)


def test_a_place_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(CannotKeepError, match="No such file"):
        StateFile(tmp_path / "nowhere" / "tenant.state")
