"""The in-memory twin of a tenant, for tests and simulations of whatever uses one.

tenant = InMemoryTenant(refuse=lambda fields, attempt: "INVALID_PHONE" if ... else None)
submitted = await tenant.submit("list-1", payloads, "key-1", before_send)
assert tenant.accepted == {}
"""

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
    "InMemoryTenant",
    "ReadableDialect",
    "Refuse",
    "SentRequest",
    "Submission",
    "access_refused",
    "answer_lost",
    "content_refused",
    "fault_plan",
    "no_connection",
    "request_lost",
    "throttled",
]
