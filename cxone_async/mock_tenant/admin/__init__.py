"""A stand-in for a real CXone tenant's Admin API: calling lists, upload jobs, groups and skills.

What is known of that API comes from documents and from other people's programs, and they disagree
in places. Where they do, the stand-in takes either form of a request, answers with the documented
one, and has an option for the other.

    async with serving(AdminOptions()) as tenant:
        ...  # a client on tenant.base_url, which serves sign-in, discovery and API alike
        assert not tenant.state.record.started_skills
"""

from cxone_async.mock_tenant.admin.options import (
    AdminOptions,
    CallingListOptions,
    DncGroupOptions,
    SkillOptions,
)
from cxone_async.mock_tenant.admin.record import AdminRecord, Trouble
from cxone_async.mock_tenant.admin.server import AdminTenant, ServingAdminTenant, serving
from cxone_async.mock_tenant.admin.state import AdminState

__all__ = [
    "AdminOptions",
    "AdminRecord",
    "AdminState",
    "AdminTenant",
    "CallingListOptions",
    "DncGroupOptions",
    "ServingAdminTenant",
    "SkillOptions",
    "Trouble",
    "serving",
]
