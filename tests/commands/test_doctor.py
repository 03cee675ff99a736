"""What `doctor` finds without sending a contact."""

import asyncio
from importlib import metadata
from pathlib import Path

import pytest

from cxone_async.commands import this_machine
from cxone_async.commands.doctor import (
    LEAST_FREE_BYTES,
    LONGEST_CHECK_S,
    LONGEST_VISIT_S,
    State,
    examine,
    exit_code_of,
)
from cxone_async.commands.environment import Environment
from cxone_async.commands.this_machine import Disk, disk_at, extras_here, versions_here
from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ContentRefusedError,
    NotSentError,
)
from cxone_async.settings import DoctorSettings
from cxone_async.tenant.port import Campaign, RequestKind, Submitted
from cxone_async.testing import InMemoryTenant, throttled

RULES = Campaign("campaign-1", frozenset({"US"}), True, frozenset({"phone"}))


def settings(tmp_path, **changes):
    named = {
        "base_url": "http://127.0.0.1:9",
        "list_id": "list-1",
        "campaign_id": "campaign-1",
        "segment_id": "segment-1",
        "client_id": "me",
        "client_secret": "x",
        "quota": 0,
        "run_dir": tmp_path / "not" / "yet",
        **changes,
    }
    return DoctorSettings(**named)


def tenant(**named):
    return InMemoryTenant(campaigns=[RULES], **named)


async def found(settings, asked, **named):
    findings = await examine(settings, tenant=asked, **named)
    return {one.check: one for one in findings}, exit_code_of(findings)


class Odd(InMemoryTenant):
    """Answers a submission with an error."""

    def __init__(self, error):
        super().__init__(campaigns=[RULES])
        self.error = error

    async def submit(self, *_arguments):
        raise self.error


async def test_a_tenant_that_has_all_is_found_well_and_no_contact_is_sent(tmp_path):
    asked = tenant()
    checks, code = await found(settings(tmp_path), asked)
    assert (code, {one.state for name, one in checks.items() if name != "clock"}) == (
        0,
        {State.OK},
    )
    assert checks["campaign"].what == ("campaign-1: US; do-not-call flags count; phone required")
    assert "segment:write" in checks["scopes"].what
    assert checks["clock"].state is State.NOT_CHECKED  # a twin has no dates
    assert checks["quota"].what.endswith("0 throttled; --quota 0 sets no limit")
    assert not asked.accepted
    assert not (tmp_path / "not").exists()
    assert [one.kind for one in asked.requests] == [
        RequestKind.TOKEN,
        RequestKind.SUBMIT,
        RequestKind.CAMPAIGN,
        RequestKind.SEGMENT,
    ]


async def test_ids_that_the_tenant_does_not_know_are_each_named(tmp_path):
    wrong = settings(tmp_path, list_id="l", campaign_id="c", segment_id="s")
    checks, code = await found(wrong, tenant())
    failed = {name: one.what for name, one in checks.items() if one.state is State.FAILED}
    assert code == 78
    assert failed == {
        "list": "the tenant knows no contact list 'l'",
        "campaign": "the tenant knows no campaign 'c'",
        "segment": "the tenant knows no segment 's'",
    }
    assert all(checks[name].way_out for name in failed)


async def test_every_missing_setting_is_told_with_where_to_get_it(tmp_path):
    findings = await examine(DoctorSettings(run_dir=tmp_path))
    missing = [one for one in findings if one.check == "settings"]
    assert [one.what for one in missing] == [
        "missing --tenant or --base-url",
        "missing --client-id or --client-id-file",
        "missing CXONE_CLIENT_SECRET or --client-secret-file",
        "missing --list-id",
        "missing --campaign-id",
    ]
    assert all(one.way_out for one in missing)
    assert exit_code_of(findings) == 64
    assert {one.check for one in findings if one.state is State.NOT_CHECKED} == {
        "sign-in",
        "scopes",
        "list",
        "campaign",
        "segment",
    }


async def test_what_can_be_asked_is_asked_although_an_id_is_missing(tmp_path):
    known = settings(tmp_path, list_id="", campaign_id="", segment_id=None)
    checks, code = await found(known, tenant())
    assert (code, checks["sign-in"].state, checks["scopes"].state) == (64, State.OK, State.OK)
    assert "segment:write" not in checks["scopes"].what
    assert checks["list"].what == "--list-id is missing"
    assert checks["campaign"].what == "--campaign-id is missing"
    assert checks["segment"].state is State.OK


async def test_scopes_that_are_missing_are_named(tmp_path):
    checks, code = await found(settings(tmp_path), tenant(scopes=frozenset({"campaign:read"})))
    assert code == 77
    assert "import:write" in checks["scopes"].what
    assert "administrator" in checks["scopes"].way_out


