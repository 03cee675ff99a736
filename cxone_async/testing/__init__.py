"""Twins for tests and simulations: a tenant and a receiver of notifications, a clock that jumps.

tenant = InMemoryTenant(refuse=lambda fields, attempt: "INVALID_PHONE" if ... else None)
submitted = await tenant.submit("list-1", payloads, "key-1", before_send)
assert tenant.accepted == {}
"""

from cxone_async.testing.clock import StuckError, VirtualTimeLoop
from cxone_async.testing.faults import (
    Fault,
    FaultPlan,
    SentRequest,
    access_refused,
    answer_lost,
    content_refused,
    fault_plan,
    no_connection,
    request_lost,
    throttled,
)
from cxone_async.testing.ledger import InMemoryKnownPeople, InMemoryLedger
from cxone_async.testing.receiver import InMemoryReceiver, ReceivedPost
from cxone_async.testing.tenant import (
    ALL_SCOPES,
    AcceptedContact,
    InMemoryTenant,
    ReadableDialect,
    Refuse,
    Submission,
)

__all__ = [
    "ALL_SCOPES",
    "AcceptedContact",
    "Fault",
    "FaultPlan",
    "InMemoryKnownPeople",
    "InMemoryLedger",
    "InMemoryReceiver",
    "InMemoryTenant",
    "ReadableDialect",
    "ReceivedPost",
    "Refuse",
    "SentRequest",
    "StuckError",
    "Submission",
    "VirtualTimeLoop",
    "access_refused",
    "answer_lost",
    "content_refused",
    "fault_plan",
    "no_connection",
    "request_lost",
    "throttled",
]
