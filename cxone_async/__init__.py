"""Bulk contact import for NICE CXone that accounts for every row.

Guarantee: importing this package loads none of its rooms. The public names are
resolved on first use, so that `python -m cxone_async.mock_tenant`, which shares
nothing with the service, stays a separate program although it lives inside it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxone_async.commands.import_contacts import run_import
    from cxone_async.commands.plan import run_plan
    from cxone_async.runs.observers import RunObserver
    from cxone_async.settings import ImportSettings, PlanSettings
    from cxone_async.tenant.contact_lists.client import CXoneClient

__version__ = "0.1.0"

__all__ = [
    "CXoneClient",
    "ImportSettings",
    "PlanSettings",
    "RunObserver",
    "__version__",
    "run_import",
    "run_plan",
]

_HOME_OF = {
    "CXoneClient": ("cxone_async.tenant.contact_lists.client", "CXoneClient"),
    "ImportSettings": ("cxone_async.settings", "ImportSettings"),
    "PlanSettings": ("cxone_async.settings", "PlanSettings"),
    "RunObserver": ("cxone_async.runs.observers", "RunObserver"),
    "run_plan": ("cxone_async.commands.plan", "run_plan"),
    "run_import": ("cxone_async.commands.import_contacts", "run_import"),
}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOME_OF[name]
    return getattr(import_module(module), attribute)