@pytest.mark.parametrize(
    ("error", "code", "way_out"),
    [
        (AccessRefusedError("no"), 77, "active"),
        (NotSentError("no connection"), 69, "port 443"),
    ],
)
async def test_without_a_token_nothing_else_is_asked(tmp_path, error, code, way_out):
    class Closed(InMemoryTenant):
        async def sign_in(self, required_scopes):
            raise error

    asked = Closed()
    checks, ended = await found(settings(tmp_path), asked)
    assert (ended, checks["sign-in"].what) == (code, str(error))
    assert way_out in checks["sign-in"].way_out
    assert checks["list"].state is State.NOT_CHECKED
    assert not asked.requests


async def test_a_secret_that_cannot_be_read_is_told_before_anything_is_asked(tmp_path):
    file = tmp_path / "secret"
    missing = settings(tmp_path, client_secret=None, client_secret_file=file)
    checks, code = await found(missing, None)
    assert (code, checks["sign-in"].way_out) == (78, "")
    assert str(file) in checks["sign-in"].what


async def test_a_secret_that_everybody_may_read_is_told(tmp_path):
    file = tmp_path / "secret"
    file.write_text("x")
    file.chmod(0o644)
    checks, code = await found(
        settings(tmp_path, client_secret=None, client_secret_file=file), tenant()
    )
    assert (code, checks["secret"].state) == (0, State.WARNING)


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (ContentRefusedError("empty", status=400), State.OK, "refused for being empty"),
        (AmbiguousError("no answer"), State.WARNING, "does not say: no answer"),
        (AccessRefusedError("not yours"), State.FAILED, "not yours"),
    ],
)
async def test_a_list_is_unknown_only_when_the_tenant_says_so(tmp_path, error, state, said):
    checks, _ = await found(settings(tmp_path), Odd(error))
    assert (checks["list"].state, said in checks["list"].what) == (state, True)


async def test_a_tenant_that_takes_an_empty_submission_knows_the_list(tmp_path):
    class Easy(InMemoryTenant):
        async def submit(self, list_id, payloads, key, before_send):
            assert (list_id, payloads) == ("list-1", ())
            await before_send()
            return Submitted("import-1")

    checks, _ = await found(settings(tmp_path), Easy(campaigns=[RULES]))
    assert checks["list"].what == "list-1: takes a submission (an empty one was sent)"


@pytest.mark.virtual_time
async def test_a_tenant_that_answers_with_errors_is_not_asked_for_minutes(tmp_path):
    def failing(request):
        return throttled(5.0, status=503) if request.kind is RequestKind.CAMPAIGN else None

    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    checks, code = await found(settings(tmp_path), tenant(faults=failing))
    assert checks["campaign"].what == "the tenant gives no answer that says it in time"
    assert (code, checks["campaign"].state) == (69, State.FAILED)
    assert loop.time() - begun_s <= LONGEST_CHECK_S + 1


class Silent(InMemoryTenant):
    """Never answers some kinds of requests."""

    def __init__(self, *kinds):
        super().__init__(campaigns=[RULES], faults=lambda request: None)
        self.kinds = kinds

    async def _perhaps(self, kind):
        if kind in self.kinds:
            await asyncio.get_running_loop().create_future()

    async def sign_in(self, required_scopes):
        await self._perhaps(RequestKind.TOKEN)
        await super().sign_in(required_scopes)

    async def submit(self, *arguments):
        await self._perhaps(RequestKind.SUBMIT)
        return await super().submit(*arguments)

    async def campaign(self, campaign_id):
        await self._perhaps(RequestKind.CAMPAIGN)
        return await super().campaign(campaign_id)


@pytest.mark.virtual_time
@pytest.mark.parametrize(
    ("kinds", "failed"),
    [
        ([RequestKind.TOKEN], {"sign-in"}),
        ([RequestKind.SUBMIT], {"list"}),
        ([RequestKind.CAMPAIGN], {"campaign"}),
        ([RequestKind.SUBMIT, RequestKind.CAMPAIGN], {"list", "campaign"}),
    ],
)
async def test_a_tenant_that_is_silent_ends_a_check_and_not_the_others(tmp_path, kinds, failed):
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    checks, code = await found(settings(tmp_path), Silent(*kinds))
    silent = {name for name, one in checks.items() if one.state is State.FAILED}
    assert (code, silent) == (69, failed)
    assert all(checks[name].way_out for name in failed)
    assert loop.time() - begun_s <= LONGEST_VISIT_S


@pytest.mark.virtual_time
async def test_questions_without_time_for_them_are_not_asked(tmp_path):
    class Slow(Silent):
        async def sign_in(self, required_scopes):
            await asyncio.sleep(LONGEST_CHECK_S - 1)
            await super().sign_in(required_scopes)

    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    checks, code = await found(settings(tmp_path), Slow(RequestKind.SUBMIT))
    assert (code, checks["list"].state) == (69, State.FAILED)
    assert checks["campaign"].state is checks["segment"].state is State.NOT_CHECKED
    assert loop.time() - begun_s <= LONGEST_VISIT_S + 1


