"""A stand-in CXone tenant: the contact-lists dialect, served from memory.

It is written from the wire contract alone. It imports nothing from the rest of the package and the
rest imports nothing from it, so that they cannot share a misreading of the contract. Run it with
`python -m cxone_async.mock_tenant`, or in a test:

    async with serving(TenantOptions(quota_per_minute=50)) as tenant:
        ...  # a client on tenant.base_url
        assert tenant.state.statistics().contacts_accepted == 500
"""

from cxone_async.mock_tenant.options import TenantOptions
from cxone_async.mock_tenant.server import MockTenant, ServingTenant, loop_time, serving
from cxone_async.mock_tenant.state import TenantState
from cxone_async.mock_tenant.statistics import (
    AcceptedContact,
    PollStatistics,
    RequestStatistics,
    SegmentStatistics,
    TenantStatistics,
)

__all__ = [
    "AcceptedContact",
    "MockTenant",
    "PollStatistics",
    "RequestStatistics",
    "SegmentStatistics",
    "ServingTenant",
    "TenantOptions",
    "TenantState",
    "TenantStatistics",
    "loop_time",
    "serving",
]
