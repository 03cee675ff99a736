"""What becomes of submissions: statuses in time, results, repeats, segments."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from cxone_async.mock_tenant import TenantOptions

OTHER_LIST = "/api/v2/contactlists/other-list/import"


def _codes(results):
    """How often each code occurs; `SUCCESS` for none, `None` for a failure without a reason."""
    return Counter(
        "SUCCESS" if result["status"] == "SUCCESS" else result.get("error", {}).get("code")
        for result in results
    )


@pytest.mark.virtual_time
async def test_an_import_is_queued_then_processing_then_completed(signed_in, person, clock):
    async with signed_in(TenantOptions(import_latency_s=8)) as caller:
        import_id = (await caller.submit([person()])).body["importId"]
        seen = []
        for pause_s in (0, 1.9, 0.1, 5.9, 0.1):
            await clock.advance(pause_s)
            seen.append((await caller.poll(import_id)).body["status"])
        assert seen == ["QUEUED", "QUEUED", "PROCESSING", "PROCESSING", "COMPLETED"]
        polls = caller.state.statistics().polls
        assert (polls.total, polls.early) == (5, 4)
        assert (polls.mean_per_import, polls.most_per_import) == (5.0, 5)


@pytest.mark.virtual_time
async def test_a_contact_is_on_the_list_only_once_its_import_is_completed(signed_in, person, clock):
    async with signed_in(TenantOptions(import_latency_s=8)) as caller:
        await caller.submit([person()])
        assert caller.state.statistics().contacts_accepted == 0
        assert (await caller.add(["import-1-c0"])).status == 400
        await clock.advance(8)
        assert caller.state.statistics().contacts_accepted == 1
        assert (await caller.add(["import-1-c0"])).status == 204


@pytest.mark.virtual_time
async def test_latencies_spread_around_their_median_and_repeat_with_the_seed(
    signed_in, person, clock
):
    async def completed_by_the_median(seed):
        options = TenantOptions(import_latency_s=100, import_latency_sigma=0.5, seed=seed)
        async with signed_in(options) as caller:
            started_s = asyncio.get_running_loop().time()
            for number in range(60):
                await caller.submit([person(number)], f"key-{number}")
            assert asyncio.get_running_loop().time() == started_s
            await clock.advance(10)
            assert caller.state.statistics().imports.get("COMPLETED", 0) < 3
            await clock.advance(90)
            completed = [
                number
                for number in range(60)
                if (await caller.poll(f"import-{number + 1}")).body["status"] == "COMPLETED"
            ]
            await clock.advance(1000)
            assert caller.state.statistics().imports == {"COMPLETED": 60}
            return completed

    first = await completed_by_the_median(seed=1)
    assert 18 <= len(first) <= 42
    assert await completed_by_the_median(seed=1) == first
    assert await completed_by_the_median(seed=2) != first


async def test_results_are_complete_out_of_order_and_the_same_at_every_poll(signed_in, person):
    async with signed_in() as caller:
        sent = [person(number) for number in range(100)]
        results = await caller.imported(sent)
        again = (await caller.poll("import-1")).body["results"]
        assert again == results
        echoed = [result["contact"]["fields"] for result in results]
        assert echoed != sent
        by_email = {fields["email"]: fields for fields in echoed}
        assert [by_email[fields["email"]] for fields in sent] == sent
        ids = {result["contact"]["id"]: result["contact"]["fields"] for result in results}
        assert ids == {f"import-1-c{number}": fields for number, fields in enumerate(sent)}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, "SUCCESS"),
        ({"phone": ""}, "INVALID_PHONE"),
        ({"phone": "05550100"}, "INVALID_PHONE"),
        ({"phone": "555010"}, "INVALID_PHONE"),
        ({"phone": "1200555010012345"}, "INVALID_PHONE"),
        ({"country": "MX"}, "INVALID_PHONE"),
        ({"email": ""}, "INVALID_EMAIL"),
        ({"email": "nobody"}, "INVALID_EMAIL"),
        ({"email": "@example.com"}, "INVALID_EMAIL"),
        ({"email": "ada@"}, "INVALID_EMAIL"),
        ({"email": "ada@example .com"}, "INVALID_EMAIL"),
        ({"email": "a" * 243 + "@example.com"}, "INVALID_EMAIL"),
        ({"email": '"ada @ home"@example.com'}, "SUCCESS"),
        ({"email": "a" * 242 + "@example.com"}, "SUCCESS"),
        ({"first_name": "", "last_name": ""}, "SUCCESS"),
    ],
)
async def test_a_contact_that_breaks_a_constraint_fails_alone(signed_in, person, changed, code):
    async with signed_in() as caller:
        results = await caller.imported([person(1), person(2, **changed), person(3)])
        results_by_name = {
            result["contact"]["fields"]["last_name"] or "Example2": result for result in results
        }
        assert _codes([results_by_name["Example2"]]) == {code: 1}
        assert _codes([results_by_name["Example1"], results_by_name["Example3"]]) == {"SUCCESS": 2}
        assert "id" not in results_by_name["Example2"]["contact"] or code == "SUCCESS"


@pytest.mark.parametrize(
    ("required", "changed", "code"),
    [
        (("email",), {"phone": ""}, "SUCCESS"),
        ((), {"phone": "", "email": ""}, "SUCCESS"),
        (("email",), {"phone": "123"}, "INVALID_PHONE"),
        (("last_name",), {"last_name": ""}, "REQUIRED_FIELD_MISSING"),
    ],
)
async def test_the_campaign_decides_which_fields_may_be_empty(
    signed_in, person, required, changed, code
):
    async with signed_in(TenantOptions(required_fields=required)) as caller:
        assert _codes(await caller.imported([person(1, **changed)])) == {code: 1}


def _everyone(person):
    return [person(number) for number in range(500)]


async def test_the_share_refused_for_good_is_refused_every_time(signed_in, person):
    async with signed_in(TenantOptions(permanent_share=0.1)) as caller:
        first = await caller.imported(_everyone(person), "first")
        again = await caller.imported(_everyone(person), "again")
        codes = _codes(first)
        assert set(codes) == {"SUCCESS", "INVALID_PHONE", "INVALID_EMAIL", "DUPLICATE_CONTACT"}
        assert 30 <= 500 - codes["SUCCESS"] <= 70
        assert codes == _codes(again)
        assert caller.state.statistics().contacts_accepted == 2 * codes["SUCCESS"]


async def test_do_not_call_is_a_reason_only_where_the_campaign_has_it(signed_in, person):
    async with signed_in(TenantOptions(permanent_share=0.2, dnc_enabled=True)) as caller:
        assert "DNC_LISTED" in _codes(await caller.imported(_everyone(person)))


async def test_the_share_refused_for_a_while_is_taken_after_its_attempts(signed_in, person):
    async with signed_in(TenantOptions(transient_share=0.2, transient_attempts=2)) as caller:
        refused = []
        for attempt in range(3):
            results = await caller.imported(_everyone(person), f"attempt-{attempt}")
            refused.append(
                {
                    result["contact"]["fields"]["email"]: result.get("error")
                    for result in results
                    if result["status"] == "FAILED"
                }
            )
        assert 70 <= len(refused[0]) <= 130
        assert refused[0] == refused[1]
        assert refused[2] == {}
        reasons = [error and error["code"] for error in refused[0].values()]
        assert set(reasons) == {None, "TEMPORARILY_UNAVAILABLE"}


async def test_repeating_a_submission_is_no_further_attempt(signed_in, person):
    async with signed_in(TenantOptions(transient_share=1, transient_attempts=1)) as caller:
        await caller.submit([person()], "first")
        await caller.submit([person()], "first")
        assert (await caller.poll("import-1")).body["results"][0]["status"] == "FAILED"
        assert _codes(await caller.imported([person()], "second")) == {"SUCCESS": 1}


async def test_who_is_refused_depends_on_the_seed_and_the_contact_not_on_the_chunks(
    signed_in, person
):
    async def refused(seed, chunk_size):
        options = TenantOptions(transient_share=0.1, permanent_share=0.1, seed=seed)
        everyone, emails = _everyone(person), {}
        async with signed_in(options) as caller:
            for start in range(0, 500, chunk_size):
                for result in await caller.imported(
                    everyone[start : start + chunk_size], f"k{start}"
                ):
                    if result["status"] == "FAILED":
                        emails[result["contact"]["fields"]["email"]] = result.get("error")
        return emails

    first = await refused(seed=7, chunk_size=500)
    assert await refused(seed=7, chunk_size=99) == first
    assert await refused(seed=8, chunk_size=500) != first


async def test_duplicates_are_taken_unless_they_are_to_be_refused(signed_in, person):
    async with signed_in() as caller:
        assert _codes(await caller.imported([person(1), person(1)])) == {"SUCCESS": 2}
    lists = frozenset({"demo-list", "other-list"})
    async with signed_in(TenantOptions(refuse_duplicates=True, lists=lists)) as caller:
        results = await caller.imported([person(1), person(1), person(1, last_name="Other")])
        assert _codes(results) == {"SUCCESS": 2, "DUPLICATE_CONTACT": 1}
        again = await caller.imported([person(1), person(2)], "again")
        assert _codes(again) == {"SUCCESS": 1, "DUPLICATE_CONTACT": 1}
        await caller.call(
            "POST",
            OTHER_LIST,
            payload={"contacts": [{"fields": person(1)}]},
            headers={"Idempotency-Key": "elsewhere"},
        )
        polled = await caller.call("GET", OTHER_LIST + "/import-3")
        assert _codes(polled.body["results"]) == {"SUCCESS": 1}


async def test_the_same_key_and_body_give_the_same_import_and_no_more_contacts(signed_in, person):
    async with signed_in() as caller:
        first = await caller.submit([person(1)], "chunk")
        repeated = await caller.submit([person(1)], "chunk")
        assert (first.status, repeated.status) == (202, 200)
        assert repeated.body == first.body
        statistics = caller.state.statistics()
        assert (statistics.idempotent_repeats, statistics.contacts_accepted) == (1, 1)


async def test_repeats_at_the_same_moment_make_one_import(signed_in, person):
    async with signed_in() as caller:
        answers = await asyncio.gather(*(caller.submit([person(1)], "chunk") for _ in range(20)))
        assert {answer.body["importId"] for answer in answers} == {"import-1"}
        assert sorted(answer.status for answer in answers) == [200] * 19 + [202]


async def test_the_same_key_with_another_body_or_list_is_a_conflict(signed_in, person):
    lists = frozenset({"demo-list", "other-list"})
    async with signed_in(TenantOptions(lists=lists)) as caller:
        await caller.submit([person(1)], "chunk")
        other_body = await caller.submit([person(2)], "chunk")
        other_list = await caller.call(
            "POST",
            OTHER_LIST,
            payload={"contacts": [{"fields": person(1)}]},
            headers={"Idempotency-Key": "chunk"},
        )
        assert (other_body.status, other_list.status) == (409, 409)
        statistics = caller.state.statistics()
        assert (statistics.idempotency_conflicts, statistics.contacts_accepted) == (2, 1)


async def test_a_refused_submission_does_not_use_up_its_key(signed_in, person):
    async with signed_in() as caller:
        assert (await caller.submit([person(1, country="?")], "chunk")).status == 400
        assert (await caller.submit([person(1)], "chunk")).status == 202


async def test_an_import_is_known_on_its_own_list_only(signed_in, person):
    lists = frozenset({"demo-list", "other-list"})
    async with signed_in(TenantOptions(lists=lists)) as caller:
        await caller.submit([person(1)])
        assert (await caller.poll("import-1")).status == 200
        assert (await caller.poll("import-2")).code == "UNKNOWN_IMPORT"
        elsewhere = await caller.call("GET", OTHER_LIST + "/import-1")
        assert (elsewhere.status, elsewhere.code) == (404, "UNKNOWN_IMPORT")
        assert caller.state.statistics().polls.total == 1


async def test_adding_to_a_segment_twice_is_harmless_and_segments_are_apart(signed_in, person):
    segments = frozenset({"demo-segment", "empty"})
    async with signed_in(TenantOptions(segments=segments)) as caller:
        await caller.imported([person(number) for number in range(3)])
        await caller.imported([person(9)], "second")
        assert (await caller.add(["import-2-c0", "import-1-c2", "import-1-c2"])).status == 204
        assert (await caller.add(["import-1-c2", "import-1-c0"])).status == 204
        told = caller.state.statistics(full=True).segments
        assert sorted(told["demo-segment"].contact_ids) == [
            "import-1-c0",
            "import-1-c2",
            "import-2-c0",
        ]
        assert (told["demo-segment"].count, told["empty"].count) == (3, 0)


async def test_five_thousand_ids_fit_in_one_segment_call(signed_in, person):
    async with signed_in() as caller:
        ids = []
        for chunk in range(10):
            results = await caller.imported(_everyone(person), f"chunk-{chunk}")
            ids += [result["contact"]["id"] for result in results]
        assert (await caller.add(ids)).status == 204
        assert caller.state.statistics().segments["demo-segment"].count == 5000


async def test_further_fields_are_kept_echoed_and_shown_as_they_came(signed_in, person):
    plain = person(0)
    further = person(1) | {"external_id": "0042", "Filiale": " München ", "empty": ""}
    async with signed_in() as caller:
        results = await caller.imported([plain, further])
        echoed = [result["contact"]["fields"] for result in results]
        assert sorted(echoed, key=lambda fields: fields["email"]) == [plain, further]
        shown = (await caller.call("GET", "/_stats?full=1")).body["contacts"]
        assert [each["fields"] for each in shown.values()] == [plain, further]


async def test_further_fields_do_not_decide_who_is_refused(signed_in, person):
    people = [person(number) for number in range(200)]
    codes = []
    for more in ({}, {"branch": "north"}):
        async with signed_in(TenantOptions(permanent_share=0.3)) as caller:
            results = await caller.imported([fields | more for fields in people])
            codes.append(
                {each["contact"]["fields"]["email"]: each.get("error") for each in results}
            )
    assert codes[0] == codes[1]
