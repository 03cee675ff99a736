"""A stand-in CXone tenant: the contact-lists dialect, served from memory.

It is written from the wire contract alone. It imports nothing from the rest of the package and the
rest imports nothing from it, so that they cannot share a misreading of the contract. Run it with
`python -m cxone_async.mock_tenant`, or in a test:

    async with serving(TenantOptions(quota_per_minute=50)) as tenant:
        ...  # a client on tenant.base_url
        assert tenant.state.statistics().contacts_accepted == 500

Names are resolved on first use, so that the program says what is wrong with its options before it
loads its server.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_MODULE_OF = {
    "AcceptedContact": "statistics",
    "MockTenant": "server",
    "PollStatistics": "statistics",
    "RequestStatistics": "statistics",
    "SegmentStatistics": "statistics",
    "ServingTenant": "server",
    "TenantOptions": "options",
    "TenantState": "state",
    "TenantStatistics": "statistics",
    "loop_time": "server",
    "serving": "server",
}

if not TYPE_CHECKING:  # a type checker knows the names from above, and no others

    def __getattr__(name: str) -> object:
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
