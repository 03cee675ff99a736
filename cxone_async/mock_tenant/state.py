"""The tenant's state: what it knows, and what each call does to it.

Nothing here reads a socket or a file, and time comes from a clock that is passed in. Every call is
decided in one step without waiting, so concurrent requests see one another's effects completely or
not at all.

It is kept small for lists of millions: a submission is stored as its raw body and one byte per
contact for its result. Results and contact ids are made from these on request.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, Literal

import orjson

from cxone_async.mock_tenant.contact_rules import ERRORS, ContactRules, ResultCode
from cxone_async.mock_tenant.keeper import Keeper
from cxone_async.mock_tenant.options import TenantOptions
from cxone_async.mock_tenant.quota import SlidingWindow, quota_of
from cxone_async.mock_tenant.statistics import (
    AcceptedContact,
    PollStatistics,
    RequestStatistics,
    SegmentStatistics,
    TenantStatistics,
)
from cxone_async.mock_tenant.wire import (
    MAX_CONTACTS,
    Fields,
    api_error,
    fields_of,
    oauth_error,
)

QUEUED_SHARE: Final = 0.25
"""The share of its latency during which an import is QUEUED; then it is PROCESSING."""

RANDOM_THROTTLE_RETRY_AFTER_S: Final = 1

ImportStatus = Literal["QUEUED", "PROCESSING", "COMPLETED"]

# Every valid spelling of an index in an id. Parsing is one look-up, and nothing hostile ("007",
# "²", five thousand digits) gets through.
_INDEX: Final = {str(index): index for index in range(MAX_CONTACTS)}


@dataclass(slots=True)
class Import:
    """One accepted submission. Times are seconds of the tenant's clock."""

    import_id: str
    list_id: str
    idempotency_key: str
    body: bytes = field(repr=False)
    result_codes: bytes
    """One `ResultCode` per contact of the body, in its order."""
    processing_at_s: float
    completed_at_s: float
    polls: int = 0
    early_polls: int = 0

    def status(self, now_s: float) -> ImportStatus:
        if now_s >= self.completed_at_s:
            return "COMPLETED"
        return "PROCESSING" if now_s >= self.processing_at_s else "QUEUED"

    def contacts(self) -> list[Fields]:
        return fields_of(orjson.loads(self.body)["contacts"])

    def contact_id(self, index: int) -> str:
        return f"{self.import_id}-c{index}"


