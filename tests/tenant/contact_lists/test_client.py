"""The client of the contact-lists dialect: its wire, its tokens, odd answers."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ServerTimeoutError
from aioresponses import aioresponses

from cxone_async.errors import (
    AccessRefusedError,
    AmbiguousError,
    ConfigurationError,
    ContentRefusedError,
    CXoneError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    RequestError,
    RunError,
    UsageError,
)
from cxone_async.tenant.contact_lists.client import CXoneClient, base_url_of
from cxone_async.tenant.port import ImportState, RequestKind, SentSize

pytestmark = pytest.mark.virtual_time

TOKEN, CAMPAIGN, SUBMIT, POLL, SEGMENT = RequestKind
SECRET = "s3cret"
SCOPES = "contact-list:write import:write campaign:read segment:write"
BASE_URL = "https://acme.cxone.com"
SUBMIT_URL = f"{BASE_URL}/api/v2/contactlists/list-1/import"
POLL_URL = f"{SUBMIT_URL}/import-1"


async def nothing() -> None:
    return None


class Script:
    """A tenant that signs anybody in and answers other calls from a list of statuses.

    When the list is used up, calls succeed.
    """

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.token_statuses: list[int] = []
        self.tokens = 0
        self.expires_in = 3600
        self.sign_in_takes_s = 0.0
        self.bearers: list[str] = []

    async def respond(self, request: Any) -> None:
        answer = request.connection.answer
        if "/oauth/token" in request.line:
            self.tokens += 1
            await asyncio.sleep(self.sign_in_takes_s)
            status = self.token_statuses.pop(0) if self.token_statuses else 200
            token = {"access_token": f"t-{self.tokens}", "scope": SCOPES}
            await answer(status, token | {"expires_in": self.expires_in})
            return
        self.bearers.append(request.headers["Authorization"].removeprefix("Bearer "))
        status = self.statuses.pop(0) if self.statuses else 200
        await answer(
            status, {"importId": "import-1", "status": "COMPLETED", "allowedCountries": []}
        )


@pytest.fixture
def script(raw_server: Any) -> Script:
    scripted = Script()
    raw_server.respond = scripted.respond
    return scripted


@pytest.fixture
async def client(raw_server: Any, limiter: Any, script: Script) -> AsyncIterator[CXoneClient]:
    async with CXoneClient(
        base_url=raw_server.base_url,
        client_id="client-1",
        client_secret=SECRET,
        rate_limiter=limiter,
    ) as opened:
        yield opened


@pytest.fixture
async def mocked(limiter: Any) -> AsyncIterator[tuple[CXoneClient, aioresponses]]:
    """A client that is signed in, and whatever answers a test invents."""
    with aioresponses() as answers:
        answers.post(
            f"{BASE_URL}/oauth/token",
            payload={"access_token": "t-1", "expires_in": 3600, "scope": SCOPES},
        )
        async with CXoneClient(
            tenant="acme", client_id="client-1", client_secret=SECRET, rate_limiter=limiter
        ) as client:
            await client.sign_in(frozenset())
            yield client, answers


# The wire, byte for byte


async def test_the_requests_are_those_of_the_contract(
    client: CXoneClient, raw_server: Any, contact: Any, limiter: Any
) -> None:
    await client.campaign("spring")
    await client.submit("list-1", [client.dialect.encode(contact(1))], "run-7/1", nothing)
    await client.poll("list-1", "import-1")
    await client.add_to_segment("segment-1", ["c-1", "c-2"])
    sent = [(each.line.removesuffix(" HTTP/1.1"), each.body) for each in raw_server.requests]
    assert sent == [
        (
            "POST /oauth/token",
            b"grant_type=client_credentials&client_id=client-1&client_secret=s3cret",
        ),
        ("GET /api/v2/campaigns/spring", b""),
        (
            "POST /api/v2/contactlists/list-1/import",
            b'{"contacts":[{"fields":{"phone":"12005550101","email":"person1@example.com",'
            b'"first_name":"Ada","last_name":"Number1","country":"US"}}]}',
        ),
        ("GET /api/v2/contactlists/list-1/import/import-1", b""),
        ("POST /api/v2/segments/segment-1/contacts", b'{"contactIds":["c-1","c-2"]}'),
    ]
    submit, poll = raw_server.requests[2:4]
    assert submit.headers["Idempotency-Key"] == "run-7/1"
    assert submit.headers["Content-Type"] == "application/json"
    assert submit.headers["Content-Length"] == str(len(submit.body))
    assert poll.headers["Authorization"] == "Bearer t-1"
    assert poll.headers["Accept"] == "application/json"
    assert "Idempotency-Key" not in poll.headers
    assert limiter.charged == [TOKEN, CAMPAIGN, SUBMIT, POLL, SEGMENT]


async def test_an_id_cannot_lead_to_another_path(client: CXoneClient, raw_server: Any) -> None:
    with pytest.raises(AmbiguousError, match="about another import"):
        await client.poll("../../oauth", "a/b?c#d")
    assert raw_server.seen[-1] == (
        "GET /api/v2/contactlists/..%2F..%2Foauth/import/a%2Fb%3Fc%23d HTTP/1.1"
    )


@pytest.mark.parametrize("bad", ["", ".", ".."])
async def test_an_id_that_no_path_can_hold_is_refused_before_anything_is_sent(
    client: CXoneClient, raw_server: Any, bad: str
) -> None:
    for call in (
        client.campaign(bad),
        client.submit(bad, [], "k", nothing),
        client.poll(bad, "import-1"),
        client.poll("list-1", bad),
        client.add_to_segment(bad, []),
    ):
        with pytest.raises(ConfigurationError, match="cannot be the id of"):
            await call
    assert raw_server.requests == []


async def test_a_key_that_no_header_can_carry_is_refused_before_anything_is_sent(
    client: CXoneClient, raw_server: Any
) -> None:
    with pytest.raises(UsageError, match="the key must be"):
        await client.submit("list-1", [], "a\r\nX-Admin: yes")
    assert raw_server.requests == []


# The order of things


async def test_a_submission_has_token_and_quota_in_hand_when_its_intent_is_written(
    client: CXoneClient, raw_server: Any, limiter: Any, script: Script
) -> None:
    async def before_send() -> None:
        assert limiter.charged == [TOKEN, SUBMIT]
        assert raw_server.seen == ["POST /oauth/token HTTP/1.1"]

    await client.submit("list-1", [], "k", before_send)
    assert script.bearers == ["t-1"]


async def test_a_token_that_ages_while_waiting_for_quota_is_renewed_and_the_call_paid_once(
    client: CXoneClient, limiter: Any, script: Script
) -> None:
    script.expires_in = 10
    await client.poll("list-1", "import-1")
    limiter.wait_s = lambda kind: 100.0 if kind is SUBMIT else 0.0
    await client.submit("list-1", [], "k", nothing)
    assert limiter.charged == [TOKEN, POLL, SUBMIT, TOKEN]
    assert script.bearers == ["t-1", "t-2"]


async def test_a_refresh_that_is_due_does_not_sit_on_another_calls_quota(
    client: CXoneClient, limiter: Any, script: Script
) -> None:
    script.expires_in = 10
    await client.poll("list-1", "import-1")
    await asyncio.sleep(6)
    await client.poll("list-1", "import-1")
    assert limiter.charged == [TOKEN, POLL, TOKEN, POLL]


async def test_slots_that_waited_for_one_token_do_not_leave_together(
    client: CXoneClient, raw_server: Any, limiter: Any, script: Script
) -> None:
    """Many granted while a sign-in takes long: each pays again for a slot of its own."""
    script.expires_in = 30
    await client.poll("list-1", "import-1")
    waits_s = [40.0, 40.0, 40.0]
    limiter.wait_s = lambda kind: waits_s.pop() if waits_s and kind is POLL else 0.0
    script.sign_in_takes_s = 5.0
    await asyncio.gather(*(client.poll("list-1", "import-1") for _ in range(3)))
    assert limiter.charged.count(TOKEN) == 2
    assert limiter.charged.count(POLL) == 1 + 2 * 3


async def test_a_slot_in_hand_goes_out_with_a_token_that_is_due_but_has_not_ended(
    client: CXoneClient, limiter: Any, script: Script
) -> None:
    script.expires_in = 20  # due after 10 s, ended after 15
    await client.poll("list-1", "import-1")
    limiter.wait_s = lambda kind: 12.0 if kind is SUBMIT else 0.0
    await client.submit("list-1", [], "k", nothing)
    await asyncio.sleep(0.1)
    assert script.bearers == ["t-1", "t-1"]
    assert limiter.charged == [TOKEN, POLL, SUBMIT, TOKEN]


# 401


async def test_a_401_renews_the_token_once_and_sends_once_more(
    client: CXoneClient, limiter: Any, script: Script
) -> None:
    intents = 0

    async def before_send() -> None:
        nonlocal intents
        intents += 1

    script.statuses = [401]
    assert (await client.submit("list-1", [], "k", before_send)).import_id == "import-1"
    assert script.bearers == ["t-1", "t-2"]
    assert limiter.charged == [TOKEN, SUBMIT, TOKEN, SUBMIT]
    assert intents == 2


async def test_two_fresh_tokens_refused_in_a_row_end_the_run(
    client: CXoneClient, script: Script
) -> None:
    script.statuses = [401, 401]
    with pytest.raises(AccessRefusedError, match="two access tokens in a row are refused"):
        await client.poll("list-1", "import-1")
    assert script.bearers == ["t-1", "t-2"]


async def test_many_401s_at_once_renew_the_token_once(
    client: CXoneClient, limiter: Any, script: Script
) -> None:
    await client.sign_in(frozenset())
    script.statuses = [401] * 20
    await asyncio.gather(*(client.poll("list-1", "import-1") for _ in range(20)))
    assert script.tokens == 2
    assert script.bearers == ["t-1"] * 20 + ["t-2"] * 20


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, RateLimitedError), (503, RateLimitedError), (401, AccessRefusedError)],
)
async def test_a_call_that_gets_no_token_says_what_the_sign_in_said(
    client: CXoneClient, script: Script, status: int, error: type[CXoneError]
) -> None:
    script.token_statuses = [status]
    with pytest.raises(error, match=r"^signing in: "):
        await client.submit("list-1", [], "k", nothing)
    assert script.bearers == []


async def test_a_doubtful_sign_in_leaves_no_doubt_about_the_submission(
    client: CXoneClient, script: Script
) -> None:
    async def before_send() -> None:
        raise AssertionError("nothing is going to be sent")

    script.token_statuses = [500]
    with pytest.raises(
        NotSentError, match=r"not sent, because there was no token: signing in: .* 500"
    ):
        await client.submit("list-1", [], "k", before_send)
    script.token_statuses = [504]
    with pytest.raises(AmbiguousError):
        await client.sign_in(frozenset())


# Odd answers


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ContentRefusedError),
        (403, AccessRefusedError),
        (404, NotFoundError),
        (405, AmbiguousError),
        (408, AmbiguousError),
        (409, AmbiguousError),
        (413, ContentRefusedError),
        (422, ContentRefusedError),
        (429, RateLimitedError),
        (500, AmbiguousError),
        (502, AmbiguousError),
        (503, RateLimitedError),
        (504, AmbiguousError),
        (302, AmbiguousError),
        (303, AmbiguousError),
        (410, AmbiguousError),
        (499, AmbiguousError),
    ],
)
async def test_a_submission_fails_as_the_contract_says(
    mocked: tuple[CXoneClient, aioresponses], status: int, error: type[CXoneError]
) -> None:
    client, answers = mocked
    body = "someone@example.com +12025550199"
    answers.post(SUBMIT_URL, status=status, body=body, headers={"Location": "https://x/?s3cret"})
    with pytest.raises(error) as caught:
        await client.submit("list-1", [], "k", nothing)
    message = str(caught.value)
    assert message.startswith(f"submitting to list 'list-1': the tenant answered {status}: ")
    assert "example" not in message
    assert "s3cret" not in message


@pytest.mark.parametrize(
    "body", ["", "<html>ok</html>", "{}", '{"importId": ', '{"importId": null}', '"import-1"']
)
@pytest.mark.parametrize("status", [200, 202])
async def test_a_submission_with_an_unreadable_success_is_ambiguous(
    mocked: tuple[CXoneClient, aioresponses], status: int, body: str
) -> None:
    client, answers = mocked
    answers.post(SUBMIT_URL, status=status, body=body)
    with pytest.raises(AmbiguousError) as caught:
        await client.submit("list-1", [], "k", nothing)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "foreign",
    [ClientConnectionError("someone@example.com"), ServerTimeoutError(), TimeoutError(), OSError()],
)
async def test_a_foreign_exception_is_ambiguous_when_it_does_not_prove_otherwise(
    mocked: tuple[CXoneClient, aioresponses], foreign: Exception
) -> None:
    client, answers = mocked
    answers.post(SUBMIT_URL, exception=foreign)
    with pytest.raises(AmbiguousError) as caught:
        await client.submit("list-1", [], "k", nothing)
    assert "example" not in str(caught.value)


async def test_a_refusal_names_the_contact_that_the_tenant_names(
    mocked: tuple[CXoneClient, aioresponses],
) -> None:
    client, answers = mocked
    answers.post(
        SUBMIT_URL, status=422, payload={"error": {"code": "BAD_EMAIL", "message": "x", "index": 3}}
    )
    with pytest.raises(ContentRefusedError) as caught:
        await client.submit("list-1", [], "k", nothing)
    assert (caught.value.code, caught.value.index, caught.value.status) == ("BAD_EMAIL", 3, 422)


async def test_an_accepted_submission_passes_on_when_the_tenant_wants_the_first_poll(
    mocked: tuple[CXoneClient, aioresponses],
) -> None:
    client, answers = mocked
    answers.post(SUBMIT_URL, status=202, payload={"importId": "i"}, headers={"Retry-After": "12.5"})
    submitted = await client.submit("list-1", [], "k", nothing)
    assert (submitted.import_id, submitted.retry_after_s) == ("i", 12.5)


async def test_a_poll_passes_on_when_the_tenant_wants_the_next(
    mocked: tuple[CXoneClient, aioresponses],
) -> None:
    client, answers = mocked
    answers.get(POLL_URL, payload={"status": "PROCESSING"}, headers={"Retry-After": "12.5"})
    report = await client.poll("list-1", "import-1")
    assert (report.state, report.retry_after_s) == (ImportState.PROCESSING, 12.5)


async def test_reports_that_come_together_are_read_with_turns_of_the_loop_between_them(
    mocked: tuple[CXoneClient, aioresponses],
) -> None:
    client, answers = mocked
    done = {"importId": "import-1", "status": "COMPLETED", "results": []}
    answers.get(POLL_URL, payload=done, repeat=True)
    turn = 0

    async def count_turns() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    async def turn_of_report() -> int:
        await client.poll("list-1", "import-1")
        return turn

    counting = asyncio.create_task(count_turns())
    turns = await asyncio.gather(*[turn_of_report() for _ in range(5)])
    counting.cancel()
    assert len(set(turns)) == 5


@pytest.mark.parametrize("end", ["COMPLETED", "FAILED"])
async def test_an_end_that_names_no_import_is_believed_only_on_a_connection_of_its_own(
    client: CXoneClient, raw_server: Any, script: Script, end: str
) -> None:
    async def respond(request: Any) -> None:
        if request.line.startswith("GET"):
            await request.connection.answer(200, {"status": end})
        else:
            await script.respond(request)

    raw_server.respond = respond
    with pytest.raises(AmbiguousError, match=r"^polling import 'import-1' .* not name its import"):
        await client.poll("list-1", "import-1")
    for import_id in ("import-1", "import-2", "import-3"):
        report = await client.poll("list-1", import_id)
        assert (report.import_id, report.state.name) == (import_id, end)
    polls = [each for each in raw_server.requests if each.line.startswith("GET")]
    assert [each.headers.get("Connection", "") for each in polls] == ["", "close", "close", "close"]
    assert [each.nth for each in polls] == [2, 1, 1, 1]


async def test_an_import_under_way_need_not_be_named(
    mocked: tuple[CXoneClient, aioresponses],
) -> None:
    client, answers = mocked
    answers.get(POLL_URL, payload={"status": "QUEUED"})
    report = await client.poll("list-1", "import-1")
    assert (report.import_id, report.state) == ("import-1", ImportState.QUEUED)


@pytest.mark.parametrize("gap_s", [0.0, 0.2])
async def test_an_answer_that_comes_twice_is_not_taken_for_the_next(
    client: CXoneClient, raw_server: Any, script: Script, gap_s: float
) -> None:
    async def respond(request: Any) -> None:
        if request.line.startswith("GET"):
            import_id = request.line.split()[1].rsplit("/", 1)[1]
            status = {"importId": import_id, "status": "COMPLETED"}
            await request.connection.answer(200, status)
            await request.connection.answer(200, status)
        else:
            await script.respond(request)

    raw_server.respond = respond
    for nth in range(1, 6):
        report = await client.poll("list-1", f"import-{nth}")
        assert report.import_id == f"import-{nth}"
        await asyncio.sleep(gap_s)


async def test_a_connection_with_an_answer_to_another_question_is_not_used_again(
    client: CXoneClient, raw_server: Any, script: Script
) -> None:
    async def respond(request: Any) -> None:
        if not request.line.startswith("GET"):
            await script.respond(request)
            return
        import_id = request.line.split()[1].rsplit("/", 1)[1]
        is_first_connection = request.connection.number == 1
        named = "import-9" if is_first_connection else import_id
        await request.connection.answer(200, {"importId": named, "status": "COMPLETED"})

    raw_server.respond = respond
    with pytest.raises(AmbiguousError, match="answered about another import"):
        await client.poll("list-1", "import-1")
    assert (await client.poll("list-1", "import-1")).import_id == "import-1"
    assert raw_server.connections == 2


async def test_a_poll_with_far_more_results_than_contacts_were_sent_is_not_read(
    mocked: tuple[CXoneClient, aioresponses],
) -> None:
    client, answers = mocked
    result = {"status": "FAILED", "contact": {"fields": {}}}
    many = {"importId": "import-1", "status": "COMPLETED", "results": [result] * 50_000}
    answers.get(POLL_URL, payload=many)
    with pytest.raises(
        AmbiguousError, match=r"answered 200, but its body is longer than \d+ bytes"
    ):
        await client.poll("list-1", "import-1", SentSize(300, 300 * 130))
    answers.get(POLL_URL, payload={**many, "results": [result] * 600})
    report = await client.poll("list-1", "import-1", SentSize(300, 300 * 130))
    assert len(report.results or ()) == 600


@pytest.mark.parametrize(
    ("method", "url", "ask"),
    [
        ("get", f"{BASE_URL}/api/v2/campaigns/c", lambda client: client.campaign("c")),
        ("post", SUBMIT_URL, lambda client: client.submit("list-1", [], "k", nothing)),
    ],
)
async def test_an_answer_that_is_longer_than_what_was_asked_for_is_not_read(
    mocked: tuple[CXoneClient, aioresponses], method: str, url: str, ask: Any
) -> None:
    client, answers = mocked
    padded = {"importId": "i", "allowedCountries": [], "pad": "x" * 300_000}
    getattr(answers, method)(url, payload=padded)
    with pytest.raises(
        AmbiguousError, match=r"answered 200, but its body is longer than \d+ bytes"
    ):
        await ask(client)


@pytest.mark.parametrize("body", ["", "[]", '{"status": "COMPLETED", "results": 3}'])
async def test_a_poll_that_cannot_be_read_is_ambiguous(
    mocked: tuple[CXoneClient, aioresponses], body: str
) -> None:
    client, answers = mocked
    answers.get(POLL_URL, body=body)
    with pytest.raises(AmbiguousError, match=r"^polling import 'import-1' of list 'list-1': "):
        await client.poll("list-1", "import-1")


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_a_segment_call_needs_no_body_to_succeed(
    mocked: tuple[CXoneClient, aioresponses], status: int
) -> None:
    client, answers = mocked
    answers.post(f"{BASE_URL}/api/v2/segments/s/contacts", status=status, body="whatever")
    await client.add_to_segment("s", ["c-1"])
    assert answers.requests is not None
    ((call,),) = [
        calls for (_, url), calls in answers.requests.items() if url.path.endswith("/s/contacts")
    ]
    assert call.kwargs["data"] == b'{"contactIds":["c-1"]}'


@pytest.mark.parametrize("status", [202, 207])
async def test_a_segment_call_that_is_not_known_to_be_done_is_not_taken_for_done(
    mocked: tuple[CXoneClient, aioresponses], status: int
) -> None:
    client, answers = mocked
    answers.post(f"{BASE_URL}/api/v2/segments/s/contacts", status=status)
    with pytest.raises(AmbiguousError):
        await client.add_to_segment("s", ["c-1"])


# A tenant that keeps the contract and is not the stand-in


async def test_tokens_of_three_seconds_last_through_a_slow_import(
    serve_foreign: Any, limiter: Any, contact: Any
) -> None:
    serving = await serve_foreign(SCOPES)
    limiter.wait_s = lambda kind: 0.7
    async with CXoneClient(
        base_url=serving.base_url, client_id="client-1", client_secret=SECRET, rate_limiter=limiter
    ) as client:
        await client.sign_in(frozenset(SCOPES.split()))
        for row in range(10):
            payloads = [client.dialect.encode(contact(row))]
            await client.submit("list-1", payloads, f"key-{row}", nothing)
            await asyncio.sleep(1.1)
            assert not (await client.poll("list-1", str(1000 + row))).state.is_terminal
    assert serving.tenant.unauthorised == 0
    assert len(serving.tenant.tokens) >= 5


async def test_strangers_and_missing_results_leave_the_others_as_they_are(
    serve_foreign: Any, limiter: Any, contact: Any
) -> None:
    serving = await serve_foreign(SCOPES)
    async with CXoneClient(
        base_url=serving.base_url, client_id="client-1", client_secret=SECRET, rate_limiter=limiter
    ) as client:
        payloads = [client.dialect.encode(contact(row)) for row in range(100)]
        import_id = (await client.submit("list-1", payloads, "key-1", nothing)).import_id
        await asyncio.sleep(6)
        results = (await client.poll("list-1", import_id)).results or ()
    sent = {client.dialect.sent_fields(payload) for payload in payloads}
    ours = [result for result in results if result.fields in sent]
    assert len(ours) == 90
    assert len(results) == 93
    assert all(each.succeeded and each.contact_id.isdigit() for each in ours)


# By itself


async def test_it_signs_in_by_itself_and_keeps_the_quota_it_is_given(
    raw_server: Any, script: Script
) -> None:
    async with CXoneClient(
        base_url=raw_server.base_url,
        client_id="client-1",
        client_secret=SECRET,
        quota_per_minute=60,
    ) as client:
        began_s = asyncio.get_running_loop().time()
        for _ in range(120):
            await client.poll("list-1", "import-1")
        took_s = asyncio.get_running_loop().time() - began_s
    assert len(raw_server.requests) == 121
    assert 115 <= took_s <= 125


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"tenant": "acme", "base_url": BASE_URL},
        {"tenant": "acme", "quota_per_minute": -1},
        {"tenant": "acme", "quota_per_minute": 10**9},
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        CXoneClient(client_id="client-1", client_secret=SECRET, **arguments)


def test_a_tenants_name_is_its_address() -> None:
    assert base_url_of("Acme-2") == "https://acme-2.cxone.com"


@pytest.mark.parametrize(
    "tenant", ["", "acme.example.com/", "acme#", "a b", "-acme", "acme-", "a" * 64, "ácme", "a@b"]
)
def test_a_tenants_name_cannot_lead_elsewhere(tenant: str) -> None:
    with pytest.raises(ConfigurationError, match="not a tenant's name"):
        CXoneClient(tenant=tenant, client_id="client-1", client_secret=SECRET)


async def test_it_is_usable_inside_its_context_only(raw_server: Any) -> None:
    client = CXoneClient(base_url=raw_server.base_url, client_id="client-1", client_secret=SECRET)
    with pytest.raises(UsageError, match="async with"):
        await client.campaign("spring")


async def test_neither_secret_nor_token_gets_into_a_log_or_a_repr(
    client: CXoneClient, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    script.statuses = [401, 500, 429, 400]
    for _ in range(3):
        with pytest.raises((RequestError, RunError)) as caught:
            await client.submit("list-1", [b"{}"], "k", nothing)
        assert "t-2" not in str(caught.value) + repr(caught.value)
    assert SECRET not in repr(client) + caplog.text
    assert "t-2" not in repr(client) + caplog.text
