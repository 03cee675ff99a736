"""The server's side of the wire, letter for letter: what each call answers when all is well."""

from __future__ import annotations

from cxone_async.mock_tenant import TenantOptions


async def test_a_token_answer_has_the_token_its_type_its_life_and_its_scopes(calling):
    async with calling(TenantOptions(token_lifetime_s=90)) as caller:
        answer = await caller.sign_in()
        assert answer.status == 200
        assert answer.body == {
            "access_token": answer.body["access_token"],
            "token_type": "Bearer",
            "expires_in": 90,
            "scope": "contact-list:write import:write campaign:read segment:write",
        }
        assert len(answer.body["access_token"]) >= 32


async def test_a_campaign_answer_has_its_constraints(signed_in):
    options = TenantOptions(
        campaigns=frozenset({"spring"}),
        allowed_countries=("US", "MX"),
        dnc_enabled=True,
        required_fields=("phone",),
    )
    async with signed_in(options) as caller:
        answer = await caller.call("GET", "/api/v2/campaigns/spring")
        assert (answer.status, answer.body) == (
            200,
            {
                "id": "spring",
                "name": "Campaign spring",
                "allowedCountries": [{"countryCode": "US"}, {"countryCode": "MX"}],
                "dncEnabled": True,
                "requiredFields": ["phone"],
            },
        )


async def test_a_campaign_without_required_fields_leaves_the_key_out(signed_in):
    async with signed_in() as caller:
        answer = await caller.call("GET", "/api/v2/campaigns/demo-campaign")
        assert answer.body == {
            "id": "demo-campaign",
            "name": "Campaign demo-campaign",
            "allowedCountries": [{"countryCode": "US"}, {"countryCode": "CA"}],
            "dncEnabled": False,
        }


async def test_a_submission_answers_202_with_the_import_id(signed_in, person):
    async with signed_in() as caller:
        answer = await caller.submit([person()])
        assert (answer.status, answer.body) == (202, {"importId": "import-1"})


async def test_a_completed_import_echoes_the_fields_and_names_every_contact(signed_in, person):
    async with signed_in() as caller:
        await caller.submit([person(1), person(2, email="nobody")])
        answer = await caller.poll("import-1")
        assert answer.status == 200
        answer.body["results"].sort(key=lambda result: result["status"])
        assert answer.body == {
            "importId": "import-1",
            "status": "COMPLETED",
            "results": [
                {
                    "status": "FAILED",
                    "contact": {
                        "fields": {
                            "phone": "12005550102",
                            "email": "nobody",
                            "first_name": "Ada",
                            "last_name": "Example2",
                            "country": "US",
                        }
                    },
                    "error": {
                        "code": "INVALID_EMAIL",
                        "message": "the email is missing, or no address",
                    },
                },
                {
                    "status": "SUCCESS",
                    "contact": {
                        "id": "import-1-c0",
                        "fields": {
                            "phone": "12005550101",
                            "email": "person1@example.com",
                            "first_name": "Ada",
                            "last_name": "Example1",
                            "country": "US",
                        },
                    },
                },
            ],
        }


async def test_an_import_that_is_not_done_has_no_results(signed_in, person):
    async with signed_in(TenantOptions(import_latency_s=3600)) as caller:
        await caller.submit([person()])
        answer = await caller.poll("import-1")
        assert (answer.status, answer.body) == (200, {"importId": "import-1", "status": "QUEUED"})


async def test_adding_to_a_segment_answers_204_with_nothing(signed_in, person):
    async with signed_in() as caller:
        await caller.imported([person()])
        answer = await caller.add(["import-1-c0"])
        assert (answer.status, answer.body) == (204, None)


async def test_the_statistics_tell_everything_that_happened(signed_in, person):
    async with signed_in() as caller:
        await caller.imported([person(1), person(2, email="nobody")], "chunk-1")
        await caller.add(["import-1-c0"])
        await caller.call("GET", "/nowhere")
        expected = {
            "requests": {
                "total": 5,
                "by_kind": {"poll": 1, "segment": 1, "submit": 1, "token": 1, "unknown": 1},
                "by_status": {"200": 2, "204": 1, "202": 1, "404": 1},
                "by_kind_and_status": {
                    "poll": {"200": 1},
                    "segment": {"204": 1},
                    "submit": {"202": 1},
                    "token": {"200": 1},
                    "unknown": {"404": 1},
                },
                "throttled": 0,
                "throttled_by_quota": 0,
                "most_arrived_in_60_s": 5,
                "most_processed_in_60_s": 5,
            },
            "tokens_issued": 1,
            "idempotent_repeats": 0,
            "idempotency_conflicts": 0,
            "imports": {"COMPLETED": 1},
            "contacts_accepted": 1,
            "refused": {"INVALID_EMAIL": 1},
            "polls": {"total": 1, "early": 0, "mean_per_import": 1.0, "most_per_import": 1},
            "segments": {"demo-segment": {"count": 1, "contact_ids": None}},
            "contacts": None,
        }
        assert (await caller.call("GET", "/_stats")).body == expected
        expected["segments"] = {"demo-segment": {"count": 1, "contact_ids": ["import-1-c0"]}}
        expected["contacts"] = {
            "import-1-c0": {
                "fields": person(1),
                "list_id": "demo-list",
                "import_id": "import-1",
                "idempotency_key": "chunk-1",
            }
        }
        assert (await caller.call("GET", "/_stats?full=1")).body == expected


async def test_looking_at_the_statistics_needs_no_token_and_changes_nothing(calling):
    async with calling(TenantOptions(quota_per_minute=1)) as caller:
        before = await caller.call("GET", "/_stats")
        after = await caller.call("GET", "/_stats")
        assert before.status == 200
        assert before.body == after.body
        assert before.body["requests"]["total"] == 0
        assert (await caller.sign_in()).status == 200


async def test_an_error_of_a_call_has_a_code_a_message_and_an_index(signed_in, person):
    async with signed_in() as caller:
        answer = await caller.submit([person(1), {"phone": "12005550102"}])
        assert (answer.status, answer.body) == (
            400,
            {
                "error": {
                    "code": "INVALID_CONTACT",
                    "message": "fields must have phone, email, first_name, last_name, country",
                    "index": 1,
                }
            },
        )


async def test_an_error_of_signing_in_has_the_shape_of_oauth(calling):
    async with calling() as caller:
        form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}
        answer = await caller.call("POST", "/oauth/token", data=form)
        assert (answer.status, answer.body) == (
            401,
            {
                "error": "invalid_client",
                "error_description": "unknown client, or wrong secret",
            },
        )