class TenantState:
    """One tenant. Methods raise `WireError` when the tenant refuses a call.

    With a keeper, what was accepted is kept before the call returns. After a `CannotKeepError` the
    state may know more than the keeper does, so no further call may be answered from it.
    """

    def __init__(
        self, options: TenantOptions, clock: Callable[[], float], keeper: Keeper | None = None
    ) -> None:
        self.options = options
        self._clock = clock
        self._keeper = keeper
        self._begin()
        if keeper:
            self._remember(keeper)

    def reset(self) -> None:
        """Become a tenant that has just been started, with nothing kept."""
        if self._keeper:
            self._keeper.forget()
        self._begin()

    def _begin(self) -> None:
        options = self.options
        self._contact_rules = ContactRules(options)
        self._quota = quota_of(options.quota_per_minute, options.quota_window)
        self._throttle = _stream(options.seed, "throttle")
        self._arrived = SlidingWindow()
        self._processed = SlidingWindow()
        self._answers: Counter[tuple[str, int]] = Counter()
        self._throttled_by_quota = 0
        self._token_ends_s: dict[str, float] = {}
        self._tokens_issued = 0
        self._imports: dict[str, Import] = {}
        self._import_by_key: dict[str, Import] = {}
        self._idempotent_repeats = 0
        self._idempotency_conflicts = 0
        self._segments: dict[str, dict[str, bytearray]] = {
            segment_id: {} for segment_id in sorted(options.segments | options.closed_segments)
        }

    def _remember(self, keeper: Keeper) -> None:
        now_s = self._clock()
        for kept in keeper.imports():
            accepted_s = now_s - kept.age_s
            known = Import(
                import_id=kept.import_id,
                list_id=kept.list_id,
                idempotency_key=kept.idempotency_key,
                body=kept.body,
                result_codes=kept.result_codes,
                processing_at_s=accepted_s + QUEUED_SHARE * kept.latency_s,
                completed_at_s=accepted_s + kept.latency_s,
            )
            self._imports[known.import_id] = known
            self._import_by_key[known.idempotency_key] = known
            if self._contact_rules.remembers_contacts:
                self._contact_rules.judge(known.list_id, known.contacts())
        for segment_id, import_id, marks in keeper.members():
            if segment_id in self._segments:
                self._segments[segment_id][import_id] = bytearray(marks)

    # Every request

    def admit(self) -> None:
        """Let a request in, or raise the 429 that says when to come back."""
        now_s = self._clock()
        self._arrived.add(now_s)
        share = self.options.throttle_share
        wait_s = RANDOM_THROTTLE_RETRY_AFTER_S if share and self._throttle.random() < share else 0
        if not wait_s:
            wait_s = self._quota.admit(now_s)
            self._throttled_by_quota += wait_s > 0
        if wait_s:
            raise api_error(
                429,
                "TOO_MANY_REQUESTS",
                f"not processed; come back in {wait_s} s",
                headers={"Retry-After": str(wait_s)},
            )
        self._processed.add(now_s)

    def answered(self, kind: str, status: int) -> None:
        """Count an answer."""
        self._answers[kind, status] += 1

    # Tokens

    def issue_token(self) -> str:
        """A new bearer token with the tenant's scopes, valid for `token_lifetime_s`."""
        now_s = self._clock()
        self._token_ends_s = {
            token: ends_s for token, ends_s in self._token_ends_s.items() if ends_s > now_s
        }
        self._tokens_issued += 1
        name = f"{self.options.seed}:token:{self._tokens_issued}"
        token = blake2b(name.encode(), digest_size=24).hexdigest()
        self._token_ends_s[token] = now_s + self.options.token_lifetime_s
        return token

    def authorize(self, token: str, needed: tuple[str, ...]) -> None:
        """Accept a call with this token: 401 unless it is valid, 403 without the scopes."""
        if self._clock() >= self._token_ends_s.get(token, float("-inf")):
            raise oauth_error(401, "invalid_token", "the token is unknown or has expired")
        missing = [scope for scope in needed if scope not in self.options.scopes]
        if missing:
            raise oauth_error(403, "insufficient_scope", f"needs {' '.join(missing)}")

    # Campaigns and submissions

    def campaign(self, campaign_id: str) -> dict[str, object]:
        """The campaign's answer on the wire."""
        options = self.options
        if campaign_id not in options.campaigns:
            raise api_error(404, "UNKNOWN_CAMPAIGN", "no such campaign")
        answer: dict[str, object] = {
            "id": campaign_id,
            "name": f"Campaign {campaign_id}",
            "allowedCountries": [{"countryCode": code} for code in options.allowed_countries],
            "dncEnabled": options.dnc_enabled,
        }
        if options.required_fields is not None:
            answer["requiredFields"] = list(options.required_fields)
        return answer

    def known_list(self, list_id: str) -> None:
        """404 unless there is such a list."""
        if list_id not in self.options.lists:
            raise api_error(404, "UNKNOWN_LIST", "no such contact list")

    def repeated_submission(self, list_id: str, key: str, body: bytes) -> Import | None:
        """The import that this very submission has made before; 409 if its key made another."""
        earlier = self._import_by_key.get(key)
        if earlier is None:
            return None
        if earlier.list_id != list_id or earlier.body != body:
            self._idempotency_conflicts += 1
            raise api_error(
                409, "IDEMPOTENCY_CONFLICT", "this key was used for another list or body"
            )
        self._idempotent_repeats += 1
        return earlier

    def submit(self, list_id: str, key: str, body: bytes, contacts: list[Fields]) -> Import:
        """Take a submission that is no repeat; `contacts` is what `body` holds."""
        if self._keeper and not self._keeper.has_room(len(body)):
            raise api_error(
                507, "STATE_FILE_FULL", "the state file is full; POST /_reset empties it"
            )
        now_s = self._clock()
        import_id = f"import-{len(self._imports) + 1}"
        latency_s = self._latency_s(import_id)
        started = Import(
            import_id=import_id,
            list_id=list_id,
            idempotency_key=key,
            body=body,
            result_codes=self._contact_rules.judge(list_id, contacts),
            processing_at_s=now_s + QUEUED_SHARE * latency_s,
            completed_at_s=now_s + latency_s,
        )
        if self._keeper:
            self._keeper.keep_import(started, latency_s)
        self._imports[import_id] = started
        self._import_by_key[key] = started
        return started

    def poll(self, list_id: str, import_id: str) -> dict[str, object]:
        """The import's answer on the wire, with its results once it is COMPLETED."""
        polled = self._imports.get(import_id)
        if polled is None or polled.list_id != list_id:
            raise api_error(404, "UNKNOWN_IMPORT", "no such import on this list")
        polled.polls += 1
        status = polled.status(self._clock())
        if status != "COMPLETED":
            polled.early_polls += 1
            return {"importId": import_id, "status": status}
        return {"importId": import_id, "status": status, "results": self._results(polled)}

    def _results(self, done: Import) -> list[dict[str, object]]:
        results: list[dict[str, object]] = []
        for index, fields in enumerate(done.contacts()):
            code = done.result_codes[index]
            if code == ResultCode.ACCEPTED:
                contact = {"id": done.contact_id(index), "fields": fields}
                results.append({"status": "SUCCESS", "contact": contact})
            else:
                failed: dict[str, object] = {"status": "FAILED", "contact": {"fields": fields}}
                error = ERRORS[code]
                if error:
                    failed["error"] = error
                results.append(failed)
        place = _stream(self.options.seed, f"results:{done.import_id}").random
        places = [place() for _ in results]
        return [results[index] for index in sorted(range(len(results)), key=places.__getitem__)]

    def _latency_s(self, import_id: str) -> float:
        options = self.options
        if not (options.import_latency_s and options.import_latency_sigma):
            return options.import_latency_s
        draw = _stream(options.seed, f"latency:{import_id}")
        return options.import_latency_s * draw.lognormvariate(0.0, options.import_latency_sigma)

    # Segments

    def known_segment(self, segment_id: str) -> None:
        """404 unless there is such a segment."""
        if segment_id not in self._segments:
            raise api_error(404, "UNKNOWN_SEGMENT", "no such segment")

    def add_to_segment(self, segment_id: str, contact_ids: list[str]) -> None:
        """Add contacts; 400 and none is added when the segment is closed or one is on no list."""
        if segment_id in self.options.closed_segments:
            raise api_error(400, "SEGMENT_CLOSED", "the segment takes nobody")
        now_s = self._clock()
        found = [self._accepted(contact_id, now_s) for contact_id in contact_ids]
        for position, place in enumerate(found):
            if place is None:
                raise api_error(400, "UNKNOWN_CONTACT", "no such contact", index=position)
        members = self._segments[segment_id]
        changed: dict[str, bytearray] = {}
        for place in found:
            if place:
                owner, index = place
                if owner.import_id not in members:
                    members[owner.import_id] = bytearray(len(owner.result_codes))
                members[owner.import_id][index] = 1
                changed[owner.import_id] = members[owner.import_id]
        if self._keeper:
            self._keeper.keep_members(segment_id, changed)

    def _accepted(self, contact_id: str, now_s: float) -> tuple[Import, int] | None:
        import_id, _, spelled = contact_id.rpartition("-c")
        owner, index = self._imports.get(import_id), _INDEX.get(spelled)
        if (
            owner is None
            or index is None
            or index >= len(owner.result_codes)
            or owner.result_codes[index] != ResultCode.ACCEPTED
            or owner.status(now_s) != "COMPLETED"
        ):
            return None
        return owner, index

    # The truth, for tests that check a client against it

    def statistics(self, *, full: bool = False) -> TenantStatistics:
        """Everything that happened; with `full` every contact and every segment's ids as well."""
        now_s = self._clock()
        completed = [each for each in self._imports.values() if each.status(now_s) == "COMPLETED"]
        result_codes: Counter[int] = Counter()
        for each in completed:
            result_codes.update(each.result_codes)
        polls = [each.polls for each in self._imports.values()]
        return TenantStatistics(
            requests=self._request_statistics(),
            tokens_issued=self._tokens_issued,
            idempotent_repeats=self._idempotent_repeats,
            idempotency_conflicts=self._idempotency_conflicts,
            imports=dict(Counter(each.status(now_s) for each in self._imports.values())),
            contacts_accepted=result_codes[ResultCode.ACCEPTED],
            refused={
                code.name: result_codes[code]
                for code in ResultCode
                if code is not ResultCode.ACCEPTED and result_codes[code]
            },
            polls=PollStatistics(
                total=sum(polls),
                early=sum(each.early_polls for each in self._imports.values()),
                mean_per_import=sum(polls) / len(polls) if polls else 0.0,
                most_per_import=max(polls, default=0),
            ),
            segments={
                segment_id: self._segment_statistics(members, full)
                for segment_id, members in self._segments.items()
            },
            contacts=_accepted_contacts(completed) if full else None,
        )

    def _request_statistics(self) -> RequestStatistics:
        by_kind: Counter[str] = Counter()
        by_status: Counter[str] = Counter()
        by_both: dict[str, dict[str, int]] = {}
        for (kind, status), count in sorted(self._answers.items()):
            by_kind[kind] += count
            by_status[str(status)] += count
            by_both.setdefault(kind, {})[str(status)] = count
        return RequestStatistics(
            total=by_kind.total(),
            by_kind=dict(by_kind),
            by_status=dict(by_status),
            by_kind_and_status=by_both,
            throttled=by_status["429"],
            throttled_by_quota=self._throttled_by_quota,
            most_arrived_in_60_s=self._arrived.largest,
            most_processed_in_60_s=self._processed.largest,
        )

    def _segment_statistics(self, members: dict[str, bytearray], full: bool) -> SegmentStatistics:
        contact_ids = [
            self._imports[import_id].contact_id(index)
            for import_id, marks in (members.items() if full else ())
            for index, mark in enumerate(marks)
            if mark
        ]
        return SegmentStatistics(
            count=sum(sum(marks) for marks in members.values()),
            contact_ids=contact_ids if full else None,
        )


def _accepted_contacts(completed: list[Import]) -> dict[str, AcceptedContact]:
    return {
        each.contact_id(index): AcceptedContact(
            fields, each.list_id, each.import_id, each.idempotency_key
        )
        for each in completed
        for index, fields in enumerate(each.contacts())
        if each.result_codes[index] == ResultCode.ACCEPTED
    }


def _stream(seed: int, name: str) -> random.Random:
    return random.Random(f"{seed}:{name}")
