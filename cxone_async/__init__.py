"""Bulk contact import for NICE CXone that accounts for every row.

Guarantee: importing this package loads none of its modules. The public names are resolved on
first use, so that `python -m cxone_async.mock_tenant` and `cxone-async --version` load only
what they need.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxone_async.commands.import_contacts import run_import
    from cxone_async.commands.plan import run_plan
    from cxone_async.runs.observers import RunObserver
    from cxone_async.settings import ImportSettings, PlanSettings
    from cxone_async.tenant.admin.client import CXoneAdminClient
    from cxone_async.tenant.contact_lists.client import CXoneClient

__version__ = "0.1.0"

__all__ = [
    "CXoneAdminClient",
    "CXoneClient",
    "ImportSettings",
    "PlanSettings",
    "RunObserver",
    "__version__",
    "run_import",
    "run_plan",
]

_MODULE_OF = {
    "CXoneAdminClient": "cxone_async.tenant.admin.client",
    "CXoneClient": "cxone_async.tenant.contact_lists.client",
    "ImportSettings": "cxone_async.settings",
    "PlanSettings": "cxone_async.settings",
    "RunObserver": "cxone_async.runs.observers",
    "run_import": "cxone_async.commands.import_contacts",
    "run_plan": "cxone_async.commands.plan",
}

if not TYPE_CHECKING:  # a type checker knows the names from above, and no others

    def __getattr__(name: str) -> object:
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULE_OF[name]), name)