@pytest.mark.slow
async def test_a_host_that_accepts_and_never_answers_is_told_within_fifteen_seconds(tmp_path):
    connections = []

    async def hang(reader, writer):
        connections.append(writer)

    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        checks, code = await found(settings(tmp_path, base_url=f"http://127.0.0.1:{port}"), None)
        for writer in connections:
            writer.close()
    assert (code, checks["sign-in"].state, len(connections)) == (69, State.FAILED, 1)
    assert "--proxy" in checks["sign-in"].way_out
    assert loop.time() - begun_s < 15


async def test_a_tenant_that_asks_for_fewer_requests_is_told(tmp_path):
    told = [throttled(0.0)]
    asked = tenant(
        faults=lambda request: told.pop() if request.kind is RequestKind.SEGMENT and told else None
    )
    checks, code = await found(settings(tmp_path, quota=600), asked)
    assert (code, checks["quota"].state) == (0, State.WARNING)
    assert "1 throttled; --quota is 600 a minute" in checks["quota"].what


@pytest.mark.slow
@pytest.mark.parametrize(
    ("off_s", "state", "said"),
    [
        (0, State.OK, "agrees"),
        (-20, State.OK, "behind the tenant's"),
        (3600, State.WARNING, "3600 s ahead of the tenant's"),
    ],
)
async def test_the_clock_is_compared_with_the_dates_of_the_answers(
    tmp_path, shared_tenant, off_s, state, said
):
    import time

    known = settings(
        tmp_path, base_url=shared_tenant.base_url, client_id="demo-client",
        client_secret=shared_tenant.secret, list_id="demo-list", campaign_id="demo-campaign",
        segment_id="demo-segment", quota="auto",
    )  # fmt: skip
    before = shared_tenant.statistics()["contacts_accepted"]
    checks, code = await found(
        known, None, environment=Environment(wall_clock_s=lambda: time.time() + off_s)
    )
    assert (code, checks["list"].state, checks["clock"].state) == (0, State.OK, state)
    assert checks["quota"].what.endswith("0 throttled; --quota auto finds it")
    assert said in checks["clock"].what.replace("3599 s", "3600 s").replace("3601 s", "3600 s")
    assert shared_tenant.statistics()["contacts_accepted"] == before


async def test_a_disk_that_is_nearly_full_or_closed_is_told(tmp_path, monkeypatch):
    from cxone_async.commands import doctor

    for disk, state in (
        (Disk(Path("/data"), LEAST_FREE_BYTES - 1, ""), State.WARNING),
        (Disk(Path("/data"), LEAST_FREE_BYTES, "Read-only file system"), State.FAILED),
    ):
        monkeypatch.setattr(doctor, "disk_at", lambda _, disk=disk: disk)
        monkeypatch.setattr(
            doctor, "extras_here", lambda: this_machine.Extras((), ("excel", "sftp"))
        )
        checks, code = await found(settings(tmp_path), tenant())
        assert (checks["disk"].state, code) == (state, 73 if state is State.FAILED else 0)
        assert checks["extras"].what == "installed: none; not installed: excel, sftp"
        assert checks["extras"].way_out == (
            "excel is for workbooks, and rejects.xlsx; sftp is for sftp://. To have one: "
            "pip install 'cxone-async[excel]'"
        )


def test_the_place_of_a_run_directory_is_tried_and_left_as_it_was(tmp_path, monkeypatch):
    disk = disk_at(tmp_path / "run")
    assert (disk.place, disk.problem, list(tmp_path.iterdir())) == (tmp_path, "", [])
    assert disk.free_bytes > 0
    monkeypatch.chdir(tmp_path)
    assert disk_at(None).place == tmp_path
    assert disk_at(Path("/proc/self")).problem


def test_versions_and_extras_are_those_of_the_installation(monkeypatch):
    assert versions_here().startswith("cxone-async 0.")
    assert f"aiohttp {metadata.version('aiohttp')}" in versions_here()
    assert extras_here("no-such-package") == ((), ())
    monkeypatch.setattr(
        metadata,
        "requires",
        lambda _: [
            "aiohttp>=3",
            'no-such-library>=1; extra == "parquet"',
            'aiohttp>=1; extra == "parquet"',
            "pydantic; extra == 'excel'",
            'pytest; extra == "test"',
        ],
    )
    assert extras_here() == (("excel",), ("parquet",))
    monkeypatch.setattr(metadata, "requires", lambda _: None)
    assert extras_here() == ((), ())


def test_what_each_extra_is_for_is_known():
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].keys() - {"test"}
    assert this_machine.EXTRA_IS_FOR.keys() == extras
